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
	var logged []*past
	var before []*group
	ends := map[*group]time.Time{} // up to when posts say what was known
	from := last
	for _, g := range groups {
		live, err := e.pastOf(ctx, g, since, last)
		if err != nil {
			return nil, err
		}
		switch {
		case live == nil:
			ends[g], before = last, append(before, g)
			continue
		case live.from.After(since):
			ends[g], before = live.from, append(before, g)
		}
		logged = append(logged, live)
		from = earlier(from, live.from)
	}
	records, err := e.o.Store.AlertRecords(ctx, "", earlier(from, since), until)
	if err != nil {
		return nil, err
	}
	for i := range records {
		r.decided[keyOf(&records[i])] = records[i].Alert
		// That a rule was changed is no observation; what came of it is as it was.
		if a := &records[i].Alert; a.Ended != "" && !records[i].Tick.Before(since) && slices.ContainsFunc(logged, func(p *past) bool { return p.group.rule.ID == a.Rule }) {
			r.found = append(r.found, records[i])
		}
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
			for _, p := range logged {
				if err := e.anew(ctx, p, s.heard.Tick); err != nil {
					return err
				}
				if err := r.step(ctx, p.group, s, sceneDepth); err != nil {
					return err
				}
				p.tick, p.bucket = s.heard.Tick, s.heard.Bucket
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

// past is a rule as it was live.
type past struct {
	group *group
	from  time.Time   // the tick of the state that it begins with
	later []time.Time // ticks of the states behind it, in order

	tick, bucket time.Time // of the last step
}

// pastOf gives the rule of a group with the state from which its log before last can be told again:
// the latest one of before since, or the first there is, that can be read. It is nil where there is
// none.
func (e *Engine) pastOf(ctx context.Context, g *group, since, last time.Time) (*past, error) {
	kept, err := e.o.Store.KeptSpikes(ctx, g.rule.ID, g.print)
	if err != nil {
		return nil, err
	}
	for len(kept) > 1 && !kept[1].After(since) {
		kept = kept[1:]
	}
	for ; len(kept) > 0 && kept[0].Before(last); kept = kept[1:] {
		live, err := e.group(g.rule)
		if err != nil {
			return nil, err
		}
		if ok, err := e.restoreKept(ctx, live, kept[0]); err != nil {
			return nil, err
		} else if ok {
			return &past{group: live, from: kept[0], later: kept[1:]}, nil
		}
	}
	return nil, nil //nolint:nilnil // nothing is kept of it
}

// restoreKept gives a group the memory that was kept at a tick, and reports whether it could.
func (e *Engine) restoreKept(ctx context.Context, g *group, tick time.Time) (bool, error) {
	state, ok, err := e.o.Store.Spikes(ctx, g.rule.ID, g.print, tick, true)
	if err != nil || !ok {
		return false, err
	}
	return e.restore(g, &state), nil
}

// anew gives a rule that learned anew before a tick the memory that it then had. Of the states that
// are kept every week nothing is to be had: the rule has that memory.
func (e *Engine) anew(ctx context.Context, p *past, before time.Time) error {
	for len(p.later) > 0 && p.later[0].Before(before) {
		tick := p.later[0]
		p.later = p.later[1:]
		if tick.Equal(p.tick) && keptNow(p.bucket) {
			continue
		}
		fresh, err := e.group(p.group.rule)
		if err != nil {
			return err
		}
		if ok, err := e.restoreKept(ctx, fresh, tick); err != nil {
			return err
		} else if ok {
			p.group = fresh
		}
	}
	return nil
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
