// Package report sums up how the alerts of each rule did: how many there were, what readers said
// of them, how soon they came, and what threshold would have served better.
//
// It owns the sums and the suggestions. It reads no store and changes no rule: a suggestion is
// for a person to weigh.
package report

import (
	"math"
	"slices"
	"time"

	"samleng"
)

// Rule is how the alerts of one rule did.
type Rule struct {
	Rule string
	// Episodes are those that were told, Held those that were only held back.
	Episodes, Held int
	AWeek          float64 // Episodes a week
	// Useful, False and Known are the episodes of which somebody said so. Of one episode different
	// things may be said.
	Useful, False, Known int
	Judged               int // episodes of which anything was said
	// Delay is the middle time from the start of the window that gave the alert to the alert; 0
	// without one.
	Delay time.Duration
	// Suggestion is what to do about the rule's alerts_a_week.
	Suggestion Suggestion
}

// FalseShare is the share of the judged episodes that were called false, and whether there was
// any.
func (r *Rule) FalseShare() (share float64, ok bool) {
	if r.Judged == 0 {
		return 0, false
	}
	return float64(r.False) / float64(r.Judged), true
}

// Suggestion is what would have spared readers false alarms, or may give them more alerts.
type Suggestion struct {
	Kind Kind
	// Factor is what alerts_a_week would have to be multiplied with. It is 1 but for Fewer and
	// More.
	Factor float64
	// Spared are the false alarms, and Lost the other judged episodes, that there would not have
	// been.
	Spared, Lost int
}

// Kind is a kind of suggestion.
type Kind string

// The kinds.
const (
	TooFew Kind = "too-few" // verdicts to say anything
	Keep   Kind = "keep"
	Fewer  Kind = "fewer" // alerts: rarer ones were right more often
	More   Kind = "more"  // hardly any was false
	Unfit  Kind = "unfit" // rarity does not tell the false ones: look at the rule itself
)

// What suggestions rest on. They are a judgement, not measured: with fewer verdicts one reader's
// mood decides.
const (
	leastJudged = 8
	manyFalse   = .3  // share from which on fewer alerts are suggested
	aimedFalse  = .15 // share that is aimed at
	fewFalse    = .05
	keepRight   = .7 // share of the right ones that must be left
	more        = 1.5
)

// episode is what the report needs to know of one.
type episode struct {
	rule             string
	score            float64
	delay            time.Duration
	told             bool
	useful, no, knew bool
}

// Sum reports on the rules whose alerts were decided in [since, until), by id. Verdicts count
// wherever their episode is among them.
func Sum(records []samleng.AlertRecord, said []samleng.Feedback, since, until time.Time) []Rule {
	episodes := map[string]*episode{}
	for i := range records {
		r := &records[i]
		a := &r.Alert
		if r.Tick.Before(since) || !r.Tick.Before(until) || a.Episode == "" || a.State == samleng.AlertClosed {
			continue
		}
		e := episodes[a.Episode]
		if e == nil {
			e = &episode{rule: a.Rule}
			episodes[a.Episode] = e
		}
		if a.State == samleng.AlertHeld || a.Held != "" || e.told {
			continue
		}
		e.told = true
		e.delay = r.Tick.Sub(a.Start)
		for _, c := range a.Changes {
			if !math.IsNaN(c.Score) && !math.IsInf(c.Score, 0) {
				e.score = max(e.score, c.Score)
			}
		}
	}
	for i := range said {
		e := episodes[said[i].Episode]
		if e == nil {
			continue
		}
		switch said[i].Verdict {
		case samleng.VerdictUseful:
			e.useful = true
		case samleng.VerdictFalse:
			e.no = true
		case samleng.VerdictKnown:
			e.knew = true
		}
	}
	return sum(episodes, until.Sub(since))
}

func sum(episodes map[string]*episode, period time.Duration) []Rule {
	byRule := map[string][]*episode{}
	for _, e := range episodes {
		byRule[e.rule] = append(byRule[e.rule], e)
	}
	out := make([]Rule, 0, len(byRule))
	for id, all := range byRule {
		r := Rule{Rule: id}
		var delays []time.Duration
		var judged []*episode
		for _, e := range all {
			if !e.told {
				r.Held++
				continue
			}
			r.Episodes++
			if e.delay > 0 {
				delays = append(delays, e.delay)
			}
			r.Useful, r.False, r.Known = r.Useful+one(e.useful), r.False+one(e.no), r.Known+one(e.knew)
			if e.useful || e.no || e.knew {
				judged = append(judged, e)
			}
		}
		r.Judged = len(judged)
		if weeks := period.Hours() / (7 * 24); weeks > 0 {
			r.AWeek = float64(r.Episodes) / weeks
		}
		if len(delays) > 0 {
			slices.Sort(delays)
			r.Delay = delays[(len(delays)-1)/2]
		}
		r.Suggestion = suggest(judged)
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Rule) int {
		if a.Rule < b.Rule {
			return -1
		}
		return 1
	})
	return out
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// suggest looks for the lowest score from which on few of the judged episodes were false. A score
// that is d higher is expected 10^d times less often, so that the budget is divided by that.
func suggest(judged []*episode) Suggestion {
	keep := Suggestion{Kind: Keep, Factor: 1}
	if len(judged) < leastJudged {
		return Suggestion{Kind: TooFew, Factor: 1}
	}
	slices.SortFunc(judged, func(a, b *episode) int {
		if a.score < b.score {
			return -1
		}
		return one(a.score > b.score)
	})
	no := 0
	for _, e := range judged {
		no += one(e.no)
	}
	right := len(judged) - no
	switch share := float64(no) / float64(len(judged)); {
	case share <= fewFalse:
		return Suggestion{Kind: More, Factor: more}
	case share < manyFalse:
		return keep
	}
	spared, lost := 0, 0
	for i, e := range judged {
		above := len(judged) - i
		if i > 0 && e.score > judged[i-1].score && float64(no-spared) <= aimedFalse*float64(above) {
			if float64(right-lost) < keepRight*float64(right) {
				break
			}
			return Suggestion{Kind: Fewer, Factor: math.Pow(10, judged[0].score-e.score), Spared: spared, Lost: lost}
		}
		spared, lost = spared+one(e.no), lost+one(!e.no)
	}
	return Suggestion{Kind: Unfit, Factor: 1}
}
