package main

import (
	"math/rand/v2"
	"strings"

	"samleng/classifiers/romanise"
)

// speller writes Khmer words in Latin letters as people do in chats.
type speller struct {
	known   *romanise.Speller // spellings that may be trained on
	unseen  *romanise.Speller // and those that are for tests only
	rnd     *rand.Rand
	written int
	words   bool // three tenths of the words are for tests only, in every spelling
}

// add stores a spelling.
func (s *speller) add(khmer, roman string) {
	if roman == "" || khmer == "" {
		return
	}
	unseen := heldOut(khmer + roman)
	if s.words {
		unseen = tenth(khmer) < 3
	}
	if unseen {
		s.unseen.Add(khmer, roman)
	} else {
		s.known.Add(khmer, roman)
	}
}

// sentence romanises the words of a sentence of the corpus; a word without a known
// spelling is left out. It gives nothing for a sentence with fewer than three words left
// or less than half of them. A test sentence uses the unseen spellings; where whole words are
// held out it has nothing else, however little that leaves of it.
func (s *speller) sentence(words []string, test bool) string {
	var out []string
	for _, w := range words {
		if roman, ok := s.word(w, test); ok {
			out = append(out, roman)
		}
		if len(out) > 14 {
			break
		}
	}
	few := 2*len(out) < min(len(words), 15)
	if test && s.words {
		few = false
	}
	if len(out) < 3 || few {
		return ""
	}
	text := strings.Join(out, " ")
	if s.rnd.IntN(4) == 0 {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}

// word spells a compound as one word where it is known, else part by part.
func (s *speller) word(w string, test bool) (string, bool) {
	if roman, ok := s.spelling(marks.Replace(w), test); ok {
		return roman, true
	}
	var parts []string
	for _, part := range strings.FieldsFunc(w, func(r rune) bool { return r == '_' || r == '~' || r == '^' }) {
		roman, ok := s.spelling(part, test)
		if !ok {
			return "", false
		}
		parts = append(parts, roman)
	}
	if s.rnd.IntN(2) == 0 {
		return strings.Join(parts, " "), len(parts) > 0
	}
	return strings.Join(parts, ""), len(parts) > 0
}

var marks = strings.NewReplacer("_", "", "~", "", "^", "")

func (s *speller) spelling(khmer string, test bool) (string, bool) {
	switch {
	case test && s.words && !s.unseen.Knows(khmer):
		return "", false
	case test && s.unseen.Knows(khmer):
		return s.unseen.Spell(s.rnd, khmer), true
	case !s.known.Knows(khmer):
		return "", false
	case test:
		return s.known.Spell(s.rnd, khmer), true
	}
	return s.known.Vary(s.rnd, khmer), true
}
