// Package phrase finds sets of words and phrases, in Khmer, English and romanised Khmer, in
// a text that is read once for all of them.
//
// A text is cut into tokens: Khmer into orthographic clusters, everything else into words,
// signs and emoji. Phrases are sequences of tokens in a trie, so that a Khmer phrase never
// matches from within a cluster and an English one never from within a word. Words match
// whatever their case, and a hyphen counts as a space.
//
// A Vocabulary numbers the tokens of any number of Sets, and its Read gives the tokens of a
// post, and lazily the borders of its Khmer words, to whoever has a Set of it. The
// package owns matching and its offsets. What a match means is for its callers; it does
// not normalise the text, which the pipeline has done before.
package phrase

import (
	"errors"
	"sync/atomic"
)

// Set is a set of phrases. Add builds it; after the last Add it is safe for concurrent use.
type Set struct {
	vocabulary *Vocabulary
	roots      []root   // by token id; short where the vocabulary grew later
	keys       []uint64 // of edges: node<<32 | token id; open addressing, at most half full
	nexts      []int32  // the node that the key of the same index leads to
	edges      int
	phrases    []int32 // by node, the phrase that ends there or -1
	count      int
	sealed     atomic.Pointer[trie] // what is read; nil before the first Find after an Add
}

// root is what a Set knows of a token: the node of the phrases that begin with it and what
// is there, so that most places of a text are passed with one look.
type root struct {
	node  int32
	known bool // some phrase holds the token
	whole bool // a phrase by itself
	inner bool // longer phrases begin with it
}

// NewSet makes an empty set with a vocabulary of its own.
func NewSet() *Set { return NewVocabulary(nil).NewSet() }

// NewSet makes an empty set of the vocabulary.
func (v *Vocabulary) NewSet() *Set {
	return &Set{
		vocabulary: v, phrases: []int32{-1},
		keys: make([]uint64, 64), nexts: make([]int32, 64),
	}
}

// Vocabulary is the one that the set was made of.
func (s *Set) Vocabulary() *Vocabulary { return s.vocabulary }

// Len gives the number of distinct phrases.
func (s *Set) Len() int { return s.count }

// Add puts a phrase into the set and gives its number, counted from 0 in the order of first
// Add. Phrases that the tokens cannot tell apart ("Co-op", "co op") have one number, and
// added is false for all but the first. A phrase without a letter, digit or sign is an error.
func (s *Set) Add(text string) (number int, added bool, err error) {
	sc := scanner{text: text, vocabulary: s.vocabulary, intern: true}
	tokens := sc.scan(nil)
	if len(tokens) == 0 {
		return 0, false, errors.New("holds nothing that could match")
	}
	for _, t := range tokens {
		if t.ID == Unknown {
			return 0, false, errors.New("holds a web address or a word of 64 bytes or more")
		}
	}
	s.sealed.Store(nil)
	at := int32(0)
	for i, t := range tokens {
		last := i == len(tokens)-1
		for int(t.ID) >= len(s.roots) {
			s.roots = append(s.roots, root{})
		}
		r := &s.roots[t.ID]
		r.known = true
		if i == 0 {
			if r.node == 0 {
				r.node = s.grow()
			}
			r.whole, r.inner = r.whole || last, r.inner || !last
			at = r.node
		} else {
			next := s.step(at, t.ID)
			if next == 0 {
				next = s.grow()
				s.link(at, t.ID, next)
			}
			at = next
		}
	}
	if n := s.phrases[at]; n >= 0 {
		return int(n), false, nil
	}
	s.phrases[at] = int32(s.count)
	s.count++
	return s.count - 1, true, nil
}

func (s *Set) grow() int32 {
	s.phrases = append(s.phrases, -1)
	return int32(len(s.phrases) - 1)
}

func edge(node, token int32) uint64 { return uint64(uint32(node))<<32 | uint64(uint32(token)) }

func edgeHash(key uint64) uint64 {
	key *= 0x9E3779B97F4A7C15
	return key ^ key>>32
}

// link enters an edge that is not there.
func (s *Set) link(at, token, next int32) {
	if s.edges++; 2*s.edges > len(s.keys) {
		keys, nexts := s.keys, s.nexts
		s.keys, s.nexts = make([]uint64, 2*len(keys)), make([]int32, 2*len(nexts))
		for i, key := range keys {
			if key != 0 {
				s.put(key, nexts[i])
			}
		}
	}
	s.put(edge(at, token), next)
}

func (s *Set) put(key uint64, next int32) {
	mask := uint64(len(s.keys) - 1)
	i := edgeHash(key) & mask
	for s.keys[i] != 0 {
		i = (i + 1) & mask
	}
	s.keys[i], s.nexts[i] = key, next
}

// step gives the node after at, which is not the root, on the token, or 0.
func (s *Set) step(at, token int32) int32 {
	key := edge(at, token)
	mask := uint64(len(s.keys) - 1)
	for i := edgeHash(key) & mask; ; i = (i + 1) & mask {
		switch s.keys[i] {
		case key:
			return s.nexts[i]
		case 0:
			return 0
		}
	}
}

// Scan appends the tokens of the text to dst.
func (s *Set) Scan(dst []Token, text string) []Token {
	sc := scanner{text: text, vocabulary: s.vocabulary}
	return sc.scan(dst)
}

// id gives the token's number where the set knows it, or Unknown. A word with a letter
// three or more times in a row is the first of its shorter spellings that the set knows.
func (s *Set) id(t *Token) int32 {
	if !t.long {
		return t.ID
	}
	for _, id := range [...]int32{t.ID, t.squeezed[0], t.squeezed[1]} {
		if s.knows(id) {
			return id
		}
	}
	return Unknown
}

func (s *Set) knows(id int32) bool { return id >= 0 && int(id) < len(s.roots) && s.roots[id].known }

// Stretched reports whether the set knows the token only without a letter that it repeats.
func (s *Set) Stretched(t *Token) bool {
	return t.long && !s.knows(t.ID) && s.id(t) != Unknown
}
