package spike

import (
	"math"
	"testing"
)

func TestGoldenTails(t *testing.T) {
	t.Parallel()
	// Computed with scipy.
	for _, g := range []struct{ x, mean, dispersion, want float64 }{
		{5, .5, .2, 3.242944},
		{12, 3, .1, 3.102585},
		{30, 3, .3, 7.298789},
		{430, 8, .3, 60.574648},
		{60, 20, .05, 5.678397},
		{6, .3, .5, 4.514031},
	} {
		if got := -logTailNB(g.x, g.mean, g.dispersion); math.Abs(got-g.want) > 1e-6 {
			t.Errorf("NB(%v, %v, %v) = %.7f, want %.6f", g.x, g.mean, g.dispersion, got, g.want)
		}
	}
	for _, g := range []struct{ k, n, p, rho, want float64 }{
		{8, 20, .2, .02, 1.224040},
		{30, 60, .25, .03, 2.018823},
		{300, 800, .25, .01, 2.236988},
		{12, 15, .3, .05, 2.570541},
		{400, 1000, .25, .005, 4.681229},
	} {
		if got := -logTailBetaBinomial(g.k, g.n, g.p, g.rho); math.Abs(got-g.want) > 1e-6 {
			t.Errorf("BetaBin(%v, %v, %v, %v) = %.7f, want %.6f", g.k, g.n, g.p, g.rho, got, g.want)
		}
	}
}

// TestTailsAgainstSums compares both sides of the mean with the plain sum of probabilities.
func TestTailsAgainstSums(t *testing.T) {
	t.Parallel()
	for _, mean := range []float64{.01, .7, 6, 55} {
		for _, dispersion := range []float64{.005, .2, 4} {
			r := 1 / dispersion
			cumulative := 0.0
			for x := range 200 {
				n := float64(x)
				if want := math.Log10(1 - cumulative); want > -7 {
					if got := logTailNB(n, mean, dispersion); math.Abs(got-want) > 1e-5 {
						t.Fatalf("NB(%v, %v, %v) = %v, want %v", n, mean, dispersion, got, want)
					}
				}
				cumulative += math.Exp(lgamma(n+r) - lgamma(r) - lgamma(n+1) + r*math.Log(r/(r+mean)) + n*math.Log(mean/(r+mean)))
			}
		}
	}
	for _, n := range []float64{1, 7, 60, 400} {
		for _, p := range []float64{.03, .25, .8} {
			for _, rho := range []float64{.002, .05, .3} {
				a, b := p*(1/rho-1), (1-p)*(1/rho-1)
				cumulative := 0.0
				for k := 0.0; k <= n; k++ {
					if want := math.Log10(1 - cumulative); want > -7 {
						if got := logTailBetaBinomial(k, n, p, rho); math.Abs(got-want) > 1e-5 {
							t.Fatalf("BetaBin(%v, %v, %v, %v) = %v, want %v", k, n, p, rho, got, want)
						}
					}
					cumulative += math.Exp(logBetaBinomial(k, n, a, b))
				}
			}
		}
	}
}

// TestNearTheMeanIsNoSurprise shows that what surpriseOf leaves out lies below the floor.
func TestNearTheMeanIsNoSurprise(t *testing.T) {
	t.Parallel()
	var s share
	left := 0
	for _, n := range []float64{10, 11, 13, 17, 25, 40, 80, 200, 1000, 5000} {
		for p := .01; p < .98; p += .013 {
			for _, rho := range []float64{.002, .01, .04, .0999, .2} {
				for k := math.Ceil(n * p); k <= n; k += max(1, math.Floor(n/40)) {
					if s.surpriseOf(n, k, p, rho) > 0 {
						break
					}
					left++
					if r := -logTailBetaBinomial(k, n, p, rho); r >= surprise.floor && p > .05 && p < .9 {
						t.Fatalf("%v of %v at %v, %v: %v is left out", k, n, p, rho, r)
					}
				}
			}
		}
	}
	if left < 1000 {
		t.Errorf("only %d windows are left out", left)
	}
}

func TestTailsAtTheEdges(t *testing.T) {
	t.Parallel()
	for name, got := range map[string]float64{
		"no posts":       logTailNB(0, 3, .2),
		"nothing behind": logTailNB(1e9, 0, .2),
		"huge counts":    logTailNB(5e8, 1e8, .005),
		"near the mean":  logTailNB(1e8, 1e8, .005),
		"all negative":   logTailBetaBinomial(50_000, 50_000, .1, .002),
		"none negative":  logTailBetaBinomial(0, 10, .1, .002),
	} {
		if math.IsNaN(got) || got > 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := logTailBetaBinomial(11, 10, .1, .01); !math.IsInf(got, -1) {
		t.Errorf("more negatives than posts: %v", got)
	}
}
