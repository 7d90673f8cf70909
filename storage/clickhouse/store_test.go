package clickhouse

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"samleng"
	"samleng/storage/embedded"
)

// The tests share one engine, because a process can hold one store open at a time, and use a
// database each. It is nil when the library is not installed.
var engine *embedded.Server

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	library, err := embedded.Locate("")
	if err != nil {
		fmt.Fprintln(os.Stderr, "without the engine:", err)
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "samleng-clickhouse-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	engine, err = embedded.Start(context.Background(), embedded.Options{Library: library, Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := engine.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

var databases atomic.Int64

// empty gives a store on a new database without tables.
func empty(t testing.TB) *Store {
	t.Helper()
	if engine == nil {
		t.Skip("the ClickHouse engine library is not installed: make engine")
	}
	c := DefaultConfig()
	c.DSN = engine.DSN()
	root, err := Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test%d", databases.Add(1))
	if err := root.exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	if err := root.Close(); err != nil {
		t.Fatal(err)
	}
	c.DSN = strings.TrimSuffix(c.DSN, "samleng") + name
	s, err := Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// migrated gives a store with tables.
func migrated(t testing.TB) *Store {
	t.Helper()
	s := empty(t)
	if _, _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// noon is the time that tests happen at.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// post makes a row with everything set.
func post(n int, change func(*samleng.Row)) samleng.Row {
	r := samleng.Row{
		Post: samleng.Post{
			Schema: samleng.PostSchema, ID: samleng.NewPostID("test", fmt.Sprint(n)), Source: "rfi-km", Kind: samleng.KindNews,
			URL: fmt.Sprintf("https://news.example/%d", n), Title: "ចំណងជើង", Text: "អត្ថបទ 'with' \\ and\nlines", Published: noon.Add(-time.Hour),
			SeenAt: noon, Language: "km", Flags: []samleng.Flag{samleng.FlagSummary}, Sample: true,
		},
		Analysis: samleng.Analysis{
			Language: "mixed", Languages: map[string]float64{"km": 0.8, "en": 0.2},
			Topics: []samleng.Topic{
				{ID: "land", Score: 0.9, Evidence: []samleng.Evidence{{Text: "ដី", Field: "text", Start: 1, End: 7, Weight: 0.5, Reason: "ដី"}}, Sentiment: samleng.Tone{Label: samleng.Negative, Score: -0.25, Confidence: 0.5}},
				{ID: "health", Score: 0.4, Sentiment: samleng.Tone{Label: samleng.Positive, Score: 0.75, Confidence: 0.875}},
			},
			Sentiment: samleng.Sentiment{Label: samleng.Negative, Score: -0.5, Confidence: 0.7, Evidence: []samleng.Evidence{{Text: "bad", Field: "title", End: 3}}},
			Places:    []samleng.Place{{Code: "12", Khmer: "ភ្នំពេញ", English: "Phnom Penh", Score: 1, Evidence: []samleng.Evidence{{Text: "PP", Field: "text", Start: 2, End: 4, Weight: 0.9, Reason: "unit"}}}},
			Scripts:   map[string]float64{"Khmr": 0.8, "Latn": 0.2},
			Spans:     []samleng.LanguageSpan{{Field: "text", End: 5, Language: "km"}, {Field: "text", Start: 5, End: 9, Language: "en"}},
			Model:     "rules-1",
		},
		Partition: 3, Offset: int64(n),
	}
	if change != nil {
		change(&r)
	}
	return r
}

func insert(t testing.TB, s *Store, token string, rows ...samleng.Row) {
	t.Helper()
	if err := s.Insert(t.Context(), "cluster-1", "posts", token, rows); err != nil {
		t.Fatal(err)
	}
}

// sound fails when the rollups are not what a recount gives.
func sound(t testing.TB, s *Store) {
	t.Helper()
	n, err := s.CheckRollups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("%d rollups differ from a recount", n)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	s := empty(t)
	if v, err := s.SchemaVersion(t.Context()); err != nil || v != 0 {
		t.Fatalf("an empty store has schema %d, %v", v, err)
	}
	if from, to, err := s.Migrate(t.Context()); err != nil || from != 0 || to != ProgramSchema() {
		t.Fatalf("migrated from %d to %d, %v", from, to, err)
	}
	if from, to, err := s.Migrate(t.Context()); err != nil || from != to || to != ProgramSchema() {
		t.Errorf("migrated again from %d to %d, %v", from, to, err)
	}
	var without uint64
	if err := s.conn.QueryRow(t.Context(), "SELECT count() FROM system.columns WHERE database = currentDatabase() AND table IN ('posts', 'rollups', 'coverage', 'post_buckets', 'bucket_posts', 'removals', 'prints', 'stories', 'story_posts', 'arrivals') AND comment = ''").Scan(&without); err != nil || without != 0 {
		t.Errorf("%d columns have no comment, %v", without, err)
	}
	if err := s.exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (900, 1)"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "newer samleng") {
		t.Errorf("a newer store gives %v", err)
	}
}

func TestPostComesBackAsItWent(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	want := post(1, nil)
	insert(t, s, "a", want)
	got, err := s.Posts(t.Context(), samleng.Filter{}, 10, Cursor{})
	if err != nil || len(got) != 1 {
		t.Fatalf("got %d posts, %v", len(got), err)
	}
	alone := samleng.StoredPost{
		Post: want.Post, Analysis: want.Analysis, StoryID: want.Post.ID,
		Carriers: []samleng.Carrier{{Source: want.Post.Source, Kind: want.Post.Kind, Posts: 1, URL: want.Post.URL, Published: want.Post.Published}},
	}
	if !reflect.DeepEqual(got[0], alone) {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	sound(t, s)
}

func TestRepeatedInsertCountsOnce(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	for range 3 {
		insert(t, s, "a", post(1, nil), post(2, nil))
	}
	var rows, pairs uint64
	if err := s.conn.QueryRow(t.Context(), "SELECT (SELECT count() FROM posts), (SELECT count() FROM post_buckets)").Scan(&rows, &pairs); err != nil || rows != 2 || pairs != 2 {
		t.Errorf("there are %d rows and %d buckets, %v; want 2", rows, pairs, err)
	}
	sound(t, s)
}

func TestOffsetsOfTwoClustersNeverMix(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	insert(t, s, "a", post(41, nil), post(7, nil))
	for _, c := range []struct {
		cluster, topic string
		partition      int32
		next           int64
		ok             bool
	}{
		{"cluster-1", "posts", 3, 42, true},
		{"cluster-1", "posts", 2, 0, false},
		{"cluster-1", "other", 3, 0, false},
		{"cluster-2", "posts", 3, 0, false},
	} {
		next, ok, err := s.NextOffset(t.Context(), c.cluster, c.topic, c.partition)
		if err != nil || next != c.next || ok != c.ok {
			t.Errorf("%s/%s/%d: got %d, %v, %v; want %d, %v", c.cluster, c.topic, c.partition, next, ok, err, c.next, c.ok)
		}
	}
}

func TestEditMovesAPost(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	insert(t, s, "a", post(1, nil), post(2, nil))
	insert(t, s, "b", post(1, func(r *samleng.Row) {
		r.Post.SeenAt = noon.Add(time.Minute)
		r.Post.Published = noon.Add(-48 * time.Hour)
		r.Post.Title = "edited"
		r.Analysis.Topics = r.Analysis.Topics[1:]
		r.Offset = 3
	}))
	sound(t, s)
	// An older version that arrives late changes nothing.
	insert(t, s, "c", post(1, func(r *samleng.Row) { r.Post.SeenAt = noon.Add(-time.Minute); r.Offset = 4 }))
	sound(t, s)
	got, err := s.Posts(t.Context(), samleng.Filter{Topic: "land"}, 10, Cursor{})
	if err != nil || len(got) != 1 || got[0].Post.ID != post(2, nil).Post.ID {
		t.Errorf("posts about land: %v, %v", got, err)
	}
	got, err = s.Posts(t.Context(), samleng.Filter{To: noon.Add(-24 * time.Hour)}, 10, Cursor{})
	if err != nil || len(got) != 1 || got[0].Post.Title != "edited" {
		t.Errorf("posts of the day before: %v, %v", got, err)
	}
}

func TestRemovedPostStaysAway(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	insert(t, s, "a", post(1, nil), post(2, nil))
	id := post(1, nil).Post.ID
	ids, err := s.PostsByURL(t.Context(), post(1, nil).Post.URL)
	if err != nil || !slices.Equal(ids, []samleng.PostID{id}) {
		t.Errorf("posts by URL: %v, %v", ids, err)
	}
	for range 2 {
		if err := s.RemovePost(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	check := func() {
		t.Helper()
		sound(t, s)
		got, err := s.Posts(t.Context(), samleng.Filter{}, 10, Cursor{})
		if err != nil || len(got) != 1 || got[0].Post.ID == id {
			t.Errorf("posts left: %v, %v", got, err)
		}
		var texts uint64
		if err := s.conn.QueryRow(t.Context(), "SELECT count() FROM posts WHERE id = ? AND (text != '' OR url != '')", id.String()).Scan(&texts); err != nil || texts != 0 {
			t.Errorf("%d versions of its text are left, %v", texts, err)
		}
	}
	check()
	insert(t, s, "b", post(1, func(r *samleng.Row) { r.Post.SeenAt = noon.Add(time.Hour); r.Offset = 9 }))
	check()
	if err := s.exec(t.Context(), "OPTIMIZE TABLE posts FINAL"); err != nil { //nolint:misspell // SQL
		t.Fatal(err)
	}
	insert(t, s, "c", post(1, func(r *samleng.Row) { r.Post.SeenAt = noon.Add(2 * time.Hour); r.Offset = 10 }), post(2, nil))
	check()
}

// TestRollupsAreAFunctionOfPosts inserts random versions of a few posts in random batches,
// with repetitions, takedowns and merges in between, and compares with a recount.
func TestRollupsAreAFunctionOfPosts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a reproducible test
			s := migrated(t)
			offset := int64(0)
			for step := range 25 {
				switch random.IntN(8) {
				case 0:
					if err := s.exec(t.Context(), "OPTIMIZE TABLE posts FINAL"); err != nil { //nolint:misspell // SQL
						t.Fatal(err)
					}
				case 1:
					if err := s.RemovePost(t.Context(), post(random.IntN(30), nil).Post.ID); err != nil {
						t.Fatal(err)
					}
				default:
					var rows []samleng.Row
					for range 1 + random.IntN(10) {
						rows = append(rows, randomPost(random, offset))
						offset++
					}
					for range 1 + random.IntN(2) {
						insert(t, s, fmt.Sprint("batch", step), rows...)
					}
				}
				sound(t, s)
				if t.Failed() {
					t.Fatalf("after step %d", step)
				}
			}
			// The check itself must be able to fail, and Recount must mend.
			if err := s.exec(t.Context(), "INSERT INTO rollups (bucket, topic, language, kind, posts, version) VALUES (now(), 'land', 'km', 'news', 3, now64(9))"); err != nil {
				t.Fatal(err)
			}
			if n, err := s.CheckRollups(t.Context()); err != nil || n != 1 {
				t.Errorf("a wrong rollup gives %d differences, %v", n, err)
			}
			if err := s.Recount(t.Context()); err != nil {
				t.Fatal(err)
			}
			sound(t, s)
		})
	}
}

func randomPost(random *rand.Rand, offset int64) samleng.Row {
	return post(random.IntN(30), func(r *samleng.Row) {
		pick := func(all ...string) string { return all[random.IntN(len(all))] }
		r.Offset = offset
		r.Post.Published = noon.Add(-time.Duration(random.IntN(60)) * time.Minute)
		r.Post.SeenAt = noon.Add(time.Duration(random.IntN(5)) * time.Minute)
		r.Post.Source = pick("a", "b", "c")
		r.Post.Kind = samleng.Kind(pick("news", "social"))
		r.Analysis.Language = pick("km", "en")
		r.Analysis.Sentiment.Label = samleng.Label(pick("positive", "neutral", "negative", "unscored"))
		r.Analysis.Sentiment.Score = random.Float64()
		r.Analysis.Topics = nil
		for range random.IntN(3) {
			r.Analysis.Topics = append(r.Analysis.Topics, samleng.Topic{ID: pick("land", "health", "jobs-labour"), Score: 0.5})
		}
	})
}

func TestInsertsAtOnce(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	done := make(chan error)
	for w := range 4 {
		go func() {
			random := rand.New(rand.NewPCG(uint64(w), 2)) //nolint:gosec // a reproducible test
			for i := range 6 {
				var rows []samleng.Row
				for range 5 {
					rows = append(rows, randomPost(random, int64(i)))
				}
				if err := s.Insert(context.Background(), "cluster-1", "posts", fmt.Sprint(w, i), rows); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	sound(t, s)
}
