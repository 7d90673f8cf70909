package app

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"samleng"
	"samleng/classifiers/language"
	"samleng/classifiers/model"
	"samleng/classifiers/sentiment"
	"samleng/classifiers/topic"
)

// EvalOptions say what to test, and with what.
type EvalOptions struct {
	Task  string // language, sentiment or topic
	File  string // TSV with the columns label and text or tokens; of topics and sentiment also posts, a line of JSON each, in a file .jsonl
	Model string // file of a model that Train gave; empty for what is built in
	// Without are files whose texts the classifier has seen: rows of File that repeat one
	// are left out.
	Without []string
	Topics  string // file of topics in place of the built-in ones
	Seed    uint64 // of the intervals
}

// Evaluated is the report on a classifier with what it was.
type Evaluated struct {
	Task  string `json:"task"`
	File  string `json:"file"`
	Model string `json:"model"` // its version
	model.Report
}

// Eval says how well a classifier does on a labelled file. Without a model it is the one
// that is built in, as posts meet it: sentiment after the language is found, topics by
// configs/topics.yaml.
func Eval(o EvalOptions) (Evaluated, error) {
	if err := checkTask(o.Task); err != nil {
		return Evaluated{}, err
	}
	rows, err := readLabelled(o.Task, o.File)
	if err != nil {
		return Evaluated{}, err
	}
	seen, err := readAll(o.Task, o.Without)
	if err != nil {
		return Evaluated{}, err
	}
	if rows = withoutTwins(rows, seen); len(rows) == 0 {
		return Evaluated{}, fmt.Errorf("%s: every row repeats a text of %v", o.File, o.Without)
	}
	var file []byte
	if o.Model != "" {
		if file, err = os.ReadFile(o.Model); err != nil {
			return Evaluated{}, fmt.Errorf("read model: %w", err)
		}
	}
	var j judge
	switch o.Task {
	case "language":
		j, err = judgeLanguage(file)
	case "sentiment":
		j, err = judgeSentiment(file)
	default:
		j, err = judgeTopic(file, o.Topics)
	}
	if err != nil {
		if o.Model != "" {
			err = fmt.Errorf("%s: %w", o.Model, err)
		}
		return Evaluated{}, err
	}
	report, err := j.report(rows, o.Seed)
	return Evaluated{Task: o.Task, File: o.File, Model: j.version, Report: report}, err
}

// CheckFloors gives an error naming every figure that is below its floor. A floor is
// written as accuracy=0.77, with the names of the report's JSON; ece is a ceiling.
func (e *Evaluated) CheckFloors(floors []string) error {
	figures := map[string]*model.Interval{
		"accuracy": &e.Accuracy, "macro_f1": &e.MacroF1, "macro_recall": &e.MacroRecall,
		"micro_f1": &e.MicroF1, "precision": &e.Precision, "recall": &e.Recall, "ece": e.ECE,
	}
	var faults []error
	for _, floor := range floors {
		name, value, _ := strings.Cut(floor, "=")
		limit, err := strconv.ParseFloat(value, 64)
		figure, known := figures[name]
		switch {
		case err != nil || !known:
			faults = append(faults, fmt.Errorf("floor %q: want FIGURE=VALUE with one of %s", floor, strings.Join(slices.Sorted(maps.Keys(figures)), ", ")))
		case figure == nil:
			faults = append(faults, fmt.Errorf("floor %q: the classifier gives no confidence", floor))
		case name == "ece" && figure.Value > limit:
			faults = append(faults, fmt.Errorf("%s: %s is %.3f, above the ceiling of %s", e.File, name, figure.Value, value))
		case name != "ece" && figure.Value < limit:
			faults = append(faults, fmt.Errorf("%s: %s is %.3f, below the floor of %s", e.File, name, figure.Value, value))
		}
	}
	return errors.Join(faults...)
}

// judge labels texts. want reads the labels of a row, got gives those of a text and how
// sure they are, NaN for not said.
type judge struct {
	version string
	want    func(row *labelledText) ([]string, error)
	got     func(row *labelledText) ([]string, float64)
}

func (j *judge) report(rows []labelledText, seed uint64) (model.Report, error) {
	type pair struct {
		want, got  []string
		confidence float64
	}
	pairs := make([]pair, len(rows))
	var classes []string
	for i := range rows {
		want, err := j.want(&rows[i])
		if err != nil {
			return model.Report{}, err
		}
		got, confidence := j.got(&rows[i])
		pairs[i] = pair{want, got, confidence}
		classes = append(append(classes, want...), got...)
	}
	slices.Sort(classes)
	classes = slices.Compact(classes)
	number := func(labels []string) []int {
		n := make([]int, 0, len(labels))
		for _, l := range labels {
			i, _ := slices.BinarySearch(classes, l)
			n = append(n, i)
		}
		return n
	}
	predictions := make([]model.Prediction, len(pairs))
	for i, p := range pairs {
		predictions[i] = model.Prediction{Want: number(p.want), Got: number(p.got), Confidence: p.confidence}
	}
	return model.Evaluate(predictions, classes, seed), nil
}

func judgeLanguage(file []byte) (judge, error) {
	d, err := language.New(language.DefaultConfig())
	if file != nil {
		d, err = language.NewFrom(file, language.DefaultConfig())
	}
	if err != nil {
		return judge{}, err
	}
	want := func(row *labelledText) ([]string, error) { return []string{languageCode(row.label)}, nil }
	return judge{version: d.Version(), want: want, got: func(row *labelledText) ([]string, float64) {
		r := d.Detect(row.text)
		return []string{r.Language}, r.Confidence
	}}, nil
}

func judgeSentiment(file []byte) (judge, error) {
	d, err := language.New(language.DefaultConfig())
	if err != nil {
		return judge{}, err
	}
	seg, err := NewSegmenter()
	if err != nil {
		return judge{}, err
	}
	c, err := sentiment.New(seg)
	if err != nil {
		return judge{}, err
	}
	if file != nil {
		l, err := sentiment.LoadLearned(file)
		if err != nil {
			return judge{}, err
		}
		c = c.With(l)
	}
	return judge{
		version: c.Version(),
		want: func(row *labelledText) ([]string, error) {
			if !slices.Contains(sentimentLabels, samleng.Label(row.label)) {
				return nil, row.fault("the label is %q: want one of %v", row.label, sentimentLabels)
			}
			return []string{row.label}, nil
		},
		got: func(row *labelledText) ([]string, float64) {
			s := c.Classify(row.title, row.text, d.Detect(row.titled()).Language)
			return []string{string(s.Label)}, s.Confidence
		},
	}, nil
}

func judgeTopic(file []byte, topicsFile string) (judge, error) {
	seg, err := NewSegmenter()
	if err != nil {
		return judge{}, err
	}
	c, err := topicRules(seg, topicsFile)
	if err != nil {
		return judge{}, err
	}
	want := func(row *labelledText) ([]string, error) { return topicsOf(row.label), nil }
	got := func(topics []samleng.Topic) []string {
		ids := make([]string, len(topics))
		for i := range topics {
			ids[i] = topics[i].ID
		}
		return ids
	}
	if file != nil {
		l, err := topic.LoadLearned(file, seg, c)
		if err != nil {
			return judge{}, err
		}
		return judge{version: l.Version(), want: want, got: func(row *labelledText) ([]string, float64) {
			topics := l.Classify(row.titled())
			confidence := math.NaN()
			if len(topics) == 1 {
				confidence = topics[0].Score
			}
			return got(topics), confidence
		}}, nil
	}
	d, err := language.New(language.DefaultConfig())
	if err != nil {
		return judge{}, fmt.Errorf("load language model: %w", err)
	}
	return judge{version: c.Version(), want: want, got: func(row *labelledText) ([]string, float64) {
		return got(c.Classify(row.title, row.text, d.Detect(row.titled()).Language)), math.NaN()
	}}, nil
}
