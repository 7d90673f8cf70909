package phrase

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word reads the word at byte i into t: lower case, the English possessive cut off.
func (s *scanner) word(t *Token, i int) {
	t.Start, t.ID = i, Unknown
	if end := s.link(i); end > i {
		t.End, t.Class = end, Link
		return
	}
	t.Class = Word
	w := folded{last: -1}
	end := i
	for end < len(s.text) {
		c := s.text[end]
		if kind := sorts[c&0x7F]; c < utf8.RuneSelf && (kind == letter || kind == capital) {
			w.capitals += int(kind - letter)
			w.add(&s.fold, rune(c|0x20)) // digits have the bit already
			end++
			continue
		}
		r, n := s.inWord(end)
		if n == 0 {
			break
		}
		if unicode.IsUpper(r) {
			w.capitals++
		}
		w.add(&s.fold, unicode.ToLower(r))
		end += n
	}
	t.End = end
	t.Shout = w.letters >= 2 && w.capitals == w.letters
	if w.n >= maxWord {
		return
	}
	if w.n > 2 && s.fold[w.n-1] == 's' && s.fold[w.n-2] == '\'' {
		w.n, w.hash = w.n-2, w.bare
	}
	t.ID = s.id(w.hash)
	if t.long = w.long; t.long {
		s.squeeze(t, s.fold[:w.n])
	}
}

// inWord gives the rune at byte i and its length where it goes on with a word, apostrophes of
// all kinds as one; else the length 0.
func (s *scanner) inWord(i int) (r rune, n int) {
	r, n = rune(s.text[i]), 1
	if r >= utf8.RuneSelf {
		if r, n = utf8.DecodeRuneInString(s.text[i:]); isWord(r) {
			return r, n
		}
	}
	if !isApostrophe(r) {
		return r, 0
	}
	if next, _ := utf8.DecodeRuneInString(s.text[i+n:]); !isWord(next) {
		return r, 0
	}
	return '\'', n
}

// folded is a word in lower case while it is read.
type folded struct {
	n        int    // bytes that are folded, no more runes from maxWord on
	hash     uint64 // of them
	bare     uint64 // of what is before the last apostrophe
	last     rune
	repeats  int // how often the last rune was there before, right before it
	letters  int
	capitals int
	long     bool // a letter three times in a row
}

// add takes the next rune in, and writes it behind those before.
func (w *folded) add(fold *[maxWord + utf8.UTFMax]byte, r rune) {
	w.letters++
	if w.n >= maxWord {
		return
	}
	if r == '\'' {
		w.bare = w.hash
	}
	if r < utf8.RuneSelf {
		fold[w.n] = byte(r)
		w.n++
	} else {
		w.n += utf8.EncodeRune(fold[w.n:], r)
	}
	w.hash = hashStep(w.hash, r)
	if r != w.last {
		w.last, w.repeats = r, 0
	} else if w.repeats++; w.repeats == 2 && r >= 'a' && r <= 'z' {
		w.long = true
	}
}

// squeeze finds the ids of a long word without its repetitions.
func (s *scanner) squeeze(t *Token, fold []byte) {
	for i := range t.squeezed {
		fold = squeeze(fold, 2-i)
		t.squeezed[i] = s.vocabulary.find(hashOf(fold))
	}
}

// squeeze shortens, in place, every run of more than limit equal letters to limit letters.
func squeeze(w []byte, limit int) []byte {
	out, run := w[:0], 0
	var last byte
	for _, c := range w {
		if c == last && c >= 'a' && c <= 'z' {
			run++
		} else {
			run = 1
		}
		last = c
		if run <= limit {
			out = append(out, c)
		}
	}
	return out
}

// link gives the end of the web address that starts at i, or i.
func (s *scanner) link(i int) int {
	if s.text[i] != 'h' && s.text[i] != 'w' {
		return i
	}
	rest := s.text[i:]
	if !strings.HasPrefix(rest, "http://") && !strings.HasPrefix(rest, "https://") && !strings.HasPrefix(rest, "www.") {
		return i
	}
	for i < len(s.text) && s.text[i] > ' ' && s.text[i] < utf8.RuneSelf && s.text[i] != ')' && s.text[i] != '"' {
		i++
	}
	return i
}
