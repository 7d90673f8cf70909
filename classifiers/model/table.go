package model

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// table holds a row of 8-bit weights, one for each class, for every feature that the model
// knows. A group has eight places: their 16-bit tags, then their rows. A feature is looked
// for in one group only, so that one that is not known costs one look.
type table struct {
	data    []byte
	groups  uint64
	classes int

	// What lay makes of the data, so that a feature is looked for in one place of its group only.
	turns  []uint16 // by group, what turns tags into places
	cells  []uint64 // of three classes the rows, by place, each below its tag: see pack
	tags   []uint16 // of others the tags, by place,
	rows   []uint64 // and the rows, stride each, with signs turned
	stride int
}

const (
	placeBits = 3
	places    = 1 << placeBits
)

func (t *table) groupSize() int { return places * (2 + t.classes) }

// slot gives the group of a feature and its tag, which is never 0.
func slot(hash, groups uint64) (group uint64, tag uint16) {
	hash ^= hash >> 29
	hash *= 0xBF58476D1CE4E5B9
	hash ^= hash >> 32
	group, _ = bits.Mul64(hash, groups)
	return group, uint16(hash)&0xFFFE + 1
}

// turned gives the place of a tag in its group.
func turned(tag, turn uint16) uint64 { return uint64(tag*turn) >> (16 - placeBits) }

// row gives the weights of a feature, nil for one that is not known. Another feature with
// the same group and tag, one in 4,000 of all others, has the same row.
func (t *table) row(hash uint64) []byte {
	group, tag := slot(hash, t.groups)
	g := t.data[int(group)*t.groupSize():]
	for i := range places {
		if binary.LittleEndian.Uint16(g[2*i:]) == tag {
			return g[2*places+i*t.classes:][:t.classes]
		}
	}
	return nil
}

// lay arranges the data for fast reading.
func (t *table) lay() {
	groups := int(t.groups) //nolint:gosec // checked by header.check
	t.turns = make([]uint16, groups)
	if t.classes == few {
		t.cells = make([]uint64, groups*places)
	} else {
		t.stride = (t.classes + 7) / 8
		t.tags, t.rows = make([]uint16, groups*places), make([]uint64, groups*places*t.stride+2) // three are read at a time
	}
	for g := range groups {
		data := t.data[g*t.groupSize():]
		var tags [places]uint16
		for i := range tags {
			tags[i] = binary.LittleEndian.Uint16(data[2*i:])
		}
		t.turns[g] = turnOf(&tags)
		for i, tag := range tags {
			if tag != 0 {
				t.move(places*g+int(turned(tag, t.turns[g])), tag, data[2*places+i*t.classes:][:t.classes]) //nolint:gosec // below places
			}
		}
	}
}

// move writes a row to its place.
func (t *table) move(place int, tag uint16, row []byte) {
	if t.classes == few {
		t.cells[place] = pack(int(int8(row[0])), int(int8(row[1])), int(int8(row[2]))) | uint64(tag)<<tagShift
		return
	}
	t.tags[place] = tag
	for c, w := range row {
		t.rows[place*t.stride+c/8] |= uint64(w^zero) << (c % 8 * 8)
	}
}

// turnOf finds what gives every tag of a group a place of its own: of the odd numbers, one in 400 does
// for eight tags. Of a tag that is there twice, as in no group that was learnt, the last counts.
func turnOf(tags *[places]uint16) uint16 {
	all, n := *tags, 0
	for i, tag := range tags {
		if tag != 0 && !slices.Contains(tags[:i], tag) {
			all[n] = tag
			n++
		}
	}
	if n == 0 {
		return 1
	}
	for i := n; i < places; i++ {
		all[i] = all[0]
	}
	for turn := uint16(1); ; turn += 2 {
		taken := uint(0)
		for _, tag := range all { // no branch: which tag is the first to meet another cannot be guessed
			taken |= 1 << (turned(tag, turn) & (places - 1))
		}
		if bits.OnesCount(taken) == n || turn == math.MaxUint16 {
			return turn
		}
	}
}

// weighed is a feature with its weights.
type weighed struct {
	hash    uint64
	weights []float64
}

func (w *weighed) size() float64 {
	low, high := 0.0, 0.0
	for _, v := range w.weights {
		low, high = min(low, v), max(high, v)
	}
	return high - low
}

// fill is the share of the places to fill; in a fuller table more groups overflow and
// lose their lightest features.
const fill = 0.72

// newTable makes a table of at most maxBytes with the features that weigh most, and
// gives the scale of its weights.
func newTable(all []weighed, classes, maxBytes int) (table, float64) {
	t := table{classes: classes}
	kept := slices.Clone(all)
	slices.SortFunc(kept, func(a, b weighed) int {
		return cmp.Or(cmp.Compare(b.size(), a.size()), cmp.Compare(a.hash, b.hash))
	})
	largest := 0.0
	for i := range kept {
		for _, v := range kept[i].weights {
			largest = max(largest, max(v, -v))
		}
	}
	if largest == 0 {
		return t, 1
	}
	scale := largest / 127
	// What would be rounded to nothing is left out.
	end := slices.IndexFunc(kept, func(w weighed) bool { return w.size() < scale/2 })
	if end >= 0 {
		kept = kept[:end]
	}
	t.groups = uint64(min(float64(len(kept))/(places*fill)+1, float64(maxBytes/t.groupSize())))
	t.groups = max(t.groups, 1)
	kept = kept[:min(len(kept), int(float64(t.groups*places)*0.97))]
	t.data = make([]byte, int(t.groups)*t.groupSize())
	for i := range kept {
		t.put(&kept[i], scale)
	}
	t.lay()
	return t, scale
}

// put writes one row, if its group has a place left.
func (t *table) put(w *weighed, scale float64) {
	group, tag := slot(w.hash, t.groups)
	g := t.data[int(group)*t.groupSize():][:t.groupSize()]
	for i := range places {
		found := binary.LittleEndian.Uint16(g[2*i:])
		if found == tag {
			return
		}
		if found != 0 {
			continue
		}
		binary.LittleEndian.PutUint16(g[2*i:], tag)
		for c, v := range w.weights {
			q := v / scale
			if q < 0 {
				q -= 0.5
			} else {
				q += 0.5
			}
			g[2*places+i*t.classes+c] = byte(int8(q))
		}
		return
	}
}
