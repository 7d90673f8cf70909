package place

import (
	"unicode"
	"unicode/utf8"
)

// A name is matched as a string of symbols, one byte for a rune: a Latin letter is its lower
// case without accents, the Khmer block is 0x80 to 0xFF. Apostrophes inside a Latin name are
// left out (S'ang, Sang), and spaces and hyphens may stand where a name has its joints.

// symCoeng is the symbol of the sign that puts the consonant after it below.
const symCoeng = 0x80 | 0x52

// khmerSymbol gives the symbol of the Khmer rune at byte i of s, or 0.
func khmerSymbol(s string, i int) byte {
	if i+2 >= len(s) || s[i] != 0xE1 || s[i+1]|1 != 0x9F {
		return 0
	}
	return 0x80 | s[i+1]<<6 | s[i+2]&0x3F
}

// isBase reports whether the symbol is a Khmer consonant or independent vowel.
func isBase(sym byte) bool { return sym >= 0x80 && sym < 0xB4 }

// isMark reports whether the symbol belongs to the Khmer cluster before it.
func isMark(sym byte) bool { return sym >= 0xB4 && sym <= 0xD3 || sym == 0xDD }

func isKhmerDigit(sym byte) bool { return sym >= 0xE0 && sym <= 0xE9 }

// lowerASCII has the symbol of each ASCII letter and digit, and 0 for all other bytes.
var lowerASCII = func() (t [256]byte) {
	for c := byte('0'); c <= '9'; c++ {
		t[c] = c
	}
	for c := byte('a'); c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = c, c
	}
	return t
}()

// latinSymbol gives the symbol of the letter or digit at byte i of s and its length; 0 for
// anything else.
func latinSymbol(s string, i int) (sym byte, n int) {
	if i >= len(s) {
		return 0, 0
	}
	if c := s[i]; c < utf8.RuneSelf {
		return lowerASCII[c], 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	return accented(r), n
}

// accented gives the letter under the accent, 1 for another letter that is not Khmer, or 0.
func accented(r rune) byte {
	switch unicode.ToLower(r) {
	case 'à', 'á', 'â', 'ã', 'ă', 'ā':
		return 'a'
	case 'è', 'é', 'ê', 'ĕ', 'ē':
		return 'e'
	case 'ì', 'í', 'î', 'ĭ', 'ī':
		return 'i'
	case 'ò', 'ó', 'ô', 'ŏ', 'ō':
		return 'o'
	case 'ù', 'ú', 'û', 'ŭ', 'ū':
		return 'u'
	}
	if r >= 0x1780 && r <= 0x17FF || !unicode.IsLetter(r) {
		return 0
	}
	return 1
}

// apostrophe gives the length of the apostrophe at byte i of s, or 0.
func apostrophe(s string, i int) int {
	switch {
	case i >= len(s):
	case s[i] == '\'':
		return 1
	case s[i] == 0xE2 && len(s)-i >= 3 && s[i+1] == 0x80 && s[i+2] == 0x99:
		return 3
	}
	return 0
}

// gap gives the length of the space, hyphen or underscore at byte i of s, or 0.
func gap(s string, i int) int {
	switch {
	case i >= len(s):
	case s[i] == ' ' || s[i] == '-' || s[i] == '_':
		return 1
	case s[i] == 0xC2 && i+1 < len(s) && s[i+1] == 0xA0:
		return 2
	case s[i] == 0xE2 && len(s)-i >= 3 && s[i+1] == 0x80 && s[i+2] == 0x8B: // zero-width space
		return 3
	}
	return 0
}

// foldName gives the symbols of a name and, for each, whether a gap may stand before it.
func foldName(name string) (symbols []byte, gaps []bool) {
	pending := false
	for i := 0; i < len(name); {
		if sym := khmerSymbol(name, i); sym != 0 {
			symbols, gaps = append(symbols, sym), append(gaps, pending)
			pending = false
			i += 3
			continue
		}
		sym, n := latinSymbol(name, i)
		if sym > 1 {
			symbols, gaps = append(symbols, sym), append(gaps, pending)
			pending = false
		} else if gap(name, i) > 0 {
			pending = len(symbols) > 0
		}
		i += n
	}
	return symbols, gaps
}

// builder makes a trie.
type builder struct{ nodes []building }

type building struct {
	next map[byte]int
	gap  bool // a gap may stand after this node
	form int  // or -1
}

func newBuilder() *builder { return &builder{nodes: []building{{next: map[byte]int{}, form: -1}}} }

// add enters a name and gives the form it has: the given one if it is new.
func (b *builder) add(symbols []byte, gaps []bool, form int) int {
	at := 0
	for i, sym := range symbols {
		if gaps[i] {
			b.nodes[at].gap = true
		}
		next, ok := b.nodes[at].next[sym]
		if !ok {
			next = len(b.nodes)
			b.nodes = append(b.nodes, building{next: map[byte]int{}, form: -1})
			b.nodes[at].next[sym] = next
		}
		at = next
	}
	if b.nodes[at].form < 0 {
		b.nodes[at].form = form
	}
	return b.nodes[at].form
}

// trie holds the names. The children of a node lie side by side, in the order of labels.
type trie struct {
	nodes  []node
	root   [256]int32           // the node after each first symbol, or 0
	labels []byte               // of the node with the same index
	starts [1 << 16 / 64]uint64 // a bit for the hash of each way a name can start
}

// promising gives 1 where a name may start with the symbols, a byte each from the highest on, 0 for each that
// is not one, and else 0. It rules nearly every place in a text out.
func (t *trie) promising(start uint32) uint64 {
	h := startHash(start)
	return t.starts[h>>6] >> (h & 63) & 1
}

// startSymbols is how far a name is looked at before it is looked up.
const startSymbols = 4

func startHash(start uint32) uint32 { return start * 0x9E3779B1 >> 16 }

type node struct {
	first, form int32
	count       uint8
	gap         bool
}

// freeze gives the finished trie.
func (b *builder) freeze() *trie {
	t := &trie{nodes: make([]node, 1, len(b.nodes)), labels: make([]byte, 1, len(b.nodes))}
	queue := []int{0}
	for at := 0; at < len(queue); at++ {
		from := &b.nodes[queue[at]]
		t.nodes[at] = node{first: int32(len(t.nodes)), form: int32(from.form), count: uint8(len(from.next)), gap: from.gap} //nolint:gosec // a few thousand names
		for sym := range 256 {
			if child, ok := from.next[byte(sym)]; ok {
				t.nodes = append(t.nodes, node{})
				t.labels = append(t.labels, byte(sym))
				queue = append(queue, child)
			}
		}
	}
	for i := t.nodes[0].first; i < t.nodes[0].first+int32(t.nodes[0].count); i++ {
		t.root[t.labels[i]] = i
	}
	t.mark(0, 0, 0)
	return t
}

// mark enters the starts of the names below node at, which the first n symbols lead to. A gap
// or an apostrophe, and the end of a name, is the symbol 0 and hides what follows.
func (t *trie) mark(at int32, n int, start uint32) {
	if n > 0 {
		h := startHash(start << (8 * (startSymbols - n)))
		t.starts[h>>6] |= 1 << (h & 63)
	}
	if n == startSymbols {
		return
	}
	from := &t.nodes[at]
	if from.form >= 0 && n == startSymbols-1 && byte(start) >= 0x80 {
		for after := range uint32(256) { // a Khmer name has no sign of its end
			h := startHash(start<<8 | after)
			t.starts[h>>6] |= 1 << (h & 63)
		}
	}
	for i := from.first; i < from.first+int32(from.count); i++ {
		t.mark(i, n+1, start<<8|uint32(t.labels[i]))
	}
}

// step gives the node after at on the symbol, or 0.
func (t *trie) step(at int32, sym byte) int32 {
	if at == 0 {
		return t.root[sym]
	}
	n := &t.nodes[at]
	for i := n.first; i < n.first+int32(n.count); i++ {
		if t.labels[i] == sym {
			return i
		}
	}
	return 0
}

// match gives the longest name that starts at byte i of s, where a cluster or word starts:
// its form and end, or a form below 0. It ends where a cluster or word ends.
func (t *trie) match(s string, i int) (found int32, end int) {
	found = -1
	at := int32(0)
	for {
		sym, n := khmerSymbol(s, i), 3
		if sym == 0 {
			sym, n = latinSymbol(s, i)
		}
		if sym == 0 {
			if a := apostrophe(s, i); a > 0 && at != 0 {
				i += a
				continue
			}
			g := gap(s, i)
			if g == 0 && i < len(s) && s[i] == '.' { // K. Cham
				g = 1
			}
			if g == 0 || !t.nodes[at].gap {
				return found, end
			}
			i += g
			if g = gap(s, i); g > 0 {
				i += g
			}
			if sym, n = khmerSymbol(s, i), 3; sym == 0 {
				sym, n = latinSymbol(s, i)
			}
		}
		if at = t.step(at, sym); at == 0 {
			return found, end
		}
		i += n
		if f := t.nodes[at].form; f >= 0 && nameEnds(s, i, sym) {
			found, end = f, i
		}
	}
}

// nameEnds reports whether a cluster or word ends at byte i of s, after the symbol.
func nameEnds(s string, i int, after byte) bool {
	if after >= 0x80 {
		sym := khmerSymbol(s, i)
		return !isMark(sym) && (!isKhmerDigit(after) || !isKhmerDigit(sym))
	}
	sym, _ := latinSymbol(s, i)
	return sym == 0
}
