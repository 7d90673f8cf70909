package boundary

import (
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
	MinCount int     // an n-gram that is seen less often has no weights
	LineBits int     // log2 of the number of 64-byte lines of the table
	Fill     float64 // share of the slots to fill
	Rate     float64 // learning rate of AdaGrad
	Decay    float64 // L2 penalty a step
}

// DefaultOptions give a table of 2 MiB.
func DefaultOptions() Options {
	return Options{Seed: 1, Epochs: 8, MinCount: 2, LineBits: 15, Fill: 0.95, Rate: 0.3, Decay: 0.002}
}

// learner is a logistic regression over the n-gram rows, trained by AdaGrad.
type learner struct {
	ids     map[uint64]int32 // n-gram hash to row
	hashes  []uint64         // of each row
	count   []int32
	weights []float32 // rowWidth for each row
	squares []float32
	bias    float64
	biasSq  float64
}

// Train gives the binary form of a model of the runs. The same runs and options give the
// same bytes.
func Train(runs []Run, o Options) []byte {
	l := newLearner(runs, o.MinCount)
	l.fit(runs, o)
	places := slots << o.LineBits
	l = l.keep(int(o.Fill * float64(places)))
	l.fit(runs, o)
	return l.encode(o.LineBits)
}

// newLearner collects the n-grams that are seen often enough.
func newLearner(runs []Run, minCount int) *learner {
	counts := make(map[uint64]int32)
	for _, r := range runs {
		r.ngrams(func(_, _ int, h uint64) { counts[h]++ })
	}
	l := &learner{ids: make(map[uint64]int32)}
	for h, c := range counts {
		if int(c) >= minCount {
			l.hashes = append(l.hashes, h)
		}
	}
	slices.Sort(l.hashes)
	for i, h := range l.hashes {
		l.ids[h] = int32(i)
		l.count = append(l.count, counts[h])
	}
	l.reset()
	return l
}

func (l *learner) reset() {
	l.weights = make([]float32, len(l.hashes)*rowWidth)
	l.squares = make([]float32, len(l.hashes)*rowWidth)
	l.bias, l.biasSq = 0, 0
}

// ngrams calls f with the start, length and hash of every n-gram of the run.
func (r Run) ngrams(f func(start, n int, h uint64)) {
	for s := range r.Clusters {
		h := uint64(0)
		for n := 1; n <= MaxN && s+n <= len(r.Clusters); n++ {
			h = Extend(h, r.Clusters[s+n-1])
			f(s, n, h)
		}
	}
}

// features lists, for each gap of a run, the places of the weights that bear on it.
func (l *learner) features(dst [][]int32, r Run) [][]int32 {
	for len(dst) < len(r.Clusters) {
		dst = append(dst, nil)
	}
	dst = dst[:len(r.Clusters)]
	for i := range dst {
		dst[i] = dst[i][:0]
	}
	r.ngrams(func(s, n int, h uint64) {
		id, ok := l.ids[h]
		if !ok {
			return
		}
		for d := range rowWidth {
			if g := s + firstGap[n] + d; g > 0 && g < len(dst) {
				dst[g] = append(dst[g], id*rowWidth+int32(d))
			}
		}
	})
	return dst
}

// fit trains from the current weights.
func (l *learner) fit(runs []Run, o Options) {
	rnd := rand.New(rand.NewPCG(o.Seed, 0)) //nolint:gosec // has to be reproducible, not secret
	order := make([]int, len(runs))
	for i := range order {
		order[i] = i
	}
	sum := make([]float32, len(l.weights))
	var feats [][]int32
	for epoch := range o.Epochs {
		rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			r := runs[k]
			feats = l.features(feats, r)
			for g := 1; g < len(r.Clusters); g++ {
				if !r.Fixed[g] {
					l.step(feats[g], r.Begins[g], o)
				}
			}
		}
		if epoch >= o.Epochs/2 { // the mean of the last epochs is less noisy than the last
			for i, w := range l.weights {
				sum[i] += w
			}
		}
	}
	n := float32(o.Epochs - o.Epochs/2)
	for i := range sum {
		l.weights[i] = sum[i] / n
	}
}

// step moves the weights of one gap down the gradient. The conversions keep the compiler
// from fusing a multiplication with an addition, which would make the result depend on
// the processor.
func (l *learner) step(feats []int32, boundary bool, o Options) {
	z := l.bias
	for _, f := range feats {
		z += float64(l.weights[f])
	}
	p := 1 / (1 + math.Exp(-z))
	grad := p
	if boundary {
		grad = p - 1
	}
	if math.Abs(grad) < 1e-3 {
		return
	}
	for _, f := range feats {
		g := grad + float64(o.Decay*float64(l.weights[f]))
		l.squares[f] += float32(float64(g * g))
		l.weights[f] -= float32(o.Rate * g / (math.Sqrt(float64(l.squares[f])) + 0.1))
	}
	l.biasSq += float64(grad * grad)
	l.bias -= float64(o.Rate * grad / (math.Sqrt(l.biasSq) + 0.1))
}

// keep gives a learner, with its weights at zero, of the n rows that matter most: large
// weights, seen often.
func (l *learner) keep(n int) *learner {
	value := l.values()
	order := make([]int, len(l.hashes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case value[a] > value[b]:
			return -1
		case value[a] < value[b]:
			return 1
		}
		return 0
	})
	order = order[:min(n, len(order))]
	slices.Sort(order)
	k := &learner{ids: make(map[uint64]int32)}
	for i, old := range order {
		k.hashes = append(k.hashes, l.hashes[old])
		k.count = append(k.count, l.count[old])
		k.ids[l.hashes[old]] = int32(i)
	}
	k.reset()
	return k
}

// values says how much each row matters: the mass of its weights times the root of its count.
func (l *learner) values() []float64 {
	value := make([]float64, len(l.hashes))
	for i := range value {
		for _, w := range l.weights[i*rowWidth : (i+1)*rowWidth] {
			value[i] += math.Abs(float64(w))
		}
		value[i] *= math.Sqrt(float64(l.count[i]))
	}
	return value
}

// encode quantises the weights and lays the table out.
func (l *learner) encode(bits int) []byte {
	largest := 0.0
	for _, w := range l.weights {
		largest = max(largest, math.Abs(float64(w)))
	}
	scale := 127 / max(math.Min(largest, 4), 1e-9)
	b := make([]byte, headerBytes+lineBytes<<bits)
	copy(b, magic)
	b[4], b[5] = version, byte(bits)
	binary.LittleEndian.PutUint32(b[8:], uint32(int32(math.Round(l.bias*scale))))
	value := l.values()
	order := make([]int, len(l.hashes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, c int) int {
		switch {
		case value[a] > value[c]:
			return -1
		case value[a] < value[c]:
			return 1
		}
		return 0
	})
	for _, i := range order { // the rows that matter most come first; those that find no slot are lost
		h := l.hashes[i]
		line := b[headerBytes+int(h>>(64-uint(bits)))*lineBytes:][:lineBytes]
		for s := range slots {
			if binary.LittleEndian.Uint16(line[s*tagBytes:]) != 0 {
				continue
			}
			binary.LittleEndian.PutUint16(line[s*tagBytes:], tagOf(h))
			for d, w := range l.weights[i*rowWidth : (i+1)*rowWidth] {
				q := math.Round(float64(w) * scale)
				line[slots*tagBytes+s*rowWidth+d] = byte(int8(max(-127, min(127, q))))
			}
			break
		}
	}
	return b
}
