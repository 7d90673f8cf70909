package phrase

import (
	"sync"
	"unicode/utf8"

	"samleng/classifiers/khmer"
)

// Vocabulary gives every token that a phrase of one of its Sets is made of a number, so that a
// text is cut and looked up once for all of them (Read). It is built by the Add of its Sets;
// after the last Add it is safe for concurrent use.
type Vocabulary struct {
	seg    Segmenter
	hashes []uint64 // of the folded tokens, by id
	slots  []slot   // open addressing, a power of two, at most half full
	posts  sync.Pool
}

// slot is a place of the table: the upper half of a token's hash, and one more than its id, 0 for a
// free place. Where a token stands tells of the lower half. Two tokens with one hash would be taken
// for one another: one in 10^9 unknown words is like one of the tens of thousands that are known.
type slot struct {
	upper uint32
	id    int32
}

// NewVocabulary makes an empty vocabulary. seg tells Reading.Whole where Khmer words end; with
// a nil seg every match is whole.
func NewVocabulary(seg Segmenter) *Vocabulary {
	return &Vocabulary{seg: seg, slots: make([]slot, 1<<10)}
}

// Of is NewVocabulary with the segmenter of Khmer, nil for none.
func Of(seg *khmer.Segmenter) *Vocabulary {
	if seg == nil {
		return NewVocabulary(nil)
	}
	return NewVocabulary(seg)
}

// hashStep adds a rune to the hash of a folded token, which starts from 0.
func hashStep(h uint64, r rune) uint64 { return (h ^ uint64(r)) * 0x9E3779B97F4A7C15 }

// place is where in a table of a power of two, less one, a hash begins to look.
func place(h, mask uint64) uint64 { return (h ^ h>>32) & mask }

// find gives the id of the folded token with a hash, or Unknown.
func (v *Vocabulary) find(h uint64) int32 {
	mask := uint64(len(v.slots) - 1)
	for i := place(h, mask); ; i = (i + 1) & mask {
		s := v.slots[i&mask]
		if s.id == 0 || s.upper == uint32(h>>32) {
			return s.id - 1
		}
	}
}

// intern gives the id of the folded token with a hash, a new one if need be.
func (v *Vocabulary) intern(h uint64) int32 {
	if id := v.find(h); id != Unknown {
		return id
	}
	if 2*(len(v.hashes)+1) > len(v.slots) {
		v.slots = make([]slot, 2*len(v.slots))
		for id, h := range v.hashes {
			v.put(h, int32(id))
		}
	}
	id := int32(len(v.hashes))
	v.hashes = append(v.hashes, h)
	v.put(h, id)
	return id
}

func (v *Vocabulary) put(h uint64, id int32) {
	mask := uint64(len(v.slots) - 1)
	i := place(h, mask)
	for v.slots[i].id != 0 {
		i = (i + 1) & mask
	}
	v.slots[i] = slot{upper: uint32(h >> 32), id: id + 1}
}

func hashOf(folded []byte) uint64 {
	h := uint64(0)
	for len(folded) > 0 {
		r, n := utf8.DecodeRune(folded)
		h = hashStep(h, r)
		folded = folded[n:]
	}
	return h
}
