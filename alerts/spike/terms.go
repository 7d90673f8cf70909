package spike

import (
	"math"
	"time"

	"samleng"
)

// Terms is one score with everything it is made of. The zero Terms scores 0.
type Terms struct {
	Signal samleng.Signal
	Score  float64       // 2 - log10(clusters this rare expected a week)
	Window time.Duration // that scored highest
	Start  time.Time     // of the window, UTC
	End    time.Time     // just past it

	Observed float64 // posts X, or share k/n
	Expected float64 // posts M, or share p0
	Count    float64 // n, labelled posts of a share; 0 for volume
	Of       float64 // k, those of the label

	Dispersion float64 // a of the negative binomial, rho of the beta-binomial
	LogP       float64 // -log10 of the tail's probability under the model
	Excess     float64 // u: ln((X+2)/(M+2)), or LogP for a share
	Quantile   float64 // q: the 98 % quantile of u in this series
	Lambda     float64 // clusters above q expected a week
	Beta       float64 // their mean excess
	K          float64 // shape: clusters seen and the prior's 6
	Coverage   float64 // share of the sources heard in the last bucket
}

// Ratio is observed over expected.
func (t *Terms) Ratio() float64 { return t.Observed / max(t.Expected, 1e-9) }

// posts are those of the window, labelled ones of a share.
func (t *Terms) posts() float64 {
	if t.Count > 0 {
		return t.Count
	}
	return t.Observed
}

// Weeks is how many weeks pass, on average, between peaks this rare.
func (t *Terms) Weeks() float64 { return math.Pow(10, t.Score-2) }

// Interval is the central 90 % interval of what the baseline expects of the window, in the unit
// of Expected.
func (t *Terms) Interval() (low, high float64) {
	if t.Count > 0 {
		n := t.Count
		tail := func(k float64) float64 { return logTailBetaBinomial(k, n, t.Expected, t.Dispersion) }
		return quantile(n, .05, tail) / n, quantile(n, .95, tail) / n
	}
	tail := func(x float64) float64 { return logTailNB(x, t.Expected, t.Dispersion) }
	most := math.Ceil(t.Expected + 20*math.Sqrt(t.Expected+t.Dispersion*t.Expected*t.Expected) + 20)
	return quantile(most, .05, tail), quantile(most, .95, tail)
}

// CountInterval is the central 90 % interval of a count with a mean and a dispersion, both at least 0,
// as Terms.Interval gives it.
func CountInterval(mean, dispersion float64) (low, high float64) {
	t := Terms{Expected: mean, Dispersion: max(dispersion, 1e-9)}
	return t.Interval()
}

// quantile is the smallest whole x up to most with P(X <= x) >= p, given log10 P(X >= x).
func quantile(most, p float64, logTail func(float64) float64) float64 {
	above := math.Log10(1 - p)
	low, high := 0.0, most
	for low < high {
		middle := math.Floor((low + high) / 2)
		if logTail(middle+1) <= above+1e-12 {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// Change gives the terms as an alert carries them.
func (t *Terms) Change() samleng.Change {
	low, high := t.Interval()
	c := samleng.Change{
		Signal: t.Signal, Observed: t.Observed, Expected: t.Expected, Low: low, High: high,
		Count: int(math.Round(t.Count)), Start: t.Start, End: t.End, Score: t.Score, LogP: t.LogP,
		Factors: map[string]float64{
			"dispersion": t.Dispersion, "excess": t.Excess, "quantile": t.Quantile, "lambda": t.Lambda,
			"beta": t.Beta, "shape": t.K, "ratio": t.Ratio(), "window_minutes": t.Window.Minutes(), "coverage": t.Coverage,
		},
	}
	if t.Count > 0 {
		c.Factors["labelled"], c.Factors["of_label"] = t.Count, t.Of
	}
	return c
}
