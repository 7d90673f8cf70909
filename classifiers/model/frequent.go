package model

import (
	"samleng/classifiers/internal/frequent"
)

// words holds what a model makes of the frequent words: the sums of the weights of all features of
// each but the n-grams of several words.
type words struct {
	index    *frequent.Index
	hashes   []uint64 // of the words, as units of n-grams
	features []uint8  // how many the word has; 0 for a word that is read letter by letter
	stride   int      // of rows, in numbers
	rows     []uint64 // see set
}

// A row of more or fewer than three classes has four in a number, each with lift added so that
// none is negative. So many rows may be added before they are taken apart.
const (
	lift       = 1 << 12
	liftedRows = 8
)

// WithWords gives the model with the weights of frequent words summed up, which a Reader then reads
// at once: the sums stay what they are. A model that reads no letters of words stays as it is.
func (m *Model) WithWords() *Model {
	g := m.header.Grams
	if g.Words == 0 || g.CharsMin == 0 || m.header.Groups == 0 {
		return m
	}
	with := *m
	with.words = newWords(m)
	return &with
}

// newWords reads the frequent words letter by letter.
func newWords(m *Model) *words {
	w := &words{index: frequent.Load(), stride: (len(m.header.Classes) + 3) / 4}
	all := w.index.Words()
	w.hashes, w.features = make([]uint64, len(all)), make([]uint8, len(all))
	w.rows = make([]uint64, len(all)*w.stride)
	r := Reader{Letters: true}
	var hits []Hit
	sums := make([]int, len(m.header.Classes))
	for id, word := range all {
		known, n := r.Known(hits[:0], m, word, nil, nil, nil)
		hits = known
		if len(r.units) != 1 || n > 255 {
			continue
		}
		clear(sums)
		m.Weigh(sums, hits)
		if w.set(id, sums) {
			w.hashes[id], w.features[id] = r.units[0].hash, uint8(n) //nolint:gosec // checked above
		}
	}
	return w
}

// set writes the row of a word, unless a sum does not fit.
func (w *words) set(id int, sums []int) bool {
	for _, v := range sums {
		if v <= -lift || v >= lift {
			return false
		}
	}
	row := w.rows[id*w.stride:][:w.stride]
	if len(sums) == few {
		row[0] = pack(sums[0], sums[1], sums[2])
		return true
	}
	for c := range 4 * w.stride {
		v := lift
		if c < len(sums) {
			v += sums[c]
		}
		row[c/4] |= uint64(v) << (c % 4 * 16) //nolint:gosec // not negative
	}
	return true
}

// add adds the rows of the words among the hits, of which there are no more than liftedRows, to
// sums.
func (w *words) add(sums []int, ids []int32) {
	for j := range w.stride {
		four := uint64(0)
		for _, id := range ids {
			four += w.rows[int(id)*w.stride+j]
		}
		for c := 4 * j; c < min(4*j+4, len(sums)); c++ {
			sums[c] += int(four>>(c%4*16)&0xFFFF) - lift*len(ids)
		}
	}
}
