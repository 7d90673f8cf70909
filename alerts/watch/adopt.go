package watch

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/rule"
	"samleng/alerts/spike"
)

// remembered is for how long an episode of which nothing was decided is still thought of.
const remembered = 7 * 24 * time.Hour

// adopt goes on with the episodes that rules told of before they were changed. Where the rule as it
// is now has learned of an open one on the same series, that is the one that was told. Any other is
// over as far as the rules go, and whoever was told of it is told so; the same holds for those of a
// rule that is gone.
func (w *work) adopt(ctx context.Context, fresh []*group) error {
	records, err := w.e.o.Store.AlertRecords(ctx, "", w.tick.Add(-remembered), w.tick.Add(samleng.Bucket))
	if err != nil {
		return err
	}
	book, err := w.e.book(ctx)
	if err != nil {
		return err
	}
	var over []samleng.AlertRecord
	for _, t := range openOnes(records) {
		at := slices.IndexFunc(w.groups, func(g *group) bool { return g.rule.ID == t.First.Rule })
		var g *group
		switch {
		case at < 0:
			g = &group{rule: rule.Rule{ID: t.First.Rule}, memory: memory{Episodes: map[string]*told{}}}
		case !slices.Contains(fresh, w.groups[at]):
			continue // it remembers by itself
		default:
			if g = w.groups[at]; g.resume(t) {
				g.memory.Episodes[t.First.Episode] = t
				continue
			}
		}
		over = append(over, g.over(book, t, w.tick))
	}
	if len(over) > 0 {
		w.e.o.Logger.Info("episodes end because their rules have changed", slog.Int("episodes", len(over)))
	}
	return w.settle(ctx, over)
}

// openOnes gives the episodes of a log that were told, or would have been, and have not closed, in
// the order in which they opened.
func openOnes(records []samleng.AlertRecord) []*told {
	var all []*told
	for i := range records {
		a, channels := &records[i].Alert, records[i].Channels
		at := slices.IndexFunc(all, func(t *told) bool { return t.First.Episode == a.Episode })
		switch {
		case a.State == samleng.AlertClosed && at >= 0:
			all = slices.Delete(all, at, at+1)
		case a.State != samleng.AlertOpened && a.State != samleng.AlertEscalated:
		case a.Held != "" && a.Held != samleng.HeldForDigest && a.Held != samleng.HeldNoChannel:
		case at < 0:
			all = append(all, &told{First: bare(a), Latest: bare(a), Channels: slices.Clone(channels), Escalated: a.Still})
		default:
			t := all[at]
			t.Latest, t.Channels, t.Escalated = bare(a), union(t.Channels, channels), t.Escalated || a.Still
		}
	}
	return all
}

// resume gives the open episode of the same series the name of one that was told. It reports false
// where the group has none.
func (g *group) resume(t *told) bool {
	a := &t.First
	switch f := g.memory.Fixed[spike.Name(a.Series)]; {
	case len(a.Silent) > 0:
		o := &g.memory.Outage
		if !g.rule.Watches(samleng.SignalSilence) || o.Opened.IsZero() {
			return false
		}
		o.Opened, o.Number = a.Start, max(o.Number, t.Latest.Number)
		return true
	case !g.watched[a.Series]:
		return false
	case g.rule.Fixed != nil:
		if a.Since.IsZero() && f != nil && f.Open {
			f.Opened = a.At
			return true
		}
		return false
	case a.Since.IsZero():
		return false // of a threshold that the rule has no more
	}
	return g.set.Detector(a.Series).Resume(a.Since, t.Latest.Number)
}

// over is the end of an episode that was told.
func (g *group) over(book *rule.Book, t *told, tick time.Time) samleng.AlertRecord {
	a := t.Latest
	a.State, a.Number, a.Still, a.Held = samleng.AlertClosed, t.Latest.Number+1, false, ""
	a.At, a.Start = tick, t.First.Start
	a.Changes, a.Level = slices.Clone(t.First.Changes), t.First.Level
	if len(t.Channels) == 0 {
		a.Held = samleng.HeldNoChannel
		if a.Level <= samleng.LevelNotice {
			a.Held = samleng.HeldForDigest
		}
	}
	due := tick
	if slices.ContainsFunc(book.Rules(), func(r rule.Rule) bool { return r.ID == a.Rule }) {
		due = book.Due(&a, tick)
	}
	return g.record(&a, tick, t.Channels, due)
}
