package model

import "math"

// memory is the number of past steps that L-BFGS keeps (Nocedal and Wright, Numerical
// Optimization, 2nd edition, section 7.2: 3 to 20).
const memory = 6

// minimise finds the minimum of a smooth convex function by L-BFGS with backtracking, in
// place, in at most most iterations. f gives the value at x and writes the gradient.
func minimise(x []float64, f func(x, gradient []float64) float64, most int) {
	n := len(x)
	g, next, nextG, d := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	var steps, changes [][]float64
	var rho []float64
	value := f(x, g)
	for range most {
		direction(d, g, steps, changes, rho)
		slope := dot(d, g)
		if slope > -1e-12 {
			return
		}
		t := 1.0
		if len(steps) == 0 {
			t = 1 / math.Sqrt(dot(g, g))
		}
		var v float64
		for tries := 0; ; tries++ {
			for i := range next {
				next[i] = x[i] + t*d[i]
			}
			if v = f(next, nextG); v <= value+1e-4*t*slope {
				break
			}
			if t /= 2; tries == 30 {
				return
			}
		}
		s, y := make([]float64, n), make([]float64, n)
		if len(steps) == memory {
			s, y = steps[0], changes[0]
			steps, changes, rho = steps[1:], changes[1:], rho[1:]
		}
		for i := range s {
			s[i], y[i] = next[i]-x[i], nextG[i]-g[i]
		}
		if sy := dot(s, y); sy > 1e-14 {
			steps, changes, rho = append(steps, s), append(changes, y), append(rho, 1/sy)
		}
		gain := value - v
		copy(x, next)
		copy(g, nextG)
		value = v
		if gain < 1e-5*math.Abs(value) {
			return
		}
	}
}

// direction writes -H g, H being the inverse Hessian that the steps suggest.
func direction(d, g []float64, steps, changes [][]float64, rho []float64) {
	copy(d, g)
	var alpha [memory]float64
	for i := len(steps) - 1; i >= 0; i-- {
		alpha[i] = rho[i] * dot(steps[i], d)
		add(d, changes[i], -alpha[i])
	}
	if last := len(steps) - 1; last >= 0 {
		scale := 1 / (rho[last] * dot(changes[last], changes[last]))
		for i := range d {
			d[i] *= scale
		}
	}
	for i := range steps {
		add(d, steps[i], alpha[i]-rho[i]*dot(changes[i], d))
	}
	for i := range d {
		d[i] = -d[i]
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

func add(dst, v []float64, factor float64) {
	for i := range dst {
		dst[i] += factor * v[i]
	}
}
