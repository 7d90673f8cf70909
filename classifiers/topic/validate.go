package topic

import (
	"errors"
	"regexp"
	"strings"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/phrase"
)

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
	case d.ID == None:
		v.fault(at+".id", "%q is what a post off every topic is called in labelled files", d.ID)
	case !idPattern.MatchString(d.ID):
		v.fault(at+".id", "%q: want lower-case letters, digits and single hyphens", d.ID)
	case v.ids[d.ID]:
		v.fault(at+".id", "%q is defined twice", d.ID)
	}
	v.ids[d.ID] = true
	if strings.TrimSpace(d.Name.Khmer) == "" || strings.TrimSpace(d.Name.English) == "" {
		v.fault(at+".name", "a Khmer and an English name are needed")
	}
	if len(d.Terms.Khmer)+len(d.Terms.English)+len(d.Terms.Romanised)+len(d.Rules) == 0 {
		v.fault(at+".terms", "topic %q has neither terms nor rules and would never be found", d.ID)
	}
	set, first := phrase.NewSet(), map[int]string{}
	d.each(func(where string, _ role, as language, term string) {
		n, ok := v.term(set, at+"."+where, term, as)
		switch before, twice := first[n]; {
		case !ok:
		case twice:
			v.fault(at+"."+where, "%q is already there as %s", term, before)
		default:
			first[n] = at + "." + where
		}
	})
	for j := range d.Rules {
		v.rule(set, at+"."+key("rules", j), &d.Rules[j])
	}
}

// term checks one term and gives its number in the set.
func (v *validator) term(set *phrase.Set, at, term string, as language) (number int, ok bool) {
	text, exact := strings.CutPrefix(term, "=")
	switch {
	case strings.TrimSpace(text) == "":
		v.fault(at, "the term is empty")
		return 0, false
	case strings.TrimSpace(text) != text:
		v.fault(at, "%q begins or ends with a space", term)
	case strings.Contains(text, "|"):
		v.fault(at, `%q: "|" belongs in rules; write two terms`, term)
	case exact && as != englishTerm:
		v.fault(at, `%q: "=" is for English, whose other forms are found too`, term)
	case khmer.Normalise(text) != text:
		v.fault(at, "%q is not in canonical order: write it as %q", term, khmer.Normalise(text))
	}
	number, _, err := set.Add(text)
	if err != nil {
		v.fault(at, "%q %w", term, err)
	}
	return number, err == nil
}

func (v *validator) rule(set *phrase.Set, at string, r *Rule) {
	switch parts := len(r.All) + len(r.Near); {
	case parts == 0:
		v.fault(at, "has neither all nor near and would never hold")
	case len(r.Near) == 1:
		v.fault(at+".near", "%q has nothing to be near to: want two parts or more", r.Near[0])
	case parts == 1 && len(r.None) == 0:
		v.fault(at, "%q by itself is a term: put it under terms", r.All[0])
	case parts+len(r.None) > maxParts:
		v.fault(at, "has %d parts, at most %d are allowed", parts+len(r.None), maxParts)
	}
	if r.Within < 0 || r.Within > 0 && len(r.Near) == 0 {
		v.fault(at+".within", "%d: want a number of words beside near", r.Within)
	}
	if r.Language != "" && r.Language != samleng.English && r.Language != samleng.RomanisedKhmer {
		v.fault(at+".language", "%q: want %s or %s, for the Latin letters of the rule", r.Language, samleng.English, samleng.RomanisedKhmer)
	}
	r.parts(func(where string, _ part, alternatives []string) {
		for _, term := range alternatives {
			v.term(set, at+"."+where, term, r.latin())
		}
	})
}
