package model

import (
	"math/bits"
	"slices"
)

// Hit is a feature of a text that a model has weights for, or a frequent word with all of its
// features, and the bytes [Start, End) that it was read from.
type Hit struct {
	Start, End int32
	// row is, of a model with three classes, their weights: see pack. Of others it is the place in
	// the table, or, below zero, the complement of a frequent word's number.
	row int64
}

// few classes have their weights in one number.
const few = 3

// packed is how many bits each of them has.
const packed = 21

// pack makes one number of three. Numbers that are made so are added up as the three are, up to
// mostPacked rows of weights.
func pack(a, b, c int) int64 {
	return int64(a) + int64(b)<<packed + int64(c)<<(2*packed)
}

// unpack takes a sum apart.
func unpack(sum int64) (a, b, c int) {
	const rest = 64 - packed
	low := sum << rest >> rest
	sum = (sum - low) >> packed
	middle := sum << rest >> rest
	return int(low), int(middle), int((sum - middle) >> packed)
}

// mostPacked rows, of the largest of words too, do not overflow.
const mostPacked = 1 << (packed - 1) / lift

// known appends the n-grams that the model has weights for. Every one is written, and the next
// over it if it is not known: see find.
func (m *Model) known(dst []Hit, found []gram) []Hit {
	if m.header.Groups == 0 || len(found) == 0 {
		return dst
	}
	n := len(dst)
	dst = slices.Grow(dst, len(found)+1)[:n+len(found)+1]
	if m.table.classes == few {
		return m.knownOfFew(dst, n, found)
	}
	t := m.table
	for i := range found {
		f, h := &found[i], &dst[n]
		if f.start < 0 {
			h.Start, h.End, h.row = ^f.start, f.end, ^int64(f.hash) //nolint:gosec // the number of a word
			n++
			continue
		}
		group, tag := t.slot(f.hash)
		tags := t.tags[2*group:][:2]
		slot, known := match(tags[0], tags[1], tag)
		h.Start, h.End, h.row = f.start, f.end, int64(places*group)+int64(slot)
		n += known
	}
	return dst[:n]
}

// knownOfFew is known for three classes, from place n of dst on.
func (m *Model) knownOfFew(dst []Hit, n int, found []gram) []Hit {
	t := m.table
	for i := range found {
		f, h := &found[i], &dst[n]
		if f.start < 0 {
			h.Start, h.End, h.row = ^f.start, f.end, int64(m.words.rows[f.hash]) //nolint:gosec // the same bits
			n++
			continue
		}
		group, tag := t.slot(f.hash)
		cell := (*[fewCell]uint64)(t.cells[fewCell*group:])
		slot, known := match(cell[0], cell[1], tag)
		row := cell[2+slot>>1&3] >> (slot & 1 * 32)
		h.Start, h.End = f.start, f.end
		h.row = int64(int8(row)) + int64(int8(row>>8))<<packed + int64(int8(row>>16))<<(2*packed) //nolint:gosec // bytes of the row
		n += known
	}
	return dst[:n]
}

// Four 16-bit lanes, each of which holds a tag.
const (
	lanes    = 0x0001_0001_0001_0001
	highBits = 0x8000 * lanes
)

// match gives where among the eight tags of a group one is, and 1, or 0 for one that is not there.
// It takes no branch: whether a feature is known cannot be guessed, and after a wrong guess the
// look-ups of many features would wait for one another.
func match(first, second uint64, tag uint16) (slot, known int) {
	// A lane is zero where the tag matches, and then has its high bit in match; the lowest
	// such lane is exact, and no tag is in a group twice.
	x := first ^ uint64(tag)*lanes
	y := second ^ uint64(tag)*lanes
	match := (x-lanes)&^x&highBits>>15 | (y-lanes)&^y&highBits>>14
	trailing := bits.TrailingZeros64(match|1<<63) & 63
	return trailing>>4 + trailing&1*(places/2), int((match | -match) >> 63)
}

// Weigh adds the weights of the hits to sums, which has a place for each class. The logits of
// a text all of whose features have one value are Bias plus Scale times that value times the sums.
func (m *Model) Weigh(sums []int, hits []Hit) {
	if m.table.classes != few {
		m.weighMany(sums[:m.table.classes], hits)
		return
	}
	for len(hits) > 0 {
		part := hits[:min(len(hits), mostPacked)]
		hits = hits[len(part):]
		sum := int64(0)
		for i := range part {
			sum += part[i].row
		}
		a, b, c := unpack(sum)
		sums[0], sums[1], sums[2] = sums[0]+a, sums[1]+b, sums[2]+c
	}
}

// A row of bytes is added eight classes at a time: as numbers from 0 to 255 in the lanes of two
// words of four, which hold the sum of so many rows before they overflow.
const (
	laneRows = 257
	lowBytes = 0x00FF_00FF_00FF_00FF
	signs    = 0x8080_8080_8080_8080
	zero     = 128 // what a weight of 0 is in a lane
)

func (m *Model) weighMany(sums []int, hits []Hit) {
	var ids [liftedRows]int32
	words := 0
	var rows [laneRows]int32
	n := 0
	for i := range hits {
		if row := hits[i].row; row < 0 {
			ids[words] = int32(^row) //nolint:gosec // the number of a word
			if words++; words == len(ids) {
				m.words.add(sums, ids[:])
				words = 0
			}
			continue
		}
		rows[n] = int32(hits[i].row) //nolint:gosec // a table is smaller
		if n++; n == len(rows) {
			m.table.add(sums, rows[:])
			n = 0
		}
	}
	m.table.add(sums, rows[:n])
	if words > 0 {
		m.words.add(sums, ids[:words])
	}
}

// add adds the rows at the places to sums.
func (t *table) add(sums []int, at []int32) {
	for j := range t.stride {
		even, odd := uint64(0), uint64(0)
		for _, place := range at {
			v := t.rows[int(place)*t.stride+j]
			even += v & lowBytes
			odd += v >> 8 & lowBytes
		}
		for c := 8 * j; c < min(8*j+8, len(sums)); c++ {
			lanes := even
			if c&1 == 1 {
				lanes = odd
			}
			sums[c] += int(lanes>>(c%8>>1*16)&0xFFFF) - zero*len(at)
		}
	}
}

// Toward gives the sum of direction times weight over three classes, in the unit of Weigh.
func (m *Model) Toward(h *Hit, direction *[few]float64) float64 {
	a, b, c := unpack(h.row)
	return direction[0]*float64(a) + direction[1]*float64(b) + direction[2]*float64(c)
}

// Weight is that of the hit for one class, in the unit of Weigh.
func (m *Model) Weight(h *Hit, class int) int {
	if m.table.classes == few {
		a, b, c := unpack(h.row)
		return [few]int{a, b, c}[class]
	}
	if h.row < 0 {
		row := m.words.rows[int(^h.row)*m.words.stride+class/4]
		return int(row>>(class%4*16)&0xFFFF) - lift
	}
	return int(int8(m.table.at(int(h.row))[class]))
}

// Bias is the logit of each class of a text without features. The caller must not change it.
func (m *Model) Bias() []float64 { return m.header.Bias }

// Scale turns sums of weights into logits.
func (m *Model) Scale() float64 { return m.header.Scale }
