// Package place finds the provinces and districts of Cambodia that a post speaks of, in
// Khmer, English and romanised Khmer, and gives them with their official codes.
//
// It owns the gazetteer (gazetteer.tsv, whose card is docs/models/place.md), the other spellings
// (alternatives.tsv, syllables.tsv), and the rules that tell a place from an ordinary word
// or a name: unit words before and after (ខេត្ត, ស្រុក, province, khan), prepositions, lists of places,
// a district beside its own province, word boundaries.
//
// It knows no communes, villages, streets or places abroad, and does not say where a post was
// written. It is pure: no input, no output, no clock.
package place

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"samleng"
	"samleng/classifiers/khmer"
)

// Threshold is the score from which a mention counts. It was set on
// testdata/development.jsonl for a precision of .95 at least.
const Threshold = 0.5

// Mention is one name in a post that means a province or district.
type Mention struct {
	samleng.Evidence         // Weight is the score, Reason the cues, as in "unit, list"
	Code             string  // official code: two digits for a province, four for a district
	Score            float64 // Threshold..1
	Unit             string  // the kind that a unit word beside the name says: "province", "municipality", "district", "khan", or ""
}

// Classifier finds places. It is safe for concurrent use.
type Classifier struct {
	units   []unit
	forms   []form
	names   *trie
	seg     *khmer.Segmenter
	cues    cues
	scratch sync.Pool // of *search
}

// New loads the gazetteer. With a nil seg a name may begin or end inside a Khmer word.
func New(seg *khmer.Segmenter) (*Classifier, error) {
	units, forms, names, err := loadNames()
	if err != nil {
		return nil, fmt.Errorf("load gazetteer: %w", err)
	}
	return &Classifier{units: units, forms: forms, names: names, seg: seg, cues: newCues()}, nil
}

// Classify gives the places that the post speaks of, highest score first; the slice is never
// nil. A district comes with its province, whose score is at least the district's and which
// stands after it where they are equal. Each has the names it was found by. Title and text are normalised (khmer.Normalise). It
// takes time in proportion to their length.
func (c *Classifier) Classify(title, text string) []samleng.Place {
	s := c.search(title, text)
	defer c.release(s)
	places := s.places[:0]
	for i := range s.found {
		f := &s.found[i]
		if f.unit < 0 || f.score < Threshold {
			continue
		}
		u := &c.units[f.unit]
		places = c.add(places, u, f.score)
		if u.province != f.unit {
			places = c.add(places, &c.units[u.province], f.score)
		}
	}
	s.places = places
	c.explain(places, s, title, text)
	slices.SortStableFunc(places, func(a, b samleng.Place) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(len(b.Code), len(a.Code)))
	})
	return s.results.Copy(places)
}

// maxEvidence is the most names that a place is explained by.
const maxEvidence = 16

// explain gives every place the names it was found by.
func (c *Classifier) explain(places []samleng.Place, s *search, title, text string) {
	for i := range places {
		s.evidence = s.evidence[:0]
		for j := range s.found {
			f := &s.found[j]
			if f.unit < 0 || f.score < Threshold {
				continue
			}
			if u := &c.units[f.unit]; u.code != places[i].Code && c.units[u.province].code != places[i].Code {
				continue
			}
			if s.evidence = append(s.evidence, s.evidenceOf(f, title, text)); len(s.evidence) == maxEvidence {
				break
			}
		}
		places[i].Evidence = s.reasons.Copy(s.evidence)
	}
}

// evidenceOf gives the name as it stands in the post.
func (s *search) evidenceOf(k *candidate, title, text string) samleng.Evidence {
	field, in := "text", text
	if k.field == 0 {
		field, in = "title", title
	}
	return samleng.Evidence{
		Text: in[k.start:k.end], Field: field, Start: k.start, End: k.end,
		Weight: k.score, Reason: s.nameOf(k.cue),
	}
}

// nameOf is the String of the cues, made once.
func (s *search) nameOf(k cue) string {
	name, found := s.names[k]
	if !found {
		name = k.String()
		s.names[k] = name
	}
	return name
}

// repeat is how much of what is missing to certainty each further mention adds.
const repeat = 0.1

// add enters a mention of u into the places.
func (c *Classifier) add(places []samleng.Place, u *unit, score float64) []samleng.Place {
	for i := range places {
		p := &places[i]
		if p.Code == u.code {
			p.Score = max(p.Score, score)
			p.Score += (1 - p.Score) * repeat
			return places
		}
	}
	return append(places, samleng.Place{Code: u.code, Khmer: u.khmer, English: u.english, Score: score})
}

// Find gives the mentions that Classify rests on, in the order of the text, the title's first.
// The Evidence of each is the slice of its field. A province that is only implied by a district has
// no mention of its own.
func (c *Classifier) Find(title, text string) []Mention {
	s := c.search(title, text)
	defer c.release(s)
	mentions := []Mention{}
	for i := range s.found {
		f := &s.found[i]
		if f.unit < 0 || f.score < Threshold {
			continue
		}
		mentions = append(mentions, Mention{
			Evidence: s.evidenceOf(f, title, text),
			Code:     c.units[f.unit].code, Score: f.score, Unit: f.level.String(),
		})
	}
	return mentions
}
