package topic

import (
	"fmt"
	"slices"
	"strings"

	"samleng/classifiers/khmer"
	"samleng/classifiers/phrase"
)

// Problem is something about a list of topics that its editor should look at.
type Problem struct {
	Key   string // as in samleng.KeyError: "topics[3].terms.km[7]"
	Fault bool   // must be put right; else it is worth a look
	Kind  Kind
	Text  string
}

// Kind is the sort of a problem.
type Kind string

// The kinds, those first that change most what posts get.
const (
	Everywhere Kind = "everywhere" // a term in so many posts that it says nothing: a fault
	Shared     Kind = "shared"     // a term under two topics
	Hidden     Kind = "hidden"     // a term inside a longer one of another topic, which is found in its place
	Unused     Kind = "unused"     // a term in no post
	Excepted   Kind = "excepted"   // a term inside a phrase that another topic has under not: mostly meant so
	Form       Kind = "form"       // a term that another finds already: nothing is lost
)

// Kinds gives the kinds in the order of the constants.
func Kinds() []Kind { return []Kind{Everywhere, Shared, Hidden, Unused, Excepted, Form} }

// Text is a title and a text, normalised, that terms are tried on.
type Text struct{ Title, Text string }

// CheckOptions say what terms are tried on.
type CheckOptions struct {
	Texts  []Text
	Limit  float64 // share of Texts, 0..1; a term that is in more of them says nothing
	Unused bool    // warn of terms that are in no text
}

// Check looks at valid definitions for terms that stand in each other's way, and tries them
// on texts. Problems come in the order of the file.
func Check(defs []Definition, seg *khmer.Segmenter, o CheckOptions) ([]Problem, error) {
	c, err := New(defs, seg)
	if err != nil {
		return nil, err
	}
	k := checker{Classifier: c, places: map[int][]standing{}}
	k.list()
	k.collisions()
	k.insides()
	k.tried(&o)
	slices.SortStableFunc(k.problems, func(a, b ordered) int { return a.order - b.order })
	problems := make([]Problem, len(k.problems))
	for i := range k.problems {
		problems[i] = k.problems[i].Problem
	}
	return problems, nil
}

// checker is the state of one check.
type checker struct {
	*Classifier
	entries  []entry
	places   map[int][]standing // by number of the phrase
	problems []ordered
}

// entry is one term of the file.
type entry struct {
	topic  int
	as     role
	read   language
	term   string
	key    string
	number int // of its phrase, as written
}

// standing is an entry that a phrase stands for.
type standing struct {
	entry   int
	written bool // not another form of it
}

type ordered struct {
	Problem
	order int
}

func (k *checker) problem(e int, kind Kind, format string, args ...any) {
	k.problems = append(k.problems, ordered{Problem{Key: k.entries[e].key, Fault: kind == Everywhere, Kind: kind, Text: fmt.Sprintf(format, args...)}, e})
}

func (k *checker) list() {
	for i := range k.defs {
		k.defs[i].each(func(where string, as role, read language, term string) {
			e := entry{topic: i, as: as, read: read, term: term, key: key("topics", i) + "." + where}
			n := len(k.entries)
			for j, s := range spellings(read, term) {
				number, _, err := k.set.Add(s) // is there already
				if err != nil {
					continue
				}
				if j == 0 {
					e.number = number
				}
				k.places[number] = append(k.places[number], standing{n, j == 0})
			}
			k.entries = append(k.entries, e)
		})
	}
}

// counts reports whether finding the entry adds to its topic.
func (e *entry) counts() bool { return e.as == strong || e.as == weak }

// name is how an entry is spoken of from another.
func (k *checker) name(e int) string {
	return fmt.Sprintf("%q of %s", k.entries[e].term, k.defs[k.entries[e].topic].ID)
}

// collisions finds terms that are one phrase with another.
func (k *checker) collisions() {
	for i := range k.entries {
		e := &k.entries[i]
		for _, p := range k.places[e.number] {
			o := &k.entries[p.entry]
			switch {
			case p.entry == i:
			case !e.counts() || !o.counts():
			case o.topic == e.topic && e.as == o.as && !p.written && (p.entry < i || !k.finds(i, o.number)):
				k.problem(i, Form, "%q is found already as a form of %q", e.term, o.term)
			case o.topic != e.topic && p.written && p.entry < i:
				k.problem(i, Shared, "%q is also under %s: a post with it is of both", e.term, k.defs[o.topic].ID)
			}
		}
	}
}

// finds reports whether the entry, in any form, is found as the phrase.
func (k *checker) finds(e, number int) bool {
	return slices.ContainsFunc(k.places[number], func(p standing) bool { return p.entry == e })
}

// insides finds terms that other topics' longer phrases hide.
func (k *checker) insides() {
	for i := range k.entries {
		e := &k.entries[i]
		if e.as == vetoes {
			continue
		}
		text, _ := strings.CutPrefix(e.term, "=")
		for _, m := range k.within(text) {
			for _, p := range k.places[m.Phrase] {
				o := &k.entries[p.entry]
				if !p.written || !o.counts() || o.topic == e.topic || k.means(e.number, o.topic) || o.as == weak && e.as != hides {
					continue
				}
				if e.as == hides {
					k.problem(p.entry, Excepted, "%q is not found in %q, which is under not of %s", o.term, e.term, k.defs[e.topic].ID)
				} else {
					k.problem(p.entry, Hidden, "%q is not found in %s", o.term, k.name(i))
				}
			}
		}
	}
}

// means reports whether the phrase counts for the topic.
func (k *checker) means(number, topic int) bool {
	return slices.ContainsFunc(k.meanings[number], func(m meaning) bool { return m.topic == topic && m.as != inRule })
}

// within finds the phrases inside a longer one.
func (k *checker) within(text string) []phrase.Match {
	p := k.set.Vocabulary().Read("", text)
	defer p.Release()
	tokens := p.Text.Tokens
	var all []phrase.Match
	for from := range tokens {
		k.set.Find(nil, tokens[from:], func(m phrase.Match) bool {
			if m.First == 0 && m.Last < len(tokens[from:]) || m.First == 0 && from > 0 {
				all = append(all, m)
			}
			return false
		})
	}
	return all
}

// tried finds terms that say nothing because they are everywhere, or nowhere.
func (k *checker) tried(o *CheckOptions) {
	in := make([]map[string]int, len(k.defs)) // posts by topic and term
	for i := range in {
		in[i] = map[string]int{}
	}
	for _, t := range o.Texts {
		p := k.set.Vocabulary().Read(t.Title, t.Text)
		found := k.read(p)
		p.Release()
		for _, i := range found.touched {
			for _, term := range found.byTopic[i].terms {
				in[i][term.term]++
			}
		}
	}
	for i := range k.entries {
		e := &k.entries[i]
		n := in[e.topic][e.term]
		switch share := float64(n) / float64(max(1, len(o.Texts))); {
		case !e.counts():
		case n == 0 && o.Unused:
			k.problem(i, Unused, "%q is in none of %d posts", e.term, len(o.Texts))
		case share > o.Limit:
			k.problem(i, Everywhere, "%q is in %d of %d posts (%.1f %%): it says nothing", e.term, n, len(o.Texts), 100*share)
		}
	}
}
