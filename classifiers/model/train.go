package model

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Example is a text to learn from. Weight 0 counts as 1.
type Example struct {
	Features []Feature
	Dense    []float64
	Labels   []int // indexes of classes: exactly one, unless Options.Multi
	Weight   float64
}

// Options say what Train learns and how.
type Options struct {
	Task     string
	Classes  []string
	Multi    bool
	Grams    Grams     // recorded in the model; the examples hold features already
	Dense    []string  // names of the dense inputs
	Decision []float64 // recorded in the model: see Model.Decision
	// L2 is the penalty on the squared weights, per example.
	L2 float64
	// Prior is the share of naive Bayes weights that learning starts from, 0 for none.
	Prior float64
	// Balance is the power of the inverse frequency that weighs a class: 0 for none, 1 makes
	// all classes equal.
	Balance float64
	// IDF is the power of the inverse document frequency that features are weighed by.
	IDF float64
	// MinCount is the number of examples that must hold a feature.
	MinCount   int
	MaxBytes   int // of the table
	Folds      int // for the calibration
	Iterations int
	Seed       uint64
}

// DefaultOptions are a start for a small set of texts.
func DefaultOptions() Options {
	return Options{L2: 1e-4, IDF: 1, MinCount: 2, MaxBytes: 2_000_000, Folds: 5, Iterations: 60, Seed: 1}
}

func (o *Options) check(examples []Example) error {
	k := len(o.Classes)
	switch {
	case k < 2 && !o.Multi || k < 1 || k > maxClasses:
		return fmt.Errorf("%d classes: want 2 to %d", k, maxClasses)
	case len(examples) == 0:
		return errors.New("nothing to learn from")
	case o.L2 <= 0 || o.Folds < 2 || o.Iterations < 1 || !o.Grams.valid():
		return fmt.Errorf("options out of bounds: L2 %v, %d folds, %d iterations, %+v", o.L2, o.Folds, o.Iterations, o.Grams)
	}
	for i := range examples {
		e := &examples[i]
		if !o.Multi && len(e.Labels) != 1 {
			return fmt.Errorf("example %d has %d labels, want 1", i+1, len(e.Labels))
		}
		if len(e.Dense) != len(o.Dense) {
			return fmt.Errorf("example %d has %d dense inputs, want %d", i+1, len(e.Dense), len(o.Dense))
		}
		for _, l := range e.Labels {
			if l < 0 || l >= k {
				return fmt.Errorf("example %d has the label %d of %d classes", i+1, l, k)
			}
		}
	}
	return nil
}

// Train learns a model. The same examples and options give the same model, to the byte.
func Train(examples []Example, o Options) (*Model, error) {
	if err := o.check(examples); err != nil {
		return nil, err
	}
	held, err := CrossValidate(examples, o)
	if err != nil {
		return nil, err
	}
	m := learn(examples, o)
	m.calibrate(examples, held)
	return m.reread()
}

// reread gives the model as its file has it, with the version of the file.
func (m *Model) reread() (*Model, error) {
	file, err := m.Encode()
	if err != nil {
		return nil, err
	}
	return Decode(file)
}

// CrossValidate gives the logits of every example by a model that did not see its fold.
func CrossValidate(examples []Example, o Options) ([][]float64, error) {
	if err := o.check(examples); err != nil {
		return nil, err
	}
	fold := Folds(examples, o.Folds, o.Seed)
	logits := make([][]float64, len(examples))
	for f := range o.Folds {
		var seen []Example
		for i := range examples {
			if fold[i] != f {
				seen = append(seen, examples[i])
			}
		}
		if len(seen) == 0 {
			return nil, fmt.Errorf("%d examples are too few for %d folds", len(examples), o.Folds)
		}
		m := learn(seen, o)
		for i := range examples {
			if fold[i] == f {
				logits[i] = make([]float64, len(o.Classes))
				m.Logits(logits[i], examples[i].Features, examples[i].Dense)
			}
		}
	}
	return logits, nil
}

// Folds deals the examples into n folds, each first label evenly.
func Folds(examples []Example, n int, seed uint64) []int {
	random := rand.New(rand.NewPCG(seed, 0x73616D6C656E67)) //nolint:gosec // reproducible, no secret
	fold := make([]int, len(examples))
	next := map[int]int{}
	for _, i := range random.Perm(len(examples)) {
		label := -1
		if l := examples[i].Labels; len(l) > 0 {
			label = l[0]
		}
		fold[i] = next[label] % n
		next[label]++
	}
	return fold
}

// problem is a set of examples with their features numbered.
type problem struct {
	o       Options
	hashes  []uint64 // by number of the feature
	factor  []float64
	rows    []row
	classes int
}

type row struct {
	index  []int32
	value  []float64
	dense  []float64
	labels []int
	weight float64
}

// newProblem numbers the features of the examples that occur often enough.
func newProblem(examples []Example, o Options) *problem {
	count := map[uint64]int32{}
	var seen []uint64
	for i := range examples {
		seen = seen[:0]
		for _, f := range examples[i].Features {
			seen = append(seen, f.Hash)
		}
		slices.Sort(seen)
		for _, h := range slices.Compact(seen) {
			count[h]++
		}
	}
	p := &problem{o: o, classes: len(o.Classes)}
	for h, n := range count {
		if int(n) >= o.MinCount {
			p.hashes = append(p.hashes, h)
		}
	}
	slices.Sort(p.hashes)
	number := make(map[uint64]int32, len(p.hashes))
	p.factor = make([]float64, len(p.hashes))
	for i, h := range p.hashes {
		number[h] = int32(i)
		p.factor[i] = math.Pow(1+math.Log(float64(len(examples)+1)/float64(count[h]+1)), o.IDF)
	}
	frequency := make([]float64, p.classes)
	total := 0.0
	for i := range examples {
		for _, l := range examples[i].Labels {
			frequency[l] += weightOf(&examples[i])
			total += weightOf(&examples[i])
		}
	}
	for i := range examples {
		p.rows = append(p.rows, p.row(&examples[i], number, frequency, total))
	}
	return p
}

func weightOf(e *Example) float64 {
	if e.Weight == 0 {
		return 1
	}
	return e.Weight
}

func (p *problem) row(e *Example, number map[uint64]int32, frequency []float64, total float64) row {
	r := row{dense: e.Dense, labels: e.Labels, weight: weightOf(e)}
	if !p.o.Multi && p.o.Balance > 0 {
		r.weight *= math.Pow(total/(float64(p.classes)*frequency[e.Labels[0]]), p.o.Balance)
	}
	type cell struct {
		index int32
		value float64
	}
	var cells []cell
	for _, f := range e.Features {
		if n, ok := number[f.Hash]; ok {
			cells = append(cells, cell{n, float64(f.Value) * p.factor[n]})
		}
	}
	slices.SortStableFunc(cells, func(a, b cell) int { return cmp.Compare(a.index, b.index) })
	for _, c := range cells {
		if n := len(r.index); n > 0 && r.index[n-1] == c.index {
			r.value[n-1] += c.value
			continue
		}
		r.index = append(r.index, c.index)
		r.value = append(r.value, c.value)
	}
	return r
}

// learn gives a model without calibration.
func learn(examples []Example, o Options) *Model {
	p := newProblem(examples, o)
	k, n, d := p.classes, len(p.hashes), len(o.Dense)
	x := make([]float64, (n+d+1)*k) // rows of features, then of dense inputs, then the bias
	prior := make([]float64, n*k)
	if o.Prior > 0 {
		p.naiveBayes(prior)
		copy(x, prior)
	}
	total := 0.0
	for i := range p.rows {
		total += p.rows[i].weight
	}
	logits := make([]float64, k)
	minimise(x, func(x, g []float64) float64 {
		loss := 0.0
		for i := range g {
			w, penalty := x[i], o.L2
			switch {
			case i < len(prior):
				w -= prior[i]
			case i >= (n+d)*k:
				penalty *= 1e-6 // the bias is all but free
			}
			g[i] = penalty * w
			loss += penalty / 2 * w * w
		}
		for i := range p.rows {
			loss += p.rows[i].loss(x, g, logits, o.Multi, n, 1/total)
		}
		return loss
	}, o.Iterations)
	return p.model(x)
}

// loss gives the loss of one example and adds its gradient to g.
func (r *row) loss(x, g, z []float64, multi bool, features int, share float64) float64 {
	k := len(z)
	end := len(x) - k
	copy(z, x[end:])
	for j, f := range r.index {
		v := r.value[j]
		for c, w := range x[int(f)*k : int(f)*k+k] {
			z[c] += v * w
		}
	}
	for j, v := range r.dense {
		for c, w := range x[(features+j)*k : (features+j)*k+k] {
			z[c] += v * w
		}
	}
	share *= r.weight
	loss := 0.0
	if multi {
		for c, v := range z {
			y := 0.0
			if slices.Contains(r.labels, c) {
				y = 1
			}
			loss += share * (math.Log1p(math.Exp(-math.Abs(v))) + max(v, 0) - y*v)
			z[c] = share * (sigmoid(v) - y)
		}
	} else {
		softmax(z)
		loss = -share * math.Log(max(z[r.labels[0]], 1e-300))
		z[r.labels[0]]--
		for c := range z {
			z[c] *= share
		}
	}
	for c, v := range z {
		g[end+c] += v
	}
	for j, f := range r.index {
		v := r.value[j]
		to := g[int(f)*k : int(f)*k+k]
		for c, e := range z {
			to[c] += v * e
		}
	}
	for j, v := range r.dense {
		to := g[(features+j)*k : (features+j)*k+k]
		for c, e := range z {
			to[c] += v * e
		}
	}
	return loss
}

// naiveBayes writes the weights of multinomial naive Bayes, with one added to every count,
// times the prior; of each class the logarithm of how much likelier the feature is in it
// than elsewhere.
func (p *problem) naiveBayes(dst []float64) {
	n, k := len(p.hashes), p.classes
	in, sums := make([]float64, n*k), make([]float64, k)
	all := make([]float64, n)
	everything := 0.0
	for i := range p.rows {
		r := &p.rows[i]
		for j, f := range r.index {
			v := r.value[j] * r.weight
			all[f] += v
			everything += v
			for _, l := range r.labels {
				in[int(f)*k+l] += v
				sums[l] += v
			}
		}
	}
	smooth := everything / float64(n*k+1) // the mean
	for f := range n {
		for c := range k {
			inside := (in[f*k+c] + smooth) / (sums[c] + smooth*float64(n))
			outside := (all[f] - in[f*k+c] + smooth) / (everything - sums[c] + smooth*float64(n))
			dst[f*k+c] = p.o.Prior * math.Log(inside/outside)
		}
	}
}

// model packs what was learnt. The weights take in the factors of the features.
func (p *problem) model(x []float64) *Model {
	k, n, d := p.classes, len(p.hashes), len(p.o.Dense)
	all := make([]weighed, n)
	for f := range n {
		w := make([]float64, k)
		mean := 0.0
		for c := range w {
			w[c] = x[f*k+c] * p.factor[f]
			mean += w[c] / float64(k)
		}
		if !p.o.Multi { // only differences count, and small numbers are rounded less
			for c := range w {
				w[c] -= mean
			}
		}
		all[f] = weighed{hash: p.hashes[f], weights: w}
	}
	m := &Model{header: header{
		Task: p.o.Task, Classes: p.o.Classes, Multi: p.o.Multi, Grams: p.o.Grams, Dense: p.o.Dense, Decision: p.o.Decision, Temperature: 1,
	}}
	m.table, m.header.Scale = newTable(all, k, p.o.MaxBytes)
	m.header.Groups = int(m.table.groups)
	for c := range k {
		m.header.Bias = append(m.header.Bias, round(x[(n+d)*k+c]))
		m.header.Lines = append(m.header.Lines, [2]float64{1, 0})
		weights := make([]float64, d)
		for j := range d {
			weights[j] = round(x[(n+j)*k+c])
		}
		if d > 0 {
			m.header.Weights = append(m.header.Weights, weights)
		}
	}
	return m
}

// round keeps five digits, which is what the data can tell.
func round(v float64) float64 { return math.Round(v*1e5) / 1e5 }

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
