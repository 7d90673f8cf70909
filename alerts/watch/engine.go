package watch

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/alerts/rule"
)

// Options is what an Engine is made of.
type Options struct {
	Config    Config
	Book      *rule.Book
	Topics    []string // ids
	Provinces []string // codes
	Sources   []samleng.Source
	Store     Store
	Outbox    Outbox   // nil: nobody is told
	Silencer  Silencer // nil: there are no silences but the rules' own
	// Words gives the words of a text, for what is new in an alert; nil: that is left out.
	Words      func(text string) []string
	Minimum    samleng.MinimumGroup
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Now        func() time.Time // default time.Now
	// Progress is told which share of a replay is done; nil: nobody wants to know.
	Progress func(share float64)
}

// Engine watches the series of all rules. Of a deployment one works at a time.
type Engine struct {
	o        Options
	names    map[string]string // of sources, by id
	metrics  *metrics
	standing atomic.Pointer[Standing]
}

// New makes an engine that is not running yet.
func New(o Options) (*Engine, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Engine{o: o, names: map[string]string{}}
	for i := range o.Sources {
		e.names[o.Sources[i].ID] = o.Sources[i].Name
	}
	if _, err := e.groups(); err != nil {
		return nil, err
	}
	var err error
	e.metrics, err = newMetrics(o.Registerer)
	return e, err
}

// group makes a group without memory for a rule.
func (e *Engine) group(r rule.Rule) (*group, error) {
	return newGroup(r, e.o.Topics, e.o.Provinces, e.o.Config.Floor, e.o.Book.Calendar())
}

// groups makes a group without memory for each rule.
func (e *Engine) groups() ([]*group, error) {
	var all []*group
	for _, r := range e.o.Book.Rules() {
		g, err := e.group(r)
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

// seriesOf lists the series of groups, each once.
func seriesOf(groups []*group) []samleng.Series {
	seen := map[samleng.Series]bool{}
	var all []samleng.Series
	for _, g := range groups {
		for _, s := range g.series {
			if !seen[s] {
				seen[s] = true
				all = append(all, s)
			}
		}
	}
	return all
}

// Series is how many different series the rules watch.
func (e *Engine) Series() int {
	groups, err := e.groups()
	if err != nil {
		return 0
	}
	return len(seriesOf(groups))
}

// Run watches until ctx ends or the store fails; the class of the error says whether it is worth
// calling again, which goes on from what is kept. It returns nil when mine says that it is no
// longer this process's turn. Ready is called once it is up to date.
func (e *Engine) Run(ctx context.Context, mine func() bool, ready func()) error {
	w, err := e.open(ctx)
	if err != nil {
		return err
	}
	ready()
	for {
		next := tickOf(w.bucket.Add(samleng.Bucket), w.feed.grace)
		wait := time.NewTimer(min(time.Second, next.Add(settle).Sub(e.o.Now())))
		select {
		case <-ctx.Done():
			wait.Stop()
			// What it remembers is kept already, up to an hour ago; this makes the next start short.
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			return w.save(last)
		case <-wait.C:
		}
		if !mine() {
			return nil
		}
		if now := e.o.Now(); !now.Before(next.Add(settle)) {
			if err := w.advance(ctx, now); err != nil {
				return err
			}
		}
	}
}

// work is an engine that is open: in memory it is where the store says.
type work struct {
	e       *Engine
	groups  []*group
	feed    *feed
	bucket  time.Time // the last that was looked at
	tick    time.Time // when
	saved   time.Time // when states were kept
	slot    uint32    // that is written next
	decided map[alertKey]samleng.Alert
}

// alertKey names a decided alert.
type alertKey struct {
	rule, episode string
	number        int
	state         samleng.AlertState
	tick          int64
}

func keyOf(r *samleng.AlertRecord) alertKey {
	return alertKey{r.Alert.Rule, r.Alert.Episode, r.Alert.Number, r.Alert.State, r.Tick.Unix()}
}

// longestCatchUp bounds how far back ticks are caught up with. What lies before is a gap.
const longestCatchUp = 48 * time.Hour

// advance goes on to the present, by the store's history where more than one tick was missed.
func (w *work) advance(ctx context.Context, now time.Time) error {
	first, last := w.bucket.Add(samleng.Bucket), lastBucket(now.Add(-settle), w.feed.grace)
	if last.Before(first) {
		return nil
	}
	if last.After(first) {
		if limit := last.Add(-longestCatchUp); first.Before(limit) {
			first = limit
		}
		return w.feed.history(ctx, first, last, func(s *step) error { return w.take(ctx, s) })
	}
	s, err := w.feed.live(ctx, first)
	if err != nil {
		return err
	}
	return w.take(ctx, s)
}

// take keeps a step, tells the detectors, and sees to what they raise.
func (w *work) take(ctx context.Context, s *step) error {
	began := w.e.o.Now()
	if err := w.e.o.Store.Observe(ctx, s.counts, &s.heard); err != nil {
		return err
	}
	if err := w.tell(ctx, s); err != nil {
		return err
	}
	w.tick, w.bucket = s.heard.Tick, s.heard.Bucket
	w.e.metrics.ticked(s, w.e.o.Now().Sub(began))
	w.stands(s)
	if err := w.keep(ctx); err != nil {
		return err
	}
	if w.tick.Sub(w.saved) >= saveEvery {
		return w.save(ctx)
	}
	return nil
}

// tell tells the detectors a step, and the outbox and the log what was decided because of it.
func (w *work) tell(ctx context.Context, s *step) error {
	book, err := w.e.book(ctx)
	if err != nil {
		return err
	}
	var all []samleng.AlertRecord
	var near []samleng.Candidate
	for _, g := range w.groups {
		records, err := w.e.stepGroup(ctx, g, book, s, w.decided, fullDepth)
		if err != nil {
			return err
		}
		all, near = append(all, records...), append(near, g.near...)
		g.near = g.near[:0]
	}
	var fresh []samleng.AlertRecord
	for i := range all {
		if _, known := w.decided[keyOf(&all[i])]; known {
			continue
		}
		// First the outbox, which takes an alert once, then the log, by which it is known here.
		if r := &all[i]; len(r.Channels) > 0 && w.e.o.Outbox != nil {
			if err := w.e.o.Outbox.Queue(ctx, &r.Alert, r.Channels, r.Due); err != nil {
				return fmt.Errorf("tell of %s: %w", r.Alert.Rule, err)
			}
		}
		fresh = append(fresh, all[i])
	}
	if len(fresh) > 0 {
		if err := w.e.o.Store.RecordAlerts(ctx, fresh); err != nil {
			return err
		}
		w.e.metrics.decided(fresh)
	}
	return w.e.o.Store.RecordCandidates(ctx, near)
}

// book is the rules with the silences of now.
func (e *Engine) book(ctx context.Context) (*rule.Book, error) {
	if e.o.Silencer == nil {
		return e.o.Book, nil
	}
	silences, err := e.o.Silencer.Silences(ctx)
	if err != nil {
		return nil, fmt.Errorf("read silences: %w", err)
	}
	return e.o.Book.With(silences)
}

// stepGroup tells one rule's detectors a step and decides what becomes of what they raise. What
// was decided already brings along what lay behind it.
func (e *Engine) stepGroup(ctx context.Context, g *group, book *rule.Book, s *step, decided map[alertKey]samleng.Alert, depth depth) ([]samleng.AlertRecord, error) {
	before := g.memory.Tick
	raised, err := g.step(&s.heard, s.counts)
	if err != nil {
		return nil, err
	}
	if g.memory.Tick.Equal(before) {
		return nil, nil
	}
	sortAlerts(raised)
	var all []samleng.AlertRecord
	var hidden []samleng.Series
	for i := range raised {
		a := &raised[i]
		e.nameSources(a)
		var found behind
		if a.State == samleng.AlertClosed {
			g.unveil(a)
		} else if found, err = e.complete(ctx, g, a, s.heard.Tick, decided, depth); err != nil {
			return nil, err
		}
		if len(a.Without) > 0 {
			hidden = append(hidden, a.Series)
		}
		if a.State == samleng.AlertClosed && depth == fullDepth {
			g.expect(&a.History, a.Series, s.heard.Tick.Add(-24*time.Hour))
		}
		if r, ok := g.decide(book, a, s.heard.Tick, found); ok {
			all = append(all, r)
		}
	}
	still := g.escalate(book, s.heard.Tick)
	for i := range still {
		r := &still[i]
		if _, err := e.complete(ctx, g, &r.Alert, s.heard.Tick, decided, depth); err != nil {
			return nil, err
		}
		if r.Alert.State == samleng.AlertHeld {
			r.Channels = nil
		}
		still[i] = recordOf(&r.Alert, s.heard.Tick, r.Channels, r.Due)
	}
	g.tellable(hidden)
	return append(all, still...), nil
}

// keep keeps a state for replays, once a week.
func (w *work) keep(ctx context.Context) error {
	if !keptNow(w.bucket) {
		return nil
	}
	for _, g := range w.groups {
		if err := w.e.keepGroup(ctx, g, keptSlot(w.tick)); err != nil {
			return err
		}
	}
	return nil
}

// keptNow reports whether a state is kept when a bucket was looked at.
func keptNow(bucket time.Time) bool { return bucket.Unix()%int64(keepEvery/time.Second) == 0 }

// keptSlot is the slot of a state that is kept: above those that take turns.
func keptSlot(tick time.Time) uint32 {
	return uint32(tick.Unix() / 60) //nolint:gosec // fits until the year 10000
}

func (e *Engine) keepGroup(ctx context.Context, g *group, slot uint32) error {
	state, parts := g.state(slot)
	return e.o.Store.SaveSpikes(ctx, state, parts)
}

// save keeps the states of all rules, in the slots that are not the last whole ones.
func (w *work) save(ctx context.Context) error {
	if w.saved.Equal(w.tick) {
		return nil
	}
	for _, g := range w.groups {
		if err := w.e.keepGroup(ctx, g, w.slot); err != nil {
			return err
		}
	}
	w.saved, w.slot = w.tick, 1-w.slot
	return nil
}
