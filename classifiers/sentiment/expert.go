package sentiment

import (
	"math"

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
	bareNeutral = 1.2 // Khmer
	bareEnglish = 0.4
	bareTokens  = 80
)

// swayEnglish is added, where the words of an English text speak clearly for one side and none
// for the other, to the logarithm of the probability of that side, and taken from that of the
// opposite, for the decision alone. The least that brought posts written in the manner of rated
// tweets to where more does not; cross-validation on other tweets does not mind. Most of what
// the model has against such words is topics of the tweets that it learnt from.
const swayEnglish = 0.6

// ask chooses the models to ask about the post: that of its language, or both for a mixed
// one, each for its share of the letters. Without one the rules decide alone.
func (r *reading) ask(c *Classifier, language string) {
	km, en := c.learned[samleng.Khmer], c.learned[samleng.English]
	switch {
	case language == samleng.Khmer && km != nil:
		r.experts = append(r.experts, expert{km, 1})
	case language == samleng.English && en != nil:
		r.experts = append(r.experts, expert{en, 1})
	case language == samleng.Mixed && km != nil && en != nil:
		share := khmerShare(r.fields[title].text, r.fields[text].text)
		r.experts = append(r.experts, expert{km, share}, expert{en, 1 - share})
	}
	for e := range r.experts {
		r.readGrams(e, title)
		r.readGrams(e, text)
	}
}

// khmerShare is the share of the bytes of all letters that are Khmer; one half for no letters.
func khmerShare(fields ...string) float64 {
	inKhmer, letters := 1, 2
	for _, text := range fields {
		for _, r := range text {
			switch {
			case khmer.IsKhmer(r):
				inKhmer++
				letters++
			case r >= 'A':
				letters++
			}
		}
	}
	return float64(inKhmer) / float64(letters)
}

// spoken gives where the entries of a field stand that the n-grams leave to the rules, which
// know what is negated: all of them in English; in Khmer those that a negation turned, from the
// negator on: it is gone from most of what the n-grams were learnt from, and in the rest it mostly
// stands in complaints, which "no problem" and "not guilty" are not. On the others the
// n-grams may differ from the lexicon, as a corpus does: flood news are often news of help.
func (r *reading) spoken(number int, language string) []model.Span {
	f := &r.fields[number]
	r.skip = r.skip[:0]
	if language == samleng.Khmer {
		for i := range f.hits {
			if f.hits[i].negated || f.hits[i].entry.denied {
				r.skip = append(r.skip, model.Span{Start: f.hits[i].from, End: f.hits[i].End})
			}
		}
		return r.skip
	}
	for i := range f.entries {
		r.skip = append(r.skip, model.Span{Start: f.entries[i].Start, End: f.entries[i].End})
	}
	return r.skip
}

// readGrams reads the n-grams of a field for an expert.
func (r *reading) readGrams(e, number int) {
	f, l := &r.fields[number], r.experts[e].l
	f.known[e] = f.known[e][:0]
	if len(f.tokens) == 0 {
		return
	}
	all := r.of(number)
	r.cuts, r.counts = r.cuts[:0], r.counts[:0]
	for i := range all {
		r.cuts, r.counts = append(r.cuts, all[i].end), append(r.counts, 0)
	}
	r.grams.Clusters = f.reading.Clusters
	f.known[e], _ = r.grams.Known(f.known[e], l.grams, f.text, r.spoken(number, l.language), r.cuts, r.counts)
	at, before := 0, 0
	for i := range all {
		s := &all[i]
		from := at
		for at < len(f.known[e]) && int(f.known[e][at].End) <= s.end {
			at++
		}
		s.known[e] = [2]int{from, at}
		g := &s.grams[e][number]
		g.sums = [classes]int{}
		l.grams.Weigh(g.sums[:], f.known[e][from:at])
		g.total = r.counts[i] - before
		before = r.counts[i]
	}
}

// of gives the statements of a field.
func (r *reading) of(number int) []statement {
	first := 0
	for first < len(r.statements) && r.statements[first].field < number {
		first++
	}
	last := first
	for last < len(r.statements) && r.statements[last].field == number {
		last++
	}
	return r.statements[first:last]
}

// judge gives the finding of the experts on a part: the probabilities of the labels, the
// same after all that speaks for one label or another, and what an n-gram of each field is
// worth to each expert.
func (r *reading) judge(p *part) (probability, decision [classes]float64, values [2][fields]float64) {
	var x [inputs]float64
	p.dense(&x)
	var offsets [classes]float64
	bare, sway := 0.0, 0.0
	for e := range r.experts {
		ex, input := &r.experts[e], x
		values[e] = p.gramInputs(&input, ex.l.grams, e)
		var z [classes]float64
		ex.l.combine.Logits(z[:], nil, input[:])
		ex.l.combine.Probabilities(z[:])
		for c := range z {
			probability[c] += ex.share * math.Log(max(z[c], 1e-9))
			offsets[c] += ex.share * ex.l.offset(c)
		}
		bare += ex.share * ex.l.bare()
		sway += ex.share * ex.l.sway()
	}
	probability[neutral] += bare * max(x[noEntry], x[asks]) * (1 - min(1, float64(p.tokens)/bareTokens))
	// Somebody who rates a text in which words speak clearly for one side seldom finds it
	// neutral.
	clear := min(1, math.Abs(x[ruleScore])/clearScore)
	for c := range decision {
		decision[c] = probability[c] + clear*offsets[c]
	}
	sway *= clear * p.agreement()
	decision[positive] += sway
	decision[negative] -= sway
	softmax(probability[:])
	softmax(decision[:])
	return probability, decision, values
}

// bare is what a short text without any entry adds to neutral.
func (l *Learned) bare() float64 {
	if l.language == samleng.English {
		return bareEnglish
	}
	return bareNeutral
}

// sway is what words that speak clearly and with one voice add to their side.
func (l *Learned) sway() float64 {
	if l.language == samleng.English {
		return swayEnglish
	}
	return 0
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
