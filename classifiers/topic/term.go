package topic

import (
	"fmt"
	"strings"
)

// role is what finding a term does.
type role int

const (
	strong role = iota
	weak
	hides
)

// weights of the roles; one that hides has none.
var weights = [...]float64{strong: weightStrong, weak: weightWeak}

// each calls f for every term of the definition with its key below the topic.
func (d *Definition) each(f func(where string, as role, english bool, term string)) {
	for _, group := range []struct {
		key   string
		as    role
		terms *Terms
	}{{"terms", strong, &d.Terms}, {"weak", weak, &d.Weak}, {"not", hides, &d.Not}} {
		for _, list := range []struct {
			key   string
			terms []string
		}{{"km", group.terms.Khmer}, {"en", group.terms.English}, {"km-Latn", group.terms.Romanised}} {
			for i, term := range list.terms {
				f(key(group.key+"."+list.key, i), group.as, list.key == "en", term)
			}
		}
	}
}

func key(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

// plural gives the plural of an English term by the rules of regular nouns, or nothing
// for a term that does not end in a letter or looks like a plural already. The plural of a
// word that has none is never written, and so does no harm.
func plural(term string) string {
	last := term[len(term)-1]
	if last < 'a' || last > 'z' || len(term) < 3 {
		return ""
	}
	ends := func(suffixes ...string) bool {
		for _, s := range suffixes {
			if strings.HasSuffix(term, s) {
				return true
			}
		}
		return false
	}
	switch {
	case ends("ss", "x", "ch", "sh", "z"):
		return term + "es"
	case last == 's':
		return ""
	case ends("ay", "ey", "oy", "uy"):
		return term + "s"
	case last == 'y':
		return term[:len(term)-1] + "ies"
	}
	return term + "s"
}
