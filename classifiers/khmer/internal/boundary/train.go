package boundary

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
)

// Run is a training example: a run of cluster hashes and whether a word begins at each.
// Begins[0] is not looked at, and neither is a gap that Fixed says needs no model.
type Run struct {
	Clusters []uint64
	Begins   []bool
	Fixed    []bool
}

// Options say how to train.
type Options struct {
	Seed     uint64
	Epochs   int     // over the data, once to choose the n-grams and once more to weigh them
	MinCount int     // an n-gram that is seen less often has no weight
	Rate     float64 // learning rate of AdaGrad
	Decay    float64 // L2 penalty a step
}

// DefaultOptions were chosen on a tenth of the runs that the model is trained on.
func DefaultOptions() Options {
	return Options{Seed: 1, Epochs: 8, MinCount: 2, Rate: 0.3, Decay: 0.001}
}

// Train gives the binary form of a model of the runs. The same runs and options give the
// same bytes.
//
// It learns twice: first with a weight for each n-gram, to see which of them matter; then with
// a table that these are in, just as it is read, so that the weights allow for n-grams that
// meet a foreign entry.
func Train(runs []Run, o Options) []byte {
	gaps := collect(runs)
	all, hashes, counts := gaps.number(o.MinCount)
	table := newTable(hashes, worth(all.fit(len(hashes), o), counts))
	chosen := gaps.look(table)
	return table.encode(chosen.fit(len(table.used), o))
}

// gaps are the gaps of all runs that need a model.
type gaps struct {
	windows []Window
	begins  []bool
	runs    []int // where the gaps of each run begin, and the end
}

func collect(runs []Run) *gaps {
	g := &gaps{runs: []int{0}}
	for _, r := range runs {
		padded := slices.Concat(make([]uint64, Reach), r.Clusters, make([]uint64, Reach))
		for i := 1; i < len(r.Clusters); i++ {
			if !r.Fixed[i] {
				g.windows = append(g.windows, Window(padded[i:]))
				g.begins = append(g.begins, r.Begins[i])
			}
		}
		g.runs = append(g.runs, len(g.windows))
	}
	return g
}

// none is the number of an n-gram that has no weight.
const none = -1

// examples are gaps with the numbers of their weights.
type examples struct {
	*gaps
	weights [][features]int32
}

// number numbers the n-grams that are seen often enough, and gives their hashes and how often
// they are seen.
func (g *gaps) number(minCount int) (all examples, hash []uint64, count []int) {
	seen := make(map[uint64]int)
	for i := range g.windows {
		for _, h := range hashes(&g.windows[i]) {
			seen[h]++
		}
	}
	for h, n := range seen {
		if n >= minCount {
			hash = append(hash, h)
		}
	}
	slices.Sort(hash)
	count = make([]int, len(hash))
	for i, h := range hash {
		count[i], seen[h] = seen[h], -1-i
	}
	all = examples{gaps: g, weights: make([][features]int32, len(g.windows))}
	for i := range g.windows {
		for f, h := range hashes(&g.windows[i]) {
			all.weights[i][f] = none
			if id := seen[h]; id < 0 {
				all.weights[i][f] = int32(-1 - id) //nolint:gosec // far fewer n-grams
			}
		}
	}
	return all, hash, count
}

// look numbers the n-grams by their places in a table.
func (g *gaps) look(t *table) examples {
	chosen := examples{gaps: g, weights: make([][features]int32, len(g.windows))}
	for i := range g.windows {
		for f, h := range hashes(&g.windows[i]) {
			chosen.weights[i][f] = t.find(h)
		}
	}
	return chosen
}

// fitted is a logistic regression over the n-grams.
type fitted struct {
	weights []float32
	bias    float64
}

// fit learns n weights by AdaGrad.
func (e *examples) fit(n int, o Options) fitted {
	rnd := rand.New(rand.NewPCG(o.Seed, 0)) //nolint:gosec // has to be reproducible, not secret
	order := make([]int, len(e.runs)-1)
	for i := range order {
		order[i] = i
	}
	l := learner{fitted: fitted{weights: make([]float32, n)}, squares: make([]float32, n), o: o}
	sum := make([]float32, n)
	for epoch := range o.Epochs {
		rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, r := range order {
			for i := e.runs[r]; i < e.runs[r+1]; i++ {
				l.step(&e.weights[i], e.begins[i])
			}
		}
		if epoch >= o.Epochs/2 { // the mean of the last epochs is less noisy than the last
			for i, w := range l.weights {
				sum[i] += w
			}
		}
	}
	last := float32(o.Epochs - o.Epochs/2)
	for i := range sum {
		sum[i] /= last
	}
	return fitted{weights: sum, bias: l.bias}
}

type learner struct {
	fitted
	squares    []float32
	biasSquare float64
	o          Options
}

// step moves the weights of one gap down the gradient. The conversions keep the compiler
// from fusing a multiplication with an addition, which would make the result depend on
// the processor.
func (l *learner) step(numbers *[features]int32, boundary bool) {
	z := l.bias
	for _, n := range numbers {
		if n != none {
			z += float64(l.weights[n])
		}
	}
	grad := 1 / (1 + math.Exp(-z))
	if boundary {
		grad--
	}
	if math.Abs(grad) < 1e-3 {
		return
	}
	for _, n := range numbers {
		if n == none {
			continue
		}
		g := grad + float64(l.o.Decay*float64(l.weights[n]))
		l.squares[n] += float32(float64(g * g))
		l.weights[n] -= float32(l.o.Rate * g / (math.Sqrt(float64(l.squares[n])) + 0.1))
	}
	l.biasSquare += float64(grad * grad)
	l.bias -= float64(l.o.Rate * grad / (math.Sqrt(l.biasSquare) + 0.1))
}

// worth says how much each n-gram matters: its weight, times the fourth root of its count.
func worth(f fitted, counts []int) []float64 {
	value := make([]float64, len(counts))
	for i, n := range counts {
		value[i] = math.Abs(float64(f.weights[i])) * math.Sqrt(math.Sqrt(float64(n)))
	}
	return value
}

// table is where the n-grams are that have a weight.
type table struct {
	tag  []uint64 // by place
	used []bool
}

// newTable gives a place to the n-grams that matter most. Those that find none are lost.
func newTable(hashes []uint64, value []float64) *table {
	order := make([]int, len(hashes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(value[b], value[a]), cmp.Compare(a, b)) })
	t := &table{tag: make([]uint64, entries<<bucketBits), used: make([]bool, entries<<bucketBits)}
	for _, i := range order[:min(len(order), 2*len(t.tag))] {
		first := int(bucketOf(hashes[i])) * entries //nolint:gosec // of few bits
		for place := first; place < first+entries; place++ {
			if t.used[place] && t.tag[place] == tagOf(hashes[i]) {
				break // it shares a weight
			}
			if !t.used[place] {
				t.tag[place], t.used[place] = tagOf(hashes[i]), true
				break
			}
		}
	}
	return t
}

// find gives the place of an n-gram, or none.
func (t *table) find(hash uint64) int32 {
	first := int(bucketOf(hash)) * entries //nolint:gosec // of few bits
	for place := first; place < first+entries; place++ {
		if t.used[place] && t.tag[place] == tagOf(hash) {
			return int32(place) //nolint:gosec // far fewer places
		}
	}
	return none
}

// encode gives the binary form.
func (t *table) encode(f fitted) []byte {
	b := make([]byte, modelBytes)
	copy(b, magic)
	b[4] = version
	binary.LittleEndian.PutUint32(b[8:], uint32(int32(math.Round(f.bias*unit))))
	for place, used := range t.used {
		weight := 0.0
		if used {
			weight = max(-maxWeight, min(maxWeight, math.Round(float64(f.weights[place])*unit)))
		}
		binary.LittleEndian.PutUint16(b[headerBytes+place*entryBits/8:], uint16(t.tag[place])|uint16(zeroPoint+int(weight)))
	}
	return b
}
