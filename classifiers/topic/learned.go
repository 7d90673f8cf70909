package topic

import (
	_ "embed" // for the themes
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/model"
)

// None is the label of a text that is off every topic.
const None = "none"

// Example is a text, normalised, whose topics people gave; none for a text off every topic.
type Example struct {
	Text   string
	Topics []string
}

// Learned is a model of topics that Train made. It is safe for concurrent use.
type Learned struct {
	model *model.Model
	learner
}

// learner reads the features of texts.
type learner struct {
	seg    *khmer.Segmenter
	rules  *Classifier // of configs/topics.yaml
	themes *Classifier
}

//go:embed themes.tsv
var themes string

// newLearner loads the fields of themes.tsv.
func newLearner(seg *khmer.Segmenter, rules *Classifier) (learner, error) {
	var fields []Definition
	for line := range strings.Lines(themes) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "# ") || len(columns) != 3 {
			continue
		}
		i := slices.IndexFunc(fields, func(d Definition) bool { return d.ID == columns[0] })
		if i < 0 {
			i = len(fields)
			fields = append(fields, Definition{ID: columns[0], Name: Name{Khmer: columns[0], English: columns[0]}})
		}
		for term := range strings.SplitSeq(columns[2], ", ") {
			terms := &fields[i].Terms
			if list := &terms.English; columns[1] == samleng.English {
				*list = append(*list, term)
			} else if term = khmer.Normalise(term); !slices.Contains(terms.Khmer, term) {
				terms.Khmer = append(terms.Khmer, term)
			}
		}
	}
	c, err := New(fields, seg)
	if err != nil {
		return learner{}, fmt.Errorf("themes.tsv: %w", err)
	}
	return learner{seg: seg, rules: rules, themes: c}, nil
}

// How much a Khmer word, and a topic whose terms are in the text, count beside all n-grams
// together.
const (
	wordShare = 0.5
	ruleShare = 0.2
)

// task is what the file of a model of topics says of itself.
const task = "topic"

// DefaultTrainOptions are those that cross-validation chose on two small sets of seven
// topics, one in Khmer and one in English.
func DefaultTrainOptions() model.Options {
	o := model.DefaultOptions()
	o.Task = task
	o.Grams = model.Grams{Clusters: 2, Words: 1, CharsMin: 3, CharsMax: 5}
	o.L2, o.MinCount, o.Folds = 3e-4, 1, 5
	return o
}

// Train learns topics from examples and gives the file of a model for LoadLearned. The
// topics need not be those of configs/topics.yaml. Where every example has one topic, so has
// every text that the model labels; else any number. The same examples, options and
// segmenter give the same bytes.
//
// What the rules find is among the features, so that a small set profits from the terms
// that people wrote down; the classes need not be those of the rules.
func Train(examples []Example, seg *khmer.Segmenter, rules *Classifier, o model.Options) ([]byte, error) {
	o.Classes = nil
	for _, e := range examples {
		o.Multi = o.Multi || len(e.Topics) != 1
		for _, id := range e.Topics {
			if !slices.Contains(o.Classes, id) {
				o.Classes = append(o.Classes, id)
			}
		}
	}
	slices.Sort(o.Classes)
	l, err := newLearner(seg, rules)
	if err != nil {
		return nil, err
	}
	train := make([]model.Example, len(examples))
	for i, e := range examples {
		train[i].Features = l.features(nil, o.Grams, e.Text)
		for _, id := range e.Topics {
			train[i].Labels = append(train[i].Labels, slices.Index(o.Classes, id))
		}
	}
	m, err := model.Train(train, o)
	if err != nil {
		return nil, fmt.Errorf("train topics: %w", err)
	}
	return m.Encode()
}

// LoadLearned reads a file that Train gave. It keeps the slice. Segmenter and rules should
// be those of the training.
func LoadLearned(file []byte, seg *khmer.Segmenter, rules *Classifier) (*Learned, error) {
	m, err := model.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("load model of topics: %w", err)
	}
	if m.Task() != task || len(m.Dense()) != 0 {
		return nil, fmt.Errorf("load model of topics: the model is one of %q", m.Task())
	}
	l, err := newLearner(seg, rules)
	if err != nil {
		return nil, err
	}
	return &Learned{model: m, learner: l}, nil
}

// features appends what the model reads of a text: n-grams, words, and the mass of each
// topic of the rules.
func (l *learner) features(dst []model.Feature, g model.Grams, text string) []model.Feature {
	dst = g.Append(dst, text)
	if l.seg != nil {
		dst = l.words(dst, text)
	}
	dst = l.rules.masses(dst, text, "topic:")
	return l.themes.masses(dst, text, "theme:")
}

// masses appends the mass of each topic that has some.
func (c *Classifier) masses(dst []model.Feature, text, prefix string) []model.Feature {
	if c == nil {
		return dst
	}
	p := c.set.Vocabulary().Read("", text)
	defer p.Release()
	found := c.read(p)
	defer c.done(found)
	for _, i := range found.touched {
		dst = append(dst, model.Named(prefix+c.defs[i].ID, float32(ruleShare*math.Sqrt(found.byTopic[i].text))))
	}
	return dst
}

// words appends the Khmer words of the text.
func (l *learner) words(dst []model.Feature, text string) []model.Feature {
	first, start := len(dst), 0
	for _, end := range l.seg.AppendWords(nil, text) {
		if r, _ := utf8.DecodeRuneInString(text[start:]); khmer.IsKhmer(r) {
			dst = append(dst, model.Named(text[start:end], 0))
		}
		start = end
	}
	value := float32(wordShare / math.Sqrt(float64(max(1, len(dst)-first))))
	for i := range dst[first:] {
		dst[first+i].Value = value
	}
	return dst
}

// Version names the model: 8 hexadecimal digits of the hash of its file.
func (l *Learned) Version() string { return l.model.Version() }

// Classify gives the topics of a text, normalised, highest score first: the likeliest one,
// or those of probability 1/2 and more where the model was trained on texts with any number
// of topics. Scores are probabilities. There is no evidence.
func (l *Learned) Classify(text string) []samleng.Topic {
	p := make([]float64, len(l.model.Classes()))
	l.model.Logits(p, l.features(nil, l.model.Grams(), text), nil)
	l.model.Probabilities(p)
	found := []samleng.Topic{}
	best := model.Best(p)
	for c, id := range l.model.Classes() {
		if c == best && !l.model.Multi() || l.model.Multi() && p[c] >= 0.5 {
			found = append(found, samleng.Topic{ID: id, Score: p[c], Evidence: []samleng.Evidence{}})
		}
	}
	slices.SortStableFunc(found, func(a, b samleng.Topic) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return found
}
