package watch

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/spike"
)

// alerts turns what the detectors tell into alerts, those that were promoted together into one.
func (g *group) alerts(events []spike.Event) []samleng.Alert {
	leaders := map[string]*spike.Event{}
	for i := range events {
		e := &events[i]
		if e.State != samleng.AlertOpened || e.Group == "" {
			continue
		}
		if l := leaders[e.Group]; l == nil || e.Peak > l.Peak {
			leaders[e.Group] = e
		}
	}
	raised := make([]samleng.Alert, 0, len(events))
	for i := range events {
		e := &events[i]
		if l := leaders[e.Group]; l != nil && e.State == samleng.AlertOpened {
			if l != e {
				e.State, e.Held = samleng.AlertHeld, samleng.HeldTogether
				l.Folded = append(l.Folded, e.Series)
				// Each by itself is for the digest; that they move together is worth telling.
				l.Level = max(l.Level, samleng.LevelWarning)
			}
		}
	}
	for i := range events {
		raised = append(raised, g.alert(&events[i]))
	}
	return raised
}

// alert is an event as an alert, without what lies behind it.
func (g *group) alert(e *spike.Event) samleng.Alert {
	a := samleng.Alert{
		Episode: digest(fmt.Sprintf("%s/%s", g.rule.ID, e.Episode)), Number: e.Number, State: e.State, Held: e.Held,
		Rule: g.rule.ID, Series: e.Series, At: e.At, Start: e.Since, End: e.At, Folded: e.Folded,
		Since: e.Since, Peak: e.Peak, Level: g.level(e.Level),
		Quality: samleng.DataQuality{Coverage: e.Quality, WarmUp: e.WarmUp, Tested: e.Tested, Model: g.memory.Model},
		History: samleng.History{LastAlert: e.Before, LastScore: e.WasPeak},
	}
	if e.Episode == "" {
		a.Episode = digest(fmt.Sprintf("%s/%s/%d", g.rule.ID, spike.Name(e.Series), e.At.Unix()))
	}
	for i := range e.Terms {
		t := &e.Terms[i]
		a.Changes = append(a.Changes, change(t, e))
		if i == 0 || t.Start.Before(a.Start) {
			a.Start = t.Start
		}
	}
	if e.State == samleng.AlertClosed {
		a.End = e.Until
		if n := len(g.memory.Beats); n > 0 {
			a.Quality.Coverage = g.memory.Beats[n-1].Coverage
		}
		if t := g.memory.Episodes[a.Episode]; t != nil {
			// What it was about, at its highest.
			a.Changes, a.Level = slices.Clone(t.First.Changes), t.First.Level
			for i := range a.Changes {
				a.Changes[i].Score = e.Peak
			}
		}
	}
	return a
}

// change is what one channel scored, with what it was measured against.
func change(t *spike.Terms, e *spike.Event) samleng.Change {
	c := t.Change()
	least := e.Least.Volume
	switch t.Signal {
	case samleng.SignalNegative:
		least = e.Least.Negative
	case samleng.SignalPositive:
		least = e.Least.Positive
	}
	if !math.IsInf(least, 1) {
		c.Factors["threshold"] = least
	}
	if e.Group != "" {
		c.Factors["promoted"] = 1
	}
	return c
}

// level is the rule's loudness, moved by how far the score is from its threshold.
func (g *group) level(found samleng.Level) samleng.Level {
	if found == 0 {
		return g.rule.Loudness()
	}
	return clampLevel(g.rule.Loudness() + found - samleng.LevelWarning)
}

func clampLevel(l samleng.Level) samleng.Level {
	return max(samleng.LevelNotice, min(samleng.LevelUrgent, l))
}

// fixed is the episode of a series under thresholds that somebody insists on.
type fixed struct {
	Buckets []fixedBucket `json:"buckets"` // in order, as long as the window and the changes reach
	Open    bool          `json:"open"`
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

// step looks at the window that ends with the tick's bucket.
func (f *fixed) step(g *group, s samleng.Series, h *samleng.Heard) []samleng.Alert {
	limits, end := g.rule.Fixed, h.Bucket.Add(samleng.Bucket)
	start := end.Add(-limits.Window)
	f.Buckets = slices.DeleteFunc(f.Buckets, func(b fixedBucket) bool { return b.Start.Before(start.Add(-final)) })
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
			Signal: samleng.SignalVolume, Observed: float64(sum.Posts), Expected: expected, Low: expected, High: expected,
			Factors: map[string]float64{"fixed": float64(limits.Posts), "window_minutes": limits.Window.Minutes()},
		})
	}
	if limits.Share > 0 && sum.Labelled >= g.rule.Minimum() && float64(sum.Negative) >= limits.Share*float64(sum.Labelled) {
		expected, _ := g.set.Detector(s).Shares()
		changes = append(changes, samleng.Change{
			Signal: samleng.SignalNegative, Observed: float64(sum.Negative) / float64(sum.Labelled), Expected: expected, Low: expected, High: expected, Count: sum.Labelled,
			Factors: map[string]float64{"fixed": limits.Share, "window_minutes": limits.Window.Minutes()},
		})
	}
	a := samleng.Alert{
		Rule: g.rule.ID, Series: s, At: end, Start: start, End: end, Level: g.rule.Loudness(), Changes: changes,
		Quality: samleng.DataQuality{Coverage: h.Coverage, WarmUp: g.set.Detector(s).Age(), Tested: len(g.series), Model: g.memory.Model},
	}
	switch rest := spike.DefaultConfig().Rest; {
	case len(changes) > 0 && f.Open:
		f.Last = end
	case len(changes) > 0:
		f.Open, f.Opened, f.Last = true, end, end
		a.State, a.Number, a.History.LastAlert = samleng.AlertOpened, 1, f.Before
	case f.Open && end.Sub(f.Last) >= rest:
		a.State, a.Number, a.Start, a.End = samleng.AlertClosed, 2, f.Opened, f.Last
	}
	if a.State == "" {
		return nil
	}
	a.Episode = digest(fmt.Sprintf("%s/fixed/%s/%d", g.rule.ID, spike.Name(s), f.Opened.Unix()))
	if a.State == samleng.AlertClosed {
		f.Open, f.Before = false, f.Opened
		if t := g.memory.Episodes[a.Episode]; t != nil {
			a.Changes, a.Level = slices.Clone(t.First.Changes), t.First.Level
		}
	}
	return []samleng.Alert{a}
}

// sortAlerts puts what several rules raise at one tick in order.
func sortAlerts(all []samleng.Alert) {
	slices.SortStableFunc(all, func(a, b samleng.Alert) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Episode, b.Episode), a.Number-b.Number)
	})
}
