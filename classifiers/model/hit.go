package model

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Hit is a feature of a text that a model has weights for, with the bytes [Start, End) that
// it was read from.
type Hit struct {
	Start, End int32
	row        int32 // of the table's bytes
}

// Known appends the features that the model has weights for, in their order.
func (m *Model) Known(dst []Hit, features []Feature) []Hit {
	if m.header.Groups == 0 || len(features) == 0 {
		return dst
	}
	n := len(dst)
	dst = slices.Grow(dst, len(features))[:n+len(features)]
	for i := range features {
		f := &features[i]
		row, known := m.table.look(f.Hash)
		// Every feature is written, and the next one over it if it is not known: see look.
		dst[n] = Hit{Start: f.Start, End: f.End, row: int32(row)}
		n += known
	}
	return dst[:n]
}

// Weigh adds the weights of the hits to sums, which has a place for each class. The logits of
// a text all of whose features have one value are Bias plus Scale times that value times the sums.
func (m *Model) Weigh(sums []int, hits []Hit) {
	data, k := m.table.data, m.table.classes
	if k == 3 && len(sums) == 3 {
		a, b, c := 0, 0, 0
		for i := range hits {
			row := data[hits[i].row:][:3]
			a += int(int8(row[0]))
			b += int(int8(row[1]))
			c += int(int8(row[2]))
		}
		sums[0], sums[1], sums[2] = sums[0]+a, sums[1]+b, sums[2]+c
		return
	}
	for i := range hits {
		row := data[hits[i].row:][:k]
		to := sums[:len(row)] // so that no place is checked
		for c, w := range row {
			to[c] += int(int8(w))
		}
	}
}

// Toward gives the sum of direction times weight over the classes, in the unit of Weigh.
func (m *Model) Toward(h *Hit, direction []float64) float64 {
	sum := 0.0
	for c, w := range m.table.data[h.row:][:m.table.classes] {
		sum += direction[c] * float64(int8(w))
	}
	return sum
}

// Weight is that of the hit for one class, in the unit of Weigh.
func (m *Model) Weight(h *Hit, class int) int { return int(int8(m.table.data[int(h.row)+class])) }

// Bias is the logit of each class of a text without features. The caller must not change it.
func (m *Model) Bias() []float64 { return m.header.Bias }

// Scale turns sums of weights into logits.
func (m *Model) Scale() float64 { return m.header.Scale }

// Four 16-bit lanes, each of which holds a tag.
const (
	lanes    = 0x0001_0001_0001_0001
	highBits = 0x8000 * lanes
)

// look gives where in the data the weights of a feature are, and 1, or 0 for one that is not
// known: see row. It takes no branch: whether a feature is known cannot be guessed, and after
// a wrong guess the look-ups of many features would wait for one another.
func (t *table) look(hash uint64) (at, known int) {
	group, tag := t.slot(hash)
	at = int(group) * t.groupSize()
	tags := (*[2 * places]byte)(t.data[at:])
	// A lane is zero where the tag matches, and then has its high bit in match; the lowest
	// such lane is exact, and no tag is in a group twice.
	x := binary.LittleEndian.Uint64(tags[:]) ^ uint64(tag)*lanes
	y := binary.LittleEndian.Uint64(tags[8:]) ^ uint64(tag)*lanes
	match := (x-lanes)&^x&highBits>>15 | (y-lanes)&^y&highBits>>14
	trailing := bits.TrailingZeros64(match|1<<63) & 63
	slot := trailing>>4 + trailing&1*(places/2)
	return at + 2*places + slot*t.classes, int((match | -match) >> 63)
}
