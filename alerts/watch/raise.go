package watch

import (
	"cmp"
	"math"
	"slices"

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
		Episode: g.episode(e), Number: e.Number, State: e.State, Held: e.Held,
		Rule: g.rule.ID, Series: e.Series, At: e.At, Start: e.Since, End: e.At, Folded: e.Folded,
		Since: e.Since, Peak: e.Peak, Level: g.level(e.Level),
		Quality: samleng.DataQuality{Coverage: e.Quality, WarmUp: e.WarmUp, Tested: e.Tested, Model: g.memory.Model},
		History: samleng.History{LastAlert: e.Before, LastScore: e.WasPeak},
	}
	if e.Episode == "" {
		a.Peak = 0 // of the episode before
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
			a.Changes, a.Level = slices.Clone(t.highest().Changes), t.First.Level
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

// sortAlerts puts what several rules raise at one tick in order.
func sortAlerts(all []samleng.Alert) {
	slices.SortStableFunc(all, func(a, b samleng.Alert) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Episode, b.Episode), a.Number-b.Number)
	})
}
