package sentiment

import (
	"math/bits"
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
	marked []uint64 // a bit for each byte where it may change
}

// at gives the change at a byte, to be changed.
func (f *flow) at(i int) *float64 {
	f.marked[i>>6] |= 1 << (i & 63)
	return &f.change[i]
}

// reset makes room for n bytes and their end.
func (f *flow) reset(n int) {
	if cap(f.change) < n+1 {
		f.change, f.marked = make([]float64, 2*n+64), make([]uint64, (2*n+64)/64+1)
	}
	f.change = f.change[:n+1]
	f.marked = f.marked[:n/64+1]
}

// next gives the first byte from i on where the flow may change; len(change) for none.
func (f *flow) next(i int) int {
	if i >= len(f.change) {
		return len(f.change)
	}
	word := i >> 6
	left := f.marked[word] >> (i & 63) << (i & 63)
	for left == 0 {
		if word++; word >= len(f.marked) {
			return len(f.change)
		}
		left = f.marked[word]
	}
	return word<<6 + bits.TrailingZeros64(left)
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
			known := f.known[e][s.known[e][0]:s.known[e][1]]
			for k := 0; k < len(known); {
				// Those of one word stand at one place, one after the other.
				first := &known[k]
				start, end := r.flow.at(int(first.Start)), r.flow.at(int(first.End))
				up, down, length := *start, *end, float64(first.End-first.Start)
				for ; k < len(known) && known[k].Start == first.Start && known[k].End == first.End; k++ {
					perByte := s.value[e] * ex.l.grams.Toward(&known[k], &toward) / length
					up += perByte
					down -= perByte
				}
				*start, *end = up, down
			}
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
	most, at := 0.0, 0.0
	for i := f.next(0); i < len(f.change); i = f.next(i + 1) {
		at += f.change[i]
		most = max(most, abs(at))
	}
	least := spanDensity * most
	at = 0
	open := candidate{start: -1}
	for i := f.next(0); i < len(f.change); {
		at += f.change[i]
		f.change[i] = 0
		next := f.next(i + 1)
		in := least > 0 && abs(at) >= least && next < len(f.change)
		if open.start >= 0 && (!in || (at > 0) != (open.weight > 0)) {
			if abs(open.weight) >= spanWeight {
				open.weight = max(-1, min(1, open.weight))
				dst = append(dst, open)
			}
			open.start = -1
		}
		if in {
			if open.start < 0 {
				open = candidate{field: number, start: i, reason: "learned"}
			}
			open.end = next
			open.weight += at * float64(next-i)
		}
		i = next
	}
	clear(f.marked)
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
				if abs(all[kept[k]].weight) <= abs(all[kept[drop]].weight) {
					drop = k
				}
			}
			if abs(all[i].weight) <= abs(all[kept[drop]].weight) {
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

func abs(v float64) float64 { return max(v, -v) }
