package topic

import (
	"math"

	"samleng/classifiers/phrase"
)

// inputNames are what the judge weighs of a claim, in the order of inputs.
var inputNames = []string{
	"mass", "enough", "margin", "first", "strong terms", "weak terms", "title", "rules", "near rules", "only weak",
	"length", "mass by length", "other topics", "position", "longest term", "khmer", "mixed",
	"no term", "grams", "grams margin", "grams first", "grams none", "no term, grams", "mass, grams", "grams known",
}

// inputCount is the number of inputNames.
const inputCount = 25

// mostLogit bounds the logits of the n-grams.
const mostLogit = 6.0

// leastGrams is the logit of the n-grams from which a topic of which no term is in the post is
// judged.
const leastGrams = -2.5

// leader is the highest of some values, and the highest of the others.
type leader struct {
	topic        int
	best, second float64
}

func (l *leader) add(topic int, v float64) {
	if v > l.best {
		l.topic, l.best, l.second = topic, v, l.best
	} else if v > l.second {
		l.second = v
	}
}

// beside is the highest value but that of the topic.
func (l *leader) beside(topic int) float64 {
	if l.topic == topic {
		return l.second
	}
	return l.best
}

// scene is what the claims of a post share. Of logits, which n-grams gave each topic, those of
// topics that they do not know are NaN.
type scene struct {
	need, total  float64
	khmer, mixed float64 // share of the words; 1 where half are Khmer, 0 where all are or none
	mass, grams  leader
	logits       []float64
	none         float64
}

// scene sums a judged tally up. The logits are kept.
func (t *tally) scene(p *phrase.Post, need float64, logits []float64, none float64) scene {
	s := scene{need: need, logits: logits, none: none, mass: leader{topic: -1}, grams: leader{topic: -1, best: -mostLogit, second: -mostLogit}}
	for _, i := range t.touched {
		m := t.byTopic[i].sum
		s.total += m
		s.mass.add(i, m)
	}
	for i, z := range logits {
		if !math.IsNaN(z) {
			s.grams.add(i, z)
		}
	}
	inKhmer := 0.0
	for _, tokens := range [...][]phrase.Token{p.Title.Tokens, p.Text.Tokens} {
		for i := range tokens {
			if tokens[i].Class == phrase.Cluster {
				inKhmer += 0.5 // as in lengthOf
			}
		}
	}
	s.khmer = inKhmer / max(1, t.words)
	s.mixed = 4 * s.khmer * (1 - s.khmer)
	return s
}

// claims appends the topics that something speaks for.
func (t *tally) claims(dst []int, s *scene) []int {
	for i := range t.byTopic {
		if m := &t.byTopic[i]; m.veto == "" && (m.sum > 0 || s.logits[i] > leastGrams) {
			dst = append(dst, i)
		}
	}
	return dst
}

// inputs gives what the judge weighs of the claim of a topic.
func (t *tally) inputs(topic int, s *scene) [inputCount]float64 {
	m := &t.byTopic[topic]
	strong, weak, rules, nearly, longest, position := 0.0, 0.0, 0.0, 0.0, 0.0, 1.0
	for i := range m.terms {
		c := &m.terms[i]
		switch {
		case c.rule:
			rules++
		case c.weight == weightStrong:
			strong++
		default:
			weak++
		}
		longest = max(longest, c.words)
		position = min(position, c.at/max(1, t.words))
	}
	for _, n := range t.nearly {
		nearly += one(n == topic)
	}
	mass, long := math.Log1p(m.sum/s.need), math.Log1p(t.words)-3
	known, grams, margin := 0.0, 0.0, 0.0
	if z := s.logits[topic]; !math.IsNaN(z) {
		known, grams, margin = 1, z, z-s.grams.beside(topic)
	}
	nothing := one(m.sum == 0)
	return [inputCount]float64{
		mass, one(m.sum >= s.need), math.Log((m.sum + 0.5) / (s.mass.beside(topic) + 0.5)), one(topic == s.mass.topic),
		math.Log1p(strong), math.Log1p(weak), one(m.title > 0), math.Log1p(rules), math.Log1p(nearly), one(weak > 0 && strong+rules == 0),
		long, mass * long, math.Log1p((s.total - m.sum) / s.need), position, math.Log1p(longest), s.khmer, s.mixed,
		nothing, grams, margin, known * one(topic == s.grams.topic), known * s.none, nothing * grams, mass * grams, known,
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func within(z float64) float64 { return max(-mostLogit, min(mostLogit, z)) }
