package place

import (
	"slices"
	"strings"
	"unicode/utf8"

	"samleng"
	"samleng/classifiers/internal/slab"
)

// candidate is a name that stands in the post, whatever it means there.
type candidate struct {
	field      int // 0 title, 1 text
	start, end int // of the name
	from, to   int // of the name with its unit word
	form       *form
	unit       int // index, or -1 while it is open or if there is none
	level      level
	many       bool // the unit word is in the plural
	before     bool // the unit word stands before the name
	link       link // to the candidate before it
	cue        cue
	score      float64
}

// link is what stands between two candidates.
type link uint8

const (
	apart   link = iota
	spaced       // spaces only
	counted      // a comma, and, និង, a hyphen, ...
)

// search is the memory of one Classify.
type search struct {
	found    []candidate
	ends     []int // of the words of segmented[from:to]
	from, to int
	in       int // field that was segmented, or -1

	places   []samleng.Place
	evidence []samleng.Evidence
	names    map[cue]string
	results  slab.Of[samleng.Place]
	reasons  slab.Of[samleng.Evidence]
}

// keptCandidates is the number of candidates up to which the memory of a search is kept.
const keptCandidates = 1 << 10

// release gives the memory back; it holds nothing of the texts.
func (c *Classifier) release(s *search) {
	clear(s.places)
	clear(s.evidence)
	if cap(s.found) <= keptCandidates {
		c.scratch.Put(s)
	}
}

// search gives every name in the post with its score.
func (c *Classifier) search(title, text string) *search {
	s, _ := c.scratch.Get().(*search)
	if s == nil {
		s = &search{names: map[cue]string{}}
	}
	s.found, s.places, s.in = s.found[:0], s.places[:0], -1
	fields := [2]string{title, text}
	for i, in := range fields {
		s.found = c.scan(s.found, in, i)
	}
	if len(s.found) == 0 {
		return s
	}
	c.connect(s.found, fields)
	c.decide(s, fields)
	return s
}

// scan appends the candidates of one field.
func (c *Classifier) scan(dst []candidate, s string, field int) []candidate {
	for i := 0; i < len(s); {
		b := s[i]
		first := lowerASCII[b]
		switch {
		case first != 0:
			end := i + 1
			for end < len(s) && lowerASCII[s[end]] != 0 {
				end++
			}
			dst, i = c.scanWord(dst, s, field, i, end)
		case b < utf8.RuneSelf:
			i++
		case khmerSymbol(s, i) != 0:
			dst, i = c.scanKhmer(dst, s, field, i)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if accented(r) != 0 {
				n = wordEnd(s, i) - i
			}
			i += n
		}
	}
	return dst
}

// scanWord looks at the Latin word whose ASCII letters are s[i:end], and gives where to go on.
func (c *Classifier) scanWord(dst []candidate, s string, field, i, end int) ([]candidate, int) {
	start := uint32(0)
	for j := range startSymbols {
		if start <<= 8; i+j < end {
			start |= uint32(lowerASCII[s[i+j]])
		}
	}
	if c.names.promising(start) != 0 {
		if f, to := c.names.match(s, i); f >= 0 && !addressed(s, i, to) {
			return c.take(dst, s, field, i, to, f), to
		}
	}
	if to := linkEnd(s, i); to > i {
		return dst, to
	}
	if end < len(s) && s[end] >= utf8.RuneSelf {
		end = wordEnd(s, i)
	}
	return dst, end
}

// scanKhmer looks at the stretch of Khmer letters from byte i on, and gives where to go on.
func (c *Classifier) scanKhmer(dst []candidate, s string, field, i int) ([]candidate, int) {
	start, ahead := uint32(0), i // the symbols from i on, up to byte ahead
	for range startSymbols {
		start, ahead = shift(start, s, ahead)
	}
	before := byte(0)
	for start != 0 {
		first := byte(start >> 24)
		if starts(first, before)&c.names.promising(start) != 0 {
			if f, end := c.names.match(s, i); f >= 0 {
				return c.take(dst, s, field, i, end, f), end
			}
		}
		before = first
		i += 3
		start, ahead = shift(start, s, ahead)
	}
	return dst, i
}

// shift adds the Khmer symbol at byte ahead of s to the symbols, or 0 if there is none, as then for
// ever.
func shift(start uint32, s string, ahead int) (uint32, int) {
	sym := khmerSymbol(s, ahead)
	if sym == 0 {
		return start << 8, ahead
	}
	return start<<8 | uint32(sym), ahead + 3
}

// starts gives 1 where a cluster or a number starts with the symbol, else 0. It takes no branch: which
// letter comes next cannot be guessed.
func starts(sym, before byte) uint64 { return uint64(follows[before]>>opens[sym]) & 1 }

// opens says which bit of follows tells whether a symbol starts something: the last for what never does.
var opens = func() (t [256]uint8) {
	for sym := range t {
		switch s := byte(sym); {
		case isBase(s):
			t[sym] = 0
		case isKhmerDigit(s):
			t[sym] = 1
		default:
			t[sym] = 7
		}
	}
	return t
}()

// follows has, for the symbol before, a bit for each kind of symbol that starts something after it.
var follows = func() (t [256]uint8) {
	for sym := range t {
		if sym != symCoeng {
			t[sym] |= 1
		}
		if !isKhmerDigit(byte(sym)) {
			t[sym] |= 2
		}
	}
	return t
}()

// wordEnd gives the end of the Latin word at byte i of s, at least one rune on.
func wordEnd(s string, i int) int {
	for {
		if s[i] < utf8.RuneSelf {
			i++
		} else {
			_, n := utf8.DecodeRuneInString(s[i:])
			i += n
		}
		for i < len(s) && lowerASCII[s[i]] != 0 {
			i++
		}
		if i >= len(s) || s[i] < utf8.RuneSelf {
			return i
		}
		if r, _ := utf8.DecodeRuneInString(s[i:]); accented(r) == 0 {
			return i
		}
	}
}

// linkEnd gives the end of the web address at byte i of s, or i.
func linkEnd(s string, i int) int {
	if s[i] != 'h' && s[i] != 'w' {
		return i
	}
	rest := s[i:]
	if !strings.HasPrefix(rest, "http://") && !strings.HasPrefix(rest, "https://") && !strings.HasPrefix(rest, "www.") {
		return i
	}
	for i < len(s) && s[i] > ' ' && s[i] < utf8.RuneSelf {
		i++
	}
	return i
}

// addressed reports whether s[i:end] is part of a handle, a file or a web address.
func addressed(s string, i, end int) bool {
	if i > 0 && s[i-1] == '@' {
		return true
	}
	if end+1 < len(s) && s[end] == '.' && s[end+1] >= 'a' && s[end+1] <= 'z' || end < len(s) && s[end] == '_' {
		return true
	}
	return end < len(s) && s[end] == '@'
}

// take appends the candidate s[start:end] with what its surroundings say.
func (c *Classifier) take(dst []candidate, s string, field, start, end int, number int32) []candidate {
	f := &c.forms[number]
	if len(f.units) == 0 {
		return dst
	}
	k := candidate{field: field, start: start, end: end, from: start, to: end, form: f, unit: -1}
	if f.class == initials && strings.ToUpper(s[start:end]) != s[start:end] {
		return dst
	}
	before, from := c.cues.preceding(s, start)
	after, to := c.cues.following(s, end)
	k.cue = (before.cue | after.cue) &^ cueUnit
	if after.level != noLevel {
		k.level, k.to, k.many = after.level, to, after.many
	}
	if f.class == ordinary && before.level == district && f.khmer && from+len(before.text) < start {
		before.level = noLevel // ក្នុងស្រុក ពួកគេ: "in the country", then another clause
	}
	if before.level != noLevel && (after.level == noLevel || f.khmer) && !taken(dst, field, from) {
		k.level, k.from, k.many, k.before = before.level, from, before.many, true
	}
	if start > 0 && s[start-1] == '#' {
		k.cue |= cueNear
	}
	if heads(s, start, end) {
		k.cue |= cueHeading
	}
	if !f.khmer {
		k.cue |= letters(s, start, end, k.to)
	}
	return append(dst, k)
}

// taken reports whether the unit word that starts at byte from belongs to the last candidate:
// Angkor Thom district of Siem Reap.
func taken(found []candidate, field, from int) bool {
	if len(found) == 0 {
		return false
	}
	last := &found[len(found)-1]
	return last.field == field && last.to > from
}

// heads reports whether s[start:end] is the dateline of a line: "Poipet: ...", "(Poipet): ...".
func heads(s string, start, end int) bool {
	rest := s[end:]
	if start > 0 && s[start-1] == '(' && rest != "" && rest[0] == ')' {
		start--
		rest = rest[1:]
	}
	if start > 0 && s[start-1] != '\n' {
		return false
	}
	rest = strings.TrimLeft(rest, " ")
	return strings.HasPrefix(rest, "៖") || strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "–") ||
		strings.HasPrefix(rest, "—") || strings.HasPrefix(rest, "- ")
}

// letters gives the cues in the case of the Latin name s[start:end], each of whose words wants
// a capital, and of the word after it, which is looked at if no unit word ends at to.
func letters(s string, start, end, to int) cue {
	for i := start; i < end; i++ {
		if isSmall(s[i]) && (i == start || gap(s, i-1) == 1) {
			return cueSmall
		}
	}
	if to == end && end+1 < len(s) && s[end] == ' ' && isCapital(s[end+1]) {
		last := wordEnd(s, end+1)
		if last-end > 3 && isSmall(s[end+2]) {
			return cuePerson
		}
	}
	return 0
}

func isSmall(b byte) bool { return b >= 'a' && b <= 'z' }

func isCapital(b byte) bool { return b >= 'A' && b <= 'Z' }

// connect finds the lists, and spreads a unit word over its list: from the first name on
// (ខេត្តកណ្តាល តាកែវ), or back from the last if it is in the plural (Kandal and Takeo provinces).
func (c *Classifier) connect(found []candidate, fields [2]string) {
	for i := 1; i < len(found); i++ {
		a, b := &found[i-1], &found[i]
		if a.field != b.field || a.to > b.from {
			continue
		}
		b.link = between(fields[b.field][a.to:b.from])
		if b.link != apart && b.level == noLevel && a.level != noLevel && a.level != lower && (a.before || a.many) &&
			c.fits(b.form, a.level) {
			b.level, b.before, b.many = a.level, a.before, a.many
		}
	}
	for i := len(found) - 1; i > 0; i-- {
		a, b := &found[i-1], &found[i]
		if b.link != apart && b.many && !b.before && a.level == noLevel && c.fits(a.form, b.level) {
			a.level, a.many = b.level, true
		}
	}
}

// joints are what may stand between the names of a list.
var joints = []string{"និង", "រួមទាំង", "ឬ", "and", "or", "&", ",", "/", "-", "–", "—", "→", "nig", "ning", "to", "ទៅ", "មក", "ដល់", "ព្រមទាំង", "រឺ"}

// between says how the text between two names joins them.
func between(s string) link {
	if len(s) > 40 {
		return apart
	}
	kind := spaced
	for s = strings.TrimLeft(s, " \u00A0\u200B"); s != ""; s = strings.TrimLeft(s, " \u00A0\u200B") {
		i := slices.IndexFunc(joints, func(j string) bool { return strings.HasPrefix(s, j) })
		if i < 0 {
			return apart
		}
		s, kind = s[len(joints[i]):], counted
	}
	return kind
}

// fits reports whether a list under a unit word of the level can hold the form.
func (c *Classifier) fits(f *form, l level) bool {
	return slices.ContainsFunc(f.units, func(u int) bool {
		have := c.units[u].level
		return have == l || (l == district || l == anyDistrict) && have != province
	})
}
