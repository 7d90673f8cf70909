// Package topic says what a post is about, by the words and phrases of configs/topics.yaml.
//
// It owns the shape and meaning of a topic's definition, and the formula that turns what was
// found into a label. It does not read files, and it does not normalise: titles and texts
// arrive as khmer.Normalise leaves them.
//
// # The formula
//
// Every distinct term found adds its weight: 1 for a term, 1/2 for a weak one. The weight
// counts double in the title. A term found again adds a quarter of its weight, at most
// twice. In a text of up to 40 words a term counts up to double, since a short post is its
// own headline; the bonus falls to nothing at 120 words. A Khmer word is taken to be two
// clusters. The mass M of a topic is the sum.
//
// The mass that makes a label is 2, growing by 1 with each doubling of the text past 200
// words, up to 5: a long article touches on much that it is not about. Score is M/(M+need),
// so that a label is a score of 1/2 or more. A topic with less than half the mass of
// the first is dropped. So one term in the title, two anywhere, or one in a short post make
// a label; weak terms need two where a term needs one.
package topic

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/phrase"
)

// The constants of the formula in the package comment. They were chosen for precision on
// the labelled posts in classifiers/testdata.
const (
	weightStrong = 1.0
	weightWeak   = 0.5
	titleFactor  = 2.0
	repeatShare  = 0.25
	maxRepeats   = 2
	shortWords   = 40.0
	mediumWords  = 120.0
	needBase     = 2.0
	longWords    = 200.0
	needMost     = 5.0
	minOfFirst   = 0.5
)

// MaxEvidence is the most evidence given for one topic, the title's first.
const MaxEvidence = 16

// Classifier finds topics. It is safe for concurrent use.
type Classifier struct {
	set   *phrase.Set
	defs  []Definition
	terms [][]meaning // by number of the phrase
}

// meaning is what one phrase says of one topic. A phrase without meanings hides the shorter
// ones inside it.
type meaning struct {
	topic  int
	weight float64
	term   string
}

// New makes a classifier of valid definitions. Without a segmenter short Khmer terms match
// at any cluster, also inside longer words.
func New(defs []Definition, seg *khmer.Segmenter) (*Classifier, error) {
	return NewIn(phrase.Of(seg), defs)
}

// NewIn is New with a vocabulary, and the segmenter in it, that others share: see ClassifyPost.
func NewIn(v *phrase.Vocabulary, defs []Definition) (*Classifier, error) {
	if err := Validate(defs); err != nil {
		return nil, fmt.Errorf("topics: %w", err)
	}
	c := &Classifier{set: v.NewSet(), defs: slices.Clone(defs)}
	// The terms as written come before their plurals, so that a plural never takes the
	// place of another topic's term.
	for _, plurals := range []bool{false, true} {
		for i := range c.defs {
			if err := c.add(i, plurals); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func (c *Classifier) add(i int, plurals bool) (err error) {
	c.defs[i].each(func(where string, as role, english bool, term string) {
		if err != nil || plurals && !english {
			return
		}
		spelling := term
		if plurals {
			if spelling = plural(term); spelling == "" {
				return
			}
		}
		n, _, e := c.set.Add(spelling)
		if e != nil {
			err = fmt.Errorf("topic %s: %s: %q %w", c.defs[i].ID, where, term, e)
			return
		}
		for n >= len(c.terms) {
			c.terms = append(c.terms, nil)
		}
		known := slices.ContainsFunc(c.terms[n], func(m meaning) bool { return m.topic == i })
		if as != hides && !known {
			c.terms[n] = append(c.terms[n], meaning{topic: i, weight: weights[as], term: term})
		}
	})
	return err
}

// Definitions gives the topics in the order of the file. The caller must not change them.
func (c *Classifier) Definitions() []Definition { return c.defs }

// Classify gives the topics of a post, highest score first, each with its evidence. A post
// off every topic gives an empty slice, never nil.
func (c *Classifier) Classify(title, text string) []samleng.Topic {
	p := c.set.Vocabulary().Read(title, text)
	defer p.Release()
	return c.ClassifyPost(p)
}

// ClassifyPost is Classify of a post that the classifier's vocabulary has read.
func (c *Classifier) ClassifyPost(p *phrase.Post) []samleng.Topic {
	found := tally{byTopic: make([]mass, len(c.defs))}
	c.scan("title", &p.Title, &found)
	c.scan("text", &p.Text, &found)
	if len(found.touched) == 0 {
		return []samleng.Topic{}
	}
	return c.label(&found)
}

// tally is what was found in a post so far.
type tally struct {
	byTopic []mass
	touched []int   // topics with some mass
	words   float64 // length of title and text
}

type mass struct {
	title, text float64
	terms       []count
	evidence    []samleng.Evidence
}

type count struct {
	term  string
	times int
}

func (c *Classifier) scan(field string, r *phrase.Reading, t *tally) {
	var matchBuffer [32]phrase.Match
	t.words += words(r.Tokens)
	for _, m := range c.set.Find(matchBuffer[:0], r.Tokens, r.Whole) {
		for _, means := range c.terms[m.Phrase] {
			t.add(field, r.Text, m, means)
		}
	}
}

func (t *tally) add(field, text string, m phrase.Match, means meaning) {
	topic := &t.byTopic[means.topic]
	if len(topic.terms) == 0 {
		t.touched = append(t.touched, means.topic)
	}
	weight := means.weight
	if i := slices.IndexFunc(topic.terms, func(c count) bool { return c.term == means.term }); i < 0 {
		topic.terms = append(topic.terms, count{term: means.term})
	} else if topic.terms[i].times++; topic.terms[i].times <= maxRepeats {
		weight *= repeatShare
	} else {
		weight = 0
	}
	if field == "title" {
		weight *= titleFactor
		topic.title += weight
	} else {
		topic.text += weight
	}
	if weight > 0 && len(topic.evidence) < MaxEvidence {
		topic.evidence = append(topic.evidence, samleng.Evidence{
			Text: text[m.Start:m.End], Field: field, Start: m.Start, End: m.End,
			Weight: weight, Reason: means.term,
		})
	}
}

// label applies the formula of the package comment.
func (c *Classifier) label(t *tally) []samleng.Topic {
	short := 1 + min(1, max(0, (mediumWords-t.words)/(mediumWords-shortWords)))
	need := needBase
	if t.words > longWords {
		need = min(needMost, needBase+math.Log2(t.words/longWords))
	}
	sum := func(i int) float64 { return t.byTopic[i].title + short*t.byTopic[i].text }
	first := 0.0
	for _, i := range t.touched {
		first = max(first, sum(i))
	}
	topics := []samleng.Topic{}
	for _, i := range t.touched {
		if m := sum(i); m >= need && m >= minOfFirst*first {
			topics = append(topics, samleng.Topic{ID: c.defs[i].ID, Score: m / (m + need), Evidence: t.byTopic[i].evidence})
		}
	}
	slices.SortStableFunc(topics, func(a, b samleng.Topic) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return topics
}

// words estimates the length of a text in words: two clusters make a Khmer word.
func words(tokens []phrase.Token) float64 {
	n := 0.0
	for _, t := range tokens {
		switch t.Class {
		case phrase.Cluster:
			n += 0.5
		case phrase.Word:
			n++
		}
	}
	return n
}
