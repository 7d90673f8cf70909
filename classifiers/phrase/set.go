// Package phrase finds a set of words and phrases, in Khmer, English and romanised Khmer, in
// a text.
//
// A text is cut into tokens: Khmer into orthographic clusters, everything else into words,
// signs and emoji. Phrases are sequences of tokens in a trie, so that a Khmer phrase never
// matches from within a cluster and an English one never from within a word. Words match
// whatever their case, and a hyphen counts as a space.
//
// The package owns matching and its offsets. What a match means is for its callers; it does
// not normalise the text, which the pipeline has done before.
package phrase

import (
	"errors"
	"slices"
)

// Set is a set of phrases. Add builds it; after the last Add it is safe for concurrent use.
type Set struct {
	ids   map[string]int32 // folded token to its id
	root  []int32          // token id to a node, or 0
	edges map[uint64]int32 // node<<32 | token id to a node
	nodes []node
	count int
}

type node struct {
	phrase int32 // that ends here, or -1
	inner  bool  // longer phrases go through it
}

// NewSet makes an empty set.
func NewSet() *Set {
	return &Set{ids: map[string]int32{}, edges: map[uint64]int32{}, nodes: []node{{phrase: -1}}}
}

// Len gives the number of distinct phrases.
func (s *Set) Len() int { return s.count }

// Add puts a phrase into the set and gives its number, counted from 0 in the order of first
// Add. Phrases that the tokens cannot tell apart ("Co-op", "co op") have one number, and
// added is false for all but the first. A phrase without a letter, digit or sign is an error.
func (s *Set) Add(text string) (number int, added bool, err error) {
	sc := scanner{text: text, lookup: s.intern}
	tokens := sc.scan(nil)
	if len(tokens) == 0 {
		return 0, false, errors.New("holds nothing that could match")
	}
	for len(s.root) < len(s.ids) {
		s.root = append(s.root, 0)
	}
	at := int32(0)
	for i, t := range tokens {
		if t.ID == Unknown {
			return 0, false, errors.New("holds a web address or a word of 64 bytes or more")
		}
		next := s.step(at, t.ID)
		if next == 0 {
			next = int32(len(s.nodes))
			s.nodes = append(s.nodes, node{phrase: -1})
			if at == 0 {
				s.root[t.ID] = next
			} else {
				s.edges[edge(at, t.ID)] = next
			}
		}
		at = next
		if i < len(tokens)-1 {
			s.nodes[at].inner = true
		}
	}
	if n := s.nodes[at].phrase; n >= 0 {
		return int(n), false, nil
	}
	s.nodes[at].phrase = int32(s.count)
	s.count++
	return s.count - 1, true, nil
}

func (s *Set) intern(folded []byte) int32 {
	id, ok := s.ids[string(folded)]
	if !ok {
		id = int32(len(s.ids))
		s.ids[string(folded)] = id
	}
	return id
}

func (s *Set) find(folded []byte) int32 {
	if id, ok := s.ids[string(folded)]; ok {
		return id
	}
	return Unknown
}

func edge(node, token int32) uint64 { return uint64(uint32(node))<<32 | uint64(uint32(token)) }

// step gives the node after at on the token, or 0.
func (s *Set) step(at, token int32) int32 {
	if at == 0 {
		return s.root[token]
	}
	if !s.nodes[at].inner {
		return 0
	}
	return s.edges[edge(at, token)]
}

// Scan appends the tokens of the text to dst.
func (s *Set) Scan(dst []Token, text string) []Token {
	sc := scanner{text: text, lookup: s.find}
	return sc.scan(dst)
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
		ends = s.endings(ends[:0], tokens, i)
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

// endings appends every phrase that starts at token i, the shortest first.
func (s *Set) endings(dst []Match, tokens []Token, i int) []Match {
	at := int32(0)
	for j := i; j < len(tokens); j++ {
		t := tokens[j]
		if t.ID == Unknown || j > i && !joined(tokens[j-1], t) {
			break
		}
		if at = s.step(at, t.ID); at == 0 {
			break
		}
		if n := s.nodes[at].phrase; n >= 0 {
			dst = append(dst, Match{Phrase: int(n), First: i, Last: j + 1, Start: tokens[i].Start, End: t.End})
		}
	}
	return dst
}

// joined reports whether b may follow a within a phrase.
func joined(a, b Token) bool {
	if a.Class == Symbol || b.Class == Symbol {
		return b.Gap == None
	}
	return b.Gap <= Soft
}
