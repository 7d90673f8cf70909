package sentiment

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/model"
)

// Example is a text, normalised, whose sentiment people gave.
type Example struct {
	Text  string
	Label samleng.Label // positive, neutral or negative
	// Tokens says that the text was put together from words, as in a corpus for search:
	// what stood between them, and often the negators, is gone. Such a text teaches n-grams
	// only.
	Tokens bool
	Weight float64 // 0 for 1
	// Group is that of examples which came of one text, as a text and a phrase of it: they are
	// held out together. 0 is a text by itself.
	Group int
}

// TrainOptions say how Train learns.
type TrainOptions struct {
	Grams   model.Options // of the n-grams
	Combine model.Options // of the second step
}

// DefaultTrainOptions are those that cross-validation chose for a language, km or en.
func DefaultTrainOptions(language string) TrainOptions {
	g := model.DefaultOptions()
	g.Task = "sentiment-grams"
	g.Classes = classNames()
	c := g
	c.Task, c.Dense = "sentiment", inputNames
	c.L2, c.IDF = 1e-3, 0
	if language == samleng.Khmer {
		g.Grams = model.Grams{Clusters: 3}
		g.L2, g.Prior, g.Balance, g.IDF = 6e-4, 0.17, 0.4, 0.5
		c.Balance, c.Decision = 0.15, []float64{0, -0.6, 0}
		return TrainOptions{Grams: g, Combine: c}
	}
	g.Grams = model.Grams{Words: 2, CharsMin: 3, CharsMax: 5}
	g.L2 = 3e-4
	c.Decision = []float64{0, -0.5, 0}
	return TrainOptions{Grams: g, Combine: c}
}

func classNames() []string {
	names := make([]string, classes)
	for i, l := range labels {
		names[i] = string(l)
	}
	return names
}

// LanguageOf says whether most letters of the texts are Khmer (km) or not (en).
func LanguageOf(examples []Example) string {
	inKhmer, letters := 0, 0
	for i := range examples {
		for _, r := range examples[i].Text {
			if khmer.IsKhmer(r) {
				inKhmer++
			} else if r > ' ' {
				letters++
			}
		}
	}
	if inKhmer > letters {
		return samleng.Khmer
	}
	return samleng.English
}

// Train learns the sentiment of one language from examples and gives the file of a model
// for LoadLearned. The same examples, options and lexicons give the same bytes.
func (c *Classifier) Train(language string, examples []Example, o TrainOptions) ([]byte, error) {
	first, natural, err := c.firstStep(language, examples, o)
	if err != nil {
		return nil, err
	}
	grams, held, err := model.TrainHeld(first, o.Grams)
	if err != nil {
		return nil, fmt.Errorf("n-grams: %w", err)
	}
	var second []model.Example
	for _, i := range natural {
		var x [inputs]float64
		var whole part
		c.read(examples[i].Text, language, func(r *reading) {
			for i := range r.statements {
				whole.add(&r.statements[i].part)
			}
			whole.dense(&x)
		})
		gramInputs(&x, held[i])
		second = append(second, model.Example{Dense: slices.Clone(x[:]), Labels: first[i].Labels, Weight: first[i].Weight})
	}
	combine, err := model.Train(second, o.Combine)
	if err != nil {
		return nil, fmt.Errorf("combination: %w", err)
	}
	a, err := grams.Encode()
	if err != nil {
		return nil, err
	}
	b, err := combine.Encode()
	if err != nil {
		return nil, err
	}
	return encodeBundle(language, a, b), nil
}

// read calls f with what the rules make of a text.
func (c *Classifier) read(text, language string, f func(*reading)) {
	p := c.vocabulary.Read("", text)
	defer p.Release()
	r := c.readings.get()
	defer c.readings.put(r)
	r.rules(c.lexicon(language), p)
	f(r)
}

// firstStep gives the examples of the n-grams, and which of them are whole texts.
func (c *Classifier) firstStep(language string, examples []Example, o TrainOptions) (first []model.Example, natural []int, err error) {
	for i := range examples {
		e := &examples[i]
		label := slices.Index(labels[:], e.Label)
		if label < 0 {
			return nil, nil, fmt.Errorf("example %d: %q is none of %v", i+1, e.Label, labels)
		}
		var features []model.Feature
		c.read(e.Text, language, func(r *reading) {
			var all int
			features, all = r.grams.Append(nil, o.Grams.Grams, r.fields[text].text, r.spoken(text, language))
			for i := range features {
				features[i].Value = float32(1 / math.Sqrt(float64(all)))
			}
		})
		first = append(first, model.Example{Features: features, Labels: []int{label}, Weight: e.Weight, Group: e.Group})
		if !e.Tokens {
			natural = append(natural, i)
		}
	}
	if len(natural) == 0 {
		return nil, nil, errors.New("there is no whole text among the examples: tokens teach n-grams only")
	}
	return first, natural, nil
}
