package simulation

import (
	"cmp"
	"math"
	"slices"
)

// channel is a rule over the scores: the buckets that reach a threshold, and the spikes it is
// meant to find.
type channel struct {
	finds  func(Kind) bool
	strong func(*Event) bool
	score  func(*scores, int) float64 // in units of its threshold when that is 1, otherwise a score
}

const (
	strongTimes = 5
	strongPlus  = .25
	strongRate  = 8
)

func volumeChannel() channel {
	return channel{
		finds:  func(k Kind) bool { return k == Volume || k == Both },
		strong: func(e *Event) bool { return e.Times >= strongTimes },
		score:  func(s *scores, t int) float64 { return s.volume[t] },
	}
}

func shareChannel() channel {
	return channel{
		finds:  func(k Kind) bool { return k == Share || k == Both },
		strong: func(e *Event) bool { return e.Plus >= strongPlus },
		score:  func(s *scores, t int) float64 { return s.share[t] },
	}
}

// unionChannel reaches 1 when either score reaches its threshold.
func unionChannel(volume, share float64) channel {
	return channel{
		finds:  func(k Kind) bool { return k <= Both },
		strong: func(e *Event) bool { return e.Times >= strongTimes || e.Plus >= strongPlus },
		score:  func(s *scores, t int) float64 { return max(s.volume[t]/volume, s.share[t]/share) },
	}
}

// Figures is how a rule did.
type Figures struct {
	Threshold   float64         `json:"threshold"`
	Recall      float64         `json:"recall"`
	Precision   float64         `json:"precision"`
	FalseAlarms float64         `json:"false_alarms_per_series_week"`
	Delay       float64         `json:"median_delay_minutes"` // from the start of the spike to the end of the bucket that alerts, without the grace
	Strong      float64         `json:"strong_recall"`        // spikes of x5 or +.25 at 8 posts an hour and more
	ByRate      map[string]Rate `json:"by_rate"`
	ByKind      []KindFigures   `json:"by_kind"`
	Outages     Count           `json:"outages"`         // that alarmed
	Partial     Count           `json:"partial_outages"` // that alarmed
	Drifting    float64         `json:"false_alarms_in_drifting_series"`
	found       int
	wrong       int
}

// Rate is how a rule did at one posting rate.
type Rate struct {
	Recall float64 `json:"recall"`
	Wrong  int     `json:"false_alarms"`
}

// KindFigures is the recall of one kind of spike.
type KindFigures struct {
	Kind   string  `json:"kind"`
	Recall float64 `json:"recall"`
}

// Count is some of all.
type Count struct {
	Some int `json:"some"`
	All  int `json:"all"`
}

func (c Count) share() float64 { return float64(c.Some) / max(1, float64(c.All)) }

// rest closes an episode: buckets below the threshold.
const rest = 3 * perHour

// episodes gives the buckets at which an episode opens.
func (c *channel) episodes(s *scores, threshold float64) []int {
	var opens []int
	open, quiet := false, 0
	for t := Unheard * perWeek; t < total; t++ {
		switch {
		case s.frozen[t]:
		case c.score(s, t) >= threshold:
			if !open {
				opens = append(opens, t)
			}
			open, quiet = true, 0
		case open:
			quiet++
			open = quiet < rest
		}
	}
	return opens
}

// reckon counts what a threshold finds.
func (c *channel) reckon(all []*scores, threshold float64) *Figures {
	f := &Figures{Threshold: threshold, ByRate: map[string]Rate{}}
	var delays []float64
	byRate, byKind := map[float64]Count{}, map[Kind]Count{}
	wrongAt := map[float64]int{}
	var strong, spikes Count
	drifting := 0
	for _, s := range all {
		opens := c.episodes(s, threshold)
		right := make([]bool, len(opens))
		for i := range s.truth.Events {
			e := &s.truth.Events[i]
			first := -1
			for j, t := range opens {
				if t >= e.From && t < e.To+perHour {
					if c.finds(e.Kind) {
						right[j] = true
					}
					if first < 0 {
						first = t
					}
				}
			}
			hit := first >= 0
			switch e.Kind {
			case Outage:
				f.Outages.add(hit || within(opens, e.To, e.To+int(flood)+perHour))
			case PartialOutage:
				f.Partial.add(hit)
			}
			if !c.finds(e.Kind) {
				continue
			}
			if hit {
				delays = append(delays, float64(first+1-e.From)*Step.Minutes())
			}
			spikes.add(hit)
			put(byRate, s.truth.Rate, hit)
			put(byKind, e.Kind, hit)
			if s.truth.Rate >= strongRate && c.strong(e) {
				strong.add(hit)
			}
		}
		for _, ok := range right {
			if !ok {
				f.wrong++
				wrongAt[s.truth.Rate]++
				if s.truth.Drifts {
					drifting++
				}
			}
		}
	}
	f.found = spikes.Some
	f.Recall, f.Strong = spikes.share(), strong.share()
	f.Precision = float64(f.found) / max(1, float64(f.found+f.wrong))
	f.FalseAlarms = float64(f.wrong) / (float64(len(all)) * (Weeks - Unheard))
	f.Delay = median(delays)
	f.Drifting = float64(drifting) / max(1, float64(f.wrong))
	for rate, n := range byRate {
		f.ByRate[formatRate(rate)] = Rate{n.share(), wrongAt[rate]}
	}
	for k, name := range []string{"volume", "share", "both"} {
		if n, ok := byKind[Kind(k)]; ok {
			f.ByKind = append(f.ByKind, KindFigures{name, n.share()})
		}
	}
	return f
}

func (c *Count) add(hit bool) {
	c.All++
	if hit {
		c.Some++
	}
}

func put[K comparable](m map[K]Count, key K, hit bool) {
	n := m[key]
	n.add(hit)
	m[key] = n
}

func within(opens []int, from, to int) bool {
	for _, t := range opens {
		if t >= from && t < to {
			return true
		}
	}
	return false
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// atBudget gives the figures at the lowest threshold whose false alarms stay within the budget,
// per series and week.
func (c *channel) atBudget(all []*scores, budget float64) *Figures {
	low, high := 1.0, 12.0 // false alarms all but fall with the threshold
	for high-low > .001 {
		middle := (low + high) / 2
		if c.reckon(all, middle).FalseAlarms <= budget {
			high = middle
		} else {
			low = middle
		}
	}
	return c.reckon(all, math.Ceil(high*1000)/1000)
}

// Rates gives the rates of the figures in ascending order, as printed.
func Rates() []string {
	all := slices.Clone(rates[:])
	slices.SortFunc(all, cmp.Compare[float64])
	out := make([]string, len(all))
	for i, r := range all {
		out[i] = formatRate(r)
	}
	return out
}
