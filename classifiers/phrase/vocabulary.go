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
	seg   Segmenter
	keys  []string // folded token by id
	slots []slot   // open addressing, a power of two, at most half full
	posts sync.Pool
}

// slot is a place of the table; id is one more than the token's, 0 for a free place.
type slot struct {
	hash uint32
	id   int32
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

// place is the part of a hash that is kept in a slot.
func place(h uint64) uint32 { return uint32(h >> 32) }

// find gives the id of a folded token with its hash, or Unknown.
func (v *Vocabulary) find(folded []byte, h uint64) int32 {
	p := place(h)
	mask := uint32(len(v.slots) - 1)
	for i := p & mask; ; i = (i + 1) & mask {
		s := v.slots[i]
		if s.id == 0 {
			return Unknown
		}
		if s.hash == p && v.keys[s.id-1] == string(folded) {
			return s.id - 1
		}
	}
}

// findText is find for a token that is its own folded form.
func (v *Vocabulary) findText(folded string, h uint64) int32 {
	p := place(h)
	mask := uint32(len(v.slots) - 1)
	for i := p & mask; ; i = (i + 1) & mask {
		s := v.slots[i]
		if s.id == 0 {
			return Unknown
		}
		if s.hash == p && v.keys[s.id-1] == folded {
			return s.id - 1
		}
	}
}

// intern gives the id of a folded token, a new one if need be.
func (v *Vocabulary) intern(folded []byte) int32 {
	h := hashOf(folded)
	if id := v.find(folded, h); id != Unknown {
		return id
	}
	if 2*(len(v.keys)+1) > len(v.slots) {
		v.slots = make([]slot, 2*len(v.slots))
		for id, key := range v.keys {
			v.put(hashOf([]byte(key)), int32(id))
		}
	}
	id := int32(len(v.keys))
	v.keys = append(v.keys, string(folded))
	v.put(h, id)
	return id
}

func (v *Vocabulary) put(h uint64, id int32) {
	mask := uint32(len(v.slots) - 1)
	i := place(h) & mask
	for v.slots[i].id != 0 {
		i = (i + 1) & mask
	}
	v.slots[i] = slot{hash: place(h), id: id + 1}
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
