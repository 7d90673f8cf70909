package spike

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"samleng"
)

// Event is something to be told about one series. What posts, words and sources are behind it
// is for others to find out.
type Event struct {
	State   samleng.AlertState
	Episode string // 32 hexadecimal digits, of the series and the moment it opened
	Number  int    // of the event within its episode, from 1; 0 for a hold before any episode
	Series  samleng.Series
	At      time.Time      // end of the bucket that raised it, UTC
	Since   time.Time      // when the episode opened; zero for a hold
	Until   time.Time      // closed: end of the last bucket that reached a threshold
	Level   samleng.Level  // before it is known whether it is a burst of copies
	Held    string         // why it is held
	Terms   []Terms        // the channels that joined, first to join first, as this bucket scored them; empty when closed
	Peak    float64        // highest score of the episode
	Before  time.Time      // when the episode before opened; zero for none
	WasPeak float64        // its highest score
	Tested  int            // series looked at
	Least   Thresholds     // that applied
	Group   string         // promoted together with others of the same group; empty otherwise
	Into    samleng.Series // held: the series whose alert stands for this one
	// Folded lists the series below whose episodes this one stands for.
	Folded  []samleng.Series
	WarmUp  time.Duration // for how long the series has been learned from
	Quality float64       // coverage of the bucket, 0..1
}

// foldWithin is how far apart the episodes of a series and its parent may open to be told as
// one.
const foldWithin = time.Hour

// tell turns what the episodes decided into events, children folded into their parents.
func (s *Set) tell(thresholds Thresholds) []Event {
	var events []Event
	for _, m := range s.inOrder() {
		if m.told == "" {
			continue
		}
		e := &m.detector.state.Episode
		if m.told == samleng.AlertOpened {
			e.Folded = m.parent.standsFor(m)
		}
		if e.Folded && m.told != samleng.AlertOpened {
			continue
		}
		event := s.event(m, thresholds)
		if e.Folded {
			event.State, event.Held, event.Into = samleng.AlertHeld, samleng.HeldFolded, m.parent.series
		}
		events = append(events, event)
	}
	return events
}

// standsFor reports whether an episode of p that opened lately covers the one that c opens now.
func (p *member) standsFor(c *member) bool {
	if p == nil {
		return false
	}
	mine, its := &p.detector.state.Episode, &c.detector.state.Episode
	if mine.Open && its.Opened-mine.Opened <= int64(foldWithin/time.Second) {
		return true
	}
	return p.parent.standsFor(c)
}

// below reports whether p is a child of above, or of its children.
func (p *member) below(above *member) bool {
	for up := p.parent; up != nil; up = up.parent {
		if up == above {
			return true
		}
	}
	return false
}

func (s *Set) event(m *member, thresholds Thresholds) Event {
	e := &m.detector.state.Episode
	out := Event{
		State: m.told, Number: int(e.Number), Series: m.series, At: m.by.End, Held: m.held,
		Peak: e.Peak, WasPeak: e.PeakWas, Tested: len(s.members), Least: thresholds, WarmUp: m.detector.Age(),
	}
	if e.Before > 0 && m.told != samleng.AlertClosed {
		out.Before = time.Unix(e.Before, 0).UTC()
	}
	if m.told != samleng.AlertHeld {
		out.Since = e.since()
		out.Episode = episodeID(m.name, e.Opened)
	}
	if m.told == samleng.AlertClosed {
		out.Until = time.Unix(e.Last, 0).UTC()
		return out
	}
	terms, theta := m.by.terms(), thresholds.array()
	for order := int32(1); order <= channels && m.told != samleng.AlertHeld; order++ { // a hold is of no episode
		for c, t := range terms {
			if e.Order[c] == order && t.Score > 0 {
				out.Terms = append(out.Terms, *t)
			}
		}
	}
	for c, t := range terms {
		if m.told == samleng.AlertHeld && t.Score >= theta[c] {
			out.Terms = append(out.Terms, *t)
		}
		if t.Score > 0 {
			out.Quality = t.Coverage
			if m.told == samleng.AlertHeld || e.Order[c] > 0 {
				out.Level = max(out.Level, level(t.Score, theta[c]))
			}
		}
	}
	if e.Open && e.Promoted {
		out.Group = episodeID("promoted", e.Opened)
	}
	if m.told == samleng.AlertOpened {
		out.Folded = s.folded(m)
	}
	return out
}

// folded lists the series below m whose episodes opened so lately that m's stands for them.
func (s *Set) folded(m *member) []samleng.Series {
	var out []samleng.Series
	opened := m.detector.state.Episode.Opened
	for _, c := range s.inOrder() {
		e := &c.detector.state.Episode
		if e.Open && c.below(m) && opened-e.Opened <= int64(foldWithin/time.Second) {
			out = append(out, c.series)
		}
	}
	return out
}

// episodeID is the same for ever for a series and the moment its episode opened.
func episodeID(name string, opened int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s", opened, name))
	return hex.EncodeToString(sum[:16])
}
