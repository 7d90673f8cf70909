package phrase

import (
	"unicode"
	"unicode/utf8"
)

// Class is the sort of a token.
type Class uint8

// The classes of token.
const (
	Symbol  Class = iota // punctuation, sign or emoji
	Cluster              // one Khmer orthographic cluster
	Word                 // letters and digits of any other script
	Link                 // a web address, which matches nothing
)

// Gap is what separates a token from the one before it.
type Gap uint8

// The gaps, the wider the higher.
const (
	None Gap = iota // nothing, or an invisible character
	Soft            // spaces, or a hyphen between words
	Line            // a line break, or the start of the text
)

// Token is a unit that phrases are made of. Start and End are byte offsets into the text.
type Token struct {
	Start, End int
	ID         int32    // in the Vocabulary, or Unknown
	squeezed   [2]int32 // of a long word: its ids with runs of a letter cut to two, and to one; of a symbol its rune; of a cluster its place in Reading.Clusters
	Class      Class
	Gap        Gap  // before the token
	Shout      bool // a word of two or more capitals
	long       bool // a word with a letter three or more times in a row
}

// Sign gives the rune of a Symbol, 0 for any other token.
func (t *Token) Sign() rune {
	if t.Class != Symbol {
		return 0
	}
	return t.squeezed[0]
}

// Unknown is the ID of a token that no phrase of the set holds.
const Unknown int32 = -1

// maxWord is the length in bytes past which a word is not looked up.
const maxWord = 64

// isKhmer reports whether r can be part of an orthographic cluster. The Khmer signs for
// the end of a sentence, repetition and currency are symbols.
func isKhmer(r rune) bool {
	return r >= 0x1780 && r <= 0x17D3 || r == 0x17DC || r == 0x17DD || r >= 0x17E0 && r <= 0x17E9
}

func isInvisible(r rune) bool {
	return r >= 0x200B && r <= 0x200D || r == 0x2060 || r == 0xFEFF || r == 0x00AD
}

// isModifier reports whether r changes the looks of the emoji before it.
func isModifier(r rune) bool {
	return r == 0xFE0E || r == 0xFE0F || r >= 0x1F3FB && r <= 0x1F3FF
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return !isKhmer(r) && (unicode.IsLetter(r) || unicode.IsMark(r) && !isModifier(r) || unicode.IsDigit(r))
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == 'ʼ' }

func isHyphen(r rune) bool { return r == '-' || r == '_' || r == '‐' || r == '‑' }
