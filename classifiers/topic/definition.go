package topic

import (
	"strings"

	"samleng"
)

// Definition is one topic as configs/topics.yaml describes it. A topic needs no code: its
// id is known wherever the file is read.
type Definition struct {
	ID    string `yaml:"id"` // lower-case letters, digits and hyphens
	Name  Name   `yaml:"name"`
	About string `yaml:"about"` // what belongs here, one sentence for the person who edits it
	Terms Terms  `yaml:"terms"` // any of them speaks of the topic by itself
	Weak  Terms  `yaml:"weak"`  // each only hints at it: two count as much as one of Terms
	Rules []Rule `yaml:"rules"` // words that speak of the topic in company only
	Not   Terms  `yaml:"not"`   // phrases that hold a term without meaning it
	None  Terms  `yaml:"none"`  // a post with one of these is not about the topic, whatever else it holds
}

// Name is what people are shown for a topic.
type Name struct {
	Khmer   string `yaml:"km" json:"km"`
	English string `yaml:"en" json:"en"`
}

// Terms are words and phrases by language.
type Terms struct {
	Khmer     []string `yaml:"km"`
	English   []string `yaml:"en"`      // lower case; the forms of the same stem are found too, unless it begins with "="
	Romanised []string `yaml:"km-Latn"` // Khmer in chat-style Latin letters
}

// Rule is a set of words that count as one term where they are found together. Each part
// is a term, or several with "|" between them of which one is enough.
type Rule struct {
	All      []string `yaml:"all"`      // every part, anywhere in the post
	Near     []string `yaml:"near"`     // every part, the first and the last at most Within words apart
	Within   int      `yaml:"within"`   // words between two neighbours of Near; 0 for DefaultWithin
	None     []string `yaml:"none"`     // no part anywhere in the post
	Language string   `yaml:"language"` // of the Latin letters: en, also where it is empty, or km-Latn
}

// DefaultWithin is how many words may lie between the parts of Near.
const DefaultWithin = 5

// maxParts bounds the parts of All, Near and None of a rule together.
const maxParts = 8

// parts calls f for each part of the rule with its key and what it is for.
func (r *Rule) parts(f func(key string, as part, alternatives []string)) {
	for _, group := range []struct {
		key  string
		as   part
		list []string
	}{{"all", partAll, r.All}, {"near", partNear, r.Near}, {"none", partNone, r.None}} {
		for i, text := range group.list {
			f(key(group.key, i), group.as, alternatives(text))
		}
	}
}

func alternatives(text string) []string {
	list := strings.Split(text, "|")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// String gives the rule as evidence shows it: its parts with the signs of the file.
func (r *Rule) String() string {
	var parts []string
	if len(r.Near) > 0 {
		parts = append(parts, strings.Join(r.Near, " ~ "))
	}
	parts = append(parts, r.All...)
	return strings.Join(parts, " + ")
}

// within gives Within or its default.
func (r *Rule) within() float64 {
	if r.Within == 0 {
		return DefaultWithin
	}
	return float64(r.Within)
}

// part is what a part of a rule is for.
type part uint8

const (
	partAll part = iota
	partNear
	partNone
)

// language says how the letters of a term are read.
type language uint8

const (
	khmerTerm language = iota
	englishTerm
	romanisedTerm
)

// latin gives the language of a part of a rule.
func (r *Rule) latin() language {
	if r.Language == samleng.RomanisedKhmer {
		return romanisedTerm
	}
	return englishTerm
}
