package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"samleng"
	"samleng/alerts/watch"
	"samleng/internal/config"
	"samleng/storage/clickhouse"
)

// desk is a store with an engine of alerts over it, whose clock goes to the next tick as soon as
// one is seen.
type desk struct {
	t     testing.TB
	store *clickhouse.Store
	rules *alerting
	needs engineNeeds

	mu     sync.Mutex
	now    time.Time
	end    time.Time
	queued map[string]int
	crash  func() bool
	stop   context.CancelFunc
}

const deskRules = `rules:
  - {id: topics, name: {km: ក, en: Topics}, level: warning, channels: [team]}
  - {id: places, name: {km: ខ, en: Places}, topics: [land, health], places: [each], level: warning, channels: [team], escalate: {after: 1h, channels: [head]}}
  - {id: floor, name: {km: គ, en: Fixed}, topics: [land], fixed: {posts: 40, window: 1h}, level: urgent, channels: [team]}
  - {id: sources, name: {km: ឃ, en: Sources}, signals: [silence], level: warning, channels: [team]}
channels:
  - {id: team, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
  - {id: head, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
`

func newDesk(t testing.TB, store *clickhouse.Store, now, end time.Time) *desk {
	return newDeskOf(t, store, deskRules, now, end)
}

func newDeskOf(t testing.TB, store *clickhouse.Store, yaml string, now, end time.Time) *desk {
	t.Helper()
	d := &desk{t: t, store: store, now: now, end: end, queued: map[string]int{}, crash: func() bool { return false }}
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "alerts.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	if d.rules, err = readAlerting(file, topics); err != nil {
		t.Fatal(err)
	}
	settings := config.Default()
	d.needs = engineNeeds{Settings: &settings, Sources: deskSources(), Store: deskStore{store, d}, Outbox: d, Now: d.clock}
	return d
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// errCrash is what a store says when the program dies.
var errCrash = errors.New("the program dies here")

func (d *desk) dies() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.crash() {
		return errCrash
	}
	return nil
}

// Queue implements watch.Outbox.
func (d *desk) Queue(_ context.Context, a *samleng.Alert, channels []string, _ time.Time) error {
	if err := d.dies(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range channels {
		d.queued[fmt.Sprintf("%s/%d/%s", a.Episode, a.Number, c)]++
	}
	return d.crashAfter()
}

// crashAfter dies when the deed is done.
func (d *desk) crashAfter() error {
	if d.crash() {
		return errCrash
	}
	return nil
}

// deskStore is the real store, which can die before and after each write.
type deskStore struct {
	*clickhouse.Store
	d *desk
}

func (s deskStore) Observe(ctx context.Context, counts []samleng.SeriesCount, heard *samleng.Heard) error {
	if err := s.d.dies(); err != nil {
		return err
	}
	if err := s.Store.Observe(ctx, counts, heard); err != nil {
		return err
	}
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if next := heard.Bucket.Add(2*samleng.Bucket + heard.Grace + 10*time.Second); next.After(s.d.now) {
		s.d.now = next
	}
	if s.d.now.After(s.d.end) {
		s.d.stop()
	}
	return s.d.crashAfter()
}

func (s deskStore) RecordAlerts(ctx context.Context, all []samleng.AlertRecord) error {
	if err := s.d.dies(); err != nil {
		return err
	}
	if err := s.Store.RecordAlerts(ctx, all); err != nil {
		return err
	}
	return s.d.dies()
}

func (s deskStore) SaveSpikes(ctx context.Context, state *samleng.SpikeState, parts iter.Seq2[samleng.SpikePart, error]) error {
	if err := s.d.dies(); err != nil {
		return err
	}
	if err := s.Store.SaveSpikes(ctx, state, parts); err != nil {
		return err
	}
	return s.d.dies()
}

// ready lets time go on when the engine is up to date.
func (d *desk) ready() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(samleng.Bucket)
}

// contextOf ends when the desk's time is over.
func contextOf(t testing.TB, d *desk) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stop = cancel
	return ctx, cancel
}

// run watches until the end, however often the program dies.
func (d *desk) run() (deaths int) {
	d.t.Helper()
	for {
		engine, err := d.rules.engine(d.needs)
		if err != nil {
			d.t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(d.t.Context())
		d.mu.Lock()
		d.stop = cancel
		over := d.now.After(d.end)
		d.mu.Unlock()
		if over {
			cancel()
			return deaths
		}
		err = engine.Run(ctx, func() bool { return true }, d.ready)
		cancel()
		switch {
		case err == nil || errors.Is(err, context.Canceled):
		case errors.Is(err, errCrash):
			deaths++
		default:
			d.t.Fatal(err)
		}
	}
}

func (d *desk) replay(since, until time.Time) []samleng.AlertRecord {
	d.t.Helper()
	needs := d.needs
	needs.Store, needs.Outbox = d.store, nil
	engine, err := d.rules.engine(needs)
	if err != nil {
		d.t.Fatal(err)
	}
	all, err := engine.Replay(d.t.Context(), since, until)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

func deskSources() []samleng.Source {
	var all []samleng.Source
	for i := range 10 {
		all = append(all, samleng.Source{ID: fmt.Sprintf("s%d", i), Name: fmt.Sprintf("Source %d", i), Interval: 10 * time.Minute, Kind: samleng.KindNews})
	}
	return all
}

// town makes the posts and polls of some days.
type town struct {
	random *rand.Rand
	rows   []samleng.Row
	polls  []samleng.Coverage
}

func newTown() *town { return &town{random: rand.New(rand.NewPCG(4, 4))} } //nolint:gosec // a reproducible test

// post adds a post of a source.
func (w *town) post(at time.Time, source int, topic string, tone samleng.Label, code string, delay time.Duration) {
	n := len(w.rows)
	r := samleng.Row{
		Post: samleng.Post{
			Schema: samleng.PostSchema, ID: postID(fmt.Sprint(n)), Source: fmt.Sprintf("s%d", source), Kind: samleng.KindNews, URL: fmt.Sprintf("https://s%d.example/%d", source, n),
			Title: fmt.Sprintf("Post %d", n), Text: fmt.Sprintf("What people say of %s, number %d", topic, n), Published: at, SeenAt: at.Add(delay),
		},
		Analysis: samleng.Analysis{
			Language: "en", Sentiment: samleng.Sentiment{Label: tone, Confidence: .9}, Model: "test-1",
			Topics: []samleng.Topic{{ID: topic, Score: 1, Sentiment: samleng.Tone{Label: tone, Confidence: .9}}},
		},
		Offset: int64(n),
	}
	if code != "" {
		r.Analysis.Places = []samleng.Place{{Code: code, Score: 1}}
	}
	w.rows = append(w.rows, r)
}

// usual adds what is usual between two times: per hour so many posts of land and of health, a
// fifth of them negative, from sources that each come with a delay.
func (w *town) usual(from, to time.Time, perHour float64, delay func(source int, at time.Time) time.Duration) {
	for _, topic := range []string{"land", "health"} {
		for at := from; at.Before(to); {
			at = at.Add(time.Duration(w.random.ExpFloat64() / perHour * float64(time.Hour)))
			if !at.Before(to) {
				break
			}
			tone := samleng.Neutral
			if w.random.Float64() < .2 {
				tone = samleng.Negative
			}
			source := w.random.IntN(10)
			w.post(at, source, topic, tone, []string{"", "12", "21"}[w.random.IntN(3)], delay(source, at))
		}
	}
}

// burst adds a spike.
func (w *town) burst(at time.Time, length time.Duration, posts int, topic string, negative float64, code string) {
	for range posts {
		tone := samleng.Neutral
		if w.random.Float64() < negative {
			tone = samleng.Negative
		}
		w.post(at.Add(time.Duration(w.random.Float64()*float64(length))), w.random.IntN(10), topic, tone, code, time.Minute)
	}
}

// poll adds the polls of every source between two times; down says which failed.
func (w *town) poll(from, to time.Time, down func(source int, at time.Time) bool) {
	for at := from; at.Before(to); at = at.Add(10 * time.Minute) {
		for i := range 10 {
			c := samleng.Coverage{Source: fmt.Sprintf("s%d", i), At: at.Add(time.Duration(i) * time.Second)}
			if down(i, at) {
				c.Class, c.Error = samleng.RetryAfter, "connection refused"
			}
			w.polls = append(w.polls, c)
		}
	}
}

func (w *town) store(t testing.TB, s *clickhouse.Store) {
	t.Helper()
	for n := 0; n < len(w.rows); n += 20_000 {
		part := w.rows[n:min(len(w.rows), n+20_000)]
		if err := s.Insert(t.Context(), "c", "posts", fmt.Sprint(n), part); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RecordCoverage(t.Context(), w.polls); err != nil {
		t.Fatal(err)
	}
}

func never(int, time.Time) bool { return false }

func soon(int, time.Time) time.Duration { return time.Minute }

// TestAlertsGoOnExactly watches a day with spikes while the program dies at random points: the
// log equals that of a replay byte for byte, and each alert was handed over.
func TestAlertsGoOnExactly(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	live := time.Date(2026, 11, 18, 17, 0, 0, 0, time.UTC) // midnight in Phnom Penh
	end := live.Add(8 * time.Hour)
	w := newTown()
	w.usual(live.AddDate(0, 0, -6), end, 12, soon)
	w.poll(live.AddDate(0, 0, -6), live.Add(5*time.Hour), never)
	w.poll(live.Add(5*time.Hour), end, func(source int, _ time.Time) bool { return source < 2 })
	w.burst(live.Add(time.Hour), 40*time.Minute, 90, "land", .2, "")
	w.burst(live.Add(3*time.Hour), time.Hour, 60, "health", .9, "21")
	w.store(t, store)

	d := newDesk(t, store, live.Add(20*time.Second), end)
	random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // a reproducible test
	d.crash = func() bool { return random.Float64() < .04 }
	deaths := d.run()
	records, err := store.AlertRecords(t.Context(), "", live, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	replayed := d.replay(live, end.Add(time.Hour))
	if a, b := lines(records), lines(replayed); !bytes.Equal(a, b) {
		t.Errorf("log:\n%s\nreplay:\n%s", a, b)
	}
	t.Logf("%d deaths, %d alerts\n%s", deaths, len(records), lines(records))
	opened := map[string]bool{}
	for i := range records {
		r := &records[i]
		for _, c := range r.Channels {
			if d.queued[fmt.Sprintf("%s/%d/%s", r.Alert.Episode, r.Alert.Number, c)] == 0 {
				t.Errorf("%s was not handed over to %s", r.Line, c)
			}
		}
		if r.Alert.State == samleng.AlertOpened {
			opened[r.Alert.Rule+" "+r.Alert.Series.Topic] = true
			if r.Alert.Rule != "sources" && (len(r.Alert.Examples) < 3 || r.Alert.Tally.Posts == 0 || len(r.Alert.History.Observed) == 0) {
				t.Errorf("%s: nothing lies behind it: %+v", r.Line, r.Alert)
			}
		}
	}
	for _, want := range []string{"topics land", "topics health", "places health", "floor land", "sources "} {
		if !opened[want] {
			t.Errorf("no alert of %s", want)
		}
	}
	if deaths < 5 {
		t.Errorf("%d deaths: the test has not tried anything", deaths)
	}
}

func lines(all []samleng.AlertRecord) []byte {
	var b bytes.Buffer
	for i := range all {
		b.Write(all[i].Line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

var _ watch.Store = deskStore{}
