package model

import (
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

// pack makes one number of three, with 16 bits for each. Numbers that are made so are added up as the
// three are, whatever lies above them: up to packedRows rows of the table, or packedWords of words.
func pack(a, b, c int) uint64 {
	return uint64(int64(a)+int64(b)<<16+int64(c)<<32) & (1<<tagShift - 1) //nolint:gosec // the same bits
}

// unpack takes a sum apart.
func unpack(sum uint64) (a, b, c int) {
	a = int(int16(sum))                //nolint:gosec // the lowest of the three
	sum -= uint64(a)                   //nolint:gosec // the same bits
	b = int(int16(sum >> 16))          //nolint:gosec // the middle one
	sum -= uint64(b) << 16             //nolint:gosec // the same bits
	return a, b, int(int16(sum >> 32)) //nolint:gosec // the highest
}

const (
	tagShift    = 48
	packedRows  = 1 << 15 / 128
	packedWords = 1 << 15 / lift
)

// known appends the n-grams that the model has weights for. Every one is written, and the next
// over it if it is not known: whether one is cannot be guessed, and after a wrong guess the look-ups
// of many would wait for one another. It overwrites the hashes.
func (m *Model) known(dst []Hit, found []gram) []Hit {
	if m.header.Groups == 0 || len(found) == 0 {
		return dst
	}
	m.table.locate(found)
	n := len(dst)
	dst = slices.Grow(dst, len(found)+1)[:n+len(found)+1]
	if m.table.classes == few {
		return dst[:m.knownOfFew(dst, n, found)]
	}
	tags := m.table.tags
	for i := range found {
		f, h := &found[i], &dst[n]
		h.Start, h.End = f.start, f.end
		if f.start < 0 {
			h.Start, h.row = ^f.start, ^int64(f.hash) //nolint:gosec // the number of a word
			n++
			continue
		}
		h.row = int64(f.hash >> 16)                 //nolint:gosec // a table is smaller
		n += same(tags[f.hash>>16], uint16(f.hash)) //nolint:gosec // the tag
	}
	return dst[:n]
}

// knownOfFew is known for three classes, from place n of dst on, and gives the place behind.
func (m *Model) knownOfFew(dst []Hit, n int, found []gram) int {
	cells := m.table.cells
	for i := range found {
		f, h := &found[i], &dst[n]
		h.Start, h.End = f.start, f.end
		if f.start < 0 {
			h.Start, h.row = ^f.start, int64(m.words.rows[f.hash]) //nolint:gosec // the same bits
			n++
			continue
		}
		cell := cells[f.hash>>16]
		h.row = int64(cell)                               //nolint:gosec // the same bits
		n += same(uint16(cell>>tagShift), uint16(f.hash)) //nolint:gosec // the tags
	}
	return n
}

// locate puts in place of the hashes of n-grams their places in the table and, in 16 bits below, their
// tags.
func (t *table) locate(found []gram) {
	turns, groups := t.turns, t.groups
	for i := range found {
		f := &found[i]
		if f.start < 0 {
			continue
		}
		group, tag := slot(f.hash, groups)
		f.hash = (places*group+turned(tag, turns[group]))<<16 | uint64(tag)
	}
}

// same gives 1 for equal tags and 0 for others, without a branch.
func same(a, b uint16) int {
	return int((uint32(a^b) - 1) >> 31)
}

// Weigh adds the weights of the hits to sums, which has a place for each class. The logits of
// a text all of whose features have one value are Bias plus Scale times that value times the sums.
func (m *Model) Weigh(sums []int, hits []Hit) {
	if m.table.classes != few {
		m.weighMany(sums[:m.table.classes], hits)
		return
	}
	most := packedRows
	if m.words != nil {
		most = packedWords
	}
	for len(hits) > 0 {
		part := hits[:min(len(hits), most)]
		hits = hits[len(part):]
		sum := uint64(0)
		for i := range part {
			sum += uint64(part[i].row) //nolint:gosec // the same bits
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
	zero     = 128 // what a weight of 0 is in a lane
)

func (m *Model) weighMany(sums []int, hits []Hit) {
	for len(hits) > 0 {
		part := hits[:min(len(hits), laneRows)]
		hits = hits[len(part):]
		rows := 0
		for j := 0; j < m.table.stride; j += 3 { // as many classes as most models have
			rows = m.weighLanes(sums, part, j)
		}
		if rows < len(part) {
			m.weighWords(sums, part)
		}
	}
}

// weighLanes adds the three words of the rows from word j on, and gives the number of rows.
func (m *Model) weighLanes(sums []int, hits []Hit, j int) (rows int) {
	var even0, odd0, even1, odd1, even2, odd2 uint64
	table, stride := m.table.rows, m.table.stride
	for i := range hits {
		place := int(hits[i].row)
		if place < 0 {
			continue
		}
		row := (*[3]uint64)(table[place*stride+j:])
		even0 += row[0] & lowBytes
		odd0 += row[0] >> 8 & lowBytes
		even1 += row[1] & lowBytes
		odd1 += row[1] >> 8 & lowBytes
		even2 += row[2] & lowBytes
		odd2 += row[2] >> 8 & lowBytes
		rows++
	}
	spread(sums, 8*j, even0, odd0, rows)
	spread(sums, 8*j+8, even1, odd1, rows)
	spread(sums, 8*j+16, even2, odd2, rows)
	return rows
}

// weighWords adds the rows of the frequent words among the hits.
func (m *Model) weighWords(sums []int, hits []Hit) {
	var ids [liftedRows]int32
	n := 0
	for i := range hits {
		if row := hits[i].row; row < 0 {
			ids[n] = int32(^row) //nolint:gosec // the number of a word
			if n++; n == len(ids) {
				m.words.add(sums, ids[:])
				n = 0
			}
		}
	}
	m.words.add(sums, ids[:n])
}

// spread adds the lanes that hold the sums of n rows for eight classes from one on.
func spread(sums []int, first int, even, odd uint64, n int) {
	for c := first; c < min(first+8, len(sums)); c++ {
		lanes := even
		if c&1 == 1 {
			lanes = odd
		}
		sums[c] += int(lanes>>(c%8>>1*16)&0xFFFF) - zero*n
	}
}

// Toward gives the sum of direction times weight over three classes, in the unit of Weigh.
func (m *Model) Toward(h *Hit, direction *[few]float64) float64 {
	a, b, c := unpack(uint64(h.row)) //nolint:gosec // the same bits
	return direction[0]*float64(a) + direction[1]*float64(b) + direction[2]*float64(c)
}

// Weight is that of the hit for one class, in the unit of Weigh.
func (m *Model) Weight(h *Hit, class int) int {
	if m.table.classes == few {
		a, b, c := unpack(uint64(h.row)) //nolint:gosec // the same bits
		return [few]int{a, b, c}[class]
	}
	if h.row < 0 {
		row := m.words.rows[int(^h.row)*m.words.stride+class/4]
		return int(row>>(class%4*16)&0xFFFF) - lift
	}
	return int(m.table.rows[int(h.row)*m.table.stride+class/8]>>(class%8*8)&0xFF) - zero
}

// Bias is the logit of each class of a text without features. The caller must not change it.
func (m *Model) Bias() []float64 { return m.header.Bias }

// Scale turns sums of weights into logits.
func (m *Model) Scale() float64 { return m.header.Scale }
