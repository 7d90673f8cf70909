package place

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// cue is a set of things beside a name that speak for or against the place.
type cue uint16

const (
	cueUnit     cue = 1 << iota // a unit word of the right level
	cueNear                     // a preposition of place
	cueHeading                  // the dateline of a post: "Poipet: ..."
	cueList                     // a list of places
	cueBeside                   // its own province, or a district of it, next to it
	cueContext                  // its own province, or a district of it, elsewhere in the post
	cueBlock                    // a brand, product, person or street of the name
	cueFeature                  // a river, temple, plant or kinsman of the name: no matter for a certain name
	cueLower                    // a commune or village of the name
	cuePerson                   // capitalised like the first of several names
	cueSmall                    // in small letters
	cuePart                     // part of a longer Khmer word
	cueRepeated                 // ៗ after it, which no name has
)

func (c cue) String() string {
	names := make([]string, 0, 16) // on the stack
	for i, name := range [...]string{
		"unit", "preposition", "heading", "list", "beside its province", "its province in the post",
		"name of something else", "feature", "commune or village", "person", "small letters", "part of a word", "repeated",
	} {
		if c&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// sign is what a word beside a name says.
type sign struct {
	text  string
	cue   cue
	level level
	many  bool // a unit word in the plural
}

// signs are words, parted by spaces, that say the same.
type signs struct {
	words string
	sign  sign
}

// Khmer words that stand right before a name. ក្នុង and ចូល are no prepositions here: forests
// and islands have insides too. A bus, ឡានក្រុង, holds the word for a town and says nothing.
var khmerBefore = []signs{
	{"ខេត្ត ខែត្រ ខេត្រ ខែត្ត រាជធានី", sign{cue: cueUnit, level: province}},
	{"ក្រុង", sign{cue: cueUnit, level: municipality}},
	{"ស្រុក", sign{cue: cueUnit, level: district}},
	{"ខណ្ឌ ខ័ណ្ឌ ខណ្ត", sign{cue: cueUnit, level: khan}},
	{"ឃុំ ភូមិ សង្កាត់", sign{cue: cueLower, level: lower}},
	{"ឡានក្រុង រថយន្តក្រុង", sign{}},
	{"នៅ ពី ទៅ មក ដល់ ឯ ជិត ម្តុំ តំបន់ អ្នក លេង ខាង ជុំវិញ ផ្សារ រដ្ឋបាល ច្រក ព្រំដែន សាខា ឆ្នេរ ក្តាម អភិបាល " +
		"មន្ទីរពេទ្យ បង្អែក តុលាការ សាលាដំបូង ពន្ធនាគារ អាជ្ញាធរ ពលរដ្ឋ កសិករ ទឹកដី", sign{cue: cueNear}},
	{
		"លោក លោកស្រី អ្នកស្រី កញ្ញា ឧកញ៉ា សម្តេច ព្រះបាទ ឈ្មោះ តារាចម្រៀង តួឯក " +
			"ធនាគារ ក្រុមហ៊ុន កាសែត សារព័ត៌មាន ទូរទស្សន៍ ក្លិប ក្លឹប ក្រុម ក្រុមបាល់ទាត់ ម៉ាក ស្លាកលេខ មហាវិថី " +
			"ម្រេច កាហ្វេ អំបិល ទឹកត្រី ទឹកឃ្មុំ ត្បូង ទុរេន ធុរេន ធូរេន គុយទាវ សាច់ក្រក ប្រហុក ស្ករត្នោត",
		sign{cue: cueBlock},
	},
	{
		"ផ្លូវ វិថី ស្ពាន វត្ត ប្រាសាទ វិទ្យាល័យ សាលា បុរី ភ្នំ ទន្លេ ស្ទឹង បឹង អាង " +
			"ដើម ផ្កា គ្រាប់ ផ្លែ ស្លឹក ប្រអប់ ថ្ងៃទី ទី បង ពូ មីង តា យាយ",
		sign{cue: cueFeature},
	},
}

// Latin words that stand before a name, in lower case.
var latinBefore = []signs{
	{"khet khett khaet ket province", sign{cue: cueUnit, level: province}},
	{"provinces", sign{cue: cueUnit, level: province, many: true}},
	{"srok", sign{cue: cueUnit, level: district}},
	{"district", sign{cue: cueUnit, level: anyDistrict}},
	{"districts", sign{cue: cueUnit, level: anyDistrict, many: true}},
	{"khan khann", sign{cue: cueUnit, level: khan}},
	{"krong city town", sign{cue: cueUnit, level: municipality}},
	{"sangkat khum phum village commune", sign{cue: cueLower, level: lower}},
	{
		"in at to from near around via through across outside into downtown central northern southern eastern " +
			"western rural visit visiting leave leaving reach reached " +
			"nov nv nouv pi tov tv mok knong dol leng neak mdom tam phsar psar",
		sign{cue: cueNear},
	},
	{
		"mr mrs ms dr miss king named called friend singer dog cat boat lok bong chmos samdech street boulevard",
		sign{cue: cueBlock},
	},
	{"wat mount phnom prasat borey lake school", sign{cue: cueFeature}},
}

// Latin words that stand after a name, in lower case.
var latinAfter = []signs{
	{"province provincial", sign{cue: cueUnit, level: province}},
	{"provinces", sign{cue: cueUnit, level: province, many: true}},
	{"city town municipality municipal", sign{cue: cueUnit, level: municipality}},
	{"district", sign{cue: cueUnit, level: anyDistrict}},
	{"districts", sign{cue: cueUnit, level: anyDistrict, many: true}},
	{"khan", sign{cue: cueUnit, level: khan}},
	{"commune village sangkat", sign{cue: cueLower, level: lower}},
	{"governor residents villagers farmers border market checkpoint hospital airport " +
		"beach crab riverside", sign{cue: cueNear}},
	{
		"pepper salt coffee honey noodle noodles sausage sausages durian durians oranges post crown fc united bank beer boulevard " +
			"blvd street st avenue sapphire sapphires",
		sign{cue: cueBlock},
	},
	{"river temple mountain lake tea high pagoda", sign{cue: cueFeature}},
}

// each calls f for every word of the table.
func each(table []signs, f func(sign)) {
	for _, s := range table {
		for word := range strings.FieldsSeq(s.words) {
			s.sign.text = word
			f(s.sign)
		}
	}
}

// cues holds the tables above, ready to be searched.
type cues struct {
	khmer  [256][]sign // by the last symbol, the longest first
	before map[string]sign
	after  map[string]sign
}

func newCues() cues {
	c := cues{before: map[string]sign{}, after: map[string]sign{}}
	each(khmerBefore, func(s sign) {
		last := khmerSymbol(s.text, len(s.text)-3)
		c.khmer[last] = append(c.khmer[last], s)
	})
	for i := range c.khmer {
		slices.SortStableFunc(c.khmer[i], func(a, b sign) int { return len(b.text) - len(a.text) })
	}
	each(latinBefore, func(s sign) { c.before[s.text] = s })
	each(latinAfter, func(s sign) { c.after[s.text] = s })
	return c
}

// preceding gives the sign that stands before byte i of s, over spaces and light
// punctuation, and where it starts.
func (c *cues) preceding(s string, i int) (found sign, start int) {
	end := trimLeftOf(s, i)
	if end == 0 {
		return sign{}, i
	}
	if end >= 3 {
		if sym := khmerSymbol(s, end-3); sym != 0 {
			for _, k := range c.khmer[sym] {
				if strings.HasSuffix(s[:end], k.text) {
					return k, end - len(k.text)
				}
			}
			return sign{}, i
		}
	}
	word, at := lastWord(s, end)
	found, ok := c.lookup(c.before, word)
	if ok {
		return found, at
	}
	if word == "of" || word == "the" {
		word, at = lastWord(s, trimLeftOf(s, at))
		if found, ok = c.lookup(c.before, word); ok {
			return found, at
		}
	}
	return sign{}, i
}

// following gives the sign that stands after byte i of s, and where it ends.
func (c *cues) following(s string, i int) (found sign, end int) {
	if strings.HasPrefix(s[i:], "ៗ") {
		return sign{cue: cueRepeated}, i + len("ៗ")
	}
	at := i
	if a := apostrophe(s, at); a > 0 && at+a < len(s) && s[at+a] == 's' {
		at += a + 1
	}
	for g := gap(s, at); g > 0; g = gap(s, at) {
		at += g
	}
	if strings.HasPrefix(s[at:], footballClub) {
		return sign{cue: cueBlock}, at + len(footballClub)
	}
	for _, phrase := range namings {
		if strings.HasPrefix(s[at:], phrase) {
			return sign{cue: cueBlock}, at + len(phrase)
		}
	}
	end = at
	for end < len(s) && end-at < maxCue && lowerASCII[s[end]] > '9' {
		end++
	}
	found, ok := c.lookup(c.after, s[at:end])
	if !ok {
		return sign{}, i
	}
	return found, end
}

// footballClub is FC in Khmer letters.
const footballClub = "អេហ្វស៊ី"

// namings are what is said of a word and not of a place.
var namings = []string{"is the name", "is also the name", "is a name", "was the name"}

// maxCue is longer, in bytes, than any Latin sign.
const maxCue = 16

// lookup finds a word whatever its case.
func (c *cues) lookup(table map[string]sign, word string) (sign, bool) {
	var buffer [maxCue]byte
	if word == "" || len(word) > maxCue {
		return sign{}, false
	}
	for i := range len(word) {
		if word[i] >= utf8.RuneSelf {
			return sign{}, false
		}
		buffer[i] = lowerASCII[word[i]]
	}
	found, ok := table[string(buffer[:len(word)])]
	return found, ok
}

// trimLeftOf gives the end of what stands before byte i of s, over at most four spaces,
// hyphens, colons and opening quotes.
func trimLeftOf(s string, i int) int {
	for range 4 {
		switch {
		case i > 0 && strings.IndexByte(" -_:(\".", s[i-1]) >= 0:
			i--
		case strings.HasSuffix(s[:i], "៖"), strings.HasSuffix(s[:i], "\u200B"), strings.HasSuffix(s[:i], "“"):
			i -= 3
		case strings.HasSuffix(s[:i], "«"), strings.HasSuffix(s[:i], "\u00A0"):
			i -= 2
		default:
			return i
		}
	}
	return i
}

// lastWord gives the Latin word that ends at byte end of s, and its start. A word of more
// than maxCue letters is given in part.
func lastWord(s string, end int) (word string, start int) {
	start = end
	for start > 0 && end-start <= maxCue && lowerASCII[s[start-1]] > '9' {
		start--
	}
	return s[start:end], start
}
