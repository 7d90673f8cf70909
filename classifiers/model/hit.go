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
	dst = slices.Grow(dst, len(features)+1)[:n+len(features)+1]
	t := m.table
	for i := range features {
		f := &features[i]
		row, known := t.look(f.Hash)
		// Every feature is written, and the next one over it if it is not known: see look.
		h := &dst[n]
		h.Start, h.End, h.row = f.Start, f.End, int32(row)
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
	m.weighLanes(sums[:k], hits)
}

// A row of bytes is added eight classes at a time: as numbers from 0 to 255 in the lanes of two
// words of four, which hold the sum of so many rows before they overflow.
const (
	laneRows = 257
	lowBytes = 0x00FF_00FF_00FF_00FF
	signs    = 0x8080_8080_8080_8080
	zero     = 128 // what a weight of 0 is in a lane
)

func (m *Model) weighLanes(sums []int, hits []Hit) {
	data := m.table.data
	for len(hits) > 0 {
		part := hits[:min(len(hits), laneRows)]
		hits = hits[len(part):]
		for c := 0; c < len(sums); c += 8 {
			even, odd := uint64(0), uint64(0)
			for i := range part {
				v := eight(data, int(part[i].row)+c) ^ signs
				even += v & lowBytes
				odd += v >> 8 & lowBytes
			}
			for i := range min(8, len(sums)-c) {
				lanes := even
				if i&1 == 1 {
					lanes = odd
				}
				sums[c+i] += int(lanes>>(i>>1*16)&0xFFFF) - zero*len(part)
			}
		}
	}
}

// eight reads eight bytes of which the last may lie behind the data.
func eight(data []byte, at int) uint64 {
	if at+8 <= len(data) {
		return binary.LittleEndian.Uint64(data[at:])
	}
	var last [8]byte
	copy(last[:], data[at:])
	return binary.LittleEndian.Uint64(last[:])
}

// Toward gives the sum of direction times weight over the classes, in the unit of Weigh.
func (m *Model) Toward(h *Hit, direction []float64) float64 {
	if len(direction) == 3 {
		row := m.table.data[h.row:][:3]
		return direction[0]*float64(int8(row[0])) + direction[1]*float64(int8(row[1])) + direction[2]*float64(int8(row[2]))
	}
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
