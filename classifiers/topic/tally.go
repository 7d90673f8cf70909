package topic

import (
	"math"
	"slices"

	"samleng"
	"samleng/classifiers/internal/slab"
	"samleng/classifiers/phrase"
)

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
	rules   []begun // that have parts, each once
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
		t.begin(means.rule, means.part)
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

// begun is a rule that has parts in the post, and a bit for each of them.
type begun struct {
	rule int
	have uint
}

// begin notes a part of a rule.
func (t *tally) begin(rule, part int) {
	for i := range t.rules {
		if t.rules[i].rule == rule {
			t.rules[i].have |= 1 << part
			return
		}
	}
	t.rules = append(t.rules, begun{rule: rule, have: 1 << part})
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
