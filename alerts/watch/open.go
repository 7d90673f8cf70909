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
	now := upTo(e.o.Now())
	w := &work{e: e, groups: groups, decided: map[alertKey]samleng.Alert{}}
	var fresh []*group
	from := now.Add(-longestCatchUp) // what was observed before is not gone on from
	for _, g := range groups {
		state, ok, err := e.o.Store.Spikes(ctx, g.rule.ID, g.print, now, false)
		if err != nil {
			return nil, err
		}
		if ok {
			ok = e.restore(g, &state)
		}
		if !ok {
			fresh = append(fresh, g)
			continue
		}
		if state.Slot <= 1 && !state.Tick.Before(w.saved) {
			w.saved, w.slot = state.Tick, 1-state.Slot
		}
		if state.Tick.Before(from) {
			from = state.Tick
		}
	}
	records, err := e.o.Store.AlertRecords(ctx, "", from, now.Add(samleng.Bucket))
	if err != nil {
		return nil, err
	}
	for i := range records {
		w.decided[keyOf(&records[i])] = records[i].Alert
	}
	var recent []samleng.SeriesCount // of the ticks whose buckets are not final
	var missed []*step
	err = replayed(ctx, e.o.Store, from, now, func(s *step) error {
		w.tick = s.heard.Tick
		recent = append(recent, s.counts...)
		missed = append(missed, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if w.tick.IsZero() {
		w.tick = now
	}
	if err := e.learn(ctx, fresh, w.tick); err != nil {
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
	if w.feed, err = newFeed(ctx, e.o.Store, seriesOf(groups), e.o.Sources, w.tick, recent); err != nil {
		return nil, err
	}
	w.feed.note(w.tick, nil) // forgets what is final
	w.stands(&step{heard: w.feed.heard(w.tick)})
	if w.tick.Before(now) {
		if err := w.advance(ctx, e.o.Now()); err != nil {
			return nil, err
		}
	}
	if len(fresh) > 0 {
		if err := w.save(ctx); err != nil {
			return nil, err
		}
	}
	return w, nil
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

// learn lets rules that remember nothing learn from what is stored, up to a tick, and keeps what
// they then remember for replays. Nothing is told of the past.
func (e *Engine) learn(ctx context.Context, groups []*group, until time.Time) error {
	if len(groups) == 0 {
		return nil
	}
	began := e.o.Now()
	from, ok, err := e.beginning(ctx, until.Add(-e.o.Config.History))
	if err != nil {
		return err
	}
	if ok && from.Before(until) {
		if err := e.past(ctx, groups, from, until, func(g *group, s *step) error {
			_, err := g.step(&s.heard, s.counts)
			return err
		}); err != nil {
			return fmt.Errorf("learn from history: %w", err)
		}
	}
	for _, g := range groups {
		g.memory.Tick = until
		if err := e.keepGroup(ctx, g, keptSlot(until)); err != nil {
			return err
		}
	}
	e.o.Logger.Info("rules have learned from what is stored", slog.Int("rules", len(groups)), slog.Int("series", len(seriesOf(groups))),
		slog.Time("from", from), slog.Duration("took", e.o.Now().Sub(began)))
	return nil
}

// beginning is the later of a time and the first tick of which there could be anything to see. It
// reports false where there are no posts.
func (e *Engine) beginning(ctx context.Context, since time.Time) (time.Time, bool, error) {
	_, published, err := e.o.Store.Beginnings(ctx)
	if err != nil {
		return time.Time{}, false, err
	}
	if published.IsZero() {
		return time.Time{}, false, nil
	}
	from := published.Truncate(samleng.Bucket).Add(-samleng.Bucket)
	if from.Before(since) {
		from = since.Truncate(samleng.Bucket)
	}
	return from.UTC(), true, nil
}

// past gives each of the groups the steps of the ticks in (from, until], from posts and polls.
func (e *Engine) past(ctx context.Context, groups []*group, from, until time.Time, do func(*group, *step) error) error {
	f, err := newFeed(ctx, e.o.Store, seriesOf(groups), e.o.Sources, from, nil)
	if err != nil {
		return err
	}
	return f.history(ctx, from, until, func(s *step) error {
		for _, g := range groups {
			if err := do(g, s); err != nil {
				return err
			}
		}
		return nil
	})
}
