package watch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/spike"
)

// forgottenAlert is how long an alert counts as that of an open episode: what is open is told again
// or closed long before.
const forgottenAlert = 7 * 24 * time.Hour

// orphan is an episode that the log has open.
type orphan struct {
	last, top samleng.Alert // as it was told last, and when it was highest
	channels  []string
}

// begin ends what a rule that has learned from history took up of it: that is told anew or not at
// all. An episode of a series that was open all the while keeps the detector's memory, under an id of
// its own.
func (g *group) begin(at, bucket time.Time) {
	m := &g.memory
	m.Tick, m.Bucket, m.Began, m.Learned = at, bucket, at, map[string]int64{}
	m.Outage = outage{}
	for _, f := range m.Fixed {
		f.Open, f.Holding = false, false
	}
	if g.set == nil {
		return
	}
	for _, s := range g.series {
		if e := g.set.Detector(s).Episode(); e.Open {
			m.Learned[spike.Name(s)] = e.Opened
		}
	}
}

// episode is the id of the episode that an event is of.
func (g *group) episode(e *spike.Event) string {
	switch name := spike.Name(e.Series); {
	case e.Episode == "":
		return digest(fmt.Sprintf("%s/%s/%d", g.rule.ID, name, e.At.Unix()))
	case g.memory.Learned[name] != 0 && g.memory.Learned[name] == e.Since.Unix():
		return digest(fmt.Sprintf("%s/%s/%d", g.rule.ID, e.Episode, g.memory.Began.Unix()))
	}
	return digest(fmt.Sprintf("%s/%s", g.rule.ID, e.Episode))
}

// follows reports whether a rule remembers an episode as open.
func (w *work) follows(a *samleng.Alert) bool {
	for _, g := range w.groups {
		if g.rule.ID == a.Rule && g.memory.Episodes[a.Episode] != nil {
			return true
		}
	}
	return false
}

// orphans ends the episodes that were told and that no rule follows any more, because it was
// changed or taken away: who was told of one is told that, and why.
func (w *work) orphans(ctx context.Context) error {
	records, err := w.e.o.Store.AlertRecords(ctx, "", w.tick.Add(-forgottenAlert), w.tick.Add(samleng.Bucket))
	if err != nil {
		return err
	}
	open := openIn(records)
	for _, id := range slices.Sorted(maps.Keys(open)) {
		o := open[id]
		if w.follows(&o.last) {
			continue
		}
		if err := w.end(ctx, o); err != nil {
			return fmt.Errorf("end an episode of %s: %w", o.last.Rule, err)
		}
	}
	return nil
}

// openIn gives the episodes that are open at the end of a log, by id: those of which something was
// to be told, at once or in a digest.
func openIn(records []samleng.AlertRecord) map[string]*orphan {
	open := map[string]*orphan{}
	for i := range records {
		a := &records[i].Alert
		switch {
		case a.State == samleng.AlertClosed:
			delete(open, a.Episode)
		case a.State == samleng.AlertHeld || a.Episode == "" || (a.Held != "" && a.Held != samleng.HeldForDigest && a.Held != samleng.HeldNoChannel):
		case open[a.Episode] == nil:
			open[a.Episode] = &orphan{last: *a, top: *a, channels: records[i].Channels}
		default:
			o := open[a.Episode]
			o.last, o.channels = *a, union(o.channels, records[i].Channels)
			if score(a) > score(&o.top) {
				o.top = *a
			}
		}
	}
	return open
}

// end tells of the end of an orphan.
func (w *work) end(ctx context.Context, o *orphan) error {
	a := bare(&o.last)
	a.State, a.Number, a.At, a.Still, a.Held = samleng.AlertClosed, a.Number+1, w.tick, false, ""
	a.Changes, a.Peak, a.Ended = o.top.Changes, max(o.last.Peak, score(&o.top)), samleng.EndedGone
	if _, known := w.e.o.Book.Rule(a.Rule); known {
		a.Ended = samleng.EndedChanged
	}
	if !a.Since.IsZero() {
		a.Start = a.Since
	}
	if len(o.channels) == 0 {
		a.Held = o.last.Held
	}
	r := recordOf(&a, w.tick, o.channels, w.e.o.Book.Due(&a, w.tick))
	if len(r.Channels) > 0 && w.e.o.Outbox != nil {
		if err := w.e.o.Outbox.Queue(ctx, &r.Alert, r.Channels, r.Due); err != nil {
			return err
		}
	}
	if err := w.e.o.Store.RecordAlerts(ctx, []samleng.AlertRecord{r}); err != nil {
		return err
	}
	w.e.metrics.decided([]samleng.AlertRecord{r})
	return nil
}
