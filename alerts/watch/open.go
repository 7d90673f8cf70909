package watch

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"samleng"
)

// open brings the engine to where the store says that it is, and from there to the present.
func (e *Engine) open(ctx context.Context) (*work, error) {
	groups, err := e.groups()
	if err != nil {
		return nil, err
	}
	w := &work{e: e, groups: groups, decided: map[alertKey]samleng.Alert{}}
	on, err := e.goesOn(ctx, w)
	if err != nil {
		return nil, err
	}
	records, err := e.o.Store.AlertRecords(ctx, "", on.from, e.o.Now().Add(samleng.Bucket))
	if err != nil {
		return nil, err
	}
	for i := range records {
		w.decided[keyOf(&records[i])] = records[i].Alert
	}
	var recent []samleng.SeriesCount // of the ticks whose buckets are not final
	var missed []*step
	err = replayed(ctx, e.o.Store, on.from, w.tick, func(s *step) error {
		recent = append(recent, s.counts...)
		missed = append(missed, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	// What is not caught up with is a gap to those who were there. The others can learn from it.
	until := lastBucket(e.o.Now().Add(-settle), on.grace).Add(-longestCatchUp - samleng.Bucket)
	if until.Before(w.bucket) {
		until = w.bucket
	}
	if err := e.learn(ctx, on.fresh, until, on.grace); err != nil {
		return nil, err
	}
	for _, g := range groups {
		g.noteCandidates()
	}
	for _, s := range missed {
		if err := w.tell(ctx, s); err != nil {
			return nil, err
		}
	}
	if err := w.orphans(ctx); err != nil {
		return nil, err
	}
	if w.feed, err = newFeed(ctx, e.o.Store, &feedOf{
		series: seriesOf(groups), sources: e.o.Sources, bucket: w.bucket, tick: w.tick, grace: on.grace, fixed: e.o.Config.Grace, model: on.model, before: recent,
	}); err != nil {
		return nil, err
	}
	w.stands(&step{heard: w.feed.heard(w.bucket, w.tick)})
	if err := w.advance(ctx, e.o.Now()); err != nil {
		return nil, err
	}
	if len(on.fresh) > 0 {
		if err := w.save(ctx); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// staleAfter is how many ticks a rule may have missed that the others have seen, and more than
// are seen between two states: a rule that was away for longer, such as a disabled one, was not
// counted meanwhile. It learns from posts, which are.
const staleAfter = int(3 * saveEvery / samleng.Bucket)

// goingOn is from where an engine goes on.
type goingOn struct {
	from  time.Time // behind this, observations are read
	grace time.Duration
	model string
	fresh []*group // that have to learn
}

// goesOn restores the groups, and finds where the work goes on: at the last tick that was kept, or
// where rules have learned, or else now.
func (e *Engine) goesOn(ctx context.Context, w *work) (*goingOn, error) {
	now := e.o.Now().Add(-settle).UTC()
	on := &goingOn{grace: e.o.Config.firstGrace()}
	heard, ok, err := e.o.Store.LastHeard(ctx, now)
	if err != nil {
		return nil, err
	}
	if ok {
		w.tick, w.bucket, on.grace, on.model = heard.Tick, heard.Bucket, heard.Grace, heard.Model
	}
	var restored []*group
	for _, g := range w.groups {
		state, ok, err := e.o.Store.Spikes(ctx, g.rule.ID, g.print, now, false)
		if err != nil {
			return nil, err
		}
		if ok {
			if ok, err = e.isCurrent(ctx, g, &state, w.tick); err != nil {
				return nil, err
			}
		}
		taken := ok && e.restore(g, &state)
		if taken {
			ended, err := e.wasEnded(ctx, g)
			if err != nil {
				return nil, err
			}
			taken = !ended
		}
		if ok && !taken {
			clean, err := e.group(g.rule) // nothing of what could be read stays
			if err != nil {
				return nil, err
			}
			*g, ok = *clean, false
		}
		if !ok {
			on.fresh = append(on.fresh, g)
			continue
		}
		restored = append(restored, g)
		if state.Slot <= 1 && !state.Tick.Before(w.saved) {
			w.saved, w.slot = state.Tick, 1-state.Slot
		}
	}
	for _, g := range restored {
		if m := &g.memory; m.Tick.After(w.tick) { // it has learned, and seen nothing since
			w.tick, w.bucket, on.model = m.Tick, m.Bucket, m.Model
			on.grace = m.Tick.Sub(m.Bucket) - samleng.Bucket
		}
	}
	if w.tick.IsZero() {
		w.bucket = lastBucket(now, on.grace)
		w.tick = tickOf(w.bucket, on.grace)
	}
	// What was told of the buckets that are not final has to be known too.
	on.from = firstOpen(w.tick)
	for _, g := range restored {
		if g.memory.Tick.Before(on.from) {
			on.from = g.memory.Tick
		}
	}
	return on, nil
}

// isCurrent reports whether a state is not left over from a time before the rule was away.
func (e *Engine) isCurrent(ctx context.Context, g *group, state *samleng.SpikeState, tick time.Time) (bool, error) {
	if !state.Tick.Before(tick.Add(-saveEvery)) {
		return true, nil
	}
	missed, err := e.o.Store.Ticks(ctx, state.Tick, tick)
	if err != nil || missed <= staleAfter {
		return err == nil, err
	}
	e.o.Logger.Info("a rule was away, it learns again", slog.String("rule", g.rule.ID), slog.Time("since", state.Tick))
	return false, nil
}

// restore reports whether the group could take the state up. One that it cannot is of a program
// that kept it otherwise; the rule learns again.
func (e *Engine) restore(g *group, state *samleng.SpikeState) bool {
	err := g.restore(state)
	if err == nil {
		return true
	}
	e.o.Logger.Warn("the memory of a rule cannot be read, it learns again", slog.String("rule", g.rule.ID), slog.Any("error", err))
	return false
}

// wasEnded reports whether an episode that a rule remembers as open was ended since: the rule was
// changed, and is now again what it was. Who was told of the end is not told of the episode again.
func (e *Engine) wasEnded(ctx context.Context, g *group) (bool, error) {
	if len(g.memory.Episodes) == 0 {
		return false, nil
	}
	records, err := e.o.Store.AlertRecords(ctx, g.rule.ID, g.memory.Tick, e.o.Now().Add(samleng.Bucket))
	if err != nil {
		return false, err
	}
	for i := range records {
		if a := &records[i].Alert; a.Ended != "" && g.memory.Episodes[a.Episode] != nil {
			e.o.Logger.Info("a rule is again what it was before it was changed, it learns again", slog.String("rule", g.rule.ID))
			return true, nil
		}
	}
	return false, nil
}

// learn lets rules that remember nothing learn from what is stored, up to a bucket, and keeps what
// they then remember for replays. Nothing is told of the past.
func (e *Engine) learn(ctx context.Context, groups []*group, last time.Time, grace time.Duration) error {
	if len(groups) == 0 {
		return nil
	}
	began := e.o.Now()
	until := tickOf(last, grace)
	first, ok, err := e.beginning(ctx, until.Add(-e.o.Config.History))
	if err != nil {
		return err
	}
	if ok {
		if err := e.past(ctx, groups, first, last, grace, func(g *group, s *step) error {
			_, err := g.step(&s.heard, s.counts)
			return err
		}); err != nil {
			return fmt.Errorf("learn from history: %w", err)
		}
	}
	for _, g := range groups {
		g.begin(until, last)
		if err := e.keepGroup(ctx, g, keptSlot(until)); err != nil {
			return err
		}
	}
	e.o.Logger.Info("rules have learned from what is stored", slog.Int("rules", len(groups)), slog.Int("series", len(seriesOf(groups))),
		slog.Time("from", first), slog.Duration("took", e.o.Now().Sub(began)))
	return nil
}

// beginning is the first bucket to look at: the later one of a time and of somewhat before the first
// post. It reports false where there are no posts.
func (e *Engine) beginning(ctx context.Context, since time.Time) (time.Time, bool, error) {
	_, published, err := e.o.Store.Beginnings(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	if published.IsZero() {
		return time.Time{}, false, nil
	}
	first := published.Truncate(samleng.Bucket).Add(-longestGrace - samleng.Bucket)
	if earliest := since.Truncate(samleng.Bucket).Add(-longestGrace); first.Before(earliest) {
		first = earliest
	}
	return first.UTC(), true, nil
}

// past gives each of the groups the steps of the buckets [first, last], from posts and polls.
func (e *Engine) past(ctx context.Context, groups []*group, first, last time.Time, grace time.Duration, do func(*group, *step) error) error {
	if last.Before(first) {
		return nil
	}
	before := first.Add(-samleng.Bucket)
	f, err := newFeed(ctx, e.o.Store, &feedOf{series: seriesOf(groups), sources: e.o.Sources, bucket: before, tick: tickOf(before, grace), grace: grace, fixed: grace})
	if err != nil {
		return err
	}
	return f.history(ctx, first, last, func(s *step) error {
		for _, g := range groups {
			if err := do(g, s); err != nil {
				return err
			}
		}
		return nil
	})
}
