package ngram

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Example is a text with its class.
type Example struct {
	Class int
	Text  string
}

// Options say how to train.
type Options struct {
	Seed     uint64
	Epochs   int     // over the data, once to choose the features and once more to weigh them
	MinCount int     // a feature that is seen in fewer texts has no weights
	LineBits int     // log2 of the number of 64-byte lines of the table
	Fill     float64 // share of the slots to fill
	Rate     float64 // learning rate of AdaGrad
	Decay    float64 // L2 penalty a step
}

// DefaultOptions give a table of 1 MiB.
func DefaultOptions() Options {
	return Options{Seed: 1, Epochs: 12, MinCount: 2, LineBits: 14, Fill: 0.85, Rate: 0.1, Decay: 0.001}
}

// learner is a multinomial logistic regression, trained by AdaGrad.
type learner struct {
	classes int
	ids     map[uint64]int32
	hashes  []uint64
	count   []int32
	weights []float32 // MaxClasses for each feature
	squares []float32
	biases  [MaxClasses]float64
}

// Train gives the binary form of a model of the examples. The same examples and options
// give the same bytes. Half of the times a text is seen it is cut to a few words, so
// that short posts are learnt as well as long ones.
func Train(classes []string, examples []Example, o Options) ([]byte, error) {
	if len(classes) < 2 || len(classes) > MaxClasses {
		return nil, fmt.Errorf("train language model: %d classes, want 2 to %d", len(classes), MaxClasses)
	}
	l := newLearner(len(classes), examples, o.MinCount)
	l.fit(examples, o)
	places := slots << o.LineBits
	l = l.keep(int(o.Fill * float64(places)))
	l.fit(examples, o)
	return l.encode(classes, o.LineBits), nil
}

func newLearner(classes int, examples []Example, minCount int) *learner {
	counts := make(map[uint64]int32)
	var grams []uint64
	for _, e := range examples {
		grams = AppendGrams(grams[:0], e.Text)
		slices.Sort(grams)
		for _, h := range slices.Compact(grams) {
			counts[h]++
		}
	}
	l := &learner{classes: classes}
	for h, c := range counts {
		if int(c) >= minCount {
			l.hashes = append(l.hashes, h)
		}
	}
	slices.Sort(l.hashes)
	for _, h := range l.hashes {
		l.count = append(l.count, counts[h])
	}
	l.reset()
	return l
}

func (l *learner) reset() {
	l.ids = make(map[uint64]int32, len(l.hashes))
	for i, h := range l.hashes {
		l.ids[h] = int32(i)
	}
	l.weights = make([]float32, len(l.hashes)*MaxClasses)
	l.squares = make([]float32, len(l.hashes)*MaxClasses)
	l.biases = [MaxClasses]float64{}
}

func (l *learner) fit(examples []Example, o Options) {
	rnd := rand.New(rand.NewPCG(o.Seed, 1)) //nolint:gosec // has to be reproducible, not secret
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	sum := make([]float32, len(l.weights))
	var biases [MaxClasses]float64
	var grams []uint64
	var ids []int32
	for epoch := range o.Epochs {
		rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			for _, text := range [...]string{examples[k].Text, crop(rnd, examples[k].Text)} {
				grams = AppendGrams(grams[:0], text)
				ids = ids[:0]
				for _, h := range grams {
					if id, ok := l.ids[h]; ok {
						ids = append(ids, id)
					}
				}
				l.step(ids, examples[k].Class, o)
			}
		}
		if epoch >= o.Epochs/2 { // the mean of the last epochs is less noisy than the last
			for i, w := range l.weights {
				sum[i] += w
			}
			for i, b := range l.biases {
				biases[i] += b
			}
		}
	}
	n := o.Epochs - o.Epochs/2
	for i := range sum {
		l.weights[i] = sum[i] / float32(n)
	}
	for i := range biases {
		l.biases[i] = biases[i] / float64(n)
	}
}

// crop gives one to six consecutive words of text.
func crop(rnd *rand.Rand, text string) string {
	words := strings.Fields(text)
	n := 1 + rnd.IntN(6)
	if len(words) <= n {
		return text
	}
	at := rnd.IntN(len(words) - n)
	return strings.Join(words[at:at+n], " ")
}

// step moves the weights down the gradient of one text. The conversions keep the
// compiler from fusing a multiplication with an addition, which would make the result
// depend on the processor.
func (l *learner) step(ids []int32, class int, o Options) {
	var p [MaxClasses]float64
	for i := range l.classes {
		p[i] = l.biases[i]
		for _, id := range ids {
			p[i] += float64(l.weights[int(id)*MaxClasses+i])
		}
	}
	top := slices.Max(p[:l.classes])
	total := 0.0
	for i := range l.classes {
		p[i] = math.Exp(p[i] - top)
		total += p[i]
	}
	for i := range l.classes {
		grad := p[i] / total
		if i == class {
			grad--
		}
		if math.Abs(grad) < 1e-3 {
			continue
		}
		l.biases[i] -= float64(0.002 * grad)
		for _, id := range ids {
			at := int(id)*MaxClasses + i
			g := grad + float64(o.Decay*float64(l.weights[at]))
			l.squares[at] += float32(float64(g * g))
			l.weights[at] -= float32(o.Rate * g / (math.Sqrt(float64(l.squares[at])) + 0.1))
		}
	}
}

// keep gives a learner, with its weights at zero, of the n features that matter most.
func (l *learner) keep(n int) *learner {
	order := l.byValue()
	order = order[:min(n, len(order))]
	slices.Sort(order)
	k := &learner{classes: l.classes}
	for _, old := range order {
		k.hashes = append(k.hashes, l.hashes[old])
		k.count = append(k.count, l.count[old])
	}
	k.reset()
	return k
}

// byValue lists the features, the one that matters most first: large weights, seen often.
func (l *learner) byValue() []int {
	value := make([]float64, len(l.hashes))
	order := make([]int, len(l.hashes))
	for i := range value {
		order[i] = i
		for _, w := range l.weights[i*MaxClasses : (i+1)*MaxClasses] {
			value[i] += math.Abs(float64(w))
		}
		value[i] *= math.Sqrt(float64(l.count[i]))
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(value[b], value[a]) })
	return order
}

// encode quantises the weights and lays the table out.
func (l *learner) encode(classes []string, bits int) []byte {
	largest := 0.0
	for _, w := range l.weights {
		largest = max(largest, math.Abs(float64(w)))
	}
	scale := max(min(largest, 3), 1e-9) / 127
	b := make([]byte, headerBytes+lineBytes<<bits)
	copy(b, magic)
	b[4], b[5], b[6] = version, byte(bits), byte(len(classes))
	binary.LittleEndian.PutUint32(b[8:], math.Float32bits(float32(scale)))
	for i, name := range classes {
		binary.LittleEndian.PutUint32(b[12+4*i:], math.Float32bits(float32(l.biases[i])))
		copy(b[12+4*MaxClasses+8*i:][:8], name)
	}
	for _, i := range l.byValue() { // those that find no slot are lost
		h := l.hashes[i]
		line := b[headerBytes+int(h>>(64-uint(bits)))*lineBytes:][:lineBytes]
		for s := range slots {
			if binary.LittleEndian.Uint16(line[s*tagBytes:]) != 0 {
				continue
			}
			binary.LittleEndian.PutUint16(line[s*tagBytes:], tagOf(h))
			for c, w := range l.weights[i*MaxClasses : (i+1)*MaxClasses] {
				q := math.Round(float64(w) / scale)
				line[slots*tagBytes+s*MaxClasses+c] = byte(zeroPoint + max(-127, min(127, q)))
			}
			break
		}
	}
	return b
}
