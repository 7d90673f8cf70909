package sentiment

import (
	"encoding/binary"
	"math"
	"math/bits"

	"samleng/classifiers/model"
)

// mostSpans is the most evidence given for what the n-grams say to one expert.
const mostSpans = 6

// The n-grams that speak for or against: a stretch counts from this share of the strongest
// one's weight for a byte, and from this weight on.
const (
	spanDensity = 0.4
	spanWeight  = 0.02
)

// flow is the weight of a field's bytes, as the changes from each to the next.
type flow struct {
	change []float64
	marked []byte  // 1 for each byte where it may change; as many as make whole numbers of 64
	places []int32 // where it may change, in order, and the last byte's end
	levels []float64
}

// reset makes room for n bytes and their end.
func (f *flow) reset(n int) {
	if cap(f.change) < n+1 {
		f.change, f.marked = make([]float64, 2*n+64), make([]byte, 2*n+128)
	}
	f.change = f.change[:n+1]
	f.marked = f.marked[:(n+64)&^63]
}

// add adds what the hits say toward one side, times the value, to the bytes of each. Those of one
// word stand at one place, and all that end at one place follow one another.
func (f *flow) add(m *model.Model, hits []model.Hit, toward *[classes]float64, value float64) {
	if len(hits) == 0 {
		return
	}
	change, marked := f.change, f.marked
	end := hits[0].End
	down := change[end]
	for i := range hits {
		h := &hits[i]
		if h.End != end {
			change[end], marked[end] = down, 1
			end = h.End
			down = change[end]
		}
		perByte := value * m.Toward(h, toward) / float64(h.End-h.Start)
		change[h.Start] += perByte
		marked[h.Start] = 1
		down -= perByte
	}
	change[end], marked[end] = down, 1
}

// settle finds where the flow may change and its level from there on, gives the highest, and empties
// the flow.
func (f *flow) settle() (most float64) {
	f.places, f.levels = f.places[:0], f.levels[:0]
	at := 0.0
	places, levels := f.places, f.levels
	for i := 0; i < len(f.marked); i += 64 {
		left := uint64(0)
		for k := range 8 {
			// The product brings the lowest bits of eight bytes together in its highest byte.
			left |= binary.LittleEndian.Uint64(f.marked[i+8*k:]) * 0x0102_0408_1020_4080 >> 56 << (8 * k)
		}
		for ; left != 0; left &= left - 1 {
			place := i + bits.TrailingZeros64(left)
			at += f.change[place]
			f.change[place] = 0
			if high := math.Abs(at); high > most {
				most = high
			}
			places, levels = append(places, int32(place)), append(levels, at) //nolint:gosec // within the text
		}
	}
	f.places, f.levels = places, levels
	f.places = append(f.places, int32(len(f.change))) //nolint:gosec // within the text
	clear(f.marked)
	return most
}

// spans appends the stretches of the post that weigh most in the n-grams, with the weight
// that they have in the difference of positive and negative, as near as a slope of 1/4 of
// the logistic function tells it.
func (r *reading) spans(dst []candidate, e int) []candidate {
	ex := &r.experts[e]
	toward := ex.l.toward(ex.share / 4 * ex.l.grams.Scale())
	first := len(dst)
	for number := range r.fields {
		f := &r.fields[number]
		if len(f.known[e]) == 0 {
			continue
		}
		r.flow.reset(len(f.text))
		all := r.of(number)
		for i := range all {
			s := &all[i]
			r.flow.add(ex.l.grams, f.known[e][s.known[e][0]:s.known[e][1]], &toward, s.value[e])
		}
		from := len(dst)
		dst = r.flow.stretches(dst, number)
		dst = dst[:from+len(r.whole(dst[from:]))]
	}
	return heaviest(dst, first)
}

// toward is what each class of the n-grams adds to positive minus negative in the second
// step, times the factor.
func (l *Learned) toward(factor float64) [classes]float64 {
	w := l.combine.DenseWeights()
	p := w[positive][gramsPositive] - w[negative][gramsPositive]
	n := w[positive][gramsNegative] - w[negative][gramsNegative]
	var d [classes]float64
	d[positive], d[negative], d[neutral] = factor*p, factor*n, -factor*(p+n)
	return d
}

// stretches appends the stretches of one field, and empties the flow. A stretch is a run of
// bytes with weight of one sign. It begins and ends where n-grams do, so on the borders of
// clusters and words of other scripts; see whole.
func (f *flow) stretches(dst []candidate, number int) []candidate {
	least := spanDensity * f.settle()
	if least == 0 {
		return dst
	}
	open := candidate{start: -1}
	for i, at := range f.levels {
		// Nothing is said of what lies behind the last change.
		in := math.Abs(at) >= least && i+1 < len(f.levels)
		if open.start >= 0 && (!in || (at > 0) != (open.weight > 0)) {
			if math.Abs(open.weight) >= spanWeight {
				open.weight = max(-1, min(1, open.weight))
				dst = append(dst, open)
			}
			open.start = -1
		}
		if in {
			start, next := int(f.places[i]), int(f.places[i+1])
			if open.start < 0 {
				open = candidate{field: number, start: start, reason: "learned"}
			}
			open.end = next
			open.weight += at * float64(next-start)
		}
	}
	return dst
}

// heaviest keeps the mostSpans heaviest of the candidates from the first on, in their order;
// of equals the first.
func heaviest(all []candidate, first int) []candidate {
	if len(all)-first <= mostSpans {
		return all
	}
	var kept [mostSpans]int // indexes, ascending
	n := 0
	for i := first; i < len(all); i++ {
		if n == mostSpans {
			drop := 0 // the lightest, the last of equals
			for k := 1; k < n; k++ {
				if math.Abs(all[kept[k]].weight) <= math.Abs(all[kept[drop]].weight) {
					drop = k
				}
			}
			if math.Abs(all[i].weight) <= math.Abs(all[kept[drop]].weight) {
				continue
			}
			copy(kept[drop:], kept[drop+1:])
			n--
		}
		kept[n] = i
		n++
	}
	for k, i := range kept {
		all[first+k] = all[i]
	}
	return all[:first+mostSpans]
}
