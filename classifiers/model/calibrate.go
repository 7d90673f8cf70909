package model

import (
	"math"
	"slices"
)

// calibrate fits the temperature, or a line for each class, to logits of held-out folds.
func (m *Model) calibrate(examples []Example, held [][]float64) {
	if !m.header.Multi {
		m.header.Lines = nil
		m.header.Temperature = round(temperature(examples, held))
		return
	}
	m.header.Temperature = 0
	for c := range m.header.Classes {
		a, b := platt(examples, held, c)
		m.header.Lines[c] = [2]float64{round(a), round(b)}
	}
}

// temperature minimises the log loss by golden-section search over its logarithm.
func temperature(examples []Example, held [][]float64) float64 {
	z := make([]float64, len(held[0]))
	loss := func(log float64) float64 {
		sum := 0.0
		for i := range examples {
			for c, v := range held[i] {
				z[c] = v / math.Exp(log)
			}
			softmax(z)
			sum -= weightOf(&examples[i]) * math.Log(max(z[examples[i].Labels[0]], 1e-300))
		}
		return sum
	}
	low, high := -3.0, 3.0
	ratio := (math.Sqrt(5) - 1) / 2
	for high-low > 1e-4 {
		a, b := high-ratio*(high-low), low+ratio*(high-low)
		if loss(a) < loss(b) {
			high = b
		} else {
			low = a
		}
	}
	return math.Exp((low + high) / 2)
}

// platt fits a line through the logits of one class (Platt 1999), with the L2 penalty that
// keeps it finite where the classes part cleanly.
func platt(examples []Example, held [][]float64, class int) (a, b float64) {
	x := []float64{1, 0}
	minimise(x, func(x, g []float64) float64 {
		g[0], g[1] = 1e-3*(x[0]-1), 1e-3*x[1]
		loss := (g[0]*(x[0]-1) + g[1]*x[1]) / 2
		for i := range examples {
			y := 0.0
			if slices.Contains(examples[i].Labels, class) {
				y = 1
			}
			v := x[0]*held[i][class] + x[1]
			loss += (math.Log1p(math.Exp(-math.Abs(v))) + max(v, 0) - y*v) / float64(len(examples))
			e := (sigmoid(v) - y) / float64(len(examples))
			g[0] += e * held[i][class]
			g[1] += e
		}
		return loss
	}, 200)
	return x[0], x[1]
}
