package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"samleng"
	"samleng/alerts"
)

// scripted is a channel whose answers are written down: the last one holds on.
type scripted struct {
	mu      sync.Mutex
	answers []error
	traits  alerts.Traits
	sent    []alerts.Message // every call
	at      []time.Time
	edits   []alerts.Message
	refuse  error         // of Edit
	takes   time.Duration // each call
}

func (s *scripted) Traits() alerts.Traits { return s.traits }

func (s *scripted) Send(ctx context.Context, m alerts.Message) (alerts.Receipt, error) {
	s.mu.Lock()
	s.sent, s.at = append(s.sent, m), append(s.at, time.Now())
	var err error
	if len(s.answers) > 0 {
		err = s.answers[min(len(s.sent), len(s.answers))-1]
	}
	s.mu.Unlock()
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return "", alerts.Unsure(samleng.WithClass(samleng.RetryAfter, ctx.Err()))
	}
	if err != nil {
		return "", err
	}
	return alerts.Receipt("receipt of " + m.Key.String()), nil
}

// calls gives the texts that were sent so far.
func (s *scripted) calls() (texts []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.sent {
		texts = append(texts, m.Text)
	}
	return texts
}

// changeable is a scripted channel that can edit.
type changeable struct{ *scripted }

func (c changeable) Edit(_ context.Context, first alerts.Receipt, m alerts.Message) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m.First = first
	c.edits = append(c.edits, m)
	return c.refuse
}

// bench is a deliverer under test. Its time is that of a synctest bubble.
type bench struct {
	t     *testing.T
	store *fileStore
	*Deliverer
	registry *prometheus.Registry
	end      context.CancelFunc
	done     chan error
}

func start(t *testing.T, store *fileStore, change func(*Options), channels map[string]alerts.Channel) *bench {
	t.Helper()
	b := &bench{t: t, store: store, registry: prometheus.NewRegistry(), done: make(chan error, 1)}
	o := Options{Config: DefaultConfig(), Store: store, Renderer: cards{}, Registerer: b.registry, Seed: 1}
	for _, id := range []string{"a", "b"} {
		if channels[id] != nil {
			o.Channels = append(o.Channels, Channel{ID: id, Language: "km", Channel: channels[id]})
		}
	}
	if change != nil {
		change(&o)
	}
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.Deliverer = d
	var ctx context.Context
	ctx, b.end = context.WithCancel(context.Background())
	go func() { b.done <- d.Run(ctx) }()
	return b
}

// stop ends the run and waits for it.
func (b *bench) stop() {
	b.t.Helper()
	b.end()
	if err := <-b.done; err != nil {
		b.t.Error(err)
	}
}

func (b *bench) queue(n int, notBefore time.Time, channels ...string) {
	b.t.Helper()
	if err := b.Queue(context.Background(), alertOf(n), channels, notBefore); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) state(n int, channel string) samleng.Delivery {
	a := alertOf(n)
	return b.store.row(samleng.DeliveryKey{Episode: a.Episode, Number: a.Number, Channel: channel})
}

func newStore(t *testing.T) *fileStore {
	t.Helper()
	s, err := openFileStore(filepath.Join(t.TempDir(), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.file.Close() })
	return s
}

func TestSentOnce(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		b.queue(0, time.Time{}, "a")
		time.Sleep(time.Second)
		b.queue(0, time.Time{}, "a") // after it has been sent
		time.Sleep(time.Hour)
		b.stop()
		if got := c.calls(); len(got) != 1 || strings.HasPrefix(got[0], alerts.RepeatMark) {
			t.Errorf("sent %q", got)
		}
		d := b.state(0, "a")
		if d.State != samleng.DeliverySent || d.Content != nil || d.Receipt == "" || d.Attempts != 1 || d.Done.IsZero() {
			t.Errorf("kept is %+v", d)
		}
		if n := testutil.ToFloat64(b.workers["a"].metrics.done.WithLabelValues("a", "sent")); n != 1 {
			t.Errorf("metrics count %g", n)
		}
	})
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{answers: []error{samleng.Errorf(samleng.RetryAfter, "502"), nil}}
		b := start(t, store, func(o *Options) { o.Config.GiveUp = time.Hour }, map[string]alerts.Channel{"a": c})
		morning := time.Now().Add(10 * time.Hour)
		b.queue(0, morning, "a")
		b.queue(3, time.Time{}, "a") // another episode does not wait
		time.Sleep(10*time.Hour - time.Second)
		if got := c.calls(); len(got) != 2 { // the first attempt fails
			t.Errorf("sent at night: %q", got)
		}
		if s := b.States()[0]; s.Waiting != 1 || s.Age > 0 {
			t.Errorf("the state at night is %+v", s)
		}
		time.Sleep(time.Minute)
		b.stop()
		if got := c.calls(); len(got) != 3 || b.state(0, "a").State != samleng.DeliverySent || b.state(0, "a").Done.Before(morning) {
			t.Errorf("sent in the morning: %q, %+v", got, b.state(0, "a"))
		}
	})
}

// What is urgent goes through the quiet hours, and what came before it of its episode goes along,
// in order; what comes after waits.
func TestUrgentGoesThroughQuietHours(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{answers: []error{samleng.Errorf(samleng.RetryAfter, "502"), nil}}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		morning := time.Now().Add(10 * time.Hour)
		b.queue(0, morning, "a")
		time.Sleep(time.Hour)
		b.queue(1, time.Time{}, "a") // urgent
		b.queue(2, morning, "a")
		b.queue(3, morning, "a") // another episode
		time.Sleep(time.Hour)
		if b.state(1, "a").State != samleng.DeliverySent || b.state(2, "a").State != samleng.DeliveryQueued || b.state(3, "a").State != samleng.DeliveryQueued {
			t.Errorf("sent at night: %q", c.calls())
		}
		time.Sleep(9 * time.Hour)
		b.stop()
		if got := c.calls(); len(got) != 5 || b.state(2, "a").State != samleng.DeliverySent || b.state(3, "a").Done.Before(morning) {
			t.Errorf("sent in all: %q", got)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		limited := samleng.WithWait(samleng.RateLimited, 90*time.Second, errors.New("429"))
		c := &scripted{answers: []error{limited, nil}}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		b.queue(3, time.Time{}, "a") // the whole channel has been asked to wait
		time.Sleep(time.Hour)
		b.stop()
		if len(c.at) != 3 || c.at[1].Sub(c.at[0]) < 90*time.Second || c.at[1].Sub(c.at[0]) > 100*time.Second {
			t.Errorf("attempts at %v", c.at)
		}
		for _, text := range c.calls() {
			if strings.HasPrefix(text, alerts.RepeatMark) {
				t.Errorf("%q was refused before and is no repeat", text)
			}
		}
	})
}

func TestBackOff(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{answers: []error{samleng.Errorf(samleng.Unauthorised, "403 the bot was kicked")}}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		time.Sleep(23 * time.Hour)
		if b.state(0, "a").State != samleng.DeliveryQueued {
			t.Errorf("given up too early: %+v", b.state(0, "a"))
		}
		time.Sleep(2 * time.Hour)
		b.stop()
		d := b.state(0, "a")
		if d.State != samleng.DeliveryFailed || !strings.Contains(d.Reason, "kicked") || d.Content != nil {
			t.Errorf("in the end: %+v", d)
		}
		if n := len(c.at); n < 240 || n > 400 { // 24 h at 5 min, and some at the start
			t.Errorf("%d attempts", n)
		}
		for i := 1; i < 5; i++ {
			want := time.Second << (i - 1)
			if got := c.at[i].Sub(c.at[i-1]); got < want*8/10 || got > want*5/2 {
				t.Errorf("wait %d is %s, want about %s", i, got, want)
			}
		}
		s := b.States()[0]
		if s.Failed != 1 || s.LastFailed.Reason != d.Reason || s.Class != samleng.Unauthorised {
			t.Errorf("the state is %+v", s)
		}
	})
}

// A channel that is down for a day says so once, and once that it is back.
func TestLogsChangesOnly(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		var said strings.Builder
		c := &scripted{answers: []error{samleng.Errorf(samleng.RetryAfter, "502")}}
		b := start(t, store, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&said, nil)) }, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		time.Sleep(20 * time.Hour)
		c.mu.Lock()
		c.answers = nil
		c.mu.Unlock()
		time.Sleep(time.Hour)
		b.stop()
		if lines := strings.Split(strings.TrimSpace(said.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "502") || !strings.Contains(lines[1], "again") {
			t.Errorf("it says\n%s", said.String())
		}
	})
}

func TestPermanentErrorGivesUpAtOnce(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{answers: []error{samleng.Errorf(samleng.Permanent, "400 can't parse entities"), nil}}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		b.queue(3, time.Time{}, "a")
		time.Sleep(time.Minute)
		b.stop()
		if b.state(0, "a").State != samleng.DeliveryFailed || b.state(3, "a").State != samleng.DeliverySent || len(c.at) != 2 {
			t.Errorf("%+v, %+v after %d calls", b.state(0, "a"), b.state(3, "a"), len(c.at))
		}
	})
}

// A channel that hangs delays only itself, and one message that always fails only itself.
func TestChannelsAndEpisodesDelayOnlyThemselves(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		hanging := &scripted{takes: time.Hour}
		good := &scripted{}
		b := start(t, store, nil, map[string]alerts.Channel{"a": hanging, "b": good})
		for n := range 9 {
			b.queue(n, time.Time{}, "a", "b")
		}
		time.Sleep(10 * time.Second)
		if got := good.calls(); len(got) != 9 {
			t.Errorf("%d of 9 were sent by the channel that is well", len(got))
		}
		time.Sleep(30 * time.Minute)
		seen := map[string]bool{}
		for _, text := range hanging.calls() {
			seen[strings.TrimPrefix(text, alerts.RepeatMark)] = true
		}
		if len(seen) != 3 { // the first of each episode: the others wait for it
			t.Errorf("a channel that hangs was offered %v", seen)
		}
		b.stop()
	})
}

func TestOrderWithinAnEpisode(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{answers: []error{samleng.Errorf(samleng.RetryAfter, "500"), samleng.Errorf(samleng.RetryAfter, "500"), nil}}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(2, time.Time{}, "a") // handed over first, and alone: it goes
		time.Sleep(time.Minute)
		b.queue(5, time.Time{}, "a")
		b.queue(3, time.Now().Add(time.Second), "a")
		b.queue(4, time.Time{}, "a")
		time.Sleep(time.Hour)
		b.stop()
		got := strings.Join(c.calls(), "\n")
		first, second, third := strings.Index(got, "1/1 "), strings.Index(got, "1/2 "), strings.Index(got, "1/3 ")
		if third < 0 || first < 0 || second < first {
			t.Errorf("sent in the order\n%s", got)
		}
	})
}

func TestUpdatesEditTheFirstMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		refuse       error
		sends, edits int
	}{
		{"edited", nil, 1, 2},
		{"the message is gone", samleng.Errorf(samleng.Permanent, "message to edit not found"), 3, 2},
	} {
		store := newStore(t)
		synctest.Test(t, func(t *testing.T) {
			s := &scripted{refuse: c.refuse}
			b := start(t, store, nil, map[string]alerts.Channel{"a": changeable{s}})
			for n := range 3 {
				b.queue(n, time.Time{}, "a")
			}
			time.Sleep(time.Minute)
			b.stop()
			if len(s.sent) != c.sends || len(s.edits) != c.edits {
				t.Fatalf("%s: %d sent, %d edited", c.name, len(s.sent), len(s.edits))
			}
			if want := alerts.Receipt("receipt of " + s.sent[0].Key.String()); s.edits[0].First != want || (c.sends == 3 && s.sent[1].First != want) {
				t.Errorf("%s: the first message is %q", c.name, s.edits[0].First)
			}
			for n := range 3 {
				if b.state(n, "a").State != samleng.DeliverySent {
					t.Errorf("%s: %+v", c.name, b.state(n, "a"))
				}
			}
		})
	}
}

// What an earlier run had claimed is sent once more, marked; and a second time only when the
// program has died again meanwhile.
func TestRepeatAfterACrash(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		content, err := json.Marshal(alertOf(0))
		if err != nil {
			t.Fatal(err)
		}
		d := samleng.Delivery{
			DeliveryKey: samleng.DeliveryKey{Episode: alertOf(0).Episode, Number: 1, Channel: "a"}, State: samleng.DeliverySending,
			Queued: time.Now(), Due: time.Now(), Next: time.Now(), Attempts: 1, Version: 1, Form: samleng.DeliverAlert, Content: content,
		}
		if err := store.SaveDelivery(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		c := &scripted{}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		time.Sleep(time.Minute)
		b.stop()
		if got := c.calls(); len(got) != 1 || !strings.HasPrefix(got[0], alerts.RepeatMark) || !c.sent[0].Repeat {
			t.Errorf("sent %q", got)
		}
		if got := b.state(0, "a"); got.State != samleng.DeliverySent || got.Unsure != 1 || got.Attempts != 2 {
			t.Errorf("kept is %+v", got)
		}
		b = start(t, store, nil, map[string]alerts.Channel{"a": c})
		time.Sleep(time.Hour)
		b.stop()
		if got := c.calls(); len(got) != 1 {
			t.Errorf("sent %q", got)
		}
	})
}

// A time-out leaves it open whether the message was taken; the waits in between double beyond
// the usual ones, so that a server that takes and never answers is not flooded.
func TestUnsureOutcomes(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{answers: []error{alerts.Unsure(samleng.Errorf(samleng.RetryAfter, "no answer"))}}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		time.Sleep(26 * time.Hour)
		b.stop()
		got := c.calls()
		if len(got) < 10 || len(got) > 45 {
			t.Errorf("%d attempts", len(got))
		}
		for i, text := range got {
			if strings.HasPrefix(text, alerts.RepeatMark) != (i > 0) {
				t.Errorf("attempt %d is %q", i, text)
			}
		}
		if b.state(0, "a").State != samleng.DeliveryFailed {
			t.Errorf("in the end: %+v", b.state(0, "a"))
		}
	})
}

func TestStoreThatIsAway(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		var away bool
		c := &scripted{}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		time.Sleep(time.Second)
		b.queue(3, time.Now().Add(time.Minute), "a")
		store.mu.Lock()
		store.fail = func(d samleng.Delivery) error {
			if away || d.State == samleng.DeliverySent {
				return errors.New("the store is away")
			}
			return nil
		}
		store.mu.Unlock()
		time.Sleep(2 * time.Minute) // sent, but it cannot be noted
		if got := c.calls(); len(got) != 2 {
			t.Errorf("sent %q", got)
		}
		store.mu.Lock()
		away = true
		store.mu.Unlock()
		if err := b.Queue(t.Context(), alertOf(6), []string{"a"}, time.Time{}); err == nil {
			t.Error("an alert that is not kept was taken")
		}
		store.mu.Lock()
		store.fail = nil
		store.mu.Unlock()
		time.Sleep(10 * time.Minute)
		b.stop()
		if got := c.calls(); len(got) != 2 || b.state(3, "a").State != samleng.DeliverySent {
			t.Errorf("sent %q, kept %+v", got, b.state(3, "a"))
		}
	})
}

// A stop lets the attempt under way come to its end, so that it need not be repeated.
func TestStopFinishesTheAttempt(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{takes: 5 * time.Second}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		b.queue(3, time.Time{}, "a")
		time.Sleep(time.Second)
		b.stop()
		if b.state(0, "a").State != samleng.DeliverySent || b.state(3, "a").State != samleng.DeliveryQueued || b.state(3, "a").Attempts != 0 {
			t.Errorf("%+v, %+v", b.state(0, "a"), b.state(3, "a"))
		}
	})
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		traits := alerts.Traits{Peer: "chat", Limits: []alerts.Limit{{Messages: 1, Period: time.Second}, {Messages: 20, Period: time.Minute}}}
		one, two := &scripted{traits: traits}, &scripted{traits: traits}
		b := start(t, store, nil, map[string]alerts.Channel{"a": one, "b": two})
		for n := range 90 {
			b.queue(n, time.Time{}, "a", "b")
		}
		time.Sleep(30 * time.Minute)
		b.stop()
		var all []time.Time
		all = append(append(all, one.at...), two.at...)
		if len(all) != 180 {
			t.Fatalf("%d of 180 were sent", len(all))
		}
		for _, from := range all {
			second, minute := 0, 0
			for _, at := range all {
				if since := at.Sub(from); since >= 0 && since < time.Second {
					second++
				}
				if since := at.Sub(from); since >= 0 && since < time.Minute {
					minute++
				}
			}
			if second > 1 || minute > 20 {
				t.Fatalf("%d in a second, %d in a minute", second, minute)
			}
		}
	})
}

// What has no room in memory waits in the store, in order, even while some of it always fails.
func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		stuck := samleng.Errorf(samleng.RetryAfter, "500")
		c := &scripted{answers: []error{stuck}}
		b := start(t, store, func(o *Options) { o.Config.Queue = 4 }, map[string]alerts.Channel{"a": c})
		for n := range 60 {
			b.queue(n, time.Time{}, "a")
		}
		time.Sleep(time.Minute)
		if s := b.States()[0]; s.Waiting > 6 {
			t.Errorf("%d wait in memory", s.Waiting)
		}
		c.mu.Lock()
		c.answers = nil
		c.sent = nil
		c.mu.Unlock()
		time.Sleep(time.Hour)
		if err := b.Queue(t.Context(), alertOf(60), []string{"x"}, time.Time{}); err == nil {
			t.Error("an unknown channel is no error")
		}
		b.stop()
		if len(c.sent) != 60 {
			t.Errorf("%d of 60 were sent", len(c.sent))
		}
		last := map[string]int{}
		for _, m := range c.sent {
			if m.Key.Number != last[m.Key.Episode]+1 {
				t.Errorf("%s was sent after number %d", m.Key, last[m.Key.Episode])
			}
			last[m.Key.Episode] = m.Key.Number
		}
	})
}

func TestReview(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{}
		var here atomic.Bool
		b := start(t, store, func(o *Options) {
			o.Review = func(_ context.Context, posts []samleng.PostID) ([]samleng.PostID, error) {
				if !here.Load() {
					return nil, errors.New("the store is away")
				}
				return posts[:1], nil
			}
		}, map[string]alerts.Channel{"a": c})
		a := alertOf(0)
		taken, kept := samleng.NewPostID("p", "taken"), samleng.NewPostID("p", "kept")
		a.Examples = []samleng.Example{{ID: taken, Text: "taken down"}, {ID: kept, Text: "kept"}}
		if err := b.Queue(t.Context(), a, []string{"a"}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if len(c.calls()) != 0 {
			t.Error("sent without a review")
		}
		here.Store(true)
		time.Sleep(time.Hour)
		b.stop()
		if len(c.sent) != 1 || len(c.sent[0].Alert.Examples) != 1 || c.sent[0].Alert.Examples[0].ID != kept || b.state(0, "a").Attempts != 1 {
			t.Errorf("sent %+v", c.sent)
		}
	})
}

// TestCardOfATakenPost sends what waits when a post has been taken down: a card that was written
// beforehand and shows it, one that does not, and a digest that names it and another.
func TestCardOfATakenPost(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c, taken := &scripted{}, samleng.NewPostID("p", "taken")
		for name, posts := range map[string][]samleng.PostID{"shows": {taken}, "counts": nil} {
			content, err := json.Marshal(alerts.Card{Title: name, Text: name, Posts: posts})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := store.AddDeliveries(t.Context(), []samleng.Delivery{{
				DeliveryKey: samleng.DeliveryKey{Episode: name, Number: 1, Channel: "a"}, State: samleng.DeliveryQueued, Queued: time.Now(), Due: time.Now(), Next: time.Now(),
				Form: samleng.DeliverCard, Content: content,
			}}); err != nil {
				t.Fatal(err)
			}
		}
		b := start(t, store, func(o *Options) {
			o.Review = func(_ context.Context, posts []samleng.PostID) ([]samleng.PostID, error) {
				return slices.DeleteFunc(slices.Clone(posts), func(id samleng.PostID) bool { return id != taken }), nil
			}
		}, map[string]alerts.Channel{"a": c})
		digest := &samleng.Digest{Alerts: 3, Emerging: []samleng.EmergingStory{{Post: taken, Title: "taken"}, {Post: samleng.NewPostID("p", "kept"), Title: "kept"}}}
		if err := b.QueueDigest(t.Context(), "digest", 1, digest, "a", time.Time{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.stop()
		got := c.calls()
		slices.Sort(got)
		if !slices.Equal(got, []string{"3 alerts, kept", "counts"}) {
			t.Errorf("sent %q", got)
		}
		if d := store.row(samleng.DeliveryKey{Episode: "shows", Number: 1, Channel: "a"}); d.State != samleng.DeliveryFailed || d.Reason != errTakenDown.Error() || d.Content != nil {
			t.Errorf("kept as %+v", d)
		}
	})
}

func TestDigests(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{traits: alerts.Traits{Format: alerts.FormatSlack}}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		for range 2 {
			if err := b.QueueDigest(t.Context(), "digest-2026-11-22", 1, &samleng.Digest{Alerts: 2}, "a", time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		if got := b.Channels(); !slices.Equal(got, []string{"a"}) {
			t.Errorf("channels %q", got)
		}
		time.Sleep(time.Minute)
		b.stop()
		if len(c.sent) != 1 || c.sent[0].Title != "The day" || c.sent[0].Alert != nil {
			t.Errorf("sent %+v", c.sent)
		}
	})
}

// TestAnotherProcessHasIt claims an alert that another process has claimed, and one that another has
// sent: neither is sent here, until it is known that the other one did not make it.
func TestAnotherProcessHasIt(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		later := time.Now().Add(time.Minute)
		b.queue(0, later, "a")
		b.queue(3, later, "a")
		time.Sleep(time.Second)
		for n, state := range map[int]samleng.DeliveryState{0: samleng.DeliverySending, 3: samleng.DeliverySent} {
			d := b.state(n, "a")
			d.State, d.Version, d.Attempts = state, 1, 1
			if err := store.SaveDelivery(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if got := c.calls(); len(got) != 0 {
			t.Errorf("sent %q", got)
		}
		time.Sleep(time.Hour)
		b.stop()
		if got := c.calls(); len(got) != 1 || !strings.HasPrefix(got[0], alerts.RepeatMark) || b.state(0, "a").State != samleng.DeliverySent {
			t.Errorf("sent %q, kept %+v", got, b.state(0, "a"))
		}
	})
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	synctest.Test(t, func(t *testing.T) {
		c := &scripted{answers: []error{samleng.Errorf(samleng.RetryAfter, "500")}}
		b := start(t, store, nil, map[string]alerts.Channel{"a": c})
		b.queue(0, time.Time{}, "a")
		time.Sleep(10 * time.Second)
		want := `
# HELP samleng_alert_queue Alerts that wait for a channel.
# TYPE samleng_alert_queue gauge
samleng_alert_queue{channel="a"} 1
# HELP samleng_alert_queue_age_seconds For how long the oldest alert that could be sent has waited.
# TYPE samleng_alert_queue_age_seconds gauge
samleng_alert_queue_age_seconds{channel="a"} 10
`
		if err := testutil.GatherAndCompare(b.registry, strings.NewReader(want), "samleng_alert_queue", "samleng_alert_queue_age_seconds"); err != nil {
			t.Error(err)
		}
		b.stop()
	})
}
