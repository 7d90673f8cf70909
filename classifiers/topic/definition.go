package topic

import (
	"errors"
	"regexp"
	"strings"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/phrase"
)

// File is configs/topics.yaml.
type File struct {
	Topics []Definition `yaml:"topics"`
}

// Validate is Validate of the topics.
func (f *File) Validate() error { return Validate(f.Topics) }

// Definition is one topic as configs/topics.yaml describes it. A topic needs no code: its
// id is known wherever the file is read.
type Definition struct {
	ID    string `yaml:"id"` // lower-case letters, digits and hyphens
	Name  Name   `yaml:"name"`
	About string `yaml:"about"` // what belongs here, one sentence for the person who edits it
	Terms Terms  `yaml:"terms"` // each speaks of the topic by itself
	Weak  Terms  `yaml:"weak"`  // each only hints at it: two count as much as one of Terms
	Not   Terms  `yaml:"not"`   // phrases that hold a term without meaning it
}

// Name is what people are shown for a topic.
type Name struct {
	Khmer   string `yaml:"km" json:"km"`
	English string `yaml:"en" json:"en"`
}

// Terms are words and phrases by language.
type Terms struct {
	Khmer     []string `yaml:"km"`
	English   []string `yaml:"en"`      // lower case, singular: plurals in -s, -es and -ies are found too
	Romanised []string `yaml:"km-Latn"` // Khmer in chat-style Latin letters
}

var idPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Validate reports everything that is wrong with the definitions: see samleng.KeyError.
// The keys look like "topics[3].terms.km[7]".
func Validate(defs []Definition) error {
	v := validator{ids: map[string]bool{}}
	if len(defs) == 0 {
		v.fault("topics", "no topic is defined")
	}
	for i := range defs {
		v.definition(i, &defs[i])
	}
	return errors.Join(v.faults...)
}

type validator struct {
	ids    map[string]bool
	faults []error
}

func (v *validator) fault(key, format string, args ...any) {
	v.faults = append(v.faults, samleng.Keyf(key, format, args...))
}

func (v *validator) definition(i int, d *Definition) {
	at := key("topics", i)
	switch {
	case !idPattern.MatchString(d.ID):
		v.fault(at+".id", "%q: want lower-case letters, digits and single hyphens", d.ID)
	case v.ids[d.ID]:
		v.fault(at+".id", "%q is defined twice", d.ID)
	}
	v.ids[d.ID] = true
	if strings.TrimSpace(d.Name.Khmer) == "" || strings.TrimSpace(d.Name.English) == "" {
		v.fault(at+".name", "a Khmer and an English name are needed")
	}
	if len(d.Terms.Khmer)+len(d.Terms.English)+len(d.Terms.Romanised) == 0 {
		v.fault(at+".terms", "topic %q has no terms and would never be found", d.ID)
	}
	set, first := phrase.NewSet(), map[int]string{}
	d.each(func(where string, _ role, _ bool, term string) {
		v.term(set, first, at+"."+where, term)
	})
}

// term checks one term; set and first hold the terms of the same topic before it.
func (v *validator) term(set *phrase.Set, first map[int]string, at, term string) {
	switch {
	case strings.TrimSpace(term) == "":
		v.fault(at, "the term is empty")
		return
	case strings.TrimSpace(term) != term:
		v.fault(at, "%q begins or ends with a space", term)
	case khmer.Normalise(term) != term:
		v.fault(at, "%q is not in canonical order: write it as %q", term, khmer.Normalise(term))
	}
	n, added, err := set.Add(term)
	switch {
	case err != nil:
		v.fault(at, "%q %w", term, err)
	case !added:
		v.fault(at, "%q is already there as %s", term, first[n])
	default:
		first[n] = at
	}
}
