package watch

import (
	"cmp"
	"context"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/rule"
)

// Replay runs the rules over [since, until) by the same code, and gives what was or would have
// been decided, in the order of the log. Where the live run has told the detectors of a rule the
// same, it is told again what they were told, so that the lines equal those of the log byte for
// byte; elsewhere, for other rules or before the live run began, posts and polls say what was
// known when.
func (e *Engine) Replay(ctx context.Context, since, until time.Time) ([]samleng.AlertRecord, error) {
	groups, err := e.groups()
	if err != nil {
		return nil, err
	}
	if now := e.o.Now().Add(-settle); until.After(now) {
		until = now
	}
	last := until.Add(-1).Truncate(time.Second).UTC() // ticks are before until
	r := &replay{e: e, since: since, until: until, decided: map[alertKey]samleng.Alert{}}
	if r.book, err = e.book(ctx); err != nil {
		return nil, err
	}
	var logged, before []*group
	ends := map[*group]time.Time{} // up to when posts say what was known
	from := last
	for _, g := range groups {
		state, ok, err := e.o.Store.Spikes(ctx, g.rule.ID, g.print, since, true)
		if err != nil {
			return nil, err
		}
		var live *group
		if ok && state.Tick.Before(last) {
			if live, err = e.group(g.rule); err != nil {
				return nil, err
			}
			if e.restore(live, &state) {
				logged = append(logged, live)
				if state.Tick.Before(from) {
					from = state.Tick
				}
			} else {
				live = nil
			}
		}
		switch {
		case live == nil:
			ends[g], before = last, append(before, g)
		case state.Tick.After(since):
			ends[g], before = state.Tick, append(before, g)
		}
	}
	records, err := e.o.Store.AlertRecords(ctx, "", earlier(from, since), until)
	if err != nil {
		return nil, err
	}
	for i := range records {
		r.decided[keyOf(&records[i])] = records[i].Alert
	}
	if len(logged) > 0 {
		r.whole = last.Sub(from)
	}
	if err := r.posts(ctx, before, ends); err != nil {
		return nil, err
	}
	if len(logged) > 0 {
		err := replayed(ctx, e.o.Store, from, last, func(s *step) error {
			r.saw(s.heard.Tick)
			for _, g := range logged {
				if err := r.step(ctx, g, s, sceneDepth); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if e.o.Progress != nil {
		e.o.Progress(1)
	}
	slices.SortStableFunc(r.found, func(a, b samleng.AlertRecord) int {
		return cmp.Or(a.Tick.Compare(b.Tick), cmp.Compare(a.Alert.Rule, b.Alert.Rule), cmp.Compare(a.Alert.Episode, b.Alert.Episode),
			a.Alert.Number-b.Alert.Number, cmp.Compare(a.Alert.State, b.Alert.State))
	})
	return r.found, nil
}

// replay gathers what is decided in a period.
type replay struct {
	e            *Engine
	since, until time.Time
	book         *rule.Book
	decided      map[alertKey]samleng.Alert
	found        []samleng.AlertRecord

	whole, done time.Duration // of the time that is gone through, with what was logged again
	seen        time.Time     // the latest tick
}

// saw takes note of a tick, for whoever waits.
func (r *replay) saw(tick time.Time) {
	if r.e.o.Progress == nil {
		return
	}
	if d := tick.Sub(r.seen); !r.seen.IsZero() && d > 0 {
		r.done += d
	}
	r.seen = tick
	if r.whole > 0 {
		r.e.o.Progress(min(1, float64(r.done)/float64(r.whole)))
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// posts runs groups over what posts and polls say, each up to its end.
func (r *replay) posts(ctx context.Context, groups []*group, ends map[*group]time.Time) error {
	if len(groups) == 0 {
		return nil
	}
	grace := r.e.o.Config.firstGrace()
	first, ok, err := r.e.beginning(ctx, r.since.Add(-r.e.o.Config.History))
	if err != nil || !ok {
		return err
	}
	last := first.Add(-samleng.Bucket)
	for _, end := range ends {
		if bucket := lastBucket(end, grace); bucket.After(last) {
			last = bucket
		}
	}
	if last.Before(first) {
		return nil
	}
	r.whole += last.Sub(first)
	return r.e.past(ctx, groups, first, last, grace, func(g *group, s *step) error {
		if g == groups[0] {
			r.saw(s.heard.Tick)
		}
		if s.heard.Tick.After(ends[g]) {
			return nil
		}
		if s.heard.Tick.Before(r.since) {
			return r.step(ctx, g, s, bareDepth)
		}
		return r.step(ctx, g, s, sceneDepth)
	})
}

// step tells a group a step, and takes what is decided within the period.
func (r *replay) step(ctx context.Context, g *group, s *step, depth depth) error {
	records, err := r.e.stepGroup(ctx, g, r.book, s, r.decided, depth)
	if err == nil && !s.heard.Tick.Before(r.since) {
		r.found = append(r.found, records...)
	}
	return err
}
