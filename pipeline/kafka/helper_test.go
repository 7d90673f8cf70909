package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"go.uber.org/goleak"

	"samleng"
	"samleng/pipeline"
	"samleng/pipeline/embedded"
	"samleng/pipeline/kafka"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// ledger is a store that keeps rows by token, as ClickHouse's deduplication does, and can
// be told to fail.
type ledger struct {
	mu      sync.Mutex
	tokens  map[string]bool
	rows    map[string]int // partition/offset to the number of times it was kept
	posts   map[samleng.PostID]samleng.Post
	fail    func(attempt int, rows []samleng.Row) error // before anything is kept
	attempt int
	forget  bool // keep the rows of the next insert and answer with an error
	inserts []int
}

func newLedger() *ledger {
	return &ledger{tokens: map[string]bool{}, rows: map[string]int{}, posts: map[samleng.PostID]samleng.Post{}}
}

func (l *ledger) Insert(_ context.Context, _, topic, token string, rows []samleng.Row) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempt++
	if l.fail != nil {
		if err := l.fail(l.attempt, rows); err != nil {
			return err
		}
	}
	if !l.tokens[token] {
		l.tokens[token] = true
		l.inserts = append(l.inserts, len(rows))
		for _, row := range rows {
			l.rows[fmt.Sprintf("%s/%d/%d", topic, row.Partition, row.Offset)]++
			l.posts[row.Post.ID] = row.Post
		}
	}
	if l.forget {
		l.forget = false
		return errors.New("the connection broke after the insert")
	}
	return nil
}

func (l *ledger) set(f func(*ledger)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

func (l *ledger) count() (posts, doubled int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range maps.Values(l.rows) {
		if n > 1 {
			doubled++
		}
	}
	return len(l.posts), doubled
}

// plain is a classifier for posts whose labels do not matter.
type plain struct{}

func (plain) Classify(p *samleng.Post) samleng.Analysis {
	if p.Title == "panic" {
		panic("a hostile post")
	}
	return samleng.Analysis{Language: samleng.Khmer}
}

// rig is a broker with a configuration that points at it.
type rig struct {
	t      *testing.T
	dir    string
	broker *embedded.Broker
	config kafka.Config
	log    *slog.Logger
	shared *kafkago.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	g := &rig{t: t, dir: t.TempDir(), config: kafka.DefaultConfig(), log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	g.config.BatchInterval = 50 * time.Millisecond
	g.config.SessionTimeout = 6 * time.Second
	g.start("127.0.0.1:0")
	if err := kafka.EnsureTopics(t.Context(), g.config, g.log); err != nil {
		t.Fatal(err)
	}
	return g
}

// start starts the broker; the same address is used when it starts again.
func (g *rig) start(listen string) {
	g.t.Helper()
	b, err := embedded.Start(g.t.Context(), embedded.Options{Dir: g.dir, Listen: listen, Logger: g.log})
	if err != nil {
		g.t.Fatal(err)
	}
	g.broker, g.config.Brokers = b, []string{b.Addr()}
	g.t.Cleanup(func() { _ = b.Close() })
}

func (g *rig) producer() *kafka.Producer {
	g.t.Helper()
	p, err := kafka.NewProducer(kafka.ProducerOptions{Config: g.config, Logger: g.log, Version: "test"})
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = p.Close() })
	return p
}

// consume runs a consumer until the returned function is called, which waits for its end.
func (g *rig) consume(store pipeline.Store, dead pipeline.DeadLetters) (c *kafka.Consumer, stop func()) {
	g.t.Helper()
	w, err := pipeline.NewWorker(pipeline.Options{Classifier: plain{}, Store: store, DeadLetters: dead, Logger: g.log})
	if err != nil {
		g.t.Fatal(err)
	}
	return g.consumeWith(w, nil)
}

func (g *rig) consumeWith(h kafka.Handler, next kafka.NextOffset) (c *kafka.Consumer, stop func()) {
	g.t.Helper()
	c, err := kafka.NewConsumer(kafka.ConsumerOptions{Config: g.config, Handler: h, Logger: g.log, NextOffset: next})
	if err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			g.t.Errorf("consumer: %v", err)
		}
	})
	g.t.Cleanup(stop)
	return c, stop
}

// posts makes n posts of which the first has the given number.
func posts(first, n int) []samleng.Post {
	all := make([]samleng.Post, n)
	seen := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range all {
		all[i] = samleng.Post{
			Schema: samleng.PostSchema, ID: samleng.NewPostID("test", fmt.Sprint(first+i)),
			Source: "test", Kind: samleng.KindNews, Title: fmt.Sprintf("ព័ត៌មាន %d", first+i),
			Text: "តម្លៃអង្ករឡើងថ្លៃនៅភ្នំពេញ", Published: seen, SeenAt: seen,
		}
	}
	return all
}

// eventually waits until check holds, for far longer than it takes on a busy machine.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	for began := time.Now(); !check(); {
		if time.Since(began) > 3*time.Minute {
			t.Fatalf("not even after %s: %s", time.Since(began), what)
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("the test ended before %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// tokens is a set of tokens that is safe for concurrent use.
type tokens struct {
	mu  sync.Mutex
	set map[string]bool
}

func (s *tokens) add(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		s.set = map[string]bool{}
	}
	s.set[token] = true
}

func (s *tokens) all() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.set)
}

func (g *rig) transport() *kafkago.Transport {
	g.t.Helper()
	tr := &kafkago.Transport{}
	g.t.Cleanup(tr.CloseIdleConnections)
	return tr
}

func (g *rig) client() *kafkago.Client {
	g.t.Helper()
	if g.shared == nil {
		g.shared = &kafkago.Client{Addr: kafkago.TCP(g.config.Brokers...), Transport: g.transport(), Timeout: 10 * time.Second}
	}
	return g.shared
}

// cluster asks for the identity of the broker's log.
func (g *rig) cluster() string {
	g.t.Helper()
	m, err := g.client().Metadata(g.t.Context(), &kafkago.MetadataRequest{})
	if err != nil {
		g.t.Fatal(err)
	}
	return m.ClusterID
}

// writer writes raw messages.
func (g *rig) writer(topic string) *kafkago.Writer {
	g.t.Helper()
	w := &kafkago.Writer{
		Addr: kafkago.TCP(g.config.Brokers...), Topic: topic, RequiredAcks: kafkago.RequireAll,
		Compression: kafkago.Zstd, BatchTimeout: time.Millisecond, BatchBytes: 2 << 20, Transport: g.transport(),
	}
	g.t.Cleanup(func() { _ = w.Close() })
	return w
}

// ends gives the end of every partition of a topic.
func (g *rig) ends(t *testing.T, topic string) map[int]int64 {
	t.Helper()
	ends := map[int]int64{}
	meta, err := g.client().Metadata(t.Context(), &kafkago.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range meta.Topics[0].Partitions {
		answer, err := g.client().ListOffsets(t.Context(), &kafkago.ListOffsetsRequest{
			Topics: map[string][]kafkago.OffsetRequest{topic: {kafkago.LastOffsetOf(p.ID)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		ends[p.ID] = answer.Topics[topic][0].LastOffset
	}
	return ends
}

func (g *rig) end(t *testing.T, topic string) (sum int64) {
	t.Helper()
	for _, end := range g.ends(t, topic) {
		sum += end
	}
	return sum
}

// lag counts what the group has not committed, and is -1 while a range is announced.
func (g *rig) lag(t *testing.T) (sum int64) {
	t.Helper()
	ends := g.ends(t, g.config.Topic)
	answer, err := g.client().OffsetFetch(t.Context(), &kafkago.OffsetFetchRequest{
		GroupID: g.config.Group, Topics: map[string][]int{g.config.Topic: slices.Collect(maps.Keys(ends))},
	})
	if err != nil {
		t.Fatal(err)
	}
	for partition, end := range ends {
		sum += end
		for _, p := range answer.Topics[g.config.Topic] {
			if p.Partition == partition && p.CommittedOffset > 0 {
				if p.Metadata != "" {
					return -1
				}
				sum -= p.CommittedOffset
			}
		}
	}
	return sum
}

// commit sets the group's offset of every partition, as an administrator would.
func (g *rig) commit(t *testing.T, offset int64, metadata string) {
	t.Helper()
	var all []kafkago.OffsetCommit
	for partition := range g.ends(t, g.config.Topic) {
		all = append(all, kafkago.OffsetCommit{Partition: partition, Offset: offset, Metadata: metadata})
	}
	answer, err := g.client().OffsetCommit(t.Context(), &kafkago.OffsetCommitRequest{
		GroupID: g.config.Group, GenerationID: -1, Topics: map[string][]kafkago.OffsetCommit{g.config.Topic: all},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range answer.Topics[g.config.Topic] {
		if p.Error != nil {
			t.Fatal(p.Error)
		}
	}
}

// read gives the first n messages of a topic, over all its partitions.
func (g *rig) read(t *testing.T, topic string, n int) []kafkago.Message {
	t.Helper()
	var all []kafkago.Message
	for partition, end := range g.ends(t, topic) {
		conn, err := kafkago.DialLeader(t.Context(), "tcp", g.config.Brokers[0], topic, partition)
		if err != nil {
			t.Fatal(err)
		}
		for offset := int64(0); offset < end; {
			m, err := conn.ReadMessage(4 << 20)
			if err != nil {
				t.Fatal(err)
			}
			all, offset = append(all, m), m.Offset+1
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < n {
		t.Fatalf("%d messages in %s, want %d", len(all), topic, n)
	}
	return all
}

func header(m kafkago.Message, key string) string {
	for _, h := range m.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}
