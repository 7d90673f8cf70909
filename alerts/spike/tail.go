package spike

import "math"

// logTailNB is log10 P(N >= x) for a negative binomial count N with the given mean and
// dispersion, Var N = mean + dispersion*mean². x may lie between whole numbers: the tail is
// then that of the incomplete beta function which passes through them.
func logTailNB(x, mean, dispersion float64) float64 {
	if x <= 0 {
		return 0
	}
	mean = max(mean, 1e-12)
	r := 1 / dispersion
	return logIncompleteBeta(x, r, mean/(r+mean), r/(r+mean)) / math.Ln10
}

// logTailBetaBinomial is log10 P(K >= k) for k successes among n, both whole, with mean share
// p and intra-class correlation rho, Var K = n*p*(1-p)*(1+(n-1)*rho).
func logTailBetaBinomial(k, n, p, rho float64) float64 {
	if k <= 0 || n <= 0 {
		return 0
	}
	if k > n {
		return math.Inf(-1)
	}
	a, b := p*(1/rho-1), (1-p)*(1/rho-1)
	if k > n*p {
		return (logBetaBinomial(k, n, a, b) + math.Log(sumUp(k, n, a, b))) / math.Ln10
	}
	// Below the mean the other side is the short sum: successes and failures change places.
	below := math.Exp(logBetaBinomial(n-k+1, n, b, a)) * sumUp(n-k+1, n, b, a)
	return math.Log1p(-min(below, 1)) / math.Ln10
}

// sumUp is P(K >= k)/P(K = k) of a beta-binomial count, summed upwards until what is left
// cannot change the result.
func sumUp(k, n, a, b float64) float64 {
	sum, term := 1.0, 1.0
	up, down := k+a, n-k-1+b // of the next ratio: (n-j)(j+a) / ((j+1)(n-j-1+b))
	for j := k; j < n; j++ {
		ratio := (n - j) * up / ((j + 1) * down)
		term *= ratio
		sum += term
		if ratio < 1 && term < 1e-9*(1-ratio)*sum {
			break
		}
		up++
		down--
	}
	return sum
}

// logBetaBinomial is the natural logarithm of P(K = k).
func logBetaBinomial(k, n, a, b float64) float64 {
	return lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1) + logBeta(k+a, n-k+b) - logBeta(a, b)
}

// logIncompleteBeta is the natural logarithm of the regularised incomplete beta function
// I_x(a, b), with y = 1-x given by the caller so that neither loses digits. Lentz's method on
// the continued fraction of DLMF 8.17.22, in log space: tails of 1e-300 and below keep their
// digits.
func logIncompleteBeta(a, b, x, y float64) float64 {
	switch {
	case x <= 0:
		return math.Inf(-1)
	case y <= 0:
		return 0
	}
	front := a*math.Log(x) + b*math.Log(y) - logBeta(a, b)
	if x < (a+1)/(a+b+2) {
		return front - math.Log(a) + math.Log(betaFraction(a, b, x))
	}
	return math.Log1p(-min(1, math.Exp(front)*betaFraction(b, a, y)/b))
}

// betaFraction is the continued fraction of the incomplete beta function.
func betaFraction(a, b, x float64) float64 {
	const tiny, enough, steps = 1e-300, 1e-14, 20_000
	away := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	h := d
	for i := 1.0; i < steps; i++ {
		even := i * (b - i) * x / ((a + 2*i - 1) * (a + 2*i))
		d, c = 1/away(1+even*d), away(1+even/c)
		h *= d * c
		odd := -(a + i) * (a + b + i) * x / ((a + 2*i) * (a + 2*i + 1))
		d, c = 1/away(1+odd*d), away(1+odd/c)
		h *= d * c
		if math.Abs(d*c-1) < enough {
			break
		}
	}
	return h
}

func logBeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
