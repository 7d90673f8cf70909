package sentiment

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"samleng/classifiers/khmer"
	"samleng/classifiers/phrase"
)

//go:embed lexicon/*.tsv
var files embed.FS

// The files. Those of romanised Khmer are read for that language only, and first: where a
// word is spelled like an English one (min, mean), the Khmer one is meant.
const (
	english   = "en.tsv"
	khmerFile = "km.tsv"
	emoji     = "emoji.tsv"
	romanised = "km-Latn.tsv"
)

// kind is what an entry does.
type kind uint8

const (
	polar       kind = iota // carries a polarity
	hides                   // keeps what is inside it from being read
	negator                 // turns the polarity of what follows
	intensifier             // multiplies the polarity beside it
	contrast                // what follows counts for more than what came before
	question                // the sentence asks rather than says
	closing                 // ends the reach of a negator before it
)

// kinds are the words of the third column.
var kinds = map[string]kind{
	"positive": polar, "negative": polar,
	"hide": hides, "negator": negator, "intensifier": intensifier, "contrast": contrast, "question": question, "closing": closing,
}

// parts are the parts of speech of the second column. A noun, verb or adjective of en.tsv also
// stands for its regular inflections.
var parts = []string{"adj", "adv", "conj", "emoji", "interj", "noun", "particle", "phrase", "verb"}

// none stands in the column of the strength where there is none.
const none = "-"

// entry is one line of a lexicon.
type entry struct {
	text  string
	value float64 // polarity in -5..5, or the factor of an intensifier
	kind  kind
	part  string // of speech
	// denied says that it is positive and begins with a Khmer negator, as គ្មានទោស, not guilty.
	denied bool
}

// lexicon is the set of all entries that are read in a text.
type lexicon struct {
	set     *phrase.Set
	entries []entry // by number of the phrase
}

// parse reads one lexicon file and reports all its faults.
func parse(name string, data []byte) ([]entry, error) {
	var entries []entry
	var faults []error
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "# ") || line == "#" {
			continue
		}
		e, err := parseLine(line)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s:%d: %w", name, n, err))
			continue
		}
		entries = append(entries, e)
	}
	if err := lines.Err(); err != nil {
		faults = append(faults, fmt.Errorf("%s: %w", name, err))
	}
	return entries, errors.Join(faults...)
}

func parseLine(line string) (entry, error) {
	columns := strings.Split(line, "\t")
	if len(columns) != 4 {
		return entry{}, fmt.Errorf("%d columns, want entry, part of speech, sentiment and strength separated by tabs", len(columns))
	}
	e := entry{text: columns[0], part: columns[1]}
	switch {
	case e.text == "" || strings.TrimSpace(e.text) != e.text:
		return entry{}, fmt.Errorf("%q is empty, or begins or ends with a space", e.text)
	case khmer.Normalise(e.text) != e.text:
		return entry{}, fmt.Errorf("%q is not in canonical order: write it as %q", e.text, khmer.Normalise(e.text))
	case !slices.Contains(parts, e.part):
		return entry{}, fmt.Errorf("%q: unknown part of speech %q: want one of %v", e.text, e.part, parts)
	}
	var known bool
	if e.kind, known = kinds[columns[2]]; !known {
		return entry{}, fmt.Errorf("%q: unknown sentiment %q: want one of %v", e.text, columns[2], slices.Sorted(maps.Keys(kinds)))
	}
	if e.kind != polar && e.kind != intensifier {
		if columns[3] != none {
			return entry{}, fmt.Errorf("%q: a %s has no strength: write %s", e.text, columns[2], none)
		}
		return e, nil
	}
	var err error
	if e.value, err = strconv.ParseFloat(columns[3], 64); err != nil {
		return entry{}, fmt.Errorf("%q: %q is no number", e.text, columns[3])
	}
	switch {
	case e.kind == intensifier && !(e.value > 0 && e.value <= 3 && e.value != 1):
		return entry{}, fmt.Errorf("%q: factor %v is not in 0..3, or is 1", e.text, e.value)
	case e.kind == polar && !(e.value >= 1 && e.value <= 5):
		return entry{}, fmt.Errorf("%q: strength %v is not in 1..5", e.text, e.value)
	case columns[2] == "negative":
		e.value = -e.value
	}
	return e, nil
}

// load reads the named embedded files. Where two hold the same words the file named first
// wins, and entries win over derived forms; twice in one file is an error.
func load(v *phrase.Vocabulary, names ...string) (*lexicon, error) {
	lex := &lexicon{set: v.NewSet()}
	var derived []entry
	var faults []error
	for _, name := range names {
		data, err := files.ReadFile(path.Join("lexicon", name))
		if err != nil {
			return nil, fmt.Errorf("read lexicon: %w", err)
		}
		entries, err := parse(name, data)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		before := len(lex.entries)
		for _, e := range entries {
			n, err := lex.add(e)
			switch {
			case err != nil:
				faults = append(faults, fmt.Errorf("%s: %q %w", name, e.text, err))
			case n >= before && lex.entries[n] != e:
				faults = append(faults, fmt.Errorf("%s: %q is there twice, also as %q", name, e.text, lex.entries[n].text))
			}
		}
		switch name {
		case english:
			derived = append(derived, inflections(entries)...)
		case khmerFile:
			derived = append(derived, spellings(entries)...)
		}
	}
	for _, e := range derived {
		if _, err := lex.add(e); err != nil {
			faults = append(faults, fmt.Errorf("derived form %q %w", e.text, err))
		}
	}
	lex.deny()
	return lex, errors.Join(faults...)
}

// deny finds the entries that begin with a negator.
func (l *lexicon) deny() {
	var negators []string
	for i := range l.entries {
		if e := &l.entries[i]; e.kind == negator && khmer.IsKhmer([]rune(e.text)[0]) {
			negators = append(negators, e.text)
		}
	}
	for i := range l.entries {
		e := &l.entries[i]
		e.denied = e.kind == polar && e.value > 0 && slices.ContainsFunc(negators, func(n string) bool { return strings.HasPrefix(e.text, n) })
	}
}

// add puts an entry into the lexicon unless there is one for the same words, and gives
// the number of the entry that holds for them.
func (l *lexicon) add(e entry) (int, error) {
	n, added, err := l.set.Add(e.text)
	if added {
		l.entries = append(l.entries, e)
	}
	return n, err
}
