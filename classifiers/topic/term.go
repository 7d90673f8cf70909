package topic

import "fmt"

// role is what finding a term does.
type role int

const (
	strong role = iota
	weak
	hides
	vetoes
)

// weights of the roles; those that hide or veto have none.
var weights = [...]float64{strong: weightStrong, weak: weightWeak, hides: 0, vetoes: 0}

// each calls f for every term of the definition, those of the rules left out, with its key
// below the topic.
func (d *Definition) each(f func(where string, as role, read language, term string)) {
	for _, group := range []struct {
		key   string
		as    role
		terms *Terms
	}{{"terms", strong, &d.Terms}, {"weak", weak, &d.Weak}, {"not", hides, &d.Not}, {"none", vetoes, &d.None}} {
		for _, list := range []struct {
			key   string
			read  language
			terms []string
		}{{"km", khmerTerm, group.terms.Khmer}, {"en", englishTerm, group.terms.English}, {"km-Latn", romanisedTerm, group.terms.Romanised}} {
			for i, term := range list.terms {
				f(key(group.key+"."+list.key, i), group.as, list.read, term)
			}
		}
	}
}

func key(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
