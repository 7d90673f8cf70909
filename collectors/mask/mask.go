// Package mask owns the removal of personal identifiers from public text, before it leaves a
// collector: phone numbers, e-mail addresses, numbers of identity cards and passports, links
// to profiles, @handles and bylines. Each is replaced by a fixed mark that says what stood
// there, so that a sentence stays readable.
//
// It does not recognise the names of people: no list of names enters this program. It knows
// the shapes of Cambodian numbers and cards, in Western and Khmer digits, and of international
// ones. Where a shape is ambiguous, amounts, dates, times, votes and shares are kept and the
// rest is masked.
package mask

import (
	"strings"
	"unicode/utf8"
)

// The marks that stand for what was masked.
const (
	Phone   = "[phone]"
	Email   = "[email]"
	ID      = "[id]" // identity card or passport
	Profile = "[profile]"
	Handle  = "[handle]"
)

// maxRounds bounds how often Text looks again at what it masked: masking one thing can free
// another beside it. Two rounds are usual.
const maxRounds = 6

// Text gives s with every personal identifier replaced by its mark. Text that holds none is
// given back as it is. It takes time proportional to the length of s and is idempotent.
func Text(s string) string {
	for range maxRounds {
		masked := numbers(atSigns(links(s)))
		if masked == s {
			return s
		}
		s = masked
	}
	return s
}

// editor builds a text in which pieces of another one are replaced. Pieces come in order.
type editor struct {
	s    string
	done int // bytes of s that are dealt with
	out  strings.Builder
}

// replace puts mark in the place of s[from:to].
func (e *editor) replace(from, to int, mark string) {
	e.out.WriteString(e.s[e.done:from])
	e.out.WriteString(mark)
	e.done = to
}

func (e *editor) String() string {
	if e.done == 0 {
		return e.s
	}
	return e.out.String() + e.s[e.done:]
}

// before gives the code point that ends at i; 0 at the start of the text or of what is left
// of it after a replacement.
func (e *editor) before(i int) rune {
	if i <= e.done {
		return 0
	}
	r, _ := utf8.DecodeLastRuneInString(e.s[:i])
	return r
}

func isASCIILetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func isASCIIDigit(r rune) bool  { return '0' <= r && r <= '9' }

// isWord reports whether r continues a word or identifier in Latin letters.
func isWord(r rune) bool { return isASCIILetter(r) || isASCIIDigit(r) || r == '_' }
