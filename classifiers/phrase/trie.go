package phrase

import (
	"math/bits"
	"slices"
)

// trie is a Set made ready for reading. What a text is likely to ask for next lies together: the
// children of a node in one block, and the blocks of its children right after it, so that most
// phrases are followed through one or two lines of the cache.
type trie struct {
	roots    []root   // by token id; short where the vocabulary grew later
	pairs    []uint64 // a bit for the hash of the first two tokens of each longer phrase
	pairMask uint32
	nodes    []branch
}

// branch is a node, in the block of its parent.
type branch struct {
	token  int32  // that leads here, or Unknown for a free place of a hashed block
	phrase int32  // that ends here, or -1
	block  uint32 // of the children: where it begins in nodes, times 32, plus its size; 0 for none
}

// The size of a block is the number of its children up to mostListed, which are looked through
// from first to last; from there on the places of an open-addressing table, and the size is
// hashed plus their binary logarithm.
const (
	mostListed = 6
	hashed     = mostListed + 1
	sizeBits   = 5
)

// blockHash is where in a hashed block a token begins to be looked for, before the mask.
func blockHash(token int32) uint32 { return uint32(token) * 0x9E3779B1 >> 15 }

// step gives the child of a node on the token, or nil.
func (t *trie) step(n *branch, token int32) *branch {
	size := n.block & (1<<sizeBits - 1)
	block := t.nodes[n.block>>sizeBits:]
	if size <= mostListed {
		block = block[:size]
		for i := range block {
			if block[i].token == token {
				return &block[i]
			}
		}
		return nil
	}
	mask := uint32(1)<<(size-hashed) - 1
	block = block[:mask+1]
	for i := blockHash(token) & mask; ; i = (i + 1) & mask {
		switch block[i].token {
		case token:
			return &block[i]
		case Unknown:
			return nil
		}
	}
}

func pairHash(a, b int32) uint32 {
	h := (uint32(a)*0x9E3779B1 ^ uint32(b)*0x85EBCA77) * 0xC2B2AE3D
	return h ^ h>>15
}

// perPair is how many bits the filter of pairs has for each of them, rounded up to a power of two.
const perPair = 8

// seal makes the trie of a Set.
func (s *Set) seal() *trie {
	children := make([][]branch, len(s.phrases)) // block is the number of the node in the Set
	for i, key := range s.keys {
		if key != 0 {
			at, token := int32(key>>32), int32(uint32(key)) //nolint:gosec // as edge put them together
			next := s.nexts[i]
			children[at] = append(children[at], branch{token: token, phrase: s.phrases[next], block: uint32(next)})
		}
	}
	t := &trie{roots: slices.Clone(s.roots)}
	pairs := 0
	for id := range s.roots {
		if at := s.roots[id].node; at != 0 {
			pairs += len(children[at])
		}
	}
	width := max(bits.Len(uint(perPair*pairs)), 10)
	t.pairs, t.pairMask = make([]uint64, 1<<width/64), 1<<width-1
	t.nodes = make([]branch, 1, len(s.phrases)+len(s.phrases)/4)
	for id := range t.roots {
		r := &t.roots[id]
		if r.node == 0 {
			continue
		}
		for _, c := range children[r.node] {
			h := pairHash(int32(id), c.token) & t.pairMask
			t.pairs[h>>6] |= 1 << (h & 63)
		}
		at := r.node
		r.node = int32(len(t.nodes))
		t.nodes = append(t.nodes, branch{token: int32(id), phrase: s.phrases[at]})
		t.lay(r.node, at, children)
	}
	return t
}

// lay puts the children of a node, which is number at in the Set, behind all that is there, then
// theirs.
func (t *trie) lay(node, at int32, children [][]branch) {
	all := children[at]
	if len(all) == 0 {
		return
	}
	slices.SortFunc(all, func(a, b branch) int { return int(a.token) - int(b.token) })
	first := len(t.nodes)
	size, places := len(all), len(all)
	if len(all) > mostListed {
		width := bits.Len(uint(len(all) + len(all)/2))
		size, places = hashed+width, 1<<width
	}
	t.nodes[node].block = uint32(first<<sizeBits | size)
	for range places {
		t.nodes = append(t.nodes, branch{token: Unknown, phrase: -1})
	}
	for i, c := range all {
		to := first + i
		if size > mostListed {
			mask := uint32(places - 1)
			p := blockHash(c.token) & mask
			for t.nodes[first+int(p)].token != Unknown {
				p = (p + 1) & mask
			}
			to = first + int(p)
		}
		number := int32(c.block)
		c.block = 0
		t.nodes[to] = c
		t.lay(int32(to), number, children)
	}
}
