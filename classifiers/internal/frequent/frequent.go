// Package frequent numbers the words in Latin letters that posts are mostly made of, so that what
// a model sums over the letters of a word is summed once and not for every post.
//
// It owns the list of words (words.txt, of the posts written for this project, made by the command
// train), and finds them in a text. What a word says is the business of each model.
package frequent

import (
	_ "embed" // for the words
	"strings"
	"sync"
)

//go:embed words.txt
var list string

// MostLetters is the length of the longest word, apostrophes included.
const MostLetters = 12

// Index finds the words. It is immutable and safe for concurrent use.
type Index struct {
	words []string
	keys  [1 << slotBits]uint64 // the letters of the word, 0 for an empty slot: exact
	ids   [1 << slotBits]uint16
}

// slotBits leaves two slots of three empty, so that nearly every word is found at the first.
const slotBits = 14

// Load gives the index of the embedded words, which is made at the first call.
func Load() *Index { return load() }

var load = sync.OnceValue(func() *Index { return newIndex(strings.Fields(list)) })

// newIndex numbers the words that are plain ones.
func newIndex(words []string) *Index {
	x := &Index{}
	for _, w := range words {
		key, end := keyOf(w, 0)
		if key == 0 || end != len(w) || len(x.words) > len(x.keys)*3/4 {
			continue
		}
		at := slotOf(key)
		for x.keys[at] != 0 && x.keys[at] != key {
			at = (at + 1) % len(x.keys)
		}
		if x.keys[at] == 0 {
			x.keys[at], x.ids[at] = key, uint16(len(x.words)) //nolint:gosec // fewer than slots
			x.words = append(x.words, w)
		}
	}
	return x
}

// Words gives the words in the order of their numbers, those that are met most first. The caller
// must not change them.
func (x *Index) Words() []string { return x.words }

// Find gives the number of the word that begins at byte i of s, which no letter stands before, and
// its end; -1 for a word that is not in the list. Capitals count as small letters.
//
// A word that is found ends where every reader of letters ends it: at a sign, a space or the end of
// s, and not before a digit, an accent or a letter of another script.
func (x *Index) Find(s string, i int) (id, end int) {
	key, end := keyOf(s, i)
	if key == 0 {
		return -1, i
	}
	at := slotOf(key)
	for x.keys[at] != key {
		if x.keys[at] == 0 {
			return -1, i
		}
		at = (at + 1) % len(x.keys)
	}
	return int(x.ids[at]), end
}

func slotOf(key uint64) int {
	return int(key * 0x9E3779B97F4A7C15 >> (64 - slotBits))
}

// The codes of bytes: 1 to 26 for letters, then these. 0 ends a word.
const (
	apostrophe = 27
	unsure     = 28 // a digit, or part of a character that may be a letter
)

var codes = func() (all [256]uint8) {
	for c := range all {
		switch {
		case c >= 'a' && c <= 'z':
			all[c] = uint8(c - 'a' + 1)
		case c >= 'A' && c <= 'Z':
			all[c] = uint8(c - 'A' + 1)
		case c == '\'':
			all[c] = apostrophe
		case c >= '0' && c <= '9' || c >= 0x80:
			all[c] = unsure
		}
	}
	return all
}()

// keyOf packs the word that begins at byte i of s, five bits for a letter, and gives its end. The
// key is 0 for a word that is too long, and where it is not sure that it ends.
func keyOf(s string, i int) (key uint64, end int) {
	for end = i; end < len(s); end++ {
		c := codes[s[end]]
		if c == 0 {
			break
		}
		if c >= apostrophe {
			switch {
			case c == unsure && !isMark(s, end):
				return 0, i
			case c == unsure:
				return key, end
			case end+1 == len(s) || codes[s[end+1]] == 0 || codes[s[end+1]] == apostrophe:
				return key, end // it closes a quotation
			case codes[s[end+1]] == unsure:
				return 0, i
			}
		}
		if end-i == MostLetters {
			return 0, i
		}
		key = key<<5 | uint64(c)
	}
	return key, end
}

// isMark reports whether a dash, a closing quotation mark or an ellipsis stands at byte i of s.
func isMark(s string, i int) bool {
	if i+2 >= len(s) || s[i] != 0xE2 || s[i+1] != 0x80 {
		return false
	}
	switch s[i+2] {
	case 0x93, 0x94, 0x9D, 0xA6: // – — ” …
		return true
	}
	return false
}

// Plain reports whether a word in small letters can be in the list: it is of letters and apostrophes
// alone, and none of them stands three times in a row, which readers of letters shorten.
func Plain(word string) bool {
	for i := range len(word) {
		if codes[word[i]] == unsure || i > 1 && word[i] == word[i-1] && word[i] == word[i-2] {
			return false
		}
	}
	key, end := keyOf(word, 0)
	return key != 0 && end == len(word) && word[0] != '\''
}
