package spike

import (
	"math"
	"slices"
)

// PromoteScore is the lowest score that the promote rule may open.
const PromoteScore = 2.0

// togetherLeast is how many unrelated series must move together for the promote rule. It finds
// events that hit many series at once; of one alone it knows no more than the threshold does.
const togetherLeast = 3

// The false discovery rates of the promote rule. The share's realised rate is about twice the
// nominal one, so its nominal one is half of the volume's.
const (
	discoveryVolume = .10
	discoveryShare  = .05
)

// budgetScore is the lowest score at which m series together raise at most budget alerts a
// week, whether they depend on each other or not: m*10^(2-s) = budget.
func budgetScore(m int, budget float64) float64 {
	return 2 + math.Log10(float64(max(m, 1))/budget)
}

// hourly is the chance of a peak this rare in one hour.
func hourly(score float64) float64 { return min(1, math.Pow(10, 2-score)/(7*24)) }

// discoveries is the Benjamini-Hochberg step-up rule over m series, of which those with a score
// above 0 are given: the least score that is discovered at the rate q, or +Inf.
func discoveries(scores []float64, m int, q float64) float64 {
	sorted := slices.Clone(scores)
	slices.SortFunc(sorted, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	for k := len(sorted); k > 0; k-- {
		if hourly(sorted[k-1]) <= q*float64(k)/float64(m) {
			return sorted[k-1]
		}
	}
	return math.Inf(1)
}
