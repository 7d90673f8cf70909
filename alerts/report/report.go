// Package report sums up how the alerts of each rule did: how many there were, what readers said
// of them, how soon they came, and what threshold would have served better.
//
// It owns the sums and the suggestions. It reads no store and changes no rule: a suggestion is
// for a person to weigh.
package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
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
	// Sent are the episodes of which it is on record when the first card was sent, to any channel.
	Sent int
	// Delay is the middle time, over those, from the start of the window that opened the episode until
	// that card was sent, quiet hours included: how old the first of what it tells of is by then.
	Delay time.Duration
	// Beyond is the middle time that this took beyond what has to be waited for: from when the grace of
	// the window's last bucket was over, or the quiet hours were.
	Beyond time.Duration
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
	// AWeek is what to set the rule's alerts_a_week to; 0 but for Fewer and More.
	AWeek float64
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
	manyFalse   = .3 // share from which on fewer alerts are suggested
	fewFalse    = .05
	keepRight   = .7    // share of the right ones that must be left
	leastZ      = 1.645 // of the rank test that the right ones are rarer: one in twenty by chance
	more        = 1.5
	// ownThreshold is the lowest at which any signal alerts whatever the budget (spike.Config):
	// alerts that come down to it cannot be had in greater number by a larger budget.
	ownThreshold = 2.3
)

// episode is what the report needs to know of one.
type episode struct {
	rule             string
	score            float64   // its highest: it is spared by a threshold above that
	tested           int       // series that were watched
	first            string    // "episode/number" of the first alert that was told; empty: none was
	begin, due       time.Time // of its window; from when on it was to be sent
	sent             time.Time // first of all channels; zero: not on record
	useful, no, knew bool
}

// Told gives the episodes of which something was told in [since, until), each once.
func Told(records []samleng.AlertRecord, since, until time.Time) []string {
	var all []string
	for id, e := range episodesOf(records, since, until) {
		if e.first != "" {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}

// Sum reports on the rules whose alerts were decided in [since, until), by id. Verdicts and
// deliveries count wherever their episode is among them.
func Sum(records []samleng.AlertRecord, said []samleng.Feedback, deliveries []samleng.Delivery, since, until time.Time) []Rule {
	episodes := episodesOf(records, since, until)
	for i := range deliveries {
		d := &deliveries[i]
		e := episodes[d.Episode]
		if e != nil && d.State == samleng.DeliverySent && e.first == name(d.Episode, d.Number) && (e.sent.IsZero() || d.Done.Before(e.sent)) {
			e.sent = d.Done
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

func name(id string, number int) string { return id + "/" + strconv.Itoa(number) }

func episodesOf(records []samleng.AlertRecord, since, until time.Time) map[string]*episode {
	episodes := map[string]*episode{}
	for i := range records {
		r := &records[i]
		a := &r.Alert
		if r.Tick.Before(since) || !r.Tick.Before(until) || a.Episode == "" {
			continue
		}
		e := episodes[a.Episode]
		if a.State == samleng.AlertClosed {
			if e != nil {
				e.raise(a)
			}
			continue
		}
		if e == nil {
			e = &episode{rule: a.Rule}
			episodes[a.Episode] = e
		}
		if a.State == samleng.AlertHeld || a.Held != "" {
			continue
		}
		e.raise(a)
		if e.first == "" {
			e.first, e.due = name(a.Episode, a.Number), r.Due
			e.begin, _ = a.Window()
		}
	}
	return episodes
}

// raise notes the scores of a further alert of the episode.
func (e *episode) raise(a *samleng.Alert) {
	e.tested = max(e.tested, a.Quality.Tested)
	reach := func(score float64) {
		if !math.IsNaN(score) && !math.IsInf(score, 0) {
			e.score = max(e.score, score)
		}
	}
	reach(a.Peak)
	for i := range a.Changes {
		reach(a.Changes[i].Score)
	}
}

func sum(episodes map[string]*episode, period time.Duration) []Rule {
	byRule := map[string][]*episode{}
	for _, e := range episodes {
		byRule[e.rule] = append(byRule[e.rule], e)
	}
	out := make([]Rule, 0, len(byRule))
	for id, all := range byRule {
		r := Rule{Rule: id}
		var delays, beyond []time.Duration
		var judged []*episode
		for _, e := range all {
			if e.first == "" {
				r.Held++
				continue
			}
			r.Episodes++
			if !e.sent.IsZero() {
				delays, beyond = append(delays, max(0, e.sent.Sub(e.begin))), append(beyond, max(0, e.sent.Sub(e.due)))
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
		r.Sent, r.Delay, r.Beyond = len(delays), middle(delays), middle(beyond)
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

// middle is the lower one of the two in the middle, 0 of none.
func middle(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// suggest looks for the score above which the judged episodes were right more often, if rarity tells
// them apart at all.
func suggest(judged []*episode) Suggestion {
	if len(judged) < leastJudged {
		return Suggestion{Kind: TooFew}
	}
	slices.SortFunc(judged, func(a, b *episode) int {
		return cmp.Or(cmp.Compare(a.score, b.score), one(a.no)-one(b.no))
	})
	no, tested := 0, 0
	for _, e := range judged {
		no += one(e.no)
		tested = max(tested, e.tested)
	}
	switch share := float64(no) / float64(len(judged)); {
	case share <= fewFalse && tested > 0 && judged[0].score-math.Log10(more) >= ownThreshold:
		return Suggestion{Kind: More, AWeek: budget(tested, judged[0].score-math.Log10(more))}
	case share < manyFalse:
		return Suggestion{Kind: Keep}
	case tested == 0 || rarer(judged, no) < leastZ:
		return Suggestion{Kind: Unfit}
	}
	return strictest(judged, no, tested)
}

// budget is the alerts_a_week under which one of so many series has to reach a score: see
// rule.Threshold. It is rounded down to two digits.
func budget(series int, score float64) float64 {
	b := float64(series) * math.Pow(10, 2-score)
	unit := math.Pow(10, math.Floor(math.Log10(b))-1)
	return math.Round(math.Floor(b/unit+1e-9)*unit*1e9) / 1e9
}

// rarer is by how many standard deviations the right ones rank above the false ones, by the test
// of Mann and Whitney. The episodes are in the order of their scores.
func rarer(judged []*episode, no int) float64 {
	right := len(judged) - no
	if no == 0 || right == 0 {
		return 0
	}
	wins, n := 0.0, float64(len(judged))
	ties := 0.0
	for i := 0; i < len(judged); {
		j, same := i, 0
		for ; j < len(judged) && judged[j].score == judged[i].score; j++ {
			same += one(judged[j].no)
		}
		falseBelow := 0
		for _, e := range judged[:i] {
			falseBelow += one(e.no)
		}
		group := float64(j - i)
		wins += (group - float64(same)) * (float64(falseBelow) + float64(same)/2)
		ties += group*group*group - group
		i = j
	}
	half := float64(no) * float64(right) / 2
	deviation := math.Sqrt(float64(no) * float64(right) / 12 * (n + 1 - ties/(n*(n-1))))
	if deviation == 0 {
		return 0
	}
	return (wins - half) / deviation
}

// strictest chooses the threshold that spares the largest share of the false ones beyond the share
// of right ones that it loses, with enough of these left.
func strictest(judged []*episode, no, tested int) Suggestion {
	right := len(judged) - no
	best, gain := Suggestion{Kind: Unfit}, 0.0
	spared, lost := 0, 0
	for i, e := range judged {
		if i > 0 && e.score > judged[i-1].score && float64(right-lost) >= keepRight*float64(right) {
			if g := float64(spared)/float64(no) - float64(lost)/float64(right); g > gain && spared > lost {
				best, gain = Suggestion{Kind: Fewer, AWeek: budget(tested, e.score), Spared: spared, Lost: lost}, g
			}
		}
		spared, lost = spared+one(e.no), lost+one(!e.no)
	}
	return best
}
