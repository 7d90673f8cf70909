package model

import (
	"cmp"
	"encoding/binary"
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

	// What lay makes of the data, so that no row lies across words: of three classes the groups,
	// else the tags and the rows apart, which leaves the tags of a small table near.
	cells  []uint64
	tags   []uint64
	rows   []uint64
	stride int // of rows
}

const places = 8

func (t *table) groupSize() int { return places * (2 + t.classes) }

// slot gives the group of a feature and its tag, which is never 0.
func (t *table) slot(hash uint64) (group uint64, tag uint16) {
	hash ^= hash >> 29
	hash *= 0xBF58476D1CE4E5B9
	hash ^= hash >> 32
	group, _ = bits.Mul64(hash, t.groups)
	return group, uint16(hash)&0xFFFE + 1
}

// row gives the weights of a feature, nil for one that is not known. Another feature with
// the same group and tag, one in 4,000 of all others, has the same row.
func (t *table) row(hash uint64) []byte {
	group, tag := t.slot(hash)
	g := t.data[int(group)*t.groupSize():]
	slot, known := match(binary.LittleEndian.Uint64(g), binary.LittleEndian.Uint64(g[8:]), tag)
	if known == 0 {
		return nil
	}
	return t.at(int(group)*places + slot)
}

// at gives the row of a place.
func (t *table) at(place int) []byte {
	return t.data[place/places*t.groupSize()+2*places+place%places*t.classes:][:t.classes]
}

// fewCell is how many numbers a group of three classes has: its tags, then two rows in each.
const fewCell = 2 + places/2

// lay writes the data anew for fast reading.
func (t *table) lay() {
	groups := int(t.groups)
	if t.classes == few {
		t.cells = make([]uint64, groups*fewCell)
	} else {
		t.stride = (t.classes + 7) / 8
		t.tags, t.rows = make([]uint64, 2*groups), make([]uint64, groups*places*t.stride)
	}
	for g := range groups {
		data := t.data[g*t.groupSize():]
		tags := [2]uint64{binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint64(data[8:])}
		if t.classes == few {
			copy(t.cells[g*fewCell:], tags[:])
		} else {
			copy(t.tags[2*g:], tags[:])
		}
		for i := range places {
			var row [(maxClasses + 7) / 8]uint64
			for c, w := range t.at(g*places + i) {
				row[c/8] |= uint64(w) << (c % 8 * 8)
			}
			if t.classes == few {
				t.cells[g*fewCell+2+i/2] |= row[0] << (i % 2 * 32)
				continue
			}
			for j := range t.stride {
				t.rows[(g*places+i)*t.stride+j] = row[j] ^ signs
			}
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
	group, tag := t.slot(w.hash)
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
