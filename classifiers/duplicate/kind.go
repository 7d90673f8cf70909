package duplicate

import (
	"strings"
	"unicode"
)

// kind is what a code point does in a shingle.
type kind uint8

const (
	none      kind = iota // left out: spaces, punctuation, signs, emoji, invisible characters
	word                  // letter of a script that puts spaces between words
	mark                  // goes on with a word, and is left out elsewhere
	digit                 // decimal digit of any script
	cluster               // of a script without spaces between words, of South-East Asia
	ideograph             // Han and kana
)

// kindOfASCII gives the kind of a byte below utf8.RuneSelf.
func kindOfASCII(c byte) kind { return kindsOfASCII[c&0x7F] }

var kindsOfASCII = func() (t [0x80]kind) {
	for c := range t {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			t[c] = word
		case c >= '0' && c <= '9':
			t[c] = digit
		}
	}
	return t
}()

func kindOf(r rune) kind {
	switch {
	case r < 0x80:
		return kindOfASCII(byte(r))
	case r >= 0x1780 && r <= 0x17FF: // Khmer
		return kindOfKhmer(r)
	case r < 0x0E00:
		return kindOfSpaced(r)
	case r < 0x0F00: // Thai, Lao
		switch {
		case r >= 0x0E50 && r <= 0x0E59 || r >= 0x0ED0 && r <= 0x0ED9:
			return digit
		case r == 0x0E3F || r == 0x0E4F || r == 0x0E5A || r == 0x0E5B:
			return none
		}
		return cluster
	case r >= 0x1000 && r <= 0x109F: // Burmese, Shan, Mon, Karen
		switch {
		case r >= 0x1040 && r <= 0x1049 || r >= 0x1090 && r <= 0x1099:
			return digit
		case r >= 0x104A && r <= 0x104F:
			return none
		}
		return cluster
	case r >= 0x1950 && r <= 0x19CF || r >= 0x1A20 && r <= 0x1A7F: // Tai Le, New Tai Lue, Tai Tham
		return cluster
	case r >= 0x3041 && r <= 0x30FF && r != 0x30FB && r != 0x30A0,
		r >= 0x3400 && r <= 0x4DBF, r >= 0x4E00 && r <= 0x9FFF, r >= 0xF900 && r <= 0xFAFF, r >= 0x20000 && r <= 0x3FFFF:
		return ideograph
	}
	return kindOfSpaced(r)
}

func kindOfKhmer(r rune) kind {
	switch {
	case r <= 0x17D3 || r == 0x17D7 || r == 0x17DC || r == 0x17DD:
		return cluster
	case r >= 0x17E0 && r <= 0x17E9:
		return digit
	}
	return none // punctuation, the currency sign, divination numbers
}

func kindOfSpaced(r rune) kind {
	switch {
	case r >= 0x300 && r <= 0x36F:
		return mark
	case r >= 0xC0 && r <= 0x24F && r != 0xD7 && r != 0xF7, r >= 0x1E00 && r <= 0x1EFF, r >= 0x400 && r <= 0x481:
		return word // Europe and Viet Nam, without a search in tables
	case r >= 0x2000 && r <= 0x2BFF, r >= 0x1F000 && r <= 0x1FAFF: // punctuation, signs, emoji
		return none
	case unicode.IsLetter(r):
		return word
	case unicode.Is(unicode.Nd, r):
		return digit
	case unicode.In(r, unicode.M):
		return mark
	}
	return none
}

// digitValue gives the value, 0 to 9, of a decimal digit of any script.
func digitValue(r rune) rune {
	switch {
	case r <= '9':
		return r - '0'
	case r >= 0x17E0 && r <= 0x17E9:
		return r - 0x17E0
	}
	for _, block := range unicode.Nd.R16 {
		if r >= rune(block.Lo) && r <= rune(block.Hi) {
			return (r - rune(block.Lo)) % 10
		}
	}
	for _, block := range unicode.Nd.R32 {
		if r >= rune(block.Lo) && r <= rune(block.Hi) {
			return (r - rune(block.Lo)) % 10
		}
	}
	return 0
}

// linkLen gives the length of the link that s begins with, or 0. Outlets give their own.
func linkLen(s string) int {
	if c := s[0] | 0x20; c != 'h' && c != 'w' {
		return 0
	}
	n := 0
	for _, begin := range [...]string{"https://", "http://", "www."} {
		if len(s) >= len(begin) && strings.EqualFold(s[:len(begin)], begin) {
			n = len(begin)
			break
		}
	}
	if n == 0 {
		return 0
	}
	for n < len(s) && s[n] > ' ' && s[n] < 0x7F && strings.IndexByte("<>\"()[]{}", s[n]) < 0 {
		n++
	}
	return n
}
