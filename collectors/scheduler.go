package collectors

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
)

// Options is what a Scheduler is made of.
type Options struct {
	Config     Config
	Sources    []samleng.Source       // disabled ones are left out
	Kinds      map[string]New         // by samleng.Source.Collector
	Deps       Deps                   // handed to every collector
	Emit       Emit                   // safe for concurrent use
	Record     func(samleng.Coverage) // called after every poll, of different sources at the same time; nil: none
	Registerer prometheus.Registerer  // nil: metrics are not published
	Seed       uint64                 // of the jitter; 0: another one in every run
}

// Scheduler polls every source at its interval. It never polls one source twice at a time,
// nor two sources of one host, and at most Config.Concurrency altogether: a source whose turn
// has come waits, and is then polled late rather than twice.
type Scheduler struct {
	config  Config
	tasks   []task
	deps    Deps
	emit    Emit
	record  func(samleng.Coverage)
	metrics *metrics
	states  *states
	slots   chan struct{}

	start  sync.Once
	ctx    context.Context // the life of the polls, from Start to Stop
	cancel context.CancelFunc
	polls  sync.WaitGroup
}

// task is a source, its collector and what its polls need.
type task struct {
	source    samleng.Source
	collector Collector
	host      chan struct{} // shared by the sources of one host; holding it is its turn
	random    *rand.Rand
	first     time.Duration // from Start to the first poll
}

// NewScheduler makes a scheduler that is not running yet. Every source that cannot be
// collected is reported, as KeyErrors.
func NewScheduler(o Options) (*Scheduler, error) {
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of collectors: %w", err)
	}
	if o.Deps.Logger == nil {
		o.Deps.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Deps.Now == nil {
		o.Deps.Now = time.Now
	}
	if o.Record == nil {
		o.Record = func(samleng.Coverage) {}
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64() //nolint:gosec // jitter is no secret
	}
	tasks, err := newTasks(o)
	if err != nil {
		return nil, err
	}
	sources := make([]samleng.Source, len(tasks))
	for i := range tasks {
		sources[i] = tasks[i].source
	}
	s := &Scheduler{
		config: o.Config, tasks: tasks, deps: o.Deps, emit: o.Emit, record: o.Record, metrics: m,
		states: newStates(sources), slots: make(chan struct{}, o.Config.Concurrency),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

func newTasks(o Options) ([]task, error) {
	var tasks []task
	var faults []error
	hosts, seen := map[string]chan struct{}{}, map[string]bool{}
	for i, source := range o.Sources {
		if source.Disabled {
			continue
		}
		key := fmt.Sprintf("sources[%d]", i)
		if seen[source.ID] {
			faults = append(faults, samleng.Keyf(key+".id", "%q is used twice", source.ID))
		}
		seen[source.ID] = true
		makeCollector, ok := o.Kinds[source.Collector]
		if !ok {
			faults = append(faults, samleng.Keyf(key+".collector", "%q is not a collector of this program", source.Collector))
			continue
		}
		collector, err := makeCollector(source, o.Deps)
		if err != nil {
			faults = append(faults, samleng.Keyf(key, "%w", err))
			continue
		}
		host := hostOf(source)
		if hosts[host] == nil {
			hosts[host] = make(chan struct{}, 1)
		}
		name := fnv.New64a()
		_, _ = name.Write([]byte(source.ID))
		tasks = append(tasks, task{
			source: source, collector: collector, host: hosts[host],
			random: rand.New(rand.NewPCG(o.Seed, name.Sum64())), //nolint:gosec // jitter is no secret
		})
	}
	for i := range tasks {
		slot := o.Config.Spread / time.Duration(len(tasks))
		tasks[i].first = time.Duration(i)*slot + time.Duration(tasks[i].random.Float64()*float64(slot))
	}
	return tasks, errors.Join(faults...)
}

// hostOf names the server whose turn a source takes; a source without a host is its own.
func hostOf(s samleng.Source) string {
	u, err := url.Parse(s.URL)
	if err != nil || u.Hostname() == "" {
		return "source:" + s.ID
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// Start begins to poll, in the background. Calling it again does nothing.
func (s *Scheduler) Start() {
	s.start.Do(func() {
		for i := range s.tasks {
			s.polls.Go(func() { s.run(&s.tasks[i]) })
		}
	})
}

// Stop ends the polls under way and waits until they have returned, or until ctx ends: then
// it names the sources that are still being polled. Calling it again is harmless.
func (s *Scheduler) Stop(ctx context.Context) error {
	s.cancel()
	s.start.Do(func() {}) // a later Start does nothing
	done := make(chan struct{})
	go func() {
		s.polls.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	var busy []string
	for _, state := range s.states.all() {
		if state.Polling {
			busy = append(busy, state.ID)
		}
	}
	return fmt.Errorf("stop collectors: %s still being polled: %w", strings.Join(busy, ", "), ctx.Err())
}

// States gives what is known of every source that is not disabled, by id.
func (s *Scheduler) States() []State { return s.states.all() }

// run polls one source until the scheduler stops.
func (s *Scheduler) run(t *task) {
	for wait := t.first; ; {
		next := s.deps.Now().Add(wait)
		s.states.change(t.source.ID, func(st *State) { st.NextPoll = next })
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			timer.Stop()
			return
		}
		if !s.take(t.host) {
			return
		}
		if !s.take(s.slots) {
			<-t.host
			return
		}
		delay := s.poll(t)
		<-s.slots
		<-t.host
		wait = t.vary(delay, s.config.Jitter)
	}
}

// take waits for a place in ch; it reports false when the scheduler stops first.
func (s *Scheduler) take(ch chan struct{}) bool {
	select {
	case ch <- struct{}{}:
		return s.ctx.Err() == nil
	case <-s.ctx.Done():
		return false
	}
}

// vary changes d by up to the given share, so that sources do not fall into step.
func (t *task) vary(d time.Duration, share float64) time.Duration {
	return time.Duration(float64(d) * (1 + share*(2*t.random.Float64()-1)))
}
