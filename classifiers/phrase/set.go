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
	"slices"
)

// Set is a set of phrases. Add builds it; after the last Add it is safe for concurrent use.
type Set struct {
	vocabulary *Vocabulary
	roots      []root   // by token id; short where the vocabulary grew later
	pairs      []uint64 // a bit for the hash of the first two tokens of each longer phrase
	keys       []uint64 // of edges: node<<32 | token id; open addressing, at most half full
	nexts      []int32  // the node that the key of the same index leads to
	edges      int
	nodes      []node
	count      int
}

// root is what a Set knows of a token: the node of the phrases that begin with it and what
// is there, so that most places of a text are passed with one look.
type root struct {
	node  int32
	known bool // some phrase holds the token
	whole bool // a phrase by itself
	inner bool // longer phrases begin with it
}

type node struct {
	phrase int32 // that ends here, or -1
	inner  bool  // longer phrases go through it
}

const pairBits = 1 << 16

// NewSet makes an empty set with a vocabulary of its own.
func NewSet() *Set { return NewVocabulary(nil).NewSet() }

// NewSet makes an empty set of the vocabulary.
func (v *Vocabulary) NewSet() *Set {
	return &Set{
		vocabulary: v, nodes: []node{{phrase: -1}}, pairs: make([]uint64, pairBits/64),
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
			if i == 1 {
				h := pairHash(tokens[0].ID, t.ID)
				s.pairs[h>>6] |= 1 << (h & 63)
			}
			next := s.step(at, t.ID)
			if next == 0 {
				next = s.grow()
				s.link(at, t.ID, next)
			}
			at = next
		}
		s.nodes[at].inner = s.nodes[at].inner || !last
	}
	if n := s.nodes[at].phrase; n >= 0 {
		return int(n), false, nil
	}
	s.nodes[at].phrase = int32(s.count)
	s.count++
	return s.count - 1, true, nil
}

func (s *Set) grow() int32 {
	s.nodes = append(s.nodes, node{phrase: -1})
	return int32(len(s.nodes) - 1)
}

func edge(node, token int32) uint64 { return uint64(uint32(node))<<32 | uint64(uint32(token)) }

func edgeHash(key uint64) uint64 {
	key *= 0x9E3779B97F4A7C15
	return key ^ key>>32
}

func pairHash(a, b int32) uint32 {
	return (uint32(a)*0x9E3779B1 ^ uint32(b)*0x85EBCA77) * 0xC2B2AE3D >> 16 % pairBits
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

// Match is a phrase found in a text: the tokens [First, Last), the bytes [Start, End).
type Match struct {
	Phrase      int
	First, Last int
	Start, End  int
}

// Find appends to dst the phrases found in the tokens, from the left, the longest at each
// place, none overlapping another. accept may refuse a match, upon which the next shorter one
// at the same place is tried; nil accepts all. The time is linear in the number of tokens
// for a given set, since the longest phrase bounds each look ahead.
func (s *Set) Find(dst []Match, tokens []Token, accept func(Match) bool) []Match {
	var buffer [8]Match
	ends := buffer[:0]
	for i := 0; i < len(tokens); {
		id := s.id(&tokens[i])
		if id < 0 || int(id) >= len(s.roots) {
			i++
			continue
		}
		r := s.roots[id]
		if !r.whole && (!r.inner || !s.promising(id, tokens, i)) {
			i++
			continue
		}
		ends = s.endings(ends[:0], tokens, i, r)
		next := i + 1
		for _, m := range slices.Backward(ends) {
			if accept == nil || accept(m) {
				dst = append(dst, m)
				next = m.Last
				break
			}
		}
		i = next
	}
	return dst
}

// promising reports whether a phrase may begin with token i, whose id is given, and the next.
func (s *Set) promising(id int32, tokens []Token, i int) bool {
	if i+1 >= len(tokens) {
		return false
	}
	h := pairHash(id, s.id(&tokens[i+1]))
	return s.pairs[h>>6]&(1<<(h&63)) != 0
}

// endings appends every phrase that starts at token i, which is r, the shortest first.
func (s *Set) endings(dst []Match, tokens []Token, i int, r root) []Match {
	at, start := r.node, tokens[i].Start
	for j := i; ; {
		n := s.nodes[at]
		if n.phrase >= 0 {
			dst = append(dst, Match{Phrase: int(n.phrase), First: i, Last: j + 1, Start: start, End: tokens[j].End})
		}
		j++
		if !n.inner || j >= len(tokens) || !joined(&tokens[j-1], &tokens[j]) {
			return dst
		}
		id := s.id(&tokens[j])
		if id == Unknown {
			return dst
		}
		if at = s.step(at, id); at == 0 {
			return dst
		}
	}
}

// joined reports whether b may follow a within a phrase.
func joined(a, b *Token) bool {
	if a.Class == Symbol || b.Class == Symbol {
		return b.Gap == None
	}
	return b.Gap <= Soft
}
