package sentiment

import (
	"math"
	"unicode/utf8"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/model"
)

// expert is a model with its say on one post.
type expert struct {
	l     *Learned
	share float64 // of the letters that are in its language
}

// clearScore is the score of the rules from which the decision of a model counts in full:
// that of one entry of polarity 2.
const clearScore = 0.38

// A short text without any entry, a headline mostly, or one that asks is neutral unless the
// rest is sure:
// so much is added to the logarithm of the probability of neutral, less the longer the text,
// down to nothing at so many tokens. The sets to learn from are poor in such texts.
const (
	bareNeutral = 1.2
	bareTokens  = 80
)

// experts gives the models to ask about a post: that of its language, or both for a mixed
// one, each for its share of the letters. Without one the rules decide alone.
func (c *Classifier) experts(r *reading, language string) []expert {
	km, en := c.learned[samleng.Khmer], c.learned[samleng.English]
	switch {
	case language == samleng.Khmer && km != nil:
		return []expert{{km, 1}}
	case language == samleng.English && en != nil:
		return []expert{{en, 1}}
	case language == samleng.Mixed && km != nil && en != nil:
		share := khmerShare(r.title, r.text)
		return []expert{{km, share}, {en, 1 - share}}
	}
	return nil
}

// khmerShare is the share of the bytes of all letters that are Khmer; one half for no letters.
func khmerShare(fields ...string) float64 {
	inKhmer, letters := 1, 2
	for _, text := range fields {
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRuneInString(text[i:])
			switch {
			case khmer.IsKhmer(r):
				inKhmer++
				letters++
			case r >= 'A':
				letters += 1
			}
			i += n
		}
	}
	return float64(inKhmer) / float64(letters)
}

// learned is the finding of the models and the rules together.
func (r *reading) learned(experts []expert) samleng.Sentiment {
	var x [inputs]float64
	r.dense(&x)
	var logits, offsets [classes]float64
	evidence := r.evidence(mostSpans)
	for _, e := range experts {
		input := x
		s, _ := e.l.scratch.Get().(*scratch)
		if s == nil {
			s = new(scratch)
		}
		features, inTitle := e.l.read(s, r)
		e.l.ask(&input, s, features, e.share)
		var z [classes]float64
		e.l.combine.Logits(z[:], nil, input[:])
		e.l.combine.Probabilities(z[:])
		for c := range z {
			logits[c] += e.share * math.Log(max(z[c], 1e-9))
			offsets[c] += e.share * e.l.offset(c)
		}
		evidence = e.l.spans(evidence, r, s, features, inTitle)
		if cap(s.features) <= keptFeatures {
			e.l.scratch.Put(s)
		}
	}
	p := logits
	softmax(p[:])
	// Somebody who rates a text in which words speak clearly for one side seldom finds it
	// neutral.
	clear := min(1, math.Abs(r.score)/clearScore)
	for c := range logits {
		logits[c] += clear * offsets[c]
	}
	logits[neutral] += bareNeutral * max(x[noEntry], x[asks]) * (1 - min(1, float64(r.tokens)/bareTokens))
	best := model.Best(logits[:])
	return samleng.Sentiment{
		Label: labels[best], Score: p[positive] - p[negative], Confidence: p[best],
		Evidence: strongest(evidence, MaxEvidence),
	}
}

func (l *Learned) offset(class int) float64 {
	if d := l.combine.Decision(); d != nil {
		return d[class]
	}
	return 0
}

func softmax(z []float64) {
	sum := 0.0
	for c, v := range z {
		z[c] = math.Exp(v)
		sum += z[c]
	}
	for c := range z {
		z[c] /= sum
	}
}
