package spike

import "math"

// volume is the channel of counts: level times season gives the mean, a negative binomial its
// spread, rarity what the excess means in this series. All fields are plain numbers.
type volume struct {
	Level   float64 // posts a bucket, the season taken out
	Buckets float64 // learned
	Posts   float64 // learned
	Season  season
	SumX    float64       // posts in all final buckets
	SumMean float64       // expected in them
	X, Mean [ring]float64 // those sums before each of the last final buckets
	Head    int32         // where the next one goes
	Filled  int32
	Num     [windows]float64 // for the dispersion: what exceeds Poisson variance, over
	Den     [windows]float64 // the squared mean
	Rarity  [windows]rarity
}

const (
	volumePrior   = .2 // dispersion before any is known
	minimumPosts  = 5  // in a window that may alert
	minimumRatio  = 1.5
	warmPosts     = 20
	minimumLogP   = 3      // -log10 of the model's own probability
	learnUncapped = 1      // hours
	levelKnown    = 7 * 24 // hours after which holidays leave the level alone
)

// point is a count beside its mean.
type point struct{ x, mean float64 }

// age is the hours learned from.
func (v *volume) age(t *tuning) float64 { return v.Buckets * t.hours }

func (v *volume) warm(t *tuning) bool { return v.age(t) >= t.warm && v.Posts >= warmPosts }

// sums adds up the windows that end with the last of pending, over it and the final buckets
// before it, which differences of running sums give. A series younger than a window has what
// there is.
func (v *volume) sums(t *tuning, pending []point) (x, m [windows]float64) {
	var sx, sm float64
	w, most := 0, len(pending)
	for i := 1; i <= most && w < windows; i++ {
		sx += pending[most-i].x
		sm += pending[most-i].mean
		for w < windows && t.volume[w] == i {
			x[w], m[w] = sx, sm
			w++
		}
	}
	for ; w < windows; w++ {
		x[w], m[w] = sx, sm
		if back := min(t.volume[w]-most, int(v.Filled)); back > 0 {
			at := (int(v.Head) - back + ring) % ring
			x[w] += v.SumX - v.X[at]
			m[w] += v.SumMean - v.Mean[at]
		}
	}
	return x, m
}

// dispersion is that of the window's count.
func (v *volume) dispersion(t *tuning, w int) float64 {
	known := min(1, v.age(t)/24)
	if v.Den[w] <= 0 {
		known = 0
	}
	a := volumePrior
	if known > 0 {
		a = known*min(4, max(.005, v.Num[w]/v.Den[w])) + (1-known)*volumePrior
	}
	return a
}

func excess(x, m float64) float64 { return math.Log((x + 2) / (m + 2)) }

// score gives the terms of the window that scores highest, the zero Terms when none is above
// the gates, and which windows exceed their quantile. lead sums the moves that the pending
// buckets will make the quantiles do.
func (v *volume) score(t *tuning, pending []point, lead *[windows]float64) (best Terms, above mask) {
	if v.age(t) < 24 {
		return Terms{}, 0
	}
	xs, ms := v.sums(t, pending)
	for w := range windows {
		x, m := xs[w], ms[w]
		q := v.Rarity[w].quantile(&excessOf, lead[w])
		u := excess(x, m)
		if u <= q {
			continue
		}
		above |= 1 << w
		if x < minimumPosts || x < minimumRatio*m || !v.warm(t) {
			continue
		}
		s := v.Rarity[w].score(&excessOf, u, q)
		if s <= best.Score {
			continue
		}
		a := v.dispersion(t, w)
		logP := -logTailNB(x, m, a)
		if logP < minimumLogP {
			continue
		}
		best = Terms{Score: s, Window: t.volumeLength[w], Observed: x, Expected: m, Dispersion: a, LogP: logP, Excess: u, Quantile: q}
		best.Lambda, best.Beta, best.K = v.Rarity[w].terms(&excessOf)
	}
	return best, above
}

// expect gives the mean of a bucket under its coverage, the season's factor, and what a count
// in it will add to the season. The count is capped at what is plausible, but for the first
// hour, which has nothing to compare with.
func (v *volume) expect(t *tuning, x, coverage float64, hourOfWeek int, lead slot) (mean, factor, capped float64, adds slot) {
	factor = v.Season.factor(hourOfWeek, lead)
	mean = v.Level * factor * coverage
	capped = x
	if v.age(t) >= learnUncapped {
		capped = min(x, mean+3*math.Sqrt(mean+v.dispersion(t, 0)*mean*mean)+1)
	}
	if v.age(t) >= 24 {
		adds = slot{t.hours * capped / max(v.Level, v.gain(t)), t.hours * coverage * v.Season.weight(hourOfWeek)}
	}
	return mean, factor, capped, adds
}

// gain is the weight of the next bucket in the level.
func (v *volume) gain(t *tuning) float64 { return max(t.gain4d, 1/(v.Buckets+1)) }

// learn takes a final bucket with its coverage in 0..1.
func (v *volume) learn(t *tuning, x, coverage float64, hourOfWeek int) {
	mean, factor, capped, adds := v.expect(t, x, coverage, hourOfWeek, slot{})
	v.X[v.Head], v.Mean[v.Head] = v.SumX, v.SumMean
	v.SumX += x
	v.SumMean += mean
	v.Head = (v.Head + 1) % ring
	v.Filled = min(v.Filled+1, ring)
	if v.age(t) >= learnUncapped {
		v.learnWindows(t)
	}
	if adds.Hours > 0 {
		v.Season.learn(t, hourOfWeek, adds.Sum, adds.Hours)
	}
	// A holiday teaches what holidays are like. Were it to move the level as well, the days after
	// it would seem busy, or quiet.
	if hourOfWeek < holiday || v.age(t) < levelKnown {
		v.Level += v.gain(t) * (capped/(factor*coverage) - v.Level)
	}
	v.Buckets++
	v.Posts += x
}

// learnWindows updates dispersion and rarity by the windows that end with the bucket just
// put into the ring.
func (v *volume) learnWindows(t *tuning) {
	xs, ms := v.sums(t, nil)
	for w := range windows {
		x, m := xs[w], ms[w]
		far := 4 * math.Sqrt(m+v.dispersion(t, w)*m*m)
		e := max(-far, min(far, x-m))
		v.Num[w] = v.Num[w]*t.fade10d + e*e - m
		v.Den[w] = v.Den[w]*t.fade10d + m*m
		if v.age(t) >= 24 {
			v.Rarity[w].learn(&excessOf, excess(x, m), t.hours, t.fade8w)
		}
	}
}
