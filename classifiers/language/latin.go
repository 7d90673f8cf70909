package language

import (
	_ "embed" // for the model

	"samleng"
	"samleng/classifiers/language/internal/ngram"
)

//go:embed latin.bin
var latinModel []byte

// Thresholds of the Latin model, from the development data. The lead of a verdict (the
// log-odds of the best class, per feature) tells a language that the model knows from one
// that it has never seen, which a probability does not: 99 % of English tweets lead by more
// than 0.14; of the sentences in unknown languages that are taken for English, 95 % lead by
// less than 0.11.
const (
	sureLead = 0.12
	sureP    = 0.90
	fewGrams = 64 // features of about three words; lingua's answer to fewer is worse than the own
	// englishShort is the probability from which a short text of doubtful language is
	// English: most Latin posts are.
	englishShort = 0.15
	shortP       = 0.35 // least probability of any other opinion on a short text
)

// opinion is what is thought of the Latin part of a text.
type opinion struct {
	language string
	p        float64
	asked    bool // lingua was asked
}

// grams is memory for the features of a text.
type grams struct{ list []uint64 }

// judgeLatin finds the language of the Latin letters of text. main says that most letters
// are Latin, so that the question is worth asking lingua.
func (d *Detector) judgeLatin(text string, main bool) opinion {
	g, _ := d.grams.Get().(*grams)
	if g == nil {
		g = new(grams)
	}
	defer d.grams.Put(g)
	g.list = ngram.AppendGrams(g.list[:0], text)
	v := d.latin.Classify(g.list)
	own := opinion{language: d.latin.Classes()[v.Best], p: v.P[v.Best]}
	if v.Lead >= sureLead && own.p >= sureP {
		return own
	}
	en := v.P[d.class(samleng.English)]
	switch {
	case v.Grams < fewGrams && en >= englishShort:
		return opinion{language: samleng.English, p: max(en, 0.5)}
	case main && v.Grams < fewGrams:
		if own.p < shortP {
			own.language = samleng.Other
		}
		return own
	case main && d.second != nil:
		return d.doubt(text, own, v)
	case v.Lead < sureLead:
		return opinion{language: samleng.Other, p: 0.5}
	}
	return own
}

// doubt asks lingua and weighs its answer against the own opinion.
func (d *Detector) doubt(text string, own opinion, v ngram.Verdict) opinion {
	own.asked = true
	code, ok := d.second.ask(text)
	if !ok || code == own.language {
		own.p = max(own.p, 0.8)
		return own
	}
	known := d.class(code) // a language that the own model knows, and found less likely
	switch {
	case v.Lead >= sureLead: // two close languages
		if known >= 0 && v.P[known] > 0.05 {
			return opinion{language: code, p: 0.6, asked: true}
		}
		return own
	case known >= 0 && v.P[known] < 0.001: // each finds the other's answer impossible
		return opinion{language: samleng.Other, p: 0.5, asked: true}
	}
	return opinion{language: code, p: 0.5, asked: true}
}

// class gives the number of a class of the own model, or -1.
func (d *Detector) class(code string) int {
	for i, c := range d.latin.Classes() {
		if c == code {
			return i
		}
	}
	return -1
}
