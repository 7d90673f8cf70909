package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"samleng"
	"samleng/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf keeps what a worker sends, as a store and as a place for dead letters.
type shelf struct {
	mu      sync.Mutex
	rows    []samleng.Row
	tokens  []string
	letters []pipeline.DeadLetter
	insert  func(attempt int) error
	dead    func(attempt int) error
	tries   int
	sends   int
	order   []string
}

func (s *shelf) Insert(_ context.Context, _, _, token string, rows []samleng.Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	s.tokens = append(s.tokens, token)
	if s.insert != nil {
		if err := s.insert(s.tries); err != nil {
			return err
		}
	}
	s.rows = append(s.rows, rows...)
	s.order = append(s.order, "insert")
	return nil
}

func (s *shelf) SendDead(_ context.Context, letters []pipeline.DeadLetter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sends++
	if s.dead != nil {
		if err := s.dead(s.sends); err != nil {
			return err
		}
	}
	s.letters = append(s.letters, letters...)
	s.order = append(s.order, "dead")
	return nil
}

// lengths is a classifier that breaks on the title "panic".
type lengths struct{}

func (lengths) Classify(p *samleng.Post) samleng.Analysis {
	if p.Title == "panic" {
		panic("a hostile post")
	}
	return samleng.Analysis{Language: samleng.Khmer, Model: fmt.Sprint(len(p.Text))}
}

func newWorker(t *testing.T, s *shelf, change func(*pipeline.Options)) *pipeline.Worker {
	t.Helper()
	o := pipeline.Options{Classifier: lengths{}, Store: s, DeadLetters: s, Registerer: prometheus.NewRegistry()}
	if change != nil {
		change(&o)
	}
	w, err := pipeline.NewWorker(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func post(own string, seen time.Duration) samleng.Post {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	return samleng.Post{
		Schema: samleng.PostSchema, ID: samleng.NewPostID("test", own), Source: "test", Kind: samleng.KindNews,
		Title: own, Text: "  text  ", Published: at, SeenAt: at.Add(seen),
	}
}

func rangeOf(t *testing.T, posts ...samleng.Post) *pipeline.Range {
	t.Helper()
	r := &pipeline.Range{Cluster: "c", Topic: "posts", Partition: 3, From: 100, To: 100 + int64(len(posts))}
	for i := range posts {
		value, err := pipeline.Encode(&posts[i])
		if err != nil {
			t.Fatal(err)
		}
		r.Records = append(r.Records, pipeline.Record{Offset: 100 + int64(i), Key: []byte(posts[i].ID.String()), Value: value})
	}
	r.Seal()
	return r
}

func TestRangeBecomesRowsInOrder(t *testing.T) {
	t.Parallel()
	var posts []samleng.Post
	for i := range 1_000 {
		posts = append(posts, post(fmt.Sprint(i), 0))
	}
	s, told := &shelf{}, 0
	reg := prometheus.NewRegistry()
	w := newWorker(t, s, func(o *pipeline.Options) {
		o.Normalise, o.Registerer = strings.TrimSpace, reg
		o.Parallel, o.OnInserted = 7, func(n int) { told += n }
	})
	if err := w.Handle(t.Context(), rangeOf(t, posts...)); err != nil {
		t.Fatal(err)
	}
	if len(s.rows) != len(posts) || told != len(posts) || len(s.letters) != 0 {
		t.Fatalf("%d rows, told of %d, %d letters", len(s.rows), told, len(s.letters))
	}
	for i, row := range s.rows {
		if row.Post.Title != posts[i].Title || row.Offset != 100+int64(i) || row.Partition != 3 {
			t.Fatalf("row %d is %q from %d/%d", i, row.Post.Title, row.Partition, row.Offset)
		}
		if row.Post.Text != "text" || row.Analysis.Model != "4" {
			t.Fatalf("row %d is not normalised before it is classified: %q, %q", i, row.Post.Text, row.Analysis.Model)
		}
	}
	want := `
# HELP samleng_pipeline_posts_inserted_total Posts that the store has acknowledged.
# TYPE samleng_pipeline_posts_inserted_total counter
samleng_pipeline_posts_inserted_total 1000
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "samleng_pipeline_posts_inserted_total"); err != nil {
		t.Error(err)
	}
}

func TestLatestVersionInARangeIsKept(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	w := newWorker(t, s, nil)
	r := rangeOf(t, post("a", 2*time.Hour), post("b", 0), post("a", time.Hour), post("b", 0))
	if err := w.Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, row := range s.rows {
		got = append(got, row.Offset)
	}
	if fmt.Sprint(got) != "[100 103]" {
		t.Errorf("kept offsets %v, want 100 (seen later) and 103 (same time, later record)", got)
	}
}

func TestUnusableRecordsBecomeLettersAfterTheInsert(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	w := newWorker(t, s, nil)
	r := rangeOf(t, post("a", 0), post("panic", 0), post("b", 0))
	r.Records = append(r.Records, pipeline.Record{Offset: 103, Value: []byte("{")})
	if err := w.Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(s.rows) != 2 || len(s.letters) != 2 || fmt.Sprint(s.order) != "[insert dead]" {
		t.Fatalf("%d rows, %d letters, in the order %v", len(s.rows), len(s.letters), s.order)
	}
	if l := s.letters[0]; l.Offset != 101 || l.Partition != 3 || l.Class != samleng.Permanent || !strings.Contains(l.Reason, "hostile") {
		t.Errorf("letter %+v", l)
	}
	if l := s.letters[1]; l.Offset != 103 || l.Class != samleng.BadInput || string(l.Value) != "{" {
		t.Errorf("letter %+v", l)
	}
}

func TestAnEmptyRangeInsertsNothing(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	if err := newWorker(t, s, nil).Handle(t.Context(), rangeOf(t)); err != nil || s.tries != 0 {
		t.Errorf("%v, %d inserts", err, s.tries)
	}
}

func TestWorkerWaitsForTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{insert: func(attempt int) error {
			if attempt <= 20 {
				return errors.New("connection refused")
			}
			return nil
		}}
		w := newWorker(t, s, nil)
		if got := w.Status().State; got != pipeline.Idle {
			t.Errorf("before: %s", got)
		}
		done := make(chan error)
		began := time.Now()
		go func() { done <- w.Handle(t.Context(), rangeOf(t, post("a", 0))) }()
		time.Sleep(30 * time.Second)
		status := w.Status()
		if status.State != pipeline.Waiting || status.For != "ClickHouse" || status.Reason != "connection refused" {
			t.Errorf("while the store is away: %+v", status)
		}
		if !status.Since.Equal(began) {
			t.Errorf("waiting since %s, want since the first failure at %s", status.Since, began)
		}
		if want := "waiting for ClickHouse: connection refused (since 00:00:00 UTC)"; status.String() != want {
			t.Errorf("%q, want %q", status, want)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := w.Status().State; got != pipeline.Idle {
			t.Errorf("after: %s", got)
		}
		if len(s.rows) != 1 || s.tries != 21 {
			t.Errorf("%d rows after %d attempts", len(s.rows), s.tries)
		}
		for _, token := range s.tokens {
			if token != s.tokens[0] {
				t.Error("the token changed between attempts")
			}
		}
		if waited := time.Since(began); waited > 20*16*time.Second {
			t.Errorf("it took %s: the wait between attempts is not bounded", waited)
		}
	})
}

func TestWorkerObeysTheWaitTheStoreNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{insert: func(attempt int) error {
			if attempt == 1 {
				return samleng.WithWait(samleng.RateLimited, time.Hour, errors.New("too many parts"))
			}
			return nil
		}}
		began := time.Now()
		if err := newWorker(t, s, nil).Handle(t.Context(), rangeOf(t, post("a", 0))); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != time.Hour {
			t.Errorf("waited %s", waited)
		}
	})
}

func TestWhenHandleGivesUp(t *testing.T) {
	t.Parallel()
	t.Run("refused rows", func(t *testing.T) {
		t.Parallel()
		s := &shelf{insert: func(int) error { return samleng.Errorf(samleng.BadInput, "no") }}
		r := rangeOf(t, post("a", 0))
		r.Records = append(r.Records, pipeline.Record{Offset: 101, Value: []byte("{")})
		err := newWorker(t, s, nil).Handle(t.Context(), r)
		if samleng.ClassOf(err) != samleng.BadInput || s.tries != 1 || s.sends != 0 {
			t.Errorf("%v after %d inserts and %d letters", err, s.tries, s.sends)
		}
	})
	t.Run("end of the context", func(t *testing.T) {
		t.Parallel()
		ctx, end := context.WithCancel(t.Context())
		s := &shelf{insert: func(int) error { end(); return errors.New("away") }}
		if err := newWorker(t, s, nil).Handle(ctx, rangeOf(t, post("a", 0))); err == nil {
			t.Error("no error although nothing was stored")
		}
	})
	t.Run("dead letters are away", func(t *testing.T) {
		t.Parallel()
		ctx, end := context.WithCancel(t.Context())
		s := &shelf{dead: func(int) error { end(); return errors.New("away") }}
		r := rangeOf(t)
		r.Records = append(r.Records, pipeline.Record{Offset: 100, Value: []byte("{")})
		if err := newWorker(t, s, nil).Handle(ctx, r); err == nil {
			t.Error("no error although the letter was not kept")
		}
	})
}

func TestReject(t *testing.T) {
	t.Parallel()
	s := &shelf{}
	cause := samleng.Errorf(samleng.BadInput, "the column refuses it")
	if err := newWorker(t, s, nil).Reject(t.Context(), rangeOf(t, post("a", 0)), cause); err != nil {
		t.Fatal(err)
	}
	if len(s.letters) != 1 || s.letters[0].Reason != cause.Error() || s.letters[0].Class != samleng.BadInput || s.tries != 0 {
		t.Errorf("%+v, %d inserts", s.letters, s.tries)
	}
}

func TestTokenNamesPlaceAndContent(t *testing.T) {
	t.Parallel()
	base := func() *pipeline.Range { return rangeOf(t, post("a", 0), post("b", 0)) }
	if a, b := base(), base(); a.Token != b.Token || a.Token == "" {
		t.Fatalf("the same range has the tokens %q and %q", a.Token, b.Token)
	}
	changes := map[string]func(*pipeline.Range){
		"cluster":   func(r *pipeline.Range) { r.Cluster = "d" },
		"topic":     func(r *pipeline.Range) { r.Topic = "other" },
		"partition": func(r *pipeline.Range) { r.Partition++ },
		"from":      func(r *pipeline.Range) { r.From-- },
		"to":        func(r *pipeline.Range) { r.To++ },
		"offset":    func(r *pipeline.Range) { r.Records[1].Offset++ },
		"key":       func(r *pipeline.Range) { r.Records[0].Key = nil },
		"value":     func(r *pipeline.Range) { r.Records[0].Value = append(r.Records[0].Value, ' ') },
		"border between key and value": func(r *pipeline.Range) {
			rec := &r.Records[0]
			rec.Key, rec.Value = append(rec.Key, rec.Value[0]), rec.Value[1:]
		},
		"fewer": func(r *pipeline.Range) { r.Records = r.Records[:1] },
	}
	for name, change := range changes {
		r := base()
		change(r)
		r.Seal()
		if r.Token == base().Token {
			t.Errorf("%s: the token is the same", name)
		}
	}
}

func TestWorkerNeedsItsParts(t *testing.T) {
	t.Parallel()
	if _, err := pipeline.NewWorker(pipeline.Options{}); err == nil {
		t.Error("no error")
	}
}
