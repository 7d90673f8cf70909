package duplicate

import (
	"math/bits"
	"unicode"
	"unicode/utf8"

	"samleng/classifiers/khmer"
)

// scan takes the units of text in their order.
func (s *sketcher) scan(text string) {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			switch kindOfASCII(c) {
			case word:
				if n := linkLen(text[i:]); n > 0 {
					i += n
				} else {
					i = s.word(text, i)
				}
			case digit:
				i = s.number(text, i)
			default:
				i++
			}
			continue
		}
		if end := s.khmer(text, i); end > i {
			i = end
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		switch kindOf(r) {
		case word:
			i = s.word(text, i)
		case digit:
			i = s.number(text, i)
		case cluster, ideograph:
			i = s.clusters(text, i)
		default:
			i += n
		}
	}
}

// word takes the word that begins at byte i and gives its end.
func (s *sketcher) word(text string, i int) int {
	h := uint64(word)
	for i < len(text) {
		if c := text[i]; c < utf8.RuneSelf {
			if kindOfASCII(c) != word {
				break
			}
			h = step(h, uint64(c|0x20)) // lower case
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		k := kindOf(r)
		if k != word && k != mark {
			break
		}
		if k == word {
			r = unicode.ToLower(r)
		}
		h = step(h, uint64(r))
		i += n
	}
	s.unit(h, wordWeight)
	return i
}

// number takes the number that begins at byte i, in digits of any script, and gives its end.
// Points and commas between digits are left out: 4,000 and ៤.០០០ are 4000.
func (s *sketcher) number(text string, i int) int {
	h := uint64(digit)
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == '.' || r == ',' {
			if after, _ := utf8.DecodeRuneInString(text[i+1:]); kindOf(after) != digit {
				break
			}
		} else {
			if kindOf(r) != digit {
				break
			}
			h = step(h, uint64(digitValue(r)))
		}
		i += n
	}
	s.unit(h, wordWeight)
	return i
}

// khmer takes the Khmer clusters from byte i on, not all of a long run, and gives the end of
// the last, i for none.
func (s *sketcher) khmer(text string, i int) int {
	starts, n := khmer.Starts(text, i)
	if n == ahead {
		// The last cluster may go on. One that is longer than all of this is left to clusters.
		n = bits.Len64(starts) - 1
	}
	if n <= 0 {
		return i
	}
	// Where a cluster ends cannot be guessed, so no branch asks for it.
	const fresh = uint64(cluster)
	var hashes [ahead]uint64
	h, units := fresh, 0
	for p, code := 0, text[i:i+3*n]; len(code) >= 3; p, code = p+1, code[3:] {
		begins := starts >> (p & 63) & 1
		h = h&(begins-1) | fresh&-begins
		h = step(h, uint64(code[0])|uint64(code[1])<<8|uint64(code[2])<<16)
		units += int(begins)
		hashes[(units-1)&(ahead-1)] = h
	}
	s.unitsOfOne(hashes[:units&(2*ahead-1)])
	return i + 3*n
}

// clusters takes the clusters from byte i on, as long as the script does not change, and
// gives the end of the last.
func (s *sketcher) clusters(text string, i int) int {
	const longest = 256 // runes; it bounds ends
	end, n := i, 0
	for ; end < len(text) && n < longest; n++ {
		if isKhmerCluster(text, end) {
			end += 3
			continue
		}
		r, size := utf8.DecodeRuneInString(text[end:])
		if k := kindOf(r); k != cluster && k != ideograph {
			break
		}
		end += size
	}
	var buffer [longest]int
	ends := khmer.AppendClusters(buffer[:0], text[i:end])
	if n == longest && len(ends) > 1 {
		ends = ends[:len(ends)-1] // it may go on
	}
	run, from := text[i:end], 0
	for _, to := range ends {
		h, weight := uint64(cluster), clusterWeight
		if run[from] >= 0xE3 { // the first byte of U+3000 and all above
			weight = wordWeight
		}
		for ; from+3 <= to; from += 3 {
			h = step(h, uint64(run[from])|uint64(run[from+1])<<8|uint64(run[from+2])<<16)
		}
		for ; from < to; from++ {
			h = step(h, uint64(run[from]))
		}
		s.unit(h, weight)
	}
	return i + from
}

// isKhmerCluster reports in haste whether the rune at byte i is a Khmer letter or mark: the
// bytes E1 9E 80 to E1 9F 93. It may miss one.
func isKhmerCluster(text string, i int) bool {
	return i+2 < len(text) && text[i] == 0xE1 && (text[i+1] == 0x9E && text[i+2] < 0xC0 ||
		text[i+1] == 0x9F && text[i+2] <= 0x93) && text[i+2] >= 0x80
}

// step adds one letter to the hash of a unit.
func step(h, c uint64) uint64 { return (h ^ c) * 0x9FB21C651E98DF25 }
