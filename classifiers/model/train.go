package model

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// Example is a text to learn from. Weight 0 counts as 1.
type Example struct {
	Features []Feature
	Dense    []float64
	Labels   []int // indexes of classes: exactly one, unless Options.Multi
	Weight   float64
	// Group keeps examples that came of one text together: those of one group other than 0
	// are in one fold.
	Group int
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
	m, _, err := TrainHeld(examples, o)
	return m, err
}

// TrainHeld is Train, and gives the logits of CrossValidate too, which it computes anyway.
func TrainHeld(examples []Example, o Options) (*Model, [][]float64, error) {
	held, err := CrossValidate(examples, o)
	if err != nil {
		return nil, nil, err
	}
	m := learn(examples, o)
	m.calibrate(examples, held)
	m, err = m.reread()
	return m, held, err
}

// reread gives the model as its file has it, with the version of the file.
func (m *Model) reread() (*Model, error) {
	file, err := m.Encode()
	if err != nil {
		return nil, err
	}
	return Decode(file)
}

// CrossValidate gives the logits of every example by a model that did not see its fold. The
// folds are learnt at the same time.
func CrossValidate(examples []Example, o Options) ([][]float64, error) {
	if err := o.check(examples); err != nil {
		return nil, err
	}
	fold := Folds(examples, o.Folds, o.Seed)
	for f := range o.Folds {
		if !slices.ContainsFunc(fold, func(other int) bool { return other != f }) {
			return nil, fmt.Errorf("%d examples are too few for %d folds", len(examples), o.Folds)
		}
	}
	logits := make([][]float64, len(examples))
	var folds sync.WaitGroup
	for f := range o.Folds {
		folds.Go(func() {
			var seen []Example
			for i := range examples {
				if fold[i] != f {
					seen = append(seen, examples[i])
				}
			}
			m := learn(seen, o)
			for i := range examples {
				if fold[i] == f {
					logits[i] = make([]float64, len(o.Classes))
					m.Logits(logits[i], examples[i].Features, examples[i].Dense)
				}
			}
		})
	}
	folds.Wait()
	return logits, nil
}

// Folds deals the examples into n folds, each first label evenly, and each group into one.
func Folds(examples []Example, n int, seed uint64) []int {
	random := rand.New(rand.NewPCG(seed, 0x73616D6C656E67)) //nolint:gosec // reproducible, no secret
	fold := make([]int, len(examples))
	next, ofGroup := map[int]int{}, map[int]int{}
	for _, i := range random.Perm(len(examples)) {
		group := examples[i].Group
		if f, dealt := ofGroup[group]; dealt && group != 0 {
			fold[i] = f
			continue
		}
		label := -1
		if l := examples[i].Labels; len(l) > 0 {
			label = l[0]
		}
		fold[i] = next[label] % n
		ofGroup[group] = fold[i]
		next[label]++
	}
	return fold
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
	if k == 3 { // three times as fast as the loop over classes
		a, b, c := z[0], z[1], z[2]
		for j, f := range r.index {
			v, w := r.value[j], x[int(f)*3:][:3]
			a, b, c = a+v*w[0], b+v*w[1], c+v*w[2]
		}
		z[0], z[1], z[2] = a, b, c
	} else {
		for j, f := range r.index {
			v := r.value[j]
			for c, w := range x[int(f)*k : int(f)*k+k] {
				z[c] += v * w
			}
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
	if k == 3 {
		a, b, c := z[0], z[1], z[2]
		for j, f := range r.index {
			v, to := r.value[j], g[int(f)*3:][:3]
			to[0] += v * a
			to[1] += v * b
			to[2] += v * c
		}
	} else {
		for j, f := range r.index {
			v := r.value[j]
			to := g[int(f)*k : int(f)*k+k]
			for c, e := range z {
				to[c] += v * e
			}
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
