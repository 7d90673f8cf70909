package model

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"samleng/classifiers/khmer"
)

// Feature is one feature of a text: its hash, its value, and the bytes [Start, End) of the
// text that it was read from.
type Feature struct {
	Hash       uint64
	Value      float32
	Start, End int32
}

// Grams says which features a text has. The values of all of them are 1/sqrt(n) with n
// their number, so that a long text does not shout.
type Grams struct {
	Clusters int `json:"clusters"`  // Khmer orthographic clusters: n-grams of 1 to so many
	Words    int `json:"words"`     // words of other scripts, signs and emoji: n-grams of 1 to so many
	CharsMin int `json:"chars_min"` // letters of those words, with their edges: n-grams from
	CharsMax int `json:"chars_max"` // to so many; 0 for none
}

// The largest n-grams, which bound the time for a byte of text.
const (
	mostClusters = 6
	mostWords    = 3
	mostChars    = 6
)

// valid reports whether the sizes are within bounds.
func (g Grams) valid() bool {
	return g.Clusters >= 0 && g.Clusters <= mostClusters && g.Words >= 0 && g.Words <= mostWords &&
		g.CharsMin >= 0 && g.CharsMin <= g.CharsMax && g.CharsMax <= mostChars
}

// Seeds keep the kinds of features apart.
const (
	seedCluster uint64 = 0x9E3779B97F4A7C15
	seedWord    uint64 = 0xC2B2AE3D27D4EB4F
	seedChars   uint64 = 0x165667B19E3779F9
	seedName    uint64 = 0x27D4EB2F165667C5
)

// mix is one step of hashing: a multiplication with a fold.
func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0x9FB21C651E98DF25
	return h ^ h>>32
}

// Named gives the feature of a name, for what a caller knows of a text beside its letters.
func Named(name string, value float32) Feature {
	h := seedName
	for i := range len(name) {
		h = mix(h, uint64(name[i]))
	}
	return Feature{Hash: h, Value: value}
}

// reader is the state of one pass over a text.
type reader struct {
	grams    Grams
	text     string
	dst      []Feature
	clusters [mostClusters]unit // the last clusters of the run of Khmer
	inRun    int
	words    [mostWords]unit // the last words of the sentence
	inPhrase int
	letters  []rune
	ends     []int
}

type unit struct {
	hash       uint64
	start, end int
}

// Append appends the features of the text. It takes time in proportion to its length.
// Words are taken in lower case, digits as 0, letters repeated three or more times as two,
// web addresses and @names as one word each. Zero-width characters do not part clusters.
func (g Grams) Append(dst []Feature, text string) []Feature {
	first := len(dst)
	var letters [64]rune
	var ends [256]int
	r := reader{grams: g, text: text, dst: dst, letters: letters[:0], ends: ends[:0]}
	for i := 0; i < len(text); {
		i = r.next(i)
	}
	if n := len(r.dst) - first; n > 0 {
		value := float32(1 / math.Sqrt(float64(n)))
		for i := range r.dst[first:] {
			r.dst[first+i].Value = value
		}
	}
	return r.dst
}

// next reads what stands at byte i and gives the byte after it.
func (r *reader) next(i int) int {
	c, n := utf8.DecodeRuneInString(r.text[i:])
	switch {
	case isKhmer(c):
		return r.khmer(i)
	case c == 0x200B || c == 0x200C || c == 0x200D || c == 0x2060 || c == 0xFEFF:
		return i + n
	case c == ' ' || c == '\t':
		r.inRun = 0
		return i + n
	case c == '\n':
		r.inRun, r.inPhrase = 0, 0
		return i + n
	case isLetter(c):
		r.inRun = 0
		return r.word(i)
	case c == '@' && i+1 < len(r.text) && isLetter(rune(r.text[i+1])):
		r.inRun = 0
		end := r.skip(i+1, func(c rune) bool { return isLetter(c) || c == '_' })
		r.addWord(unit{hash: mix(seedWord, '@'), start: i, end: end})
		return end
	}
	r.inRun = 0
	if unicode.IsSpace(c) || c == utf8.RuneError || c == '#' || c == '"' {
		return i + n
	}
	r.addWord(unit{hash: mix(seedWord, uint64(c)), start: i, end: i + n})
	return i + n
}

func isLetter(c rune) bool {
	if c < utf8.RuneSelf {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	return unicode.IsLetter(c) || unicode.IsMark(c) && c != 0xFE0F || unicode.IsDigit(c)
}

func (r *reader) skip(i int, in func(rune) bool) int {
	for i < len(r.text) {
		c, n := utf8.DecodeRuneInString(r.text[i:])
		if !in(c) {
			break
		}
		i += n
	}
	return i
}

// isKhmer reports whether c is part of a cluster of Khmer; digits are words.
func isKhmer(c rune) bool { return c >= 0x1780 && c <= 0x17D3 || c == 0x17DC || c == 0x17DD }

// khmer reads a run of Khmer letters.
func (r *reader) khmer(i int) int {
	end := r.skip(i, isKhmer)
	if r.grams.Clusters == 0 {
		return end
	}
	r.ends = khmer.AppendClusters(r.ends[:0], r.text[i:end])
	from := i
	for _, e := range r.ends {
		r.cluster(from, i+e)
		from = i + e
	}
	return end
}

func (r *reader) cluster(start, end int) {
	h := seedCluster
	for _, c := range r.text[start:end] {
		if c == 0x17B2 { // QOO TYPE TWO is TYPE ONE written otherwise
			c = 0x17B1
		}
		h = mix(h, uint64(c))
	}
	copy(r.clusters[1:], r.clusters[:mostClusters-1])
	r.clusters[0] = unit{hash: h, start: start, end: end}
	r.inRun = min(r.inRun+1, mostClusters)
	h = seedCluster
	for n := range min(r.inRun, r.grams.Clusters) {
		h = mix(h, r.clusters[n].hash)
		r.add(h+uint64(n), r.clusters[n].start, end)
	}
}

// word reads one word of another script, or a web address.
func (r *reader) word(i int) int {
	for _, prefix := range [...]string{"http://", "https://", "www."} {
		if strings.HasPrefix(r.text[i:], prefix) {
			end := r.skip(i, func(c rune) bool { return c > ' ' && c < utf8.RuneSelf && c != ')' && c != '"' })
			r.addWord(unit{hash: mix(seedWord, '/'), start: i, end: end})
			return end
		}
	}
	r.letters = append(r.letters[:0], '<')
	end := i
	var run int
	for end < len(r.text) {
		c, n := utf8.DecodeRuneInString(r.text[end:])
		switch {
		case c == '\'' || c == '’':
			if next, _ := utf8.DecodeRuneInString(r.text[end+n:]); !isLetter(next) {
				c = 0
			} else {
				c = '\''
			}
		case !isLetter(c):
			c = 0
		case c >= '0' && c <= '9':
			c = '0'
		case c >= 'A':
			c = unicode.ToLower(c)
		}
		if c == 0 {
			break
		}
		if c == r.letters[len(r.letters)-1] {
			run++
		} else {
			run = 1
		}
		if run <= 2 && len(r.letters) < cap(r.letters)-1 {
			r.letters = append(r.letters, c)
		}
		end += n
	}
	h := seedWord
	for _, c := range r.letters[1:] {
		h = mix(h, uint64(c))
	}
	r.addWord(unit{hash: h, start: i, end: end})
	if r.grams.CharsMax > 0 {
		r.chars(i, end)
	}
	return end
}

// chars adds the n-grams of letters of the word gathered in r.letters. The place of each is
// that of the whole word: half a word is no evidence for a reader.
func (r *reader) chars(start, end int) {
	r.letters = append(r.letters, '>')
	letters := r.letters
	for i := range letters {
		h := seedChars
		for n := 0; n < r.grams.CharsMax && i+n < len(letters); n++ {
			h = mix(h, uint64(letters[i+n]))
			if n+1 >= r.grams.CharsMin && n+1 < len(letters) {
				r.add(h, start, end)
			}
		}
	}
}

func (r *reader) addWord(w unit) {
	if r.grams.Words == 0 {
		return
	}
	copy(r.words[1:], r.words[:mostWords-1])
	r.words[0] = w
	r.inPhrase = min(r.inPhrase+1, mostWords)
	h := seedWord
	for n := range min(r.inPhrase, r.grams.Words) {
		h = mix(h, r.words[n].hash)
		r.add(h+uint64(n), r.words[n].start, w.end)
	}
}

func (r *reader) add(h uint64, start, end int) {
	r.dst = append(r.dst, Feature{Hash: h, Start: int32(start), End: int32(end)})
}
