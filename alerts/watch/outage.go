package watch

import (
	"fmt"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/rule"
)

// outage is the episode of sources that went silent: one notice names them, another one those
// that follow, and a last one says that all are back.
type outage struct {
	Opened time.Time `json:"opened,omitzero"` // zero: there is none
	Number int       `json:"number"`
	Named  []string  `json:"named"` // ids, sorted
}

func (o *outage) step(r *rule.Rule, h *samleng.Heard) []samleng.Alert {
	// The bucket that is looked at has ended a while ago, and was heard when the first of them fell
	// silent: what is told is how many are heard now.
	heard := h.Coverage
	if h.Sources > 0 {
		heard = 1 - float64(len(h.Silent)+len(h.Failing))/float64(h.Sources)
	}
	a := samleng.Alert{
		Rule: r.ID, Level: r.Loudness(), At: h.Tick, End: h.Tick,
		Changes: []samleng.Change{{Signal: samleng.SignalSilence, Observed: heard, Expected: 1, Low: 1, High: 1, Count: len(h.Silent) + len(h.Failing)}},
		Quality: samleng.DataQuality{Coverage: heard, Model: h.Model},
	}
	down := slices.Sorted(slices.Values(append(slices.Clone(h.Silent), h.Failing...)))
	joined := slices.ContainsFunc(h.Silent, func(id string) bool { return !slices.Contains(o.Named, id) })
	back := !slices.ContainsFunc(o.Named, func(id string) bool { return slices.Contains(down, id) })
	switch {
	case o.Opened.IsZero() && len(h.Silent) == 0:
		return nil
	case o.Opened.IsZero():
		// Those that fail already are named with the first, so that one outage is one notice.
		*o = outage{Opened: h.Tick, Number: 1, Named: down}
		a.State = samleng.AlertOpened
	case joined:
		o.Number++
		for _, id := range down {
			if !slices.Contains(o.Named, id) {
				o.Named = append(o.Named, id)
			}
		}
		slices.Sort(o.Named)
		a.State = samleng.AlertEscalated
	case back:
		o.Number++
		a.State = samleng.AlertClosed
	default:
		return nil
	}
	a.Number, a.Start, a.Since, a.Silent = o.Number, o.Opened, o.Opened, slices.Clone(o.Named)
	a.Episode = digest(fmt.Sprintf("%s/silence/%d", r.ID, o.Opened.Unix()))
	if a.State == samleng.AlertClosed {
		*o = outage{}
	}
	return []samleng.Alert{a}
}
