// Package khmer owns what is particular to Khmer writing: the canonical order of its
// signs, its orthographic clusters, and its words, which are written without spaces.
//
// It is pure: text in, text or byte offsets out. It does not own the meaning of a word:
// lexicons, topics and languages are its neighbours' business.
package khmer

// IsKhmer reports whether r is in the Khmer block (U+1780 to U+17FF: letters, signs,
// digits, punctuation) or the Khmer Symbols block (U+19E0 to U+19FF: lunar dates).
func IsKhmer(r rune) bool {
	return r >= 0x1780 && r <= 0x17FF || r >= 0x19E0 && r <= 0x19FF
}

// class is the role of a code point inside a cluster. The order of the marks is the order
// in which they are stored: see Normalise.
type class uint8

const (
	other     class = iota // not Khmer, or Khmer that stands alone: digits, punctuation
	base                   // consonant or independent vowel
	robat                  // U+17CC, written above the base
	coeng                  // U+17D2, which puts the consonant after it below the base
	shifter                // U+17C9 and U+17CA
	vowel                  // dependent vowels
	sign                   // nikahit, bantoc, toandakhiat, ...
	final                  // reahmuk and yuukaleapintu
	invisible              // the inherent vowels U+17B4 and U+17B5, which have no shape
)

const coengRune = 0x17D2

// classes holds the class of every code point from U+1780 to U+17DD.
var classes = [0x17DE - 0x1780]class{
	0x00: base, 0x01: base, 0x02: base, 0x03: base, 0x04: base, 0x05: base, 0x06: base, 0x07: base,
	0x08: base, 0x09: base, 0x0A: base, 0x0B: base, 0x0C: base, 0x0D: base, 0x0E: base, 0x0F: base,
	0x10: base, 0x11: base, 0x12: base, 0x13: base, 0x14: base, 0x15: base, 0x16: base, 0x17: base,
	0x18: base, 0x19: base, 0x1A: base, 0x1B: base, 0x1C: base, 0x1D: base, 0x1E: base, 0x1F: base,
	0x20: base, 0x21: base, 0x22: base, 0x23: base, 0x24: base, 0x25: base, 0x26: base, 0x27: base,
	0x28: base, 0x29: base, 0x2A: base, 0x2B: base, 0x2C: base, 0x2D: base, 0x2E: base, 0x2F: base,
	0x30: base, 0x31: base, 0x32: base, 0x33: base,
	0x34: invisible, 0x35: invisible,
	0x36: vowel, 0x37: vowel, 0x38: vowel, 0x39: vowel, 0x3A: vowel, 0x3B: vowel, 0x3C: vowel, 0x3D: vowel,
	0x3E: vowel, 0x3F: vowel, 0x40: vowel, 0x41: vowel, 0x42: vowel, 0x43: vowel, 0x44: vowel, 0x45: vowel,
	0x46: sign, 0x47: final, 0x48: final, 0x49: shifter, 0x4A: shifter, 0x4B: sign, 0x4C: robat,
	0x4D: sign, 0x4E: sign, 0x4F: sign, 0x50: sign, 0x51: sign, 0x52: coeng, 0x53: sign,
	0x5D: sign,
}

// classOf gives the role of r inside a cluster.
func classOf(r rune) class {
	if r < 0x1780 || r > 0x17DD {
		return other
	}
	return classes[r-0x1780]
}
