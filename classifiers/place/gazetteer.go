package place

import (
	_ "embed" // for the names
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"samleng/classifiers/khmer"
)

//go:embed gazetteer.tsv
var gazetteerTable string

//go:embed alternatives.tsv
var alternativesTable string

//go:embed syllables.tsv
var syllablesTable string

// unit is a province or a district.
type unit struct {
	code           string
	khmer, english string
	level          level
	province       int  // index of the province it lies in, its own for a province
	outside        int  // communes and villages outside it that bear its Khmer name
	namesake       bool // a commune or village inside it bears its Khmer name
}

// level is the kind of an administrative unit, as far as the words for it tell.
type level uint8

const (
	noLevel      level = iota
	province           // ខេត្ត, រាជធានី, province
	municipality       // ក្រុង, city, town
	district           // ស្រុក, which is also one's home, a province
	khan               // ខណ្ឌ
	anyDistrict        // the English word, which may be any of the lower three
	lower              // ឃុំ, សង្កាត់, ភូមិ, commune, village: not in the gazetteer
)

func (l level) String() string {
	return [...]string{"", "province", "municipality", "district", "khan", "district", ""}[l]
}

var kinds = map[string]level{"khaet": province, "capital": province, "krong": municipality, "srok": district, "khan": khan}

// class is how likely a spelling means a place before its surroundings are looked at.
type class uint8

const (
	ordinary class = iota
	weak
	likely
	certain
	capital  // likely with a capital letter, else ordinary
	initials // weak in capital letters, else nothing
)

var classes = map[string]class{"ordinary": ordinary, "weak": weak, "likely": likely, "certain": certain, "capital": capital, "initials": initials}

// form is a spelling and what it can mean.
type form struct {
	units    []int // empty for what is no place
	class    class
	explicit bool // class comes from alternatives.tsv for exactly this spelling
	khmer    bool
	clusters int // of a Khmer spelling
}

// few is the number of communes and villages elsewhere up to which a district with a long
// name is still what the name means.
const few = 4

// loader gathers the spellings.
type loader struct {
	units     []unit
	codes     map[string]int
	syllables map[string][]string
	classes   map[string]class // of folded spellings in alternatives.tsv
	forms     []form
	names     *builder
}

func loadNames() ([]unit, []form, *trie, error) {
	l := &loader{codes: map[string]int{}, syllables: map[string][]string{}, classes: map[string]class{}, names: newBuilder()}
	for row := range rows(syllablesTable) {
		l.syllables[row[0]] = strings.Fields(row[1])
	}
	for row := range rows(alternativesTable) {
		if len(row) < 3 {
			return nil, nil, nil, fmt.Errorf("alternatives.tsv: %q has %d columns", row[0], len(row))
		}
		c, ok := classes[row[2]]
		if !ok {
			return nil, nil, nil, fmt.Errorf("alternatives.tsv: %q has the unknown class %q", row[0], row[2])
		}
		l.classes[key(row[0])] = c
	}
	if err := l.gazetteer(); err != nil {
		return nil, nil, nil, err
	}
	if err := l.alternatives(); err != nil {
		return nil, nil, nil, err
	}
	return l.units, l.forms, l.names.freeze(), nil
}

// rows gives the columns of each line of a table that is no comment.
func rows(table string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(table) {
			line = strings.TrimRight(line, "\r\n")
			if line == "" || line[0] == '#' {
				continue
			}
			if !yield(strings.Split(line, "\t")) {
				return
			}
		}
	}
}

func (l *loader) gazetteer() error {
	for row := range rows(gazetteerTable) {
		if row[0] == "code" {
			continue
		}
		if len(row) != 6 {
			return fmt.Errorf("gazetteer.tsv: %q has %d columns", row[0], len(row))
		}
		i := len(l.units)
		u := unit{
			code: row[0], khmer: row[2], english: row[3], level: kinds[row[1]],
			province: i, namesake: row[4] != "0",
		}
		var err error
		if u.outside, err = strconv.Atoi(row[5]); err != nil {
			return fmt.Errorf("gazetteer.tsv: %s: %w", u.code, err)
		}
		if u.level == noLevel {
			return fmt.Errorf("gazetteer.tsv: %s has the unknown kind %q", u.code, row[1])
		}
		if len(u.code) == 4 {
			p, ok := l.codes[u.code[:2]]
			if !ok {
				return fmt.Errorf("gazetteer.tsv: %s stands before its province", u.code)
			}
			u.province = p
		}
		l.codes[u.code] = i
		l.units = append(l.units, u)
	}
	if len(l.units) == 0 {
		return errors.New("gazetteer.tsv is empty")
	}
	for i := range l.units {
		u := &l.units[i]
		usual := certain
		if u.level != province {
			usual = likely
			if n := len(khmer.AppendClusters(nil, u.khmer)); u.outside > few || u.outside > 0 && n < sure && (u.outside > 1 || n < sure-1) {
				usual = weak
			}
		}
		for _, name := range []string{u.khmer, u.english} {
			c, explicit := l.classes[key(name)]
			if !explicit {
				c = usual
			}
			l.spell(name, []int{i}, c, explicit)
		}
	}
	return nil
}

func (l *loader) alternatives() error {
	for row := range rows(alternativesTable) {
		var units []int
		for code := range strings.SplitSeq(row[1], ",") {
			if code == "-" {
				break
			}
			i, ok := l.codes[code]
			if !ok {
				return fmt.Errorf("alternatives.tsv: %q has the unknown code %q", row[0], code)
			}
			units = append(units, i)
		}
		l.spell(row[0], units, classes[row[2]], true)
	}
	return nil
}

// key folds a spelling to compare it with others.
func key(name string) string {
	symbols, _ := foldName(khmer.Normalise(name))
	return string(symbols)
}

// spell enters a name with all its spellings.
func (l *loader) spell(name string, units []int, c class, explicit bool) {
	name = khmer.Normalise(name)
	if !isLatin(name) {
		l.enter(name, units, c, explicit)
		return
	}
	l.enter(name, units, c, explicit)
	words := strings.Fields(strings.ToLower(name))
	l.vary(words, 0, units, c)
}

// vary enters the spellings of words with other syllables from the i-th on.
func (l *loader) vary(words []string, i int, units []int, c class) {
	if i == len(words) {
		l.enter(strings.Join(words, " "), units, c, false)
		return
	}
	l.vary(words, i+1, units, c)
	was := words[i]
	for _, other := range l.syllables[was] {
		words[i] = other
		l.vary(words, i+1, units, c)
	}
	words[i] = was
}

// enter adds one spelling. Of two classes for it an explicit one holds, else the more
// careful one.
func (l *loader) enter(spelling string, units []int, c class, explicit bool) {
	symbols, gaps := foldName(spelling)
	at := l.names.add(symbols, gaps, len(l.forms))
	if at == len(l.forms) {
		f := form{class: c, explicit: explicit, units: slices.Clone(units)}
		if f.khmer = !isLatin(spelling); f.khmer {
			f.clusters = len(khmer.AppendClusters(nil, spelling))
		}
		l.forms = append(l.forms, f)
		return
	}
	f := &l.forms[at]
	switch {
	case explicit && !f.explicit, explicit == f.explicit && c < f.class && !l.named(f, units):
		f.class, f.explicit = c, explicit
	}
	if explicit && len(units) == 0 {
		f.units = nil
		return
	}
	for _, u := range units {
		if !slices.Contains(f.units, u) {
			f.units = append(f.units, u)
		}
	}
}

// named reports whether the form is the name of a province and the units are districts: its
// town, which does not make the name less of a place.
func (l *loader) named(f *form, units []int) bool {
	return len(f.units) > 0 && l.units[f.units[0]].level == province && len(units) > 0 && l.units[units[0]].level != province
}

func isLatin(s string) bool {
	for _, r := range s {
		if khmer.IsKhmer(r) {
			return false
		}
	}
	return true
}
