package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"samleng"
	"samleng/pipeline"
	"samleng/pipeline/kafka"
)

func TestEveryPostArrivesOnce(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p, store := g.producer(), newLedger()
	// Every third insert fails, and some of the failed ones have kept their rows.
	store.fail = func(attempt int, _ []samleng.Row) error {
		if attempt%3 == 1 {
			return errors.New("connection refused")
		}
		return nil
	}
	store.forget = true
	_, stop := g.consume(store, p)
	const n = 5_000
	if err := p.Send(t.Context(), posts(0, n)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all posts are stored", func() bool { got, _ := store.count(); return got == n })
	stop()
	if got, doubled := store.count(); got != n || doubled != 0 {
		t.Errorf("%d posts, %d of them doubled; want %d and none", got, doubled, n)
	}
}

func TestKeyDecidesPartition(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p, store := g.producer(), newLedger()
	_, stop := g.consume(store, p)
	for range 3 { // the same posts again, as after an edit
		if err := p.Send(t.Context(), posts(0, 100)); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "everything is read", func() bool { return g.lag(t) == 0 })
	stop()
	where := map[samleng.PostID]int{}
	for _, m := range g.read(t, "posts", 300) {
		var id samleng.PostID
		if err := id.UnmarshalText(m.Key); err != nil {
			t.Fatal(err)
		}
		if before, ok := where[id]; ok && before != m.Partition {
			t.Fatalf("post %s lies in partitions %d and %d", id, before, m.Partition)
		}
		where[id] = m.Partition
		if got := header(m, "schema"); got != "1" {
			t.Errorf("schema header %q, want 1", got)
		}
		if got := header(m, "content-type"); got != "application/json" {
			t.Errorf("content-type header %q", got)
		}
	}
	if len(where) != 100 {
		t.Errorf("%d posts, want 100", len(where))
	}
}

func TestBadMessagesAreSetAside(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p, store := g.producer(), newLedger()
	good := posts(0, 1)[0]
	value, err := pipeline.Encode(&good)
	if err != nil {
		t.Fatal(err)
	}
	hostile := posts(1, 1)[0]
	hostile.Title = "panic"
	hostileValue, err := pipeline.Encode(&hostile)
	if err != nil {
		t.Fatal(err)
	}
	key := []byte(good.ID.String())
	cases := []struct {
		name   string
		key    []byte
		value  []byte
		reason string // a part of it
		class  samleng.Class
	}{
		{"not JSON", nil, []byte("<rss>"), "not JSON", samleng.BadInput},
		{"cut off", nil, value[:strings.Index(string(value), `"title"`)], "not JSON", samleng.BadInput},
		{"newer schema", nil, []byte(strings.Replace(string(value), `"v":1`, `"v":99`, 1)), "schema version 99", samleng.BadInput},
		{"newer schema, other types", nil, []byte(`{"v":99,"id":{"hi":1,"lo":2}}`), "schema version 99", samleng.BadInput},
		{"empty", nil, nil, "empty", samleng.BadInput},
		{"not UTF-8", nil, []byte("{\"v\":1,\"title\":\"\xff\"}"), "not UTF-8", samleng.BadInput},
		{"wrong id", nil, []byte(strings.Replace(string(value), good.ID.String(), "xyz", 1)), "post id", samleng.BadInput},
		{"key of another post", []byte("00112233445566778899aabbccddeeff"), value, "is not the id", samleng.BadInput},
		{"1 MB", nil, []byte(strings.Repeat("x", 1_000_000)), "not JSON", samleng.BadInput},
		{"hostile", nil, hostileValue, "broke on this post", samleng.Permanent},
	}
	w := g.writer("posts")
	for _, c := range cases {
		if err := w.WriteMessages(t.Context(), kafkago.Message{Key: c.key, Value: c.value}); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
	}
	if err := w.WriteMessages(t.Context(), kafkago.Message{Key: key, Value: value}); err != nil {
		t.Fatal(err)
	}
	_, stop := g.consume(store, p)
	eventually(t, "everything is read", func() bool { return g.lag(t) == 0 })
	stop()
	if got, _ := store.count(); got != 1 {
		t.Errorf("%d posts stored, want the good one", got)
	}
	letters := g.read(t, "posts.dead", len(cases))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			i := slices.IndexFunc(letters, func(m kafkago.Message) bool {
				return string(m.Value) == string(c.value) && string(m.Key) == string(c.key)
			})
			if i < 0 {
				t.Fatal("no dead letter has these bytes")
			}
			m := letters[i]
			if got := header(m, "reason"); !strings.Contains(got, c.reason) {
				t.Errorf("reason %q does not say %q", got, c.reason)
			}
			if got := header(m, "class"); got != string(c.class) {
				t.Errorf("class %q, want %q", got, c.class)
			}
			if got := header(m, "topic"); got != "posts" {
				t.Errorf("topic %q", got)
			}
			if header(m, "partition") == "" || header(m, "offset") == "" || header(m, "version") != "test" {
				t.Errorf("headers are missing: %v", m.Headers)
			}
			if _, err := time.Parse(time.RFC3339Nano, header(m, "time")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPoisonIsFoundAndTheRestKept(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.config.Partitions = 1
	g.config.Topic, g.config.DeadTopic = "single", "single.dead"
	if err := kafka.EnsureTopics(t.Context(), g.config, g.log); err != nil {
		t.Fatal(err)
	}
	p, store := g.producer(), newLedger()
	const n = 1_000
	all := posts(0, n)
	poison := map[samleng.PostID]bool{all[0].ID: true, all[333].ID: true, all[334].ID: true, all[n-1].ID: true}
	store.fail = func(_ int, rows []samleng.Row) error {
		for _, row := range rows {
			if poison[row.Post.ID] {
				return samleng.Errorf(samleng.BadInput, "the column refuses the value")
			}
		}
		return nil
	}
	if err := p.Send(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	_, stop := g.consume(store, p)
	eventually(t, "everything is read", func() bool { return g.lag(t) == 0 })
	stop()
	if got, doubled := store.count(); got != n-len(poison) || doubled != 0 {
		t.Errorf("%d posts, %d doubled; want %d and none", got, doubled, n-len(poison))
	}
	letters := g.read(t, "single.dead", len(poison))
	for _, m := range letters {
		var id samleng.PostID
		if err := id.UnmarshalText(m.Key); err != nil || !poison[id] {
			t.Errorf("set aside: %s", m.Key)
		}
		if got := header(m, "reason"); !strings.Contains(got, "refuses the value") {
			t.Errorf("reason %q", got)
		}
	}
	t.Logf("%d attempts for %d poisonous of %d", store.attempt, len(poison), n)
}

func TestStoreThatRefusesEverythingIsWaitedFor(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p, store := g.producer(), newLedger()
	refuse := func(int, []samleng.Row) error { return samleng.Errorf(samleng.BadInput, "no such column") }
	store.fail = refuse
	const n = 200
	if err := p.Send(t.Context(), posts(0, n)); err != nil {
		t.Fatal(err)
	}
	c, stop := g.consume(store, p)
	eventually(t, "the consumer waits", func() bool {
		return strings.Contains(c.Status().String(), "the last 10 records were refused one by one")
	})
	store.set(func(l *ledger) { l.fail = nil })
	stop()
	_, stop = g.consume(store, p)
	eventually(t, "everything is read", func() bool { return g.lag(t) == 0 })
	stop()
	got, doubled := store.count()
	dead := g.end(t, "posts.dead")
	if int64(got)+dead != n || doubled != 0 || dead > 4*10 {
		t.Errorf("%d stored, %d doubled, %d set aside of %d", got, doubled, dead, n)
	}
}

// TestRangeIsRepeatedExactly stops a worker after the store has kept a range and before the
// range was committed: the next worker must send the same range under the same token.
func TestRangeIsRepeatedExactly(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	g.config.DrainTimeout = 0
	p, store := g.producer(), newLedger()
	if err := p.Send(t.Context(), posts(0, 500)); err != nil {
		t.Fatal(err)
	}
	blocked := &recorder{inner: store, block: true}
	_, stop := g.consume(blocked, p)
	eventually(t, "every partition has inserted", func() bool { return blocked.seen.Load() >= 4 })
	stop()
	first := blocked.all()
	if err := p.Send(t.Context(), posts(500, 500)); err != nil { // more to read, which must not get in
		t.Fatal(err)
	}
	again := &recorder{inner: store}
	_, stop = g.consume(again, p)
	eventually(t, "everything is read", func() bool { return g.lag(t) == 0 })
	stop()
	second := again.all()
	for token := range first {
		if !second[token] {
			t.Errorf("the range %s was not repeated", token)
		}
	}
	if got, doubled := store.count(); got != 1_000 || doubled != 0 {
		t.Errorf("%d posts, %d doubled", got, doubled)
	}
}

func TestBrokerRestart(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p, store := g.producer(), newLedger()
	_, stop := g.consume(store, p)
	if err := p.Send(t.Context(), posts(0, 500)); err != nil {
		t.Fatal(err)
	}
	cluster := g.cluster()
	addr := g.broker.Addr()
	if err := g.broker.Close(); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() { sent <- p.Send(t.Context(), posts(500, 500)) }()
	eventually(t, "the producer waits", func() bool { return p.Status().State == pipeline.Waiting })
	g.start(addr)
	if got := g.cluster(); got != cluster {
		t.Errorf("the log's id changed from %s to %s", cluster, got)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	eventually(t, "all posts are stored", func() bool { got, _ := store.count(); return got == 1_000 })
	stop()
	if _, doubled := store.count(); doubled != 0 {
		t.Errorf("%d doubled", doubled)
	}
}

func TestBrokerAwayAtStart(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	addr := g.broker.Addr()
	if err := g.broker.Close(); err != nil {
		t.Fatal(err)
	}
	p, store := g.producer(), newLedger()
	c, stop := g.consume(store, p)
	ready := make(chan error, 2)
	go func() { ready <- kafka.EnsureTopics(t.Context(), g.config, g.log) }()
	go func() { ready <- p.Send(t.Context(), posts(0, 100)) }()
	eventually(t, "the consumer waits", func() bool { return c.Status().State == pipeline.Waiting })
	if got := c.Status().String(); !strings.Contains(got, "waiting for Kafka") || !strings.Contains(got, "refused") {
		t.Errorf("status %q", got)
	}
	g.start(addr)
	for range 2 {
		if err := <-ready; err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all posts are stored", func() bool { got, _ := store.count(); return got == 100 })
	eventually(t, "the wait ends", func() bool { return c.Status().State == pipeline.Idle })
	stop()
}

func TestRebalance(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p, store := g.producer(), newLedger()
	_, stopFirst := g.consume(store, p)
	send := func(from, n int) {
		for i := range n / 100 {
			if err := p.Send(t.Context(), posts(from+100*i, 100)); err != nil {
				t.Error(err)
			}
		}
	}
	sent := make(chan struct{})
	go func() { defer close(sent); send(0, 3_000) }()
	eventually(t, "the first worker works", func() bool { got, _ := store.count(); return got > 0 })
	_, stopSecond := g.consume(store, p)
	<-sent
	eventually(t, "all posts are stored", func() bool { got, _ := store.count(); return got == 3_000 })
	stopFirst() // leaves; the second takes everything over
	send(3_000, 1_000)
	eventually(t, "all posts are stored", func() bool { got, _ := store.count(); return got == 4_000 })
	stopSecond()
	if _, doubled := store.count(); doubled != 0 {
		t.Errorf("%d doubled", doubled)
	}
}

func TestShutdownLetsARunningRangeFinish(t *testing.T) {
	t.Parallel()
	g := newRig(t)
	p, store := g.producer(), newLedger()
	if err := p.Send(t.Context(), posts(0, 200)); err != nil {
		t.Fatal(err)
	}
	slow := &recorder{inner: store, gate: make(chan struct{})}
	_, stop := g.consume(slow, p)
	eventually(t, "every partition inserts", func() bool { return slow.seen.Load() == 4 })
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	close(slow.gate)
	<-stopped
	if got := g.lag(t); got != 0 {
		t.Errorf("%d offsets are not committed", got)
	}
	if got, _ := store.count(); got != 200 {
		t.Errorf("%d posts", got)
	}
}

// recorder notes tokens on their way to a ledger.
type recorder struct {
	inner *ledger
	block bool          // never answer after the ledger has
	gate  chan struct{} // wait for it before the ledger is asked
	seen  atomic.Int64
	names tokens
}

func (r *recorder) Insert(ctx context.Context, cluster, topic, token string, rows []samleng.Row) error {
	r.names.add(token)
	r.seen.Add(1)
	if r.gate != nil {
		<-r.gate
	}
	err := r.inner.Insert(ctx, cluster, topic, token, rows)
	if r.block {
		<-ctx.Done()
		return fmt.Errorf("insert: %w", ctx.Err())
	}
	return err
}

func (r *recorder) all() map[string]bool { return r.names.all() }
