package watch

import (
	"context"
	"fmt"
	"slices"

	"samleng"
	"samleng/alerts/spike"
)

// windowsOf lists the periods in which posts were counted for an alert, each once.
func windowsOf(a *samleng.Alert) []samleng.Period {
	all := []samleng.Period{{From: a.Start, To: a.End}}
	for i := range a.Changes {
		if w := windowOf(a, &a.Changes[i]); !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all
}

func windowOf(a *samleng.Alert, c *samleng.Change) samleng.Period {
	if c.Start.IsZero() {
		return samleng.Period{From: a.Start, To: a.End}
	}
	return samleng.Period{From: c.Start, To: c.End}
}

// veil leaves the posts of private people out of an alert where they are too few, or of too few
// sources, in any of its windows: kind by kind, for of a pooled group the smaller part could be told
// by subtraction. What changes are left by the other posts is told with the figures of those; where
// nothing is left, the alert is held, without a figure.
func (e *Engine) veil(ctx context.Context, g *group, a *samleng.Alert) error {
	small, err := e.o.Store.SmallKinds(ctx, &a.Series, windowsOf(a), e.o.Minimum)
	if err != nil || len(small) == 0 {
		return err
	}
	small = union(a.Without, small)
	a.Without = small
	var left []samleng.Change
	for i := range a.Changes {
		c := &a.Changes[i]
		w := windowOf(a, c)
		counts, err := e.o.Store.CountsWithout(ctx, &a.Series, w.From, w.To, small)
		if err != nil {
			return fmt.Errorf("count without small groups: %w", err)
		}
		if changed, ok := g.recount(c, counts); ok {
			left = append(left, changed)
		}
	}
	a.Changes = left
	if len(left) == 0 {
		if a.State != samleng.AlertHeld {
			a.Held = samleng.HeldSmall
		}
		a.State = samleng.AlertHeld
	}
	return nil
}

// recount gives a change by the counts of fewer posts, and whether it would have been told.
func (g *group) recount(c *samleng.Change, counts []samleng.SeriesCount) (samleng.Change, bool) {
	var posts, labelled, ofLabel int
	for i := range counts {
		posts += counts[i].Posts
		labelled += counts[i].Labelled
		if c.Signal == samleng.SignalPositive {
			ofLabel += counts[i].Positive
		} else {
			ofLabel += counts[i].Negative
		}
	}
	of := posts
	if c.Signal != samleng.SignalVolume {
		of = labelled
	}
	if of < g.rule.Minimum() {
		return samleng.Change{}, false
	}
	if limit, fixed := c.Factors["fixed"]; fixed {
		n := *c
		n.Observed = float64(posts)
		if c.Signal != samleng.SignalVolume {
			n.Count, n.Observed = labelled, float64(ofLabel)/float64(labelled)
		}
		return n, n.Observed >= limit
	}
	n := spike.Recount(c, posts, labelled, ofLabel)
	least := c.Factors["threshold"]
	if c.Factors["promoted"] > 0 {
		least = min(least, spike.PromoteScore)
	}
	return n, n.Score > 0 && n.Score >= least
}

// The values of memory.Veiled.
const (
	veiledBefore = 1 // the episode before the last one
	veiledNow    = 2 // the last one
)

// veiled takes note of what was left out of an alert, and of what its episode must not tell because
// of it: scores of all posts, from which their number could be reckoned.
func (g *group) veiled(a *samleng.Alert, opened bool) {
	m, name := &g.memory, spike.Name(a.Series)
	if opened {
		if m.Veiled[name]--; m.Veiled[name] <= 0 {
			delete(m.Veiled, name)
		}
	}
	if len(a.Without) > 0 {
		m.Veiled[name] = veiledNow
		if a.Changes == nil {
			a.Peak = 0
		} else if c := rarest(a); c.Factors["promoted"] == 0 && c.Factors["fixed"] == 0 {
			a.Level = min(a.Level, g.level(levelOf(c.Score-c.Factors["threshold"])))
		}
	}
	g.unveil(a)
}

// unveil takes out of an alert what the posts that are left out of its episode, or of the one
// before, made.
func (g *group) unveil(a *samleng.Alert) {
	name := spike.Name(a.Series)
	if g.memory.Veiled[name] > 0 {
		a.History.LastScore = 0
	}
	if g.memory.Veiled[name] == veiledNow && a.Peak > 0 {
		a.Peak = score(a)
		if t := g.memory.Episodes[a.Episode]; t != nil {
			a.Peak = max(a.Peak, score(t.highest()))
		}
	}
}

// rarest is the change of an alert with the highest score.
func rarest(a *samleng.Alert) *samleng.Change {
	best := &a.Changes[0]
	for i := range a.Changes {
		if a.Changes[i].Score > best.Score {
			best = &a.Changes[i]
		}
	}
	return best
}

// levelOf says how loudly a score is told that is above its threshold by so much.
func levelOf(above float64) samleng.Level {
	if above < 2 {
		return samleng.LevelWarning
	}
	return samleng.LevelUrgent
}

// tellable leaves out the candidates of series whose counts are not to be told.
func (g *group) tellable(hidden []samleng.Series) {
	g.near = slices.DeleteFunc(g.near, func(c samleng.Candidate) bool {
		return g.memory.Veiled[spike.Name(c.Series)] == veiledNow || slices.Contains(hidden, c.Series)
	})
}
