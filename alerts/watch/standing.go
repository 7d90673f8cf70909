package watch

import (
	"time"

	"samleng"
	"samleng/alerts/spike"
)

// frozenBelow is the coverage below which nothing is scored.
const frozenBelow = .5

// Standing is where a running engine stands.
type Standing struct {
	Tick     time.Time // up to which everything was seen, UTC
	Coverage float64   // share of the sources that were heard of the last bucket, 0..1
	Frozen   bool      // so little was heard that nothing is scored
	// Grace is how long after its end the next bucket is looked at.
	Grace time.Duration
	Rules []RuleStanding
	// Expected is what is expected of the series of each open episode that was told, in the day up
	// to Tick, by its id; see samleng.History.
	Expected map[string]samleng.History
}

// RuleStanding is how the series of a rule stand.
type RuleStanding struct {
	Rule string
	spike.Standing
}

// Standing gives where the engine stands; false before its first tick, and in a process that does
// not watch. It does not block.
func (e *Engine) Standing() (Standing, bool) {
	s := e.standing.Load()
	if s == nil {
		return Standing{}, false
	}
	return *s, true
}

// stands notes where the engine stands after a tick.
func (w *work) stands(s *step) {
	out := Standing{Expected: map[string]samleng.History{}, Tick: s.heard.Tick, Coverage: s.heard.Coverage, Frozen: s.heard.Coverage < frozenBelow || s.heard.Late > frozenBelow, Grace: s.heard.Grace}
	for _, g := range w.groups {
		r := RuleStanding{Rule: g.rule.ID}
		if g.set != nil {
			r.Standing = g.set.Standing()
		}
		out.Rules = append(out.Rules, r)
		for id, t := range g.memory.Episodes {
			var h samleng.History
			if g.expect(&h, t.First.Series, s.heard.Tick.Add(-24*time.Hour)); len(h.Expected) > 0 {
				out.Expected[id] = h
			}
		}
	}
	w.e.standing.Store(&out)
}
