// Package topic says what a post is about, by the words and phrases of configs/topics.yaml.
//
// It owns the shape and meaning of a topic's definition, the formula that turns what was
// found into a label, and what is wrong with a list of topics (Check). It does not read
// files, and it does not normalise: titles and texts arrive as khmer.Normalise leaves them.
//
// # What is found
//
// Khmer terms are found where they begin and end between words. English terms are found by
// stem, romanised ones also in the nearest other spellings. Of two terms that begin at the
// same place the longer one is found, and nothing inside it.
//
// # The formula
//
// Every distinct term found adds its weight: 1 for a term or a rule that holds, 1/2 for a
// weak term. The weight counts double in the title. A term found again adds a quarter of
// its weight, at most twice. In a text of up to 40 words a term counts up to double, since a
// short post is its own headline; the bonus falls to nothing at 120 words. A Khmer word is
// taken to be two clusters. The mass M of a topic is the sum.
//
// The mass that makes a label is 2, growing by 1 with each doubling of the text past 200
// words, up to 5: a long article touches on much that it is not about. Score is M/(M+need),
// so that a label is a score of 1/2 or more. A topic with half the mass of the
// first or less is dropped, and so is one whose `none` is in the post. So one term in the title,
// two anywhere, or one in a short post make a label; weak terms need two where a term needs
// one.
//
// That is the last word in posts over 120 words and for topics that the judge does not know.
// Of the others the judge, a logistic regression over what the rules found and n-grams, says
// whether each claim is right (judge.go, docs/models/topic.md).
package topic

import (
	"cmp"
	_ "embed" // for the judge
	"fmt"
	"slices"
	"sync"

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
	lexicon
	tallies   *sync.Pool // of *tally
	judge     *Judge     // nil for none
	classOf   []int      // by topic, the judge's class of it or -1
	noneClass int
}

//go:embed models/claims.bin
var judge []byte

// New makes a classifier of valid definitions. Without a segmenter short Khmer terms match
// at any cluster, also inside longer words.
func New(defs []Definition, seg *khmer.Segmenter) (*Classifier, error) {
	return NewIn(phrase.Of(seg), defs)
}

// NewIn is New with a vocabulary, and the segmenter in it, that others share: see ClassifyPost.
func NewIn(v *phrase.Vocabulary, defs []Definition) (*Classifier, error) {
	c, err := NewRulesIn(v, defs)
	if err != nil {
		return nil, err
	}
	j, err := LoadJudge(judge)
	if err != nil {
		return nil, err
	}
	return c.With(j), nil
}

// NewRules is New without the embedded judge: the formula decides alone.
func NewRules(defs []Definition, seg *khmer.Segmenter) (*Classifier, error) {
	return NewRulesIn(phrase.Of(seg), defs)
}

// NewRulesIn is NewRules with a vocabulary that others share.
func NewRulesIn(v *phrase.Vocabulary, defs []Definition) (*Classifier, error) {
	if err := Validate(defs); err != nil {
		return nil, fmt.Errorf("topics: %w", err)
	}
	words, err := newLexicon(v, defs)
	if err != nil {
		return nil, err
	}
	return &Classifier{lexicon: words, tallies: new(sync.Pool)}, nil
}

// Definitions gives the topics in the order of the file. The caller must not change them.
func (c *Classifier) Definitions() []Definition { return c.defs }

// Classify gives the topics of a post in a language, which tells romanised Khmer from all others,
// highest score first, each with its evidence. A post off every topic gives an empty slice, never nil.
func (c *Classifier) Classify(title, text, language string) []samleng.Topic {
	p := c.set.Vocabulary().Read(title, text)
	defer p.Release()
	return c.ClassifyPost(p, language)
}

// ClassifyPost is Classify of a post that the classifier's vocabulary has read.
func (c *Classifier) ClassifyPost(p *phrase.Post, language string) []samleng.Topic {
	found := c.read(p)
	defer c.done(found)
	need := found.judge()
	c.decide(found, p, language, need)
	topics := found.labelled[:0]
	for _, i := range found.touched {
		if t := &found.byTopic[i]; t.verdict == labelled {
			topics = append(topics, samleng.Topic{ID: c.defs[i].ID, Score: t.scored(need), Evidence: found.evidence.Copy(t.evidence)})
		}
	}
	found.labelled = topics
	slices.SortStableFunc(topics, func(a, b samleng.Topic) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return found.topics.Copy(topics)
}

// read gives what was found in a post. The caller gives it back with done.
func (c *Classifier) read(p *phrase.Post) *tally {
	found := c.tally()
	c.scan("title", &p.Title, found)
	c.scan("text", &p.Text, found)
	c.company(found, p)
	return found
}

func (c *Classifier) scan(field string, r *phrase.Reading, t *tally) {
	tokens := r.Tokens
	matches := c.set.Find(t.matches[:0], tokens, r.Whole)
	t.matches = matches
	before, next := t.words, 0
	for i := range matches {
		m := &matches[i]
		before += lengthOf(tokens[next:m.First])
		next = m.First
		for j := range c.meanings[m.Phrase] {
			t.add(field, r.Text, m, &c.meanings[m.Phrase][j], place{before, lengthOf(tokens[m.First:m.Last])})
		}
	}
	t.words = before + lengthOf(tokens[next:])
}

// lengthOf estimates the length of tokens in words: two clusters make a Khmer word.
func lengthOf(tokens []phrase.Token) float64 {
	n := 0.0
	for i := range tokens {
		switch tokens[i].Class {
		case phrase.Cluster:
			n += 0.5
		case phrase.Word:
			n++
		}
	}
	return n
}
