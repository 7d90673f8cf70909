package spike

import (
	"math"
	"time"

	"samleng"
)

// Recount gives what a change would be had other posts been counted in its window: by the same
// expectation, and the tail that it was scored by, as its factors have them. Labelled are the posts
// with a tone, and ofLabel those with the one that the change is about; a change of volume has
// neither. The score is 0 where the detector would not have scored the window at all.
func Recount(c *samleng.Change, posts, labelled, ofLabel int) samleng.Change {
	f := c.Factors
	t := Terms{
		Signal: c.Signal, Window: time.Duration(f["window_minutes"] * float64(time.Minute)), Start: c.Start, End: c.End, Expected: c.Expected,
		Dispersion: f["dispersion"], Quantile: f["quantile"], Lambda: f["lambda"], Beta: f["beta"], K: f["shape"], Coverage: f["coverage"],
	}
	x, n, k := float64(posts), float64(labelled), float64(ofLabel)
	var enough bool
	if c.Signal == samleng.SignalVolume {
		t.Observed, t.Excess, t.LogP = x, excess(x, t.Expected), -logTailNB(x, t.Expected, t.Dispersion)
		enough = x >= minimumPosts && x >= minimumRatio*t.Expected
	} else {
		t.Count, t.Of, t.Observed = n, k, k/max(n, 1)
		t.LogP = -logTailBetaBinomial(k, n, t.Expected, t.Dispersion)
		t.Excess = t.LogP
		enough = n >= minimumLabelled && k >= minimumOfLabel && t.Observed >= t.Expected+minimumRise
	}
	if enough && t.LogP >= minimumLogP && t.Excess > t.Quantile {
		t.Score = max(0, 2-math.Log10(t.Lambda)+t.K*math.Log10(1+(t.Excess-t.Quantile)/(t.Beta*t.K)))
	}
	out := t.Change()
	for _, name := range []string{"threshold", "promoted"} {
		if v, ok := f[name]; ok {
			out.Factors[name] = v
		}
	}
	return out
}
