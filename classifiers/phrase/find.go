package phrase

import "slices"

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
	t := s.sealed.Load()
	if t == nil {
		t = s.seal()
		s.sealed.Store(t)
	}
	var buffer [8]Match
	ends := buffer[:0]
	for i := 0; i < len(tokens); {
		id := s.id(&tokens[i])
		if id < 0 || int(id) >= len(t.roots) {
			i++
			continue
		}
		r := t.roots[id]
		if !r.whole && (!r.inner || !s.promising(t, id, tokens, i)) {
			i++
			continue
		}
		ends = s.endings(t, ends[:0], tokens, i, r)
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
func (s *Set) promising(t *trie, id int32, tokens []Token, i int) bool {
	if i+1 >= len(tokens) {
		return false
	}
	h := pairHash(id, s.id(&tokens[i+1])) & t.pairMask
	return t.pairs[h>>6]&(1<<(h&63)) != 0
}

// endings appends every phrase that starts at token i, which is r, the shortest first.
func (s *Set) endings(t *trie, dst []Match, tokens []Token, i int, r root) []Match {
	n, start := &t.nodes[r.node], tokens[i].Start
	for j := i; ; {
		if n.phrase >= 0 {
			dst = append(dst, Match{Phrase: int(n.phrase), First: i, Last: j + 1, Start: start, End: tokens[j].End})
		}
		j++
		if n.block == 0 || j >= len(tokens) || !joined(&tokens[j-1], &tokens[j]) {
			return dst
		}
		id := s.id(&tokens[j])
		if id == Unknown {
			return dst
		}
		if n = t.step(n, id); n == nil {
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
