package model

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// word reads one word of another script, or a web address.
func (r *Reader) word(i int) int {
	if end := linkEnd(r.text, i); end > i {
		r.addWord(mix(seedWord, '/'), i, end)
		return end
	}
	if r.words != nil {
		if end := r.frequent(i); end > i {
			return end
		}
	}
	letters := r.letters[:1]
	letters[0] = '<'
	last := '<'
	end, run := i, 0
	h := seedWord
	for end < len(r.text) {
		c, n := rune(r.text[end]), 1
		switch {
		case c >= utf8.RuneSelf:
			c, n = utf8.DecodeRuneInString(r.text[end:])
			if c == '’' && r.letterAt(end+n) {
				c = '\''
			} else if !isLetter(c) || isKhmerLetter(c) {
				n = 0
			} else {
				c = unicode.ToLower(c)
			}
		case c >= 'a' && c <= 'z':
		case c >= '0' && c <= '9':
			c = '0'
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c != '\'' || !r.letterAt(end+1):
			n = 0
		}
		if n == 0 {
			break
		}
		if c == last {
			run++
		} else {
			run = 1
		}
		if run <= 2 && len(letters) < len(r.letters)-1 {
			letters = append(letters, c)
			last = c
			h = mix(h, uint64(c))
		}
		end += n
	}
	r.addWord(h, i, end)
	if r.grams.Sounds > 0 {
		r.addSounds(letters[1:], i, end)
	}
	if r.grams.CharsMax > 0 {
		r.chars(append(letters, '>'), i, end)
	}
	return end
}

func (r *Reader) letterAt(i int) bool {
	c, _ := utf8.DecodeRuneInString(r.text[i:])
	return isLetter(c) && !isKhmerLetter(c)
}

// isKhmerLetter reports whether c is part of a run of Khmer, which ends a word that stands before
// it without a space: ៥០០នាក់, Facebookរបស់.
func isKhmerLetter(c rune) bool { return c >= 0x1780 && c <= 0x17D3 || c == 0x17DC || c == 0x17DD }

// linkEnd gives the end of the web address at byte i, or i.
func linkEnd(s string, i int) int {
	if s[i] != 'h' && s[i] != 'w' {
		return i
	}
	for _, prefix := range [...]string{"http://", "https://", "www."} {
		if strings.HasPrefix(s[i:], prefix) {
			for i < len(s) && s[i] > ' ' && s[i] < utf8.RuneSelf && s[i] != ')' && s[i] != '"' {
				i++
			}
			break
		}
	}
	return i
}

// frequent reads a frequent word as one and gives its end, i for any other word. In place of its
// features other than n-grams of words it adds one that says which word it is.
func (r *Reader) frequent(i int) int {
	id, end := r.words.index.Find(r.text, i)
	if id < 0 {
		return i
	}
	features := int(r.words.features[id])
	if features == 0 {
		return i
	}
	r.total += features
	start, last := int32(i), int32(end)
	if !r.touches(start, last) {
		r.found = append(r.found, gram{uint64(id), ^start, last})
	}
	if r.grams.Words > 1 {
		h := r.words.hashes[id]
		r.units = append(r.units, unit{hash: h, start: start})
		r.wordGrams(mix(seedWord, h), 1, end)
	}
	return end
}

// chars adds the n-grams of letters of a word with its edges. The place of each is that of
// the whole word: half a word is no evidence for a reader.
func (r *Reader) chars(letters []rune, start, end int) {
	least, most := r.grams.CharsMin, r.grams.CharsMax
	if r.touches(int32(start), int32(end)) {
		for n := max(least, 1); n <= most && n < len(letters); n++ {
			r.total += len(letters) - n + 1
		}
		return
	}
	before := len(r.found)
	found := slices.Grow(r.found, len(letters)*max(0, most-least+1))
	for i := range letters {
		h := seedChars
		for n, c := range letters[i:min(i+most, len(letters))] {
			h = mix(h, uint64(c))
			if n+1 >= least && n+1 < len(letters) {
				found = append(found, gram{h, int32(start), int32(end)})
			}
		}
	}
	r.total += len(found) - before
	r.found = found
}

func (r *Reader) addWord(hash uint64, start, end int) {
	if r.grams.Words == 0 {
		return
	}
	r.units = append(r.units, unit{hash: hash, start: int32(start)})
	r.wordGrams(seedWord, 0, end)
}

// wordGrams adds the n-grams of words that end with the last one, from those of n+1 words on; h is
// the hash of the last n.
func (r *Reader) wordGrams(h uint64, n, end int) {
	last := len(r.units) - 1
	for ; n < r.grams.Words && n <= last; n++ {
		u := &r.units[last-n]
		h = mix(h, u.hash)
		r.total++
		if !r.touches(u.start, int32(end)) {
			r.found = append(r.found, gram{h + uint64(n), u.start, int32(end)})
		}
	}
}
