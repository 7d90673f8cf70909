// Package ngram tells languages that are written in Latin letters apart by their character
// n-grams and words.
//
// It is a multinomial logistic regression over hashed features, stored as one table of
// small integers. It owns the features, the model, its binary form and its training; which
// languages there are, and what happens when it is unsure, is its user's business.
package ngram

import (
	"unicode"
	"unicode/utf8"
)

// MaxGrams bounds the features of a text: those of about a thousand words.
const MaxGrams = 1 << 14

// edge is the code that stands for the beginning and the end of a word.
const edge = 1

// Text holds what a model reads of a text, and its memory. The zero Text is ready.
type Text struct {
	grams []uint64
	words []uint16 // frequent ones, by number
	total int      // features, those of the frequent words included
}

// AppendGrams appends to dst the hashes of the features of text: of every word, in lower
// case, its n-grams of 2 to 4 characters with both ends marked, and the word itself. A
// letter that is repeated more than twice counts as two. All but Latin letters and
// apostrophes between them parts words. It stops at MaxGrams: that much says it all.
func AppendGrams(dst []uint64, text string) []uint64 {
	t := Text{grams: dst}
	t.read(nil, text)
	return t.grams
}

// Read reads a text in place of the one before. Its features are those of AppendGrams.
func (m *Model) Read(t *Text, text string) {
	t.grams, t.words, t.total = t.grams[:0], t.words[:0], 0
	t.read(m.words, text)
	t.total += len(t.grams)
}

// read appends what it reads; total counts what comes of the frequent words.
func (t *Text) read(known *words, text string) {
	dst := t.grams
	var w window
	for i := 0; i < len(text) && len(dst)+t.total < MaxGrams; {
		c := rune(text[i])
		n := 1
		if c >= utf8.RuneSelf {
			if w.length == 0 && i+2 < len(text) && c == 0xE1 && text[i+1]|1 == 0x9F && text[i+2]&0xC0 == 0x80 {
				i += 3 // Khmer between Latin words
				continue
			}
			c, n = utf8.DecodeRuneInString(text[i:])
		} else if w.length == 0 && known != nil && c >= 'A' {
			if end := t.frequent(known, text, i, len(dst)); end > i {
				i = end
				continue
			}
		}
		i += n
		switch {
		case c >= 'a' && c <= 'z':
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c < utf8.RuneSelf && c != '\'':
			dst = w.end(dst)
			continue
		case c == '\'' || c == 0x2019:
			if w.length == 0 || i >= len(text) || !isLatin(text[i:]) {
				dst = w.end(dst)
				continue
			}
			c = '\''
		case w.length > 0 && unicode.Is(unicode.Mn, c):
		case unicode.Is(unicode.Latin, c):
			c = unicode.ToLower(c)
		default:
			dst = w.end(dst)
			continue
		}
		dst = w.add(dst, uint64(c))
	}
	t.grams = w.end(dst)
}

// frequent reads the frequent word at byte i and gives its end, i for any other word; grams is how
// many features there are beside those of frequent words.
func (t *Text) frequent(known *words, text string, i, grams int) int {
	id, end := known.index.Find(text, i)
	if id < 0 {
		return i
	}
	features := int(known.features[id])
	if features == 0 || grams+t.total+features >= MaxGrams {
		return i
	}
	t.total += features
	t.words = append(t.words, uint16(id)) //nolint:gosec // fewer words
	return end
}

// isLatin reports whether s begins with a Latin letter.
func isLatin(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Latin, r)
}

// window is the word that is being read: its last three codes, newest first, and its hash.
type window struct {
	a, b, c uint64
	word    uint64
	length  int
	repeats int
}

func (w *window) add(dst []uint64, code uint64) []uint64 {
	if w.length == 0 {
		w.a, w.b, w.c = edge, 0, 0
		w.word = 0
	}
	if code == w.a {
		w.repeats++
		if w.repeats > 1 {
			return dst
		}
	} else {
		w.repeats = 0
	}
	w.length++
	w.word = mix(w.word ^ code)
	return w.push(dst, code)
}

// push emits the n-grams that end in code.
func (w *window) push(dst []uint64, code uint64) []uint64 {
	two := code | w.a<<21
	dst = append(dst, mix(two))
	if w.b != 0 {
		three := two | w.b<<42
		dst = append(dst, mix(three^0x5555))
		if w.c != 0 {
			dst = append(dst, mix(mix(three)+w.c))
		}
	}
	w.a, w.b, w.c = code, w.a, w.b
	return dst
}

// end finishes the word.
func (w *window) end(dst []uint64) []uint64 {
	if w.length == 0 {
		return dst
	}
	dst = w.push(dst, edge)
	dst = append(dst, mix(w.word+0x77))
	w.length, w.repeats = 0, 0
	return dst
}

// mix spreads the bits of v (the finaliser of MurmurHash3, shortened).
func mix(v uint64) uint64 {
	v *= 0xFF51AFD7ED558CCD
	v ^= v >> 33
	v *= 0xC4CEB9FE1A85EC53
	return v ^ v>>29
}
