package spike

import "math"

// volume is the channel of counts: level times season gives the mean, a negative binomial its
// spread, rarity what the excess means in this series. All fields are plain numbers.
type volume struct {
	Level   float64 // posts a bucket, the season taken out
	Buckets float64 // learned
	Posts   float64 // learned
	Season  season
	X, Mean [ring]float64 // of the last final buckets
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
	minimumLogP   = 3 // -log10 of the model's own probability
	learnUncapped = 1 // hours
)

// point is a count beside its mean.
type point struct{ x, mean float64 }

// mean is the count expected of a bucket under full coverage.
func (v *volume) mean(hourOfWeek int) float64 { return v.Level * v.Season.factor(hourOfWeek) }

// age is the hours learned from.
func (v *volume) age(t *tuning) float64 { return v.Buckets * t.hours }

func (v *volume) warm(t *tuning) bool { return v.age(t) >= t.warm && v.Posts >= warmPosts }

// sums adds up the windows that end with the last of pending, over it and the final buckets
// before it.
func (v *volume) sums(t *tuning, pending []point) (x, m [windows]float64) {
	var sx, sm float64
	w, seen := 0, 0
	take := func(px, pm float64) bool {
		sx += px
		sm += pm
		seen++
		for w < windows && t.volume[w] == seen {
			x[w], m[w] = sx, sm
			w++
		}
		return w < windows
	}
	for i := len(pending) - 1; i >= 0; i-- {
		if !take(pending[i].x, pending[i].mean) {
			return x, m
		}
	}
	at := int(v.Head)
	for range v.Filled {
		if at == 0 {
			at = ring
		}
		at--
		if !take(v.X[at], v.Mean[at]) {
			return x, m
		}
	}
	for ; w < windows; w++ {
		x[w], m[w] = sx, sm // the series is younger than the window
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

// score gives the terms of the window that scores highest; the zero Terms when none is
// above the gates.
func (v *volume) score(t *tuning, pending []point) (best Terms) {
	if !v.warm(t) {
		return Terms{}
	}
	xs, ms := v.sums(t, pending)
	for w := range windows {
		x, m := xs[w], ms[w]
		if x < minimumPosts || x < minimumRatio*m {
			continue
		}
		u := excess(x, m)
		s := v.Rarity[w].score(&excessOf, u)
		if s <= best.Score {
			continue
		}
		a := v.dispersion(t, w)
		logP := -logTailNB(x, m, a)
		if logP < minimumLogP {
			continue
		}
		best = Terms{Score: s, Window: t.volumeLength[w], Observed: x, Expected: m, Dispersion: a, LogP: logP, Excess: u}
		best.Quantile = v.Rarity[w].Q
		best.Lambda, best.Beta, best.K = v.Rarity[w].terms(&excessOf)
	}
	return best
}

// learn takes a final bucket with its coverage in 0..1.
func (v *volume) learn(t *tuning, x, coverage float64, hourOfWeek int) {
	s := v.Season.factor(hourOfWeek)
	expected := v.Level * s * coverage
	v.X[v.Head], v.Mean[v.Head] = x, expected
	v.Head = (v.Head + 1) % ring
	v.Filled = min(v.Filled+1, ring)
	young := v.age(t) < learnUncapped
	limit := expected + 3*math.Sqrt(expected+v.dispersion(t, 0)*expected*expected) + 1
	if !young {
		v.learnWindows(t)
	}

	v.Buckets++
	v.Posts += x
	capped := x
	if !young {
		capped = min(x, limit)
	}
	gain := max(t.gain4d, 1/v.Buckets)
	if v.age(t) > 24 {
		v.Season.learn(t, hourOfWeek, capped/max(v.Level, gain), t.hours*coverage)
	}
	v.Level += gain * (capped/(s*coverage) - v.Level)
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
