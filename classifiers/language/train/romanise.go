package main

import (
	"math/rand/v2"
	"strings"
)

// speller writes Khmer words in Latin letters as people do in chats.
type speller struct {
	known   map[string][]string // Khmer word to spellings that may be trained on
	unseen  map[string][]string // and those that are for tests only
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
		s.unseen[khmer] = append(s.unseen[khmer], roman)
	} else {
		s.known[khmer] = append(s.known[khmer], roman)
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
	if test && s.words && len(s.unseen[khmer]) == 0 {
		return "", false
	}
	if u := s.unseen[khmer]; test && len(u) > 0 {
		return u[s.rnd.IntN(len(u))], true
	}
	k := s.known[khmer]
	if len(k) == 0 {
		return "", false
	}
	roman := k[s.rnd.IntN(len(k))]
	if !test && s.rnd.IntN(4) == 0 {
		roman = s.vary(roman)
	}
	return roman, true
}

// variants are spellings of one sound that chats mix.
var variants = [...][2]string{
	{"ea", "ia"},
	{"ou", "u"},
	{"kh", "k"},
	{"ch", "j"},
	{"nh", "n"},
	{"ph", "p"},
	{"th", "t"},
	{"aeu", "er"},
	{"oe", "er"},
	{"ae", "e"},
	{"ey", "ei"},
	{"ei", "ey"},
	{"av", "ov"},
	{"ow", "ov"},
	{"uo", "ou"},
	{"aa", "a"},
	{"ang", "ong"},
	{"eu", "er"},
	{"ay", "ai"},
	{"oa", "or"},
	{"b", "p"},
	{"v", "w"},
}

// vary changes one sound of a word to another spelling of it.
func (s *speller) vary(roman string) string {
	first := s.rnd.IntN(len(variants))
	for i := range variants {
		v := variants[(first+i)%len(variants)]
		if strings.Contains(roman, v[0]) {
			return strings.Replace(roman, v[0], v[1], 1)
		}
	}
	return roman
}
