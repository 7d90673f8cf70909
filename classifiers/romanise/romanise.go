// Package romanise writes Khmer words in Latin letters as people do in chats, for training: nobody
// collects romanised posts.
//
// It owns which spellings of a word are drawn and how they vary; the table of spellings comes from
// its callers, and so do the words of a text.
package romanise

import (
	"math/rand/v2"
	"strings"
)

// Speller knows spellings of Khmer words.
type Speller struct{ spellings map[string][]string }

// New gives a speller that knows no word.
func New() *Speller { return &Speller{map[string][]string{}} }

// Add adds a spelling of a word; an empty one is passed over.
func (s *Speller) Add(khmer, roman string) {
	if khmer != "" && roman != "" {
		s.spellings[khmer] = append(s.spellings[khmer], roman)
	}
}

// Knows reports whether the word has a spelling.
func (s *Speller) Knows(khmer string) bool { return len(s.spellings[khmer]) > 0 }

// Spell draws a spelling of a word that it knows.
func (s *Speller) Spell(rnd *rand.Rand, khmer string) string {
	known := s.spellings[khmer]
	return known[rnd.IntN(len(known))]
}

// Vary is Spell, and changes one sound of every fourth word to another spelling of it.
func (s *Speller) Vary(rnd *rand.Rand, khmer string) string {
	roman := s.Spell(rnd, khmer)
	if rnd.IntN(4) == 0 {
		roman = vary(rnd, roman)
	}
	return roman
}

// Text spells the words of a text one after the other. A Khmer word without a spelling is put
// together from the longest known words within it, and letters that are in none are left out;
// whatever is not Khmer stays.
func (s *Speller) Text(rnd *rand.Rand, words []string) string {
	var out []string
	for _, w := range words {
		if !isKhmer(w) {
			if w = strings.TrimSpace(w); w != "" {
				out = append(out, w)
			}
			continue
		}
		var parts strings.Builder
		for rest := []rune(w); len(rest) > 0; {
			n := len(rest)
			for n > 0 && !s.Knows(string(rest[:n])) {
				n--
			}
			if n > 1 || n == len(rest) && n > 0 {
				parts.WriteString(s.Vary(rnd, string(rest[:n])))
			}
			rest = rest[max(1, n):]
		}
		if parts.Len() > 0 {
			out = append(out, parts.String())
		}
	}
	return strings.Join(out, " ")
}

func isKhmer(w string) bool {
	for _, r := range w {
		return r >= 0x1780 && r <= 0x17FF
	}
	return false
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
func vary(rnd *rand.Rand, roman string) string {
	first := rnd.IntN(len(variants))
	for i := range variants {
		v := variants[(first+i)%len(variants)]
		if strings.Contains(roman, v[0]) {
			return strings.Replace(roman, v[0], v[1], 1)
		}
	}
	return roman
}
