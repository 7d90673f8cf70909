package ngram

import "samleng/classifiers/internal/frequent"

// words holds the sums of the weights of all features of the frequent words.
type words struct {
	index    *frequent.Index
	features []uint8             // how many the word has; 0 for one that is read letter by letter
	rows     [][wordLanes]uint64 // of each word four classes in a number, each with lift added
}

// The row of a word has lift added to every sum, so that none is negative, and wordRows of them are
// added before they are taken apart.
const (
	wordLanes = (MaxClasses + 3) / 4
	lift      = 1 << 12
	wordRows  = 8
)

// newWords sums up what the model says of the frequent words.
func newWords(m *Model) *words {
	w := &words{index: frequent.Load()}
	all := w.index.Words()
	w.features, w.rows = make([]uint8, len(all)), make([][wordLanes]uint64, len(all))
	var grams []uint64
	for id, word := range all {
		grams = AppendGrams(grams[:0], word)
		var sums [MaxClasses]int32
		m.sum(&sums, grams)
		if len(grams) < 256 && w.set(id, &sums) {
			w.features[id] = uint8(len(grams))
		}
	}
	return w
}

// set writes the row of a word, unless a sum does not fit.
func (w *words) set(id int, sums *[MaxClasses]int32) bool {
	row := [wordLanes]uint64{}
	for c, v := range sums {
		if v <= -lift || v >= lift {
			return false
		}
		row[c/4] |= uint64(v+lift) << (c % 4 * 16) //nolint:gosec // not negative
	}
	w.rows[id] = row
	return true
}

// add adds the rows of words to sums.
func (w *words) add(sums *[MaxClasses]int32, ids []uint16) {
	for len(ids) > 0 {
		part := ids[:min(len(ids), wordRows)]
		ids = ids[len(part):]
		var four [wordLanes]uint64
		for _, id := range part {
			row := &w.rows[id]
			for i := range four {
				four[i] += row[i]
			}
		}
		for c := range sums {
			sums[c] += int32(four[c/4]>>(c%4*16)&0xFFFF) - int32(lift*len(part)) //nolint:gosec // small
		}
	}
}
