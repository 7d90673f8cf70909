package model

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
)

// Model labels texts. It is safe for concurrent use.
type Model struct {
	header  header
	table   table
	words   *words // see WithWords
	version string
}

// header is the readable part of a model's file.
type header struct {
	Task        string       `json:"task"`
	Classes     []string     `json:"classes"`
	Multi       bool         `json:"multi,omitempty"` // several labels a text
	Grams       Grams        `json:"grams"`
	Bias        []float64    `json:"bias"`
	Dense       []string     `json:"dense,omitempty"`
	Weights     [][]float64  `json:"weights,omitempty"` // of the dense inputs, by class
	Decision    []float64    `json:"decision,omitempty"`
	Temperature float64      `json:"temperature,omitempty"`
	Lines       [][2]float64 `json:"lines,omitempty"` // by class, for several labels: factor and shift of the logit
	Scale       float64      `json:"scale"`           // of the weights in the table
	Groups      int          `json:"groups"`
}

// Task is what the model was trained for.
func (m *Model) Task() string { return m.header.Task }

// Classes are the labels, in the order of logits and probabilities. The caller must not
// change them.
func (m *Model) Classes() []string { return m.header.Classes }

// Multi reports whether a text may have several labels or none.
func (m *Model) Multi() bool { return m.header.Multi }

// Grams says which features the model reads from a text.
func (m *Model) Grams() Grams { return m.header.Grams }

// Dense names the dense inputs, in order.
func (m *Model) Dense() []string { return m.header.Dense }

// Decision is what is added to the logarithms of the probabilities before the likeliest
// class is taken; nil for nothing.
func (m *Model) Decision() []float64 { return m.header.Decision }

// WithDecision gives the model with another Decision, and the version that it had.
func (m *Model) WithDecision(decision []float64) *Model {
	other := *m
	other.header.Decision = decision
	return &other
}

// DenseWeights are the weights of the dense inputs, by class. The caller must not change
// them.
func (m *Model) DenseWeights() [][]float64 { return m.header.Weights }

// Version is the first 8 hexadecimal digits of the SHA-256 of the model's file.
func (m *Model) Version() string { return m.version }

func versionOf(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:4])
}

// Logits writes the logit of each class into dst, which has their number.
func (m *Model) Logits(dst []float64, features []Feature, dense []float64) {
	m.Explain(dst, nil, features, dense, nil)
}

// Explain is Logits, and writes into parts, which has the length of features, how much each
// feature adds to the sum of direction times logit over the classes. With nil parts it
// does not.
func (m *Model) Explain(dst, parts []float64, features []Feature, dense, direction []float64) {
	copy(dst, m.header.Bias)
	for j, v := range dense {
		for c := range dst {
			dst[c] += m.header.Weights[c][j] * v
		}
	}
	clear(parts)
	if m.header.Groups == 0 {
		return
	}
	var few [16]float64
	sums := few[:]
	if len(dst) > len(few) {
		sums = make([]float64, len(dst))
	}
	sums = sums[:len(dst)]
	for i := range features {
		row := m.table.row(features[i].Hash)
		if row == nil {
			continue
		}
		v := float64(features[i].Value)
		for c, w := range row {
			sums[c] += v * float64(int8(w))
		}
		if parts != nil {
			part := 0.0
			for c, w := range row {
				part += direction[c] * float64(int8(w))
			}
			parts[i] = part * v * m.header.Scale
		}
	}
	for c := range dst {
		dst[c] += sums[c] * m.header.Scale
	}
}

// Probabilities turns logits into calibrated probabilities, in place. With one label a text
// they sum to 1.
func (m *Model) Probabilities(logits []float64) {
	if m.header.Multi {
		for c := range logits {
			line := m.header.Lines[c]
			logits[c] = sigmoid(line[0]*logits[c] + line[1])
		}
		return
	}
	for c := range logits {
		logits[c] /= m.header.Temperature
	}
	softmax(logits)
}

// Classify gives the probabilities of a text for a model without dense inputs.
func (m *Model) Classify(text string) []float64 {
	p := make([]float64, len(m.header.Classes))
	m.Logits(p, m.header.Grams.Append(nil, text), nil)
	m.Probabilities(p)
	return p
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func softmax(x []float64) {
	most := math.Inf(-1)
	for _, v := range x {
		most = max(most, v)
	}
	sum := 0.0
	for i, v := range x {
		x[i] = math.Exp(v - most)
		sum += x[i]
	}
	for i := range x {
		x[i] /= sum
	}
}

// Best is the index of the largest value, the first of equals.
func Best(p []float64) int {
	best := 0
	for i, v := range p {
		if v > p[best] {
			best = i
		}
	}
	return best
}
