package watch

import (
	"context"
	"fmt"
	"time"

	"samleng"
)

// chartStep is the width of a step in an alert's history.
const chartStep = 30 * time.Minute

// depth is how much of what lies behind an alert is read.
type depth int

const (
	bareDepth  depth = iota // nothing: the alert is not shown
	sceneDepth              // the posts
	fullDepth               // and what is new in them, and the day before
)

// manyStories is taken to lie behind an alert that nobody looks at.
const manyStories = 1000

// nameSources gives silent sources the names that people know them by.
func (e *Engine) nameSources(a *samleng.Alert) {
	for i, id := range a.Silent {
		if name := e.names[id]; name != "" {
			a.Silent[i] = name
		}
	}
}

// behind is what the decision about an alert depends on beside its scores.
type behind struct {
	stories int  // distinct ones
	burst   bool // few of them, in many copies
}

// complete gives an alert what lies behind it, and says what of that its level depends on: from
// the alert as it was decided before, or from the store. It leaves out small groups of private
// people's posts, and holds an alert of which nothing is left without them.
func (e *Engine) complete(ctx context.Context, g *group, a *samleng.Alert, tick time.Time, decided map[alertKey]samleng.Alert, depth depth) (behind, error) {
	if len(a.Silent) > 0 {
		return behind{}, nil // it is about the sources
	}
	opened := a.State == samleng.AlertOpened
	if before, ok := decidedOf(decided, a, tick); ok {
		if a.Without = before.Without; len(a.Without) > 0 {
			a.Changes = before.Changes
		}
		if before.Held == samleng.HeldSmall {
			a.State, a.Held = samleng.AlertHeld, before.Held
		}
		g.veiled(a, opened)
		return behind{before.Stories, before.Burst}, nil
	}
	if depth == bareDepth {
		g.veiled(a, opened)
		a.Changes = outlined(a.Changes)
		return behind{stories: manyStories}, nil
	}
	if err := e.veil(ctx, g, a); err != nil {
		return behind{}, err
	}
	g.veiled(a, opened)
	if a.State == samleng.AlertHeld {
		return behind{}, nil
	}
	scene, err := e.o.Store.Scene(ctx, &a.Series, a.Start, a.End, g.grace, a.Without)
	if err != nil {
		return behind{}, err
	}
	found := behind{scene.Stories, copied(a, &scene)}
	a.Tally, a.Sources, a.Quality.Lag, a.Quality.Late, a.Cut = scene.Tally, scene.Sources, scene.Lag, scene.Late, scene.Cut
	a.Examples = examples(scene.Posts, wanted(a))
	if depth != fullDepth {
		return found, nil
	}
	if e.o.Words != nil {
		a.Terms = newTerms(scene.Posts, scene.Before, e.o.Words, e.o.Minimum)
	}
	if err := e.chart(ctx, g, a); err != nil {
		return behind{}, fmt.Errorf("read the day before an alert: %w", err)
	}
	return found, nil
}

// decidedOf is the alert as it was decided at a tick before, where it was: held, where it was of too
// small a group.
func decidedOf(decided map[alertKey]samleng.Alert, a *samleng.Alert, tick time.Time) (samleng.Alert, bool) {
	key := alertKey{a.Rule, a.Episode, a.Number, a.State, tick.Unix()}
	if before, ok := decided[key]; ok {
		return before, true
	}
	key.state = samleng.AlertHeld
	before, ok := decided[key]
	return before, ok && before.Held == samleng.HeldSmall
}

// outlined are changes without what was counted.
func outlined(changes []samleng.Change) []samleng.Change {
	out := make([]samleng.Change, len(changes))
	for i := range changes {
		c := &changes[i]
		out[i] = samleng.Change{Signal: c.Signal, Expected: c.Expected, Start: c.Start, End: c.End, Score: c.Score}
	}
	return out
}

// wanted is the label that an alert is about, empty for a change of volume.
func wanted(a *samleng.Alert) samleng.Label {
	for i := range a.Changes {
		switch a.Changes[i].Signal {
		case samleng.SignalNegative:
			return samleng.Negative
		case samleng.SignalPositive:
			return samleng.Positive
		}
	}
	return ""
}

// chart fills the history of an alert with the day up to it.
func (e *Engine) chart(ctx context.Context, g *group, a *samleng.Alert) error {
	start := a.End.Add(-24 * time.Hour)
	without, err := e.o.Store.SmallKinds(ctx, &a.Series, []samleng.Period{{From: start, To: a.End}}, e.o.Minimum)
	if err != nil {
		return err
	}
	counts, err := e.o.Store.CountsWithout(ctx, &a.Series, start, a.End, union(a.Without, without))
	if err != nil {
		return err
	}
	steps := int(24 * time.Hour / chartStep)
	h := &a.History
	g.expect(h, a.Series, start)
	h.Observed = make([]float64, steps)
	for _, c := range counts {
		h.Observed[min(steps-1, int(c.Bucket.Sub(start)/chartStep))] += float64(c.Posts)
	}
	return nil
}

// expect fills in what is expected of a series in the day from start on.
func (g *group) expect(h *samleng.History, series samleng.Series, start time.Time) {
	if g.set == nil || g.set.Detector(series) == nil {
		return
	}
	d := g.set.Detector(series)
	h.Step, h.Start, h.Expected, h.Dispersions = chartStep, start, make([]float64, 24*time.Hour/chartStep), d.Dispersions()
	for i := range h.Expected {
		for at := start.Add(time.Duration(i) * chartStep); at.Before(start.Add(time.Duration(i+1) * chartStep)); at = at.Add(samleng.Bucket) {
			h.Expected[i] += d.Expected(at)
		}
	}
}
