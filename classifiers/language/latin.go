package language

import (
	_ "embed" // for the model
	"math"

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
	// romanised is the share of romanised Khmer among the letters of a text that is part
	// English and part romanised Khmer; 0 for any other text.
	romanised float64
}

// grams is memory for the features of a text, and for its words where they are told apart.
type grams struct {
	pairs pairs
	read  ngram.Text
	text  string
	words []word
}

// memory gives memory that keep takes back.
func (d *Detector) memory() *grams {
	if g, ok := d.grams.Get().(*grams); ok {
		return g
	}
	return new(grams)
}

// keptWords is the number of words up to which their memory is kept for the next text.
const keptWords = 1 << 12

func (d *Detector) keep(g *grams) {
	g.text = ""
	if cap(g.words) <= keptWords {
		d.grams.Put(g)
	}
}

// judgeLatin finds the language of the Latin letters of text. main says that most letters
// are Latin, so that the question is worth asking lingua.
func (d *Detector) judgeLatin(text string, main bool) opinion {
	g := d.memory()
	defer d.keep(g)
	d.latin.Read(&g.read, text)
	v := d.latin.Classify(&g.read)
	own := opinion{language: d.latin.Classes()[v.Best], p: v.P[v.Best]}
	if d.between(&v) {
		if share := d.romanised(g, text, own.language); share > 0 {
			own.romanised = share
			return own
		}
	}
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

// A text that is part English and part romanised Khmer lies between the two: of the
// development texts, 5 % of the English and 7 % of the romanised ones do, and all of those that
// are half and half. The bounds are log-odds of English over romanised Khmer, per feature.
const (
	leastEnglish = -0.13
	mostEnglish  = 0.25
	partWords    = 3 // fewest words in each language
)

// between reports whether the text of the verdict may be part English, part romanised Khmer.
func (d *Detector) between(v *ngram.Verdict) bool {
	en, km := d.class(samleng.English), d.class(samleng.RomanisedKhmer)
	if v.Grams < fewGrams || km < 0 || v.Best != en && v.Best != km {
		return false
	}
	odds := math.Log(max(v.P[en], math.SmallestNonzeroFloat64)/max(v.P[km], math.SmallestNonzeroFloat64)) / float64(v.Grams)
	return odds > leastEnglish && odds < mostEnglish
}

// romanised gives the share of romanised Khmer among the letters of a text that has enough
// words in it and in English, else 0.
func (d *Detector) romanised(g *grams, text, overall string) float64 {
	var letters, words [2]int
	for i := 0; i < len(text); {
		s, n := scriptAt(text, i)
		if s != latinScript {
			i += n
			continue
		}
		i = g.cut(text, i)
		d.tell(g, overall)
		for _, w := range g.words {
			l := 0
			if w.language == samleng.RomanisedKhmer {
				l = 1
			}
			letters[l] += w.end - w.start
			words[l]++
		}
	}
	share := float64(letters[1]) / float64(max(1, letters[0]+letters[1]))
	if min(words[0], words[1]) < partWords || share < mixedShare || share > 1-mixedShare {
		return 0
	}
	return share
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
