package watch

import (
	"fmt"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/spike"
)

// fixed is the episode of a series under thresholds that somebody insists on.
type fixed struct {
	Buckets []fixedBucket `json:"buckets"` // in order, as long as the window and the changes reach
	Open    bool          `json:"open"`
	Holding bool          `json:"holding,omitempty"` // a hold was told; a threshold has been reached since
	Opened  time.Time     `json:"opened,omitzero"`
	Last    time.Time     `json:"last,omitzero"` // end of the last bucket that reached a threshold
	Before  time.Time     `json:"before,omitzero"`
}

type fixedBucket struct {
	Start    time.Time `json:"start"`
	Posts    int       `json:"posts"`
	Labelled int       `json:"labelled"`
	Negative int       `json:"negative"`
}

// fixedStep takes the counts of a tick and looks at each series' window.
func (g *group) fixedStep(h *samleng.Heard, counts []samleng.SeriesCount) []samleng.Alert {
	for i := range counts {
		c := &counts[i]
		if !g.watched[c.Series] {
			continue
		}
		name := spike.Name(c.Series)
		f := g.memory.Fixed[name]
		if f == nil {
			f = &fixed{}
			g.memory.Fixed[name] = f
		}
		f.set(fixedBucket{c.Bucket, c.Posts, c.Labelled, c.Negative})
	}
	var raised []samleng.Alert
	for _, s := range g.series {
		if f := g.memory.Fixed[spike.Name(s)]; f != nil {
			raised = append(raised, f.step(g, s, h)...)
		}
	}
	return raised
}

func (f *fixed) set(b fixedBucket) {
	i, known := slices.BinarySearchFunc(f.Buckets, b, func(a, b fixedBucket) int { return a.Start.Compare(b.Start) })
	if known {
		f.Buckets[i] = b
		return
	}
	f.Buckets = slices.Insert(f.Buckets, i, b)
}

// free gives the changes that may be told, and why the others may not: the share while labels of
// two models are in use, all of them while too few of the sources are heard.
func (g *group) free(changes []samleng.Change, h *samleng.Heard) (free []samleng.Change, held string) {
	if h.Coverage < g.floor || h.Late > frozenBelow {
		return nil, samleng.HeldCoverage
	}
	for i := range changes {
		if changes[i].Signal != samleng.SignalVolume && h.Bucket.Before(g.memory.Relabelled.Add(spike.DefaultConfig().NewModel)) {
			held = samleng.HeldModel
			continue
		}
		free = append(free, changes[i])
	}
	return free, held
}

// reached gives the changes of the window that reach a threshold.
func (f *fixed) reached(g *group, s samleng.Series, start, end time.Time) []samleng.Change {
	limits := g.rule.Fixed
	var sum fixedBucket
	for _, b := range f.Buckets {
		if !b.Start.Before(start) && b.Start.Before(end) {
			sum.Posts += b.Posts
			sum.Labelled += b.Labelled
			sum.Negative += b.Negative
		}
	}
	var changes []samleng.Change
	if limits.Posts > 0 && sum.Posts >= limits.Posts {
		expected := 0.0
		for at := start; at.Before(end); at = at.Add(samleng.Bucket) {
			expected += g.set.Detector(s).Expected(at)
		}
		changes = append(changes, samleng.Change{
			Signal: samleng.SignalVolume, Observed: float64(sum.Posts), Expected: expected, Low: expected, High: expected, Start: start, End: end,
			Factors: map[string]float64{"fixed": float64(limits.Posts), "window_minutes": limits.Window.Minutes()},
		})
	}
	if limits.Share > 0 && sum.Labelled >= g.rule.Minimum() && float64(sum.Negative) >= limits.Share*float64(sum.Labelled) {
		expected, _ := g.set.Detector(s).Shares()
		changes = append(changes, samleng.Change{
			Signal: samleng.SignalNegative, Observed: float64(sum.Negative) / float64(sum.Labelled), Expected: expected, Low: expected, High: expected, Count: sum.Labelled, Start: start, End: end,
			Factors: map[string]float64{"fixed": limits.Share, "window_minutes": limits.Window.Minutes()},
		})
	}
	return changes
}

// step looks at the window that ends with the tick's bucket.
func (f *fixed) step(g *group, s samleng.Series, h *samleng.Heard) []samleng.Alert {
	end := h.Bucket.Add(samleng.Bucket)
	start := end.Add(-g.rule.Fixed.Window)
	f.Buckets = slices.DeleteFunc(f.Buckets, func(b fixedBucket) bool { return b.Start.Before(start.Add(-final)) })
	reached := f.reached(g, s, start, end)
	changes, held := g.free(reached, h)
	a := samleng.Alert{
		Rule: g.rule.ID, Series: s, At: end, Start: start, End: end, Level: g.rule.Loudness(), Changes: changes,
		Quality: samleng.DataQuality{Coverage: h.Coverage, WarmUp: g.set.Detector(s).Age(), Tested: len(g.series), Model: g.memory.Model},
	}
	switch rest := spike.DefaultConfig().Rest; {
	case len(reached) > 0 && f.Open:
		f.Last = end
	case len(changes) > 0:
		f.Open, f.Opened, f.Last, f.Holding = true, end, end, false
		a.State, a.Number, a.History.LastAlert = samleng.AlertOpened, 1, f.Before
	case len(reached) > 0 && !f.Holding:
		f.Holding = true
		a.State, a.Held, a.Changes = samleng.AlertHeld, held, reached
		a.Episode = digest(fmt.Sprintf("%s/fixed/%s/held/%d", g.rule.ID, spike.Name(s), end.Unix()))
		return []samleng.Alert{a}
	case len(reached) == 0 && f.Holding:
		f.Holding = false
	case f.Open && end.Sub(f.Last) >= rest:
		a.State, a.Number, a.Start, a.End = samleng.AlertClosed, 2, f.Opened, f.Last
	}
	if a.State == "" {
		return nil
	}
	a.Since = f.Opened
	a.Episode = digest(fmt.Sprintf("%s/fixed/%s/%d", g.rule.ID, spike.Name(s), f.Opened.Unix()))
	if a.State == samleng.AlertClosed {
		f.Open, f.Before = false, f.Opened
		if t := g.memory.Episodes[a.Episode]; t != nil {
			a.Changes, a.Level = slices.Clone(t.highest().Changes), t.First.Level
		}
	}
	return []samleng.Alert{a}
}
