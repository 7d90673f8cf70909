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
	"math"
	"slices"
	"sync"

	"samleng"
	"samleng/classifiers/internal/slab"
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

// Classify gives the topics of a post, highest score first, each with its evidence. A post
// off every topic gives an empty slice, never nil.
func (c *Classifier) Classify(title, text string) []samleng.Topic {
	p := c.set.Vocabulary().Read(title, text)
	defer p.Release()
	return c.ClassifyPost(p)
}

// ClassifyPost is Classify of a post that the classifier's vocabulary has read.
func (c *Classifier) ClassifyPost(p *phrase.Post) []samleng.Topic {
	found := c.read(p)
	defer c.done(found)
	need := found.judge()
	c.decide(found, p, need)
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

// keptMatches is the most matches in a post whose memory is kept.
const keptMatches = 1 << 12

// done ends the use of a tally and what is in it.
func (c *Classifier) done(t *tally) {
	if cap(t.matches) <= keptMatches && cap(t.parts) <= keptMatches {
		c.tallies.Put(t)
	}
}

// tally gives an empty one.
func (c *Classifier) tally() *tally {
	t, _ := c.tallies.Get().(*tally)
	if t == nil {
		return &tally{byTopic: make([]mass, len(c.defs))}
	}
	for _, i := range t.touched {
		m := &t.byTopic[i]
		clear(m.evidence)
		*m = mass{terms: m.terms[:0], evidence: m.evidence[:0]}
	}
	clear(t.labelled)
	t.touched, t.words, t.parts, t.rules, t.nearly = t.touched[:0], 0, t.parts[:0], t.rules[:0], t.nearly[:0]
	return t
}

// tally is what was found in a post so far, and the memory of that.
type tally struct {
	byTopic []mass
	touched []int // topics of which something was found
	words   float64
	parts   []found // of rules, in the order of title and text
	rules   []int   // that have parts, each once
	nearly  []int   // topics of the rules that have parts and do not hold

	matches  []phrase.Match
	together []found // parts of a rule that holds
	reader   reader
	claimed  []int
	labelled []samleng.Topic
	topics   slab.Of[samleng.Topic]
	evidence slab.Of[samleng.Evidence]
}

// mass is what was found of one topic.
type mass struct {
	title, text float64
	terms       []count
	evidence    []samleng.Evidence
	veto        string // the term of None that was found first
	sum         float64
	verdict     verdict
	judged      bool
	score       float64 // of the judge
}

// scored is the score of the topic.
func (m *mass) scored(need float64) float64 {
	if m.judged {
		return m.score
	}
	return m.sum / (m.sum + need)
}

type count struct {
	term   string
	times  int
	weight float64 // of the term, before the title's factor
	rule   bool
	place
}

// found is a part of a rule at its place.
type found struct {
	rule, part int
	match      phrase.Match
	title      bool
	place
}

// place is how many words lie before a match, and in it.
type place struct{ at, words float64 }

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

// touch gives the topic's mass, and notes that something was found of it.
func (t *tally) touch(i int) *mass {
	topic := &t.byTopic[i]
	if !slices.Contains(t.touched, i) {
		t.touched = append(t.touched, i)
	}
	return topic
}

// add counts what one phrase means of one topic.
func (t *tally) add(field, text string, m *phrase.Match, means *meaning, at place) {
	switch means.as {
	case inRule:
		if !slices.Contains(t.rules, means.rule) {
			t.rules = append(t.rules, means.rule)
		}
		t.parts = append(t.parts, found{rule: means.rule, part: means.part, match: *m, title: field == "title", place: at})
		return
	case vetoes:
		if topic := t.touch(means.topic); topic.veto == "" {
			topic.veto = means.term
		}
		return
	}
	weight := t.touch(means.topic).weigh(means.term, means.weight, field, at)
	t.byTopic[means.topic].show(field, text, m, weight, means.term)
}

// weigh counts a term once more and gives what it adds.
func (m *mass) weigh(term string, weight float64, field string, at place) float64 {
	if i := slices.IndexFunc(m.terms, func(c count) bool { return c.term == term }); i < 0 {
		m.terms = append(m.terms, count{term: term, weight: weight, place: at})
	} else if m.terms[i].times++; m.terms[i].times <= maxRepeats {
		weight *= repeatShare
	} else {
		weight = 0
	}
	if field == "title" {
		weight *= titleFactor
		m.title += weight
	} else {
		m.text += weight
	}
	return weight
}

func (m *mass) show(field, text string, match *phrase.Match, weight float64, reason string) {
	if weight > 0 && len(m.evidence) < MaxEvidence {
		m.evidence = append(m.evidence, samleng.Evidence{
			Text: text[match.Start:match.End], Field: field, Start: match.Start, End: match.End, Weight: weight, Reason: reason,
		})
	}
}

// verdict is what becomes of a topic.
type verdict uint8

const (
	tooLittle verdict = iota // less mass than is needed
	labelled
	beside // much less mass than the first topic
	vetoed
	doubted // enough mass, and the judge says no
)

// judge applies the formula of the package comment and gives the mass that makes a label.
func (t *tally) judge() (need float64) {
	short := 1 + min(1, max(0, (mediumWords-t.words)/(mediumWords-shortWords)))
	need = needBase
	if t.words > longWords {
		need = min(needMost, needBase+math.Log2(t.words/longWords))
	}
	first := 0.0
	for _, i := range t.touched {
		topic := &t.byTopic[i]
		topic.sum = topic.title + short*topic.text
		if topic.veto == "" {
			first = max(first, topic.sum)
		}
	}
	for _, i := range t.touched {
		switch topic := &t.byTopic[i]; {
		case topic.veto != "":
			topic.verdict = vetoed
		case topic.sum < need:
			topic.verdict = tooLittle
		case topic.sum <= minOfFirst*first:
			topic.verdict = beside
		default:
			topic.verdict = labelled
		}
	}
	return need
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
