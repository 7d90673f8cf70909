package khmer

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normalise gives s in one canonical spelling of what a reader sees, so that equal sights
// are equal strings. Applied twice it changes nothing more. A string that is canonical
// already is returned as it is, without an allocation.
//
// Bytes that are not UTF-8 become U+FFFD, one for a run of them; CR LF and CR become LF; all
// text is in NFC. In Khmer, zero-width characters are dropped, and each cluster follows the
// order of the Khmer encoding structure (SIL International, khmer-character-specification):
// base, robat, consonants below with ro last, shifter, vowel, signs, final signs. Within it
//
//   - vowels that were typed in parts are composed: េ + ី is ើ, េ + ា is ោ;
//   - ុ under a vowel that stands above is the shifter that it looks like: សុី is ស៊ី;
//   - coeng da, which looks the same as coeng ta, is coeng ta: ដណ្ដើម is ដណ្តើម;
//   - a sign above or below that is typed twice is there once; a vowel that takes space,
//     drawn out as in ណាាាស់, stays as it is;
//   - a coeng that is typed twice is one, as SIL has it;
//   - the discouraged ឣ and ឤ are អ and អា.
//
// What cannot be read as one cluster (a coeng with nothing to put below, marks without a
// base) stays as it was typed. Khmer and Latin digits differ in sight and stay what they are.
func Normalise(s string) string {
	if isNormal(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	// Marks of several scripts on one letter can part or join what the pass before left, so
	// it is repeated until nothing changes. Real text settles at once.
	for range maxPasses {
		next := normaliseClusters(norm.NFC.String(dropInvisible(s)))
		if next == s {
			break
		}
		s = next
	}
	return s
}

// maxPasses bounds the work on text that is made to be difficult.
const maxPasses = 8

// isNormal reports, without allocating, that s is certainly canonical.
func isNormal(s string) bool {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			if s[i] == '\r' {
				return false
			}
			i++
			continue
		}
		end, ok := orderedRun(s, i)
		if end == i {
			end, ok = normalForeign(s, i)
		}
		if !ok {
			return false
		}
		i = end
	}
	return true
}

// normalForeign reports whether the text from byte i, which is not ASCII and not in the
// Khmer block, to the next Khmer rune is canonical.
func normalForeign(s string, i int) (end int, ok bool) {
	if i > 0 && !norm.NFC.PropertiesString(s[i:]).BoundaryBefore() {
		return 0, false
	}
	for end = i; end < len(s); {
		r, n := utf8.DecodeRuneInString(s[end:])
		if r == utf8.RuneError && n == 1 || r == '\r' || isInvisible(r) {
			return 0, false
		}
		if _, k := khmerRune(s, end); k != 0 {
			break
		}
		end += n
	}
	return end, norm.NFC.QuickSpanString(s[i:end]) == end-i
}

// rank is the place of a mark in the canonical order.
const (
	rankBase = iota
	rankRobat
	rankCoeng
	rankCoengRo
	rankShifter
	rankJoiner
	rankPre
	rankBelow
	rankAbove
	rankPost
	rankSign
	rankFinal
)

// rank gives the place of r in the canonical order of a cluster; that of a consonant below
// is the caller's business.
func rank(r rune) int {
	switch {
	case r == 0x17B6:
		return rankPost
	case r >= 0x17B7 && r <= 0x17BA:
		return rankAbove
	case r >= 0x17BB && r <= 0x17BD:
		return rankBelow
	case r >= 0x17BE && r <= 0x17C5:
		return rankPre
	case r == zeroWidthNonJoiner:
		return rankJoiner
	}
	switch classOf(r) {
	case robat:
		return rankRobat
	case coeng:
		return rankCoeng
	case shifter:
		return rankShifter
	case final:
		return rankFinal
	case sign:
		return rankSign
	}
	return rankBase
}

// isInvisible reports whether r has no shape and no meaning between Khmer letters.
func isInvisible(r rune) bool {
	switch r {
	case zeroWidthSpace, zeroWidthNonJoiner, zeroWidthJoiner, byteOrderMark, 0x17B4, 0x17B5:
		return true
	}
	return r >= wordJoiner && r <= 0x2064 // word joiner and the invisible operators of mathematics
}

// dropInvisible drops the inherent vowels everywhere, other invisible characters beside
// Khmer and a byte order mark at the start, and makes every line end a LF. Emoji and other
// scripts need their joiners, and so does Khmer in one place: between a shifter and a vowel
// above, where a non-joiner keeps the shifter above.
func dropInvisible(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	before := rune(0) // the last rune that was not invisible
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == '\r' {
			if i+1 >= len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
			before = '\n'
			i++
			continue
		}
		if !isInvisible(r) {
			b.WriteString(s[i : i+n])
			before = r
			i += n
			continue
		}
		run := i
		var after rune
		joiner := false
		for after = 0; i < len(s); i += n {
			if r, n = utf8.DecodeRuneInString(s[i:]); !isInvisible(r) {
				after = r
				break
			}
			joiner = joiner || r == zeroWidthNonJoiner
		}
		switch {
		case joiner && classOf(before) == shifter && standsAbove(after):
			b.WriteRune(zeroWidthNonJoiner)
		case !IsKhmer(before) && !IsKhmer(after):
			for j, r := range s[run:i] {
				atStart := r == byteOrderMark && b.Len() == 0
				if classOf(r) != invisible && !atStart {
					b.WriteString(s[run+j : run+j+utf8.RuneLen(r)])
				}
			}
		}
	}
	return b.String()
}

// standsAbove reports whether r is a vowel or sign in the place where a shifter would stand.
func standsAbove(r rune) bool {
	return r >= 0x17B7 && r <= 0x17BA || r == 0x17BE || r == 0x17BF || r == 0x17D0 || r == 0x17DD
}

// normaliseClusters brings each Khmer cluster of s, which is valid UTF-8, into canonical form.
func normaliseClusters(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var parts []part
	for i := 0; i < len(s); {
		end := clusterEnd(s, i)
		if r, _ := khmerRune(s, i); classOf(r) == base {
			var ok bool
			if parts, ok = split(parts[:0], s[i:end]); ok {
				for _, p := range canonical(parts) {
					if p.rank == rankCoeng || p.rank == rankCoengRo {
						b.WriteRune(coengRune)
					}
					b.WriteRune(p.r)
				}
				i = end
				continue
			}
		}
		b.WriteString(s[i:end])
		i = end
	}
	return b.String()
}
