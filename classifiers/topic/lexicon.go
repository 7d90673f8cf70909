package topic

import (
	"fmt"
	"slices"
	"strings"

	"samleng/classifiers/phrase"
)

// lexicon is the definitions as phrases to be found.
type lexicon struct {
	set      *phrase.Set
	defs     []Definition
	meanings [][]meaning // by number of the phrase
	hiding   []bool      // by number: a phrase of Not, as it is written
	rules    []rule
}

// meaning is what one phrase says of one topic. A phrase without meanings hides the shorter
// ones inside it.
type meaning struct {
	topic      int
	as         role
	weight     float64
	term       string // as the file has it
	rule, part int    // for inRule
}

// inRule is the role of a part of a rule.
const inRule role = -1

// rule is a rule of a definition.
type rule struct {
	topic  int
	text   string
	parts  []part
	names  []string // of the parts, as the file has them
	within float64

	need, none uint // a bit for each part of All and Near, and of None
}

func newLexicon(v *phrase.Vocabulary, defs []Definition) (lexicon, error) {
	l := lexicon{set: v.NewSet(), defs: slices.Clone(defs)}
	// The terms as written come before their other forms, so that a form never takes the
	// place of another topic's term.
	for _, others := range []bool{false, true} {
		for i := range l.defs {
			if err := l.definition(i, others); err != nil {
				return lexicon{}, err
			}
		}
	}
	return l, nil
}

func (l *lexicon) definition(i int, others bool) (err error) {
	d := &l.defs[i]
	add := func(where string, read language, m meaning) {
		if e := l.term(read, m, others); e != nil && err == nil {
			err = fmt.Errorf("topic %s: %s: %q %w", d.ID, where, m.term, e)
		}
	}
	d.each(func(where string, as role, read language, term string) {
		add(where, read, meaning{topic: i, as: as, weight: weights[as], term: term})
	})
	for j := range d.Rules {
		r := &d.Rules[j]
		n := slices.IndexFunc(l.rules, func(known rule) bool { return known.topic == i && known.text == r.String() })
		if n < 0 {
			n = len(l.rules)
			l.rules = append(l.rules, rule{topic: i, text: r.String(), within: r.within()})
		}
		p := 0
		r.parts(func(where string, as part, alternatives []string) {
			if !others {
				if l.rules[n].parts = append(l.rules[n].parts, as); as == partNone {
					l.rules[n].none |= 1 << (len(l.rules[n].parts) - 1)
				} else {
					l.rules[n].need |= 1 << (len(l.rules[n].parts) - 1)
				}
				l.rules[n].names = append(l.rules[n].names, strings.Join(alternatives, " | "))
			}
			for _, term := range alternatives {
				add(key("rules", j)+"."+where, r.latin(), meaning{topic: i, as: inRule, term: term, rule: n, part: p})
			}
			p++
		})
	}
	return err
}

// term adds a term as it is written, or in its other forms.
func (l *lexicon) term(read language, m meaning, others bool) error {
	spellings := spellings(read, m.term)
	if others {
		spellings = spellings[1:]
	} else {
		spellings = spellings[:1]
	}
	for _, s := range spellings {
		if err := l.add(s, m, others); err != nil {
			return err
		}
	}
	return nil
}

// spellings gives how a term may be written, the way of the file first.
func spellings(read language, term string) []string {
	exact, found := strings.CutPrefix(term, "=")
	switch {
	case found:
		return []string{exact}
	case read == englishTerm && !hasKhmer(term):
		return forms(term)
	case read == romanisedTerm && !hasKhmer(term):
		return romanised(term)
	}
	return []string{term}
}

func hasKhmer(term string) bool {
	return strings.ContainsFunc(term, func(r rune) bool { return r >= 0x1780 && r <= 0x17FF })
}

func (l *lexicon) add(spelling string, m meaning, other bool) error {
	n, _, err := l.set.Add(spelling)
	if err != nil {
		return err
	}
	for n >= len(l.meanings) {
		l.meanings = append(l.meanings, nil)
		l.hiding = append(l.hiding, false)
	}
	if m.as == hides {
		l.hiding[n] = l.hiding[n] || !other
		return nil
	}
	if other && l.hiding[n] {
		return nil // "landing" is written under Not, and no form of "land"
	}
	if !slices.ContainsFunc(l.meanings[n], m.same) {
		l.meanings[n] = append(l.meanings[n], m)
	}
	return nil
}

// same reports whether k is the same sort of meaning of the same topic.
func (m meaning) same(k meaning) bool {
	return k.topic == m.topic && (k.as == inRule) == (m.as == inRule) && (k.as == vetoes) == (m.as == vetoes) &&
		(m.as != inRule || k.rule == m.rule && k.part == m.part)
}
