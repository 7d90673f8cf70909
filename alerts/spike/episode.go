package spike

import (
	"math"
	"time"

	"samleng"
)

// channels is how many measures of a series are scored: volume, negative and positive share.
const channels = 3

// Episode turns the scores of one series into few alerts: it opens once when any channel
// reaches its threshold, tells again only when the score has risen by 1 (ten times rarer) or
// another channel joins, and closes when nothing has reached a threshold for the time of
// rest. So volume and share episodes of a series that lie closer than that are one. All
// fields are plain numbers.
type Episode struct {
	Open     bool
	Promoted bool // opened by the promote rule, below the threshold
	Folded   bool // told as part of the parent's
	Holding  bool // a hold was told; the score has stayed high since
	Number   int32
	Opened   int64             // Unix seconds: end of the bucket that opened it
	Last     int64             // end of the last bucket that reached a threshold
	Quiet    float64           // hours scored since then
	Told     [channels]float64 // score last told of each channel, 0 when it has not joined
	Order    [channels]int32   // in which the channels joined, from 1
	Before   int64             // Unix seconds: opening of the episode before; 0 for none
	Peak     float64           // highest score
	PeakWas  float64           // highest score of the episode before
}

// Thresholds are the scores at which each channel opens an episode.
type Thresholds struct{ Volume, Negative, Positive float64 }

func (t Thresholds) array() [channels]float64 {
	return [channels]float64{t.Volume, t.Negative, t.Positive}
}

// Thresholds gives those of the configuration for the number of series watched: the budget
// raises them to 2+log10(series/budget), for 10^(2-s) peaks a week are expected of each.
func (c *Config) Thresholds(series int) Thresholds {
	least := 0.0
	if c.Budget > 0 {
		least = budgetScore(series, c.Budget)
	}
	t := Thresholds{max(c.Volume, least), max(c.Share, least), max(c.Share, least)}
	for _, signal := range c.Unwatched {
		switch signal {
		case samleng.SignalVolume:
			t.Volume = math.Inf(1)
		case samleng.SignalNegative:
			t.Negative = math.Inf(1)
		}
	}
	return t
}

// longestFrozen closes an episode whose series is no longer heard of.
const longestFrozen = 24 * time.Hour

// Step takes a scored bucket of a series that is watched on its own and says what is to be told:
// AlertOpened, AlertEscalated, AlertHeld with the reason, AlertClosed or "".
func (e *Episode) Step(c *Config, s *Scored, thresholds Thresholds) (state samleng.AlertState, held string) {
	return e.step(c, s, thresholds, [channels]bool{})
}

// step takes a scored bucket and says what is to be told: AlertOpened, AlertEscalated,
// AlertHeld, AlertClosed or "". A promoted bucket opens with whatever score it has in the
// channels that are promoted.
func (e *Episode) step(c *Config, s *Scored, thresholds Thresholds, promoted [channels]bool) (state samleng.AlertState, held string) {
	theta := thresholds.array()
	terms := s.terms()
	var free [channels]bool // that reach a threshold and are not held
	reached := false
	for i, t := range terms {
		least := theta[i]
		if promoted[i] || (e.Open && e.Promoted) {
			least = min(least, PromoteScore)
		}
		if s.Frozen || t.Score < least || math.IsInf(theta[i], 1) {
			continue
		}
		reached = true
		switch {
		case s.Gap:
			held = samleng.HeldGap
		case s.Low:
			held = samleng.HeldCoverage
		case s.Model && i > 0:
			held = samleng.HeldModel
		default:
			free[i] = true
		}
	}
	end := s.End.Unix()
	switch {
	case e.Open && reached:
		if end > e.Last { // late posts may have raised a bucket before it
			e.Last, e.Quiet = end, 0
		}
		return e.escalate(terms, theta, free), ""
	case e.Open:
		if !s.Frozen && !s.Again {
			e.Quiet += c.Step.Hours()
		}
		if e.Quiet >= c.Rest.Hours() || end-e.Last > int64(longestFrozen/time.Second) {
			e.close()
			return samleng.AlertClosed, ""
		}
	case free != [channels]bool{} && s.Young:
		e.open(end, terms, theta, free)
		return samleng.AlertOpened, ""
	case reached && s.Young && !e.Holding:
		e.Holding = true
		return samleng.AlertHeld, held
	case !reached && !s.Frozen:
		e.Holding = false
	}
	return "", ""
}

// open begins an episode with the channels that are free to tell.
func (e *Episode) open(end int64, terms [channels]*Terms, theta [channels]float64, free [channels]bool) {
	*e = Episode{Open: true, Number: 1, Opened: end, Last: end, Before: e.Before, PeakWas: e.PeakWas, Promoted: true}
	joined := int32(0)
	for i, t := range terms {
		if !free[i] {
			continue
		}
		if t.Score >= theta[i] {
			e.Promoted = false
		}
		joined++
		e.Told[i], e.Order[i] = t.Score, joined
		e.Peak = max(e.Peak, t.Score)
	}
}

// escalate says whether an open episode is told again, because of the channels that are free to
// tell.
func (e *Episode) escalate(terms [channels]*Terms, theta [channels]float64, free [channels]bool) samleng.AlertState {
	told := 0.0
	joined := int32(0)
	for i := range e.Told {
		told = max(told, e.Told[i])
		joined = max(joined, e.Order[i])
	}
	again := false
	for i, t := range terms {
		e.Peak = max(e.Peak, t.Score)
		if !free[i] || t.Score < theta[i] {
			continue
		}
		if e.Order[i] == 0 {
			joined++
			e.Order[i], e.Told[i] = joined, t.Score
			again = true
		}
		if t.Score >= told+1 {
			e.Told[i] = t.Score
			again = true
		}
	}
	if !again {
		return ""
	}
	e.Number++
	return samleng.AlertEscalated
}

func (e *Episode) close() {
	e.Open, e.Before, e.PeakWas = false, e.Opened, e.Peak
	e.Number++
}

// since is when the episode opened.
func (e *Episode) since() time.Time { return time.Unix(e.Opened, 0).UTC() }

// level says how loudly a score is told: a promoted one below the threshold for the digest, a
// hundred times rarer than the threshold urgently.
func level(score, threshold float64) samleng.Level {
	switch {
	case score < threshold:
		return samleng.LevelNotice
	case score < threshold+2:
		return samleng.LevelWarning
	}
	return samleng.LevelUrgent
}
