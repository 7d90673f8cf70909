package simulation

import (
	"math"
	"math/rand/v2"
)

// source draws from the distributions of the generator.
type source struct{ *rand.Rand }

func newSource(seed, series uint64) source {
	return source{rand.New(rand.NewPCG(seed, series))} // #nosec G404 -- reproducible on purpose
}

// between is uniform in [a, b).
func (r source) between(a, b float64) float64 { return a + (b-a)*r.Float64() }

// ratio is uniform in its logarithm in [a, b).
func (r source) ratio(a, b float64) float64 { return a * math.Pow(b/a, r.Float64()) }

// gamma has the given shape and scale 1, after Marsaglia and Tsang.
func (r source) gamma(shape float64) float64 {
	if shape < 1 {
		return r.gamma(shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if u := r.Float64(); math.Log(u) < .5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// poisson by inversion for small means, by the sum of halves for large ones.
func (r source) poisson(mean float64) float64 {
	n := 0.0
	for mean > 30 {
		// The m-th arrival of a Poisson process lies at a gamma time: Ahrens and Dieter's halving.
		m := math.Floor(mean * 7 / 8)
		at := r.gamma(m)
		if at > mean {
			return n + r.binomial(m-1, mean/at)
		}
		n += m
		mean -= at
	}
	limit, product := math.Exp(-mean), r.Float64()
	for product > limit {
		n++
		product *= r.Float64()
	}
	return n
}

// binomial by the beta order statistic for many trials, by counting for few.
func (r source) binomial(trials, p float64) float64 {
	n := 0.0
	for trials > 20 {
		a := 1 + math.Floor(trials/2)
		b := trials - a + 1
		x, y := r.gamma(a), r.gamma(b)
		v := x / (x + y)
		if v >= p {
			trials, p = a-1, p/v
		} else {
			n += a
			trials, p = b-1, (p-v)/(1-v)
		}
	}
	for range int(trials) {
		if r.Float64() < p {
			n++
		}
	}
	return n
}

// negativeBinomial has the mean and the variance mean + dispersion*mean².
func (r source) negativeBinomial(mean, dispersion float64) float64 {
	if mean <= 0 {
		return 0
	}
	return r.poisson(mean * dispersion * r.gamma(1/dispersion))
}

// betaBinomial counts successes among n with mean share p and intra-class correlation rho.
func (r source) betaBinomial(n, p, rho float64) float64 {
	if n == 0 {
		return 0
	}
	x, y := r.gamma(p*(1/rho-1)), r.gamma((1-p)*(1/rho-1))
	return r.binomial(n, x/(x+y))
}
