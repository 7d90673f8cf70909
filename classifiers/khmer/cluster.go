package khmer

import (
	"unicode"
	"unicode/utf8"
)

// AppendClusters appends to dst the end, as a byte offset in s, of each orthographic
// cluster of s, and returns the extended slice. The clusters cover s without a gap; an
// empty s has none.
//
// In Khmer a cluster is a base with the consonants below it and all its shifters, vowels
// and signs, in whatever order they were typed; a mark without a base before it begins a
// cluster of its own. Elsewhere it is one rune with the combining marks, variation selectors and
// joiners after it; CR LF is one cluster, and so is each byte that is not valid UTF-8.
// It takes time in proportion to the length of s.
func AppendClusters(dst []int, s string) []int {
	for i := 0; i < len(s); {
		i = clusterEnd(s, i)
		dst = append(dst, i)
	}
	return dst
}

// ClusterEnd gives the end of the cluster that begins at byte i of s, a cluster's start below
// its length: see AppendClusters.
func ClusterEnd(s string, i int) int { return clusterEnd(s, i) }

// clusterEnd gives the end of the cluster that begins at byte i of s; i < len(s).
func clusterEnd(s string, i int) int {
	if c := s[i]; c < utf8.RuneSelf {
		if c == '\r' && i+1 < len(s) && s[i+1] == '\n' {
			return i + 2
		}
		if i+1 == len(s) || s[i+1] < utf8.RuneSelf || c < ' ' {
			return i + 1
		}
		return marksEnd(s, i+1)
	}
	if place, ok := khmerPlace(s, i); ok && roles[place&127] != other {
		end, _ := khmerCluster(s, i, place)
		return end
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if r == utf8.RuneError && n == 1 {
		return i + 1
	}
	return marksEnd(s, i+n)
}

// khmerCluster gives the end of the Khmer cluster that begins at byte i of s with the code point
// at a place in the block, and its unit: a hash that does not depend on the order of its signs,
// on invisible characters, or on which of coeng da and coeng ta was typed.
func khmerCluster(s string, i int, place uint8) (end int, unit uint64) {
	unit, line := units[0][place&127], lines[place&127]&1
	for i += 3; ; i += 3 {
		place, ok := khmerPlace(s, i)
		if !ok {
			// A joiner between a letter and its mark does not part them.
			if isJoiner(s, i) {
				if place, ok = khmerPlace(s, i+3); ok && roles[place&127] > base {
					continue
				}
			}
			return i, unit
		}
		next := lines[place&127]
		if next&(ends<<line) != 0 {
			return i, unit
		}
		unit += units[line][place&127]
		line = next & 1
	}
}

// isJoiner reports whether a joiner or non-joiner is at byte i of s.
func isJoiner(s string, i int) bool {
	return i < len(s) && s[i] == 0xE2 && (hasPrefixAt(s, i, "\u200C") || hasPrefixAt(s, i, "\u200D"))
}

// lines says of every code point of the block whether it puts what follows below the line, and
// where it stands in no cluster that has begun: on the line, and below it. A consonant belongs
// to a cluster only right after a coeng; a mark between the two is a slip of the keyboard.
var lines = func() (all [128]uint8) {
	for i := range all {
		switch roles[i] {
		case other:
			all[i] = ends | ends<<1
		case base:
			all[i] = ends
		case coeng:
			all[i] = 1
		case robat, shifter, vowel, sign, final, invisible:
		}
	}
	return all
}()

// ends marks in lines what ends a cluster on the line; twice that, one that goes on below it.
const ends = 2

// khmerPlace gives the place in the Khmer block of the rune at byte i, false for any other.
// All of the block is the bytes E1 9E xx and E1 9F xx.
func khmerPlace(s string, i int) (place uint8, ok bool) {
	if i+2 < len(s) && s[i] == 0xE1 && s[i+1]|1 == 0x9F && s[i+2]&0xC0 == 0x80 {
		return s[i+1]&1<<6 | s[i+2]&0x3F, true
	}
	return 0, false
}

// roles holds the class of every code point of the block.
var roles = func() (all [128]class) {
	for r := rune(0x1780); r <= 0x17FF; r++ {
		all[r-0x1780] = classOf(r)
	}
	return all
}()

// khmerRune decodes the rune of the Khmer block at byte i, or gives n = 0 for any other.
// All of the block is the bytes E1 9E xx and E1 9F xx.
func khmerRune(s string, i int) (r rune, n int) {
	if i+2 < len(s) && s[i] == 0xE1 && (s[i+1] == 0x9E || s[i+1] == 0x9F) && s[i+2]&0xC0 == 0x80 {
		return 0x1000 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), 3
	}
	return 0, 0
}

// marksEnd skips the combining marks and joiners at byte i.
func marksEnd(s string, i int) int {
	for i < len(s) && s[i] >= 0xCC { // U+0300, the first combining mark, begins with CC
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == zeroWidthJoiner || r == zeroWidthNonJoiner || !IsKhmer(r) && unicode.In(r, unicode.M) {
			i += n
			continue
		}
		return i
	}
	return i
}

const (
	zeroWidthSpace     = 0x200B
	zeroWidthNonJoiner = 0x200C
	zeroWidthJoiner    = 0x200D
	wordJoiner         = 0x2060
	byteOrderMark      = 0xFEFF
)
