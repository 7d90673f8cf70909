package app

import (
	"fmt"
	"slices"
	"strings"

	"samleng"
	"samleng/classifiers/language"
	"samleng/classifiers/model"
	"samleng/classifiers/sentiment"
	"samleng/classifiers/topic"
)

// Tasks are what Train and Eval know.
var tasks = []string{"language", "sentiment", "topic"}

func checkTask(task string) error {
	if !slices.Contains(tasks, task) {
		return fmt.Errorf("there is no task %q: want %s", task, strings.Join(tasks, ", "))
	}
	return nil
}

// TrainOptions say what to learn from.
type TrainOptions struct {
	Task  string   // language, sentiment or topic
	Files []string // TSV, each with the columns label and text or tokens
	// HeldOut are files of the same shape that the model will be tested with: rows of Files
	// that hold the same texts are left out.
	HeldOut []string
	Seed    uint64
}

// Trained is a model with what went into it.
type Trained struct {
	Model    []byte
	Examples int
	LeftOut  int // rows that repeat another whole text or a held-out one
	Labels   map[string]int
}

// Train learns a model from labelled files. The same files and seed give the same bytes.
func Train(o TrainOptions) (Trained, error) {
	if err := checkTask(o.Task); err != nil {
		return Trained{}, err
	}
	if len(o.Files) == 0 {
		return Trained{}, fmt.Errorf("name the files to learn from")
	}
	rows, err := readAll(o.Files)
	if err != nil {
		return Trained{}, err
	}
	held, err := readAll(o.HeldOut)
	if err != nil {
		return Trained{}, err
	}
	before := len(rows)
	rows = withoutTwins(rows, held)
	t := Trained{Examples: len(rows), LeftOut: before - len(rows), Labels: map[string]int{}}
	for i := range rows {
		t.Labels[rows[i].label]++
	}
	switch o.Task {
	case "language":
		t.Model, err = trainLanguage(rows, o.Seed)
	case "sentiment":
		t.Model, err = trainSentiment(rows, o.Seed)
	default:
		t.Model, err = trainTopic(rows, o.Seed)
	}
	return t, err
}

func readAll(files []string) ([]labelledText, error) {
	var all []labelledText
	for _, f := range files {
		rows, err := readLabelled(f)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// withoutTwins leaves out rows that are a held-out text over again, and rows of tokens that
// are a whole text of the set over again.
func withoutTwins(rows, held []labelledText) []labelledText {
	heldOut, whole := model.NewTwins(texts(held)), model.NewTwins(texts(rows))
	var kept []labelledText
	for i := range rows {
		r := &rows[i]
		words := r.words
		if words == nil {
			words = strings.Fields(r.text)
		}
		if heldOut.Of(words) >= 0 || r.words != nil && whole.Of(words) >= 0 {
			continue
		}
		kept = append(kept, *r)
	}
	return kept
}

// texts are those of the rows that are whole texts.
func texts(rows []labelledText) []string {
	var all []string
	for i := range rows {
		if rows[i].words == nil {
			all = append(all, rows[i].text)
		}
	}
	return all
}

func trainLanguage(rows []labelledText, seed uint64) ([]byte, error) {
	o := language.DefaultTrainOptions()
	o.Seed = seed
	examples := make([]language.Example, len(rows))
	for i := range rows {
		examples[i] = language.Example{Language: rows[i].label, Text: rows[i].text}
	}
	return language.Train(examples, o)
}

func trainSentiment(rows []labelledText, seed uint64) ([]byte, error) {
	seg, err := NewSegmenter()
	if err != nil {
		return nil, err
	}
	c, err := sentiment.New(seg)
	if err != nil {
		return nil, err
	}
	examples := make([]sentiment.Example, len(rows))
	for i := range rows {
		label := samleng.Label(rows[i].label)
		if !slices.Contains(sentimentLabels, label) {
			return nil, rows[i].fault("the label is %q: want one of %v", label, sentimentLabels)
		}
		examples[i] = sentiment.Example{Text: rows[i].text, Label: label, Tokens: rows[i].words != nil}
	}
	code := sentiment.LanguageOf(examples)
	o := sentiment.DefaultTrainOptions(code)
	o.Grams.Seed, o.Combine.Seed = seed, seed
	return c.Train(code, examples, o)
}

var sentimentLabels = []samleng.Label{samleng.Positive, samleng.Neutral, samleng.Negative}

func trainTopic(rows []labelledText, seed uint64) ([]byte, error) {
	seg, err := NewSegmenter()
	if err != nil {
		return nil, err
	}
	examples := make([]topic.Example, len(rows))
	for i := range rows {
		examples[i] = topic.Example{Text: rows[i].text, Topics: topicsOf(rows[i].label)}
	}
	o := topic.DefaultTrainOptions()
	o.Seed = seed
	return topic.Train(examples, seg, o)
}

// topicsOf reads a label of topics: their ids with commas, or none.
func topicsOf(label string) []string {
	var ids []string
	for id := range strings.SplitSeq(label, ",") {
		if id = strings.TrimSpace(id); id != "" && id != topic.None && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
