package collectors_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"samleng"
	"samleng/collectors"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collect is a collector that is one function.
type collect func(ctx context.Context, emit collectors.Emit) (collectors.Outcome, error)

func (f collect) Collect(ctx context.Context, emit collectors.Emit) (collectors.Outcome, error) {
	return f(ctx, emit)
}

// bench is a scheduler of sources that all have the same collector, and what it did.
type bench struct {
	*collectors.Scheduler
	log      bytes.Buffer
	registry *prometheus.Registry

	mu       sync.Mutex
	coverage map[string][]samleng.Coverage
	stored   []samleng.Post
}

// of gives what was recorded of a source.
func (b *bench) of(id string) []samleng.Coverage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]samleng.Coverage{}, b.coverage[id]...)
}

// posts gives what was emitted.
func (b *bench) posts() []samleng.Post {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]samleng.Post{}, b.stored...)
}

// source makes a source of its own host that is polled every minute.
func source(id string) samleng.Source {
	return samleng.Source{
		ID: id, Name: strings.ToUpper(id), Collector: "test", Kind: samleng.KindNews,
		URL: "https://" + id + ".example.org/feed", Interval: time.Minute,
	}
}

func newBench(t *testing.T, f func(id string) collect, change func(*collectors.Options), sources ...samleng.Source) *bench {
	t.Helper()
	b := &bench{registry: prometheus.NewRegistry(), coverage: map[string][]samleng.Coverage{}}
	o := collectors.Options{
		Config: collectors.DefaultConfig(), Sources: sources, Seed: 1, Registerer: b.registry,
		Kinds: map[string]collectors.New{"test": func(s samleng.Source, _ collectors.Deps) (collectors.Collector, error) { return f(s.ID), nil }},
		Deps:  collectors.Deps{Logger: slog.New(slog.NewTextHandler(&b.log, nil))},
		Emit: func(_ context.Context, posts []samleng.Post) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.stored = append(b.stored, posts...)
			return nil
		},
		Record: func(c samleng.Coverage) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.coverage[c.Source] = append(b.coverage[c.Source], c)
		},
	}
	if change != nil {
		change(&o)
	}
	s, err := collectors.NewScheduler(o)
	if err != nil {
		t.Fatal(err)
	}
	b.Scheduler = s
	return b
}

func (b *bench) stop(t *testing.T) {
	t.Helper()
	if err := b.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSchedulerInterval(t *testing.T) {
	t.Parallel()
	times := func(seed uint64) (polls map[string][]time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			polls = map[string][]time.Duration{}
			start := time.Now()
			var b *bench
			b = newBench(t, func(id string) collect {
				return func(context.Context, collectors.Emit) (collectors.Outcome, error) {
					b.mu.Lock()
					defer b.mu.Unlock()
					polls[id] = append(polls[id], time.Since(start))
					return collectors.Outcome{}, nil
				}
			}, func(o *collectors.Options) { o.Seed = seed }, source("a"), source("b"), source("c"))
			b.Start()
			b.Start()
			time.Sleep(time.Hour)
			b.stop(t)
		})
		return polls
	}
	polls := times(7)
	for i, id := range []string{"a", "b", "c"} {
		at := polls[id]
		if len(at) < 55 || len(at) > 66 {
			t.Errorf("%s was polled %d times in an hour", id, len(at))
		}
		if at[0] < time.Duration(i)*time.Second || at[0] >= time.Duration(i+1)*time.Second {
			t.Errorf("%s was first polled after %s", id, at[0])
		}
		varied := false
		for k := 1; k < len(at); k++ {
			gap := at[k] - at[k-1]
			varied = varied || gap != time.Minute
			if gap < 54*time.Second || gap > 66*time.Second {
				t.Errorf("%s waited %s", id, gap)
			}
		}
		if !varied {
			t.Errorf("%s has no jitter", id)
		}
	}
	if fmt.Sprint(times(7)) != fmt.Sprint(polls) {
		t.Error("the same seed gave other times")
	}
	if fmt.Sprint(times(8)) == fmt.Sprint(polls) {
		t.Error("another seed gave the same times")
	}
}

// A poll that takes longer than the interval is not joined by a second one; sources of one
// host take turns; the whole keeps to Concurrency.
func TestSchedulerLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all, most, host, hostMost atomic.Int32
		running := map[string]*atomic.Int32{}
		var sources []samleng.Source
		for i := range 20 {
			s := source(fmt.Sprintf("s%d", i))
			if i < 3 {
				s.URL = []string{"https://same.example.org/a", "https://WWW.same.example.org/b", "http://same.example.org:8080/c"}[i]
			}
			sources = append(sources, s)
			running[s.ID] = &atomic.Int32{}
		}
		count := func(n, most *atomic.Int32) func() {
			if now := n.Add(1); now > most.Load() {
				most.Store(now)
			}
			return func() { n.Add(-1) }
		}
		b := newBench(t, func(id string) collect {
			return func(context.Context, collectors.Emit) (collectors.Outcome, error) {
				if running[id].Add(1) != 1 {
					t.Errorf("%s is polled twice at a time", id)
				}
				defer running[id].Add(-1)
				defer count(&all, &most)()
				if id == "s0" || id == "s1" || id == "s2" {
					defer count(&host, &hostMost)()
				}
				time.Sleep(3 * time.Minute)
				return collectors.Outcome{}, nil
			}
		}, func(o *collectors.Options) { o.Config.Concurrency = 5 }, sources...)
		b.Start()
		time.Sleep(2 * time.Hour)
		b.stop(t)
		if most.Load() != 5 {
			t.Errorf("at most %d polls at the same time, want 5", most.Load())
		}
		if hostMost.Load() != 1 {
			t.Errorf("at most %d polls of one host at the same time, want 1", hostMost.Load())
		}
		for _, s := range sources {
			if n := len(b.of(s.ID)); n < 3 {
				t.Errorf("%s was polled %d times in two hours", s.ID, n)
			}
		}
	})
}

func TestSchedulerCoverage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fails atomic.Bool
		b := newBench(t, func(string) collect {
			return func(ctx context.Context, emit collectors.Emit) (collectors.Outcome, error) {
				time.Sleep(2 * time.Second)
				var out collectors.Outcome
				out.Reject("entry 3: no text")
				good := post("a", "mail me@example.org")
				good.Published = time.Now().Add(-time.Minute)
				if err := emit(ctx, []samleng.Post{good, {}}); err != nil {
					return out, err
				}
				if fails.Load() {
					return out, samleng.Errorf(samleng.BadInput, "half a feed")
				}
				return out, nil
			}
		}, nil, source("a"))
		b.Start()
		time.Sleep(30 * time.Second)
		synctest.Wait()
		got := b.of("a")
		if len(got) != 1 {
			t.Fatalf("recorded %+v", got)
		}
		c := got[0]
		if c.Posts != 1 || c.Rejected != 2 || c.Duration != 2*time.Second || c.Lag != time.Minute || c.Class != "" || c.Error != "" || !c.Partial || c.At.Location() != time.UTC {
			t.Errorf("recorded %+v", c)
		}
		stored := b.posts()
		if len(stored) != 1 || stored[0].Text != "mail [email]" {
			t.Fatalf("stored %+v", stored)
		}
		st := b.States()[0]
		if st.ID != "a" || st.Name != "A" || !st.LastPoll.Equal(c.At) || !st.LastSuccess.Equal(c.At) || !st.NextPoll.After(c.At) ||
			st.Polling || st.Failures != 0 || len(st.Reasons) != 2 || !st.LastPost.Equal(stored[0].Published) {
			t.Errorf("state %+v", st)
		}

		fails.Store(true)
		time.Sleep(5 * time.Minute)
		b.stop(t)
		got = b.of("a")
		last, st := got[len(got)-1], b.States()[0]
		if last.Posts != 1 || last.Class != samleng.BadInput || last.Error != "half a feed" || !last.Partial {
			t.Errorf("recorded %+v", last)
		}
		if st.Failures != len(got)-1 || st.Error != "half a feed" || st.Class != samleng.BadInput || !st.LastSuccess.Equal(c.At) || !st.LastPoll.Equal(last.At) {
			t.Errorf("state %+v", st)
		}
		if n := strings.Count(b.log.String(), "source fails"); n != 1 {
			t.Errorf("%d failures were logged, want the first:\n%s", n, &b.log)
		}
		want := fmt.Sprintf(`
			# HELP samleng_collector_polls_total Polls of a source, by the class of error they ended with, or ok.
			# TYPE samleng_collector_polls_total counter
			samleng_collector_polls_total{class="bad-input",source="a"} %d
			samleng_collector_polls_total{class="ok",source="a"} 1
			# HELP samleng_collector_posts_total Posts of a source that Kafka acknowledged.
			# TYPE samleng_collector_posts_total counter
			samleng_collector_posts_total{source="a"} %d
		`, len(got)-1, len(got))
		if err := testutil.GatherAndCompare(b.registry, strings.NewReader(want), "samleng_collector_polls_total", "samleng_collector_posts_total"); err != nil {
			t.Error(err)
		}
	})
}

// Whatever one source does, the others are polled as ever.
func TestSchedulerSurvives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nothing := map[string]func(context.Context) (collectors.Outcome, error){}
		b := newBench(t, func(id string) collect {
			return func(ctx context.Context, _ collectors.Emit) (collectors.Outcome, error) {
				switch id {
				case "panics":
					return nothing["x"](ctx)
				case "hangs":
					<-ctx.Done()
					return collectors.Outcome{}, ctx.Err()
				case "busy":
					return collectors.Outcome{}, samleng.WithWait(samleng.RateLimited, 45*time.Minute, errors.New("slow down"))
				case "gone":
					return collectors.Outcome{}, samleng.Errorf(samleng.Permanent, "no such page")
				}
				return collectors.Outcome{}, nil
			}
		}, nil, source("panics"), source("hangs"), source("busy"), source("gone"), source("good"))
		b.Start()
		time.Sleep(4 * time.Hour)
		b.stop(t)
		for id, want := range map[string]struct {
			least, most int
			class       samleng.Class
			text        string
		}{
			"panics": {2, 4, samleng.Permanent, "the collector has a fault: runtime error: invalid memory address"},
			"hangs":  {6, 16, samleng.RetryAfter, "the poll took longer than 10m0s"},
			"busy":   {4, 6, samleng.RateLimited, "slow down"},
			"gone":   {2, 4, samleng.Permanent, "no such page"},
			"good":   {220, 265, "", ""},
		} {
			got := b.of(id)
			if len(got) < want.least || len(got) > want.most {
				t.Errorf("%s was polled %d times in 4 hours, want %d to %d", id, len(got), want.least, want.most)
			}
			for _, c := range got {
				if c.Class != want.class || !strings.HasPrefix(c.Error, want.text) {
					t.Errorf("%s: recorded %+v", id, c)
					break
				}
			}
		}
	})
}

func TestSchedulerRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var polls int
		b := newBench(t, func(string) collect {
			return func(context.Context, collectors.Emit) (collectors.Outcome, error) {
				if polls++; polls <= 5 {
					return collectors.Outcome{}, samleng.Errorf(samleng.RetryAfter, "no address found")
				}
				return collectors.Outcome{}, nil
			}
		}, func(o *collectors.Options) { o.Config.Jitter = 0 }, source("a"))
		b.Start()
		time.Sleep(20 * time.Minute)
		b.stop(t)
		got := b.of("a")
		var gaps []time.Duration
		for i := 1; i < 8; i++ {
			gaps = append(gaps, got[i].At.Sub(got[i-1].At))
		}
		want := []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, time.Minute, time.Minute}
		if fmt.Sprint(gaps) != fmt.Sprint(want) {
			t.Errorf("gaps %v\nwant %v", gaps, want)
		}
		if !strings.Contains(b.log.String(), "source answers again") {
			t.Errorf("logged %s", &b.log)
		}
	})
}

func TestSchedulerStop(t *testing.T) {
	t.Parallel()
	t.Run("ends the polls under way without recording them", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, func(string) collect {
				return func(ctx context.Context, _ collectors.Emit) (collectors.Outcome, error) {
					<-ctx.Done()
					time.Sleep(time.Second) // tidying up
					return collectors.Outcome{}, ctx.Err()
				}
			}, nil, source("a"), source("b"))
			b.Start()
			time.Sleep(5 * time.Second)
			start := time.Now()
			b.stop(t)
			if d := time.Since(start); d != time.Second {
				t.Errorf("stopping took %s", d)
			}
			b.stop(t)
			b.Start()
			if got := b.of("a"); len(got) != 0 {
				t.Errorf("recorded %+v", got)
			}
		})
	})
	t.Run("names what does not end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			b := newBench(t, func(id string) collect {
				return func(context.Context, collectors.Emit) (collectors.Outcome, error) {
					if id == "stuck" {
						<-release
					}
					return collectors.Outcome{}, nil
				}
			}, nil, source("fine"), source("stuck"))
			b.Start()
			time.Sleep(5 * time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := b.Stop(ctx)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "stop collectors: stuck still being polled") {
				t.Errorf("got %v", err)
			}
			close(release)
			b.stop(t)
		})
	})
	t.Run("before the start", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, func(string) collect {
			return func(context.Context, collectors.Emit) (collectors.Outcome, error) {
				t.Error("polled")
				return collectors.Outcome{}, nil
			}
		}, nil, source("a"))
		b.stop(t)
		b.Start()
		b.stop(t)
	})
}

func TestNewSchedulerFaults(t *testing.T) {
	t.Parallel()
	other, disabled := source("b"), source("c")
	other.Collector = "carrier-pigeon"
	disabled.Disabled, disabled.Collector = true, "carrier-pigeon"
	refused := source("d")
	refused.Collector = "refuses"
	_, err := collectors.NewScheduler(collectors.Options{
		Config:  collectors.DefaultConfig(),
		Sources: []samleng.Source{source("a"), other, disabled, refused, source("a")},
		Kinds: map[string]collectors.New{
			"test": func(samleng.Source, collectors.Deps) (collectors.Collector, error) { return collect(nil), nil },
			"refuses": func(samleng.Source, collectors.Deps) (collectors.Collector, error) {
				return nil, samleng.Keyf("url", "is no feed")
			},
		},
	})
	want := "sources[1].collector: \"carrier-pigeon\" is not a collector of this program\nsources[3]: url: is no feed\nsources[4].id: \"a\" is used twice"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if s, err := collectors.NewScheduler(collectors.Options{Config: collectors.DefaultConfig()}); err != nil || len(s.States()) != 0 {
		t.Errorf("no sources at all: %v", err)
	}
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	good := collectors.DefaultConfig()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	bad := collectors.Config{Spread: -1, Jitter: 0.6, MaxRetryDelay: -1, MaxSlowDelay: -1}
	err := bad.Validate()
	for _, key := range []string{"concurrency:", "poll_timeout:", "spread:", "jitter:", "retry_delay:", "max_retry_delay:", "slow_delay:", "max_slow_delay:"} {
		if err == nil || !strings.Contains("\n"+err.Error(), "\n"+key) {
			t.Errorf("no fault of %s in: %v", key, err)
		}
	}
	if _, err := collectors.NewScheduler(collectors.Options{Config: bad}); err == nil {
		t.Error("NewScheduler took a bad configuration")
	}
}
