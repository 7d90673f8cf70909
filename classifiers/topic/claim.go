package topic

import (
	"math"

	"samleng/classifiers/phrase"
)

// inputs are what the judge weighs of a claim, beside each other and every two of them together:
// a term says more in a short post, and more where the n-grams agree. centre and spread are the
// mean and the deviation over the claims of the written posts.
var inputs = [inputCount]struct {
	name           string
	centre, spread float64
}{
	{"mass", 0.62, 0.32},
	{"enough", 0.44, 0.5},
	{"margin", 0.08, 1.03},
	{"first", 0.47, 0.5},
	{"strong terms", 0.24, 0.38},
	{"weak terms", 0.62, 0.36},
	{"title", 0.09, 0.29},
	{"rules", 0.07, 0.21},
	{"near rules", 0.59, 0.48},
	{"only weak", 0.6, 0.49},
	{"length", 0.17, 0.29},
	{"mass by length", 0.11, 0.21},
	{"other topics", 0.78, 0.51},
	{"position", 0.36, 0.31},
	{"longest term", 0.88, 0.32},
	{"khmer", 0.53, 0.46},
	{"mixed", 0.15, 0.33},
	{"no term", 0.03, 0.17},
	{"grams", -3.85, 2.47},
	{"grams margin", -0.83, 3.56},
	{"grams first", 0.36, 0.48},
	{"grams none", -4.04, 2.5},
	{"no term, grams", -0.05, 0.32},
	{"mass, grams", -2, 1.86},
}

const (
	inputCount = 24
	// pairCount is the number of inputs, and of all that two of them make, an input with itself
	// among them.
	pairCount = inputCount + inputCount*(inputCount+1)/2
	// mostSpread bounds an input, in deviations, so that no post is further out than those that
	// were learnt from.
	mostSpread = 3.0
	// pairShare is how much a product counts beside its inputs.
	pairShare = 0.5
)

// pairNames names what paired gives.
func pairNames() []string {
	names := make([]string, 0, pairCount)
	for i := range inputs {
		names = append(names, inputs[i].name)
		for j := i; j < inputCount; j++ {
			names = append(names, inputs[i].name+" * "+inputs[j].name)
		}
	}
	return names
}

// paired gives the inputs in deviations from their mean, and behind each its products with itself
// and those after it.
func paired(x *[inputCount]float64) []float64 {
	standard(x)
	all := make([]float64, 0, pairCount)
	for i, v := range x {
		all = append(all, v)
		for _, w := range x[i:] {
			all = append(all, pairShare*v*w)
		}
	}
	return all
}

// weighPairs is the sum of weights times paired.
func weighPairs(x *[inputCount]float64, weights []float64) float64 {
	standard(x)
	sum := 0.0
	for i, v := range x {
		inner := 0.0
		row := weights[1 : 1+inputCount-i]
		for j, w := range x[i:] {
			inner += w * row[j]
		}
		sum += v * (weights[0] + pairShare*inner)
		weights = weights[1+inputCount-i:]
	}
	return sum
}

// standard turns inputs into deviations from their mean.
func standard(x *[inputCount]float64) {
	for i := range x {
		x[i] = max(-mostSpread, min(mostSpread, (x[i]-inputs[i].centre)/inputs[i].spread))
	}
}

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

// A short post needs no second word for what it says outright.
const (
	clearWords = 15 // the longest such post, in words
	// clearLogit is that of odds of one to four.
	clearLogit = -1.3863
)

// clear reports whether the formula gives the topic, before all others, to a short post. The judge
// keeps such a label unless it holds it four times as likely wrong as right: of others it asks
// that most are right.
func (t *tally) clear(topic int, s *scene) bool {
	return t.byTopic[topic].verdict == labelled && t.words <= clearWords && s.mass.topic == topic
}

// weighed gives the inputs of the claim of a topic.
func (t *tally) weighed(topic int, s *scene) [inputCount]float64 {
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
	grams := s.logits[topic]
	nothing := one(m.sum == 0)
	return [inputCount]float64{
		mass, one(m.sum >= s.need), math.Log((m.sum + 0.5) / (s.mass.beside(topic) + 0.5)), one(topic == s.mass.topic),
		math.Log1p(strong), math.Log1p(weak), one(m.title > 0), math.Log1p(rules), math.Log1p(nearly), one(weak > 0 && strong+rules == 0),
		long, mass * long, math.Log1p((s.total - m.sum) / s.need), position, math.Log1p(longest), s.khmer, s.mixed,
		nothing, grams, grams - s.grams.beside(topic), one(topic == s.grams.topic), s.none, nothing * grams, mass * grams,
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func within(z float64) float64 { return max(-mostLogit, min(mostLogit, z)) }
