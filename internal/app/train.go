package app

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/language"
	"samleng/classifiers/model"
	"samleng/classifiers/sentiment"
	"samleng/classifiers/topic"
	"samleng/internal/config"
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
	// Without are files of the same shape that the model will be tested with: rows of Files
	// that hold the same texts are left out.
	Without []string
	// NGrams are further files of the same shape, of another kind of text, which teach a
	// model of sentiment its n-grams only.
	NGrams []string
	// Posts are files of labelled posts, a line of JSON each with text, sentiment and perhaps
	// title and form (km, en, mixed or km-Latn). They teach a model of sentiment all that Files
	// do, at postsWeight; those in another language than the model's are left out.
	Posts []string
	// Corrections are files of the same shape with what readers say of labels (see
	// Store.ExportLabels). Each row counts correctionWeight times, and rows of Files that repeat
	// its text are left out. A model of sentiment leaves out those in another language than its own.
	Corrections []string
	// Words are lists of words with a tab and a rating in -4..4 each, for the same use.
	Words []string
	Seed  uint64
}

// Trained is a model with what went into it.
type Trained struct {
	Model    []byte
	Examples int
	LeftOut  int // rows that repeat another whole text, a held-out or a corrected one, or whose language is told by script or is not the model's
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
	rows, err := readAll(o.Task, o.Files)
	if err != nil {
		return Trained{}, err
	}
	held, err := readAll(o.Task, o.Without)
	if err != nil {
		return Trained{}, err
	}
	corrected, err := readAll(o.Task, o.Corrections)
	if err != nil {
		return Trained{}, err
	}
	var posts []labelledText
	if o.Task == "sentiment" {
		if posts, err = readAll(o.Task, o.Posts); err != nil {
			return Trained{}, err
		}
	}
	before := len(rows) + len(corrected) + len(posts)
	posts = withoutTwins(inLanguage(posts, mostlyKhmer(rows)), slices.Concat(held, corrected))
	rows = withoutTwins(rows, slices.Concat(held, corrected))
	rows = append(rows, withCorrections(o.Task, rows, withoutTwins(corrected, held))...)
	if o.Task == "language" {
		if rows = inLatin(rows); len(rows) == 0 {
			return Trained{}, fmt.Errorf("no text is in Latin letters: there is nothing to learn, other scripts tell their language")
		}
	}
	learnt := len(rows) + len(posts)
	t := Trained{Examples: learnt, LeftOut: before - learnt, Labels: map[string]int{}}
	for _, row := range slices.Concat(rows, posts) {
		t.Labels[row.label]++
	}
	switch o.Task {
	case "language":
		t.Model, err = trainLanguage(repeated(rows), o.Seed)
	case "sentiment":
		t.Model, err = trainSentiment(rows, posts, o)
	default:
		t.Model, err = trainTopic(repeated(rows), o.Seed)
	}
	return t, err
}

// correctionWeight is how often a row of corrections counts. Somebody looked at that text because
// the label was wrong, so it lies where the model is weak; ten such rows among a thousand would
// change nothing if each counted once.
const correctionWeight = 5

// withCorrections gives the corrections that a model trained on the rows can learn from.
func withCorrections(task string, rows, corrected []labelledText) []labelledText {
	var kept []labelledText
	inKhmer := mostlyKhmer(rows)
	for i := range corrected {
		if task == "sentiment" && mostlyKhmer(corrected[i:i+1]) != inKhmer {
			continue
		}
		corrected[i].corrected = true
		kept = append(kept, corrected[i])
	}
	return kept
}

func mostlyKhmer(rows []labelledText) bool {
	examples := make([]sentiment.Example, len(rows))
	for i := range rows {
		examples[i].Text = rows[i].text
	}
	return sentiment.LanguageOf(examples) == samleng.Khmer
}

// repeated gives the rows with each correction correctionWeight times, for learners that know
// no weights.
func repeated(rows []labelledText) []labelledText {
	var all []labelledText
	for i := range rows {
		all = append(all, rows[i])
		for n := 1; rows[i].corrected && n < correctionWeight; n++ {
			all = append(all, rows[i])
		}
	}
	return all
}

func readAll(task string, files []string) ([]labelledText, error) {
	var all []labelledText
	for _, f := range files {
		rows, err := readLabelled(task, f)
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
		examples[i] = language.Example{Language: languageCode(rows[i].label), Text: rows[i].text}
	}
	return language.Train(examples, o)
}

// The weights of what is no text of the kind to be labelled, beside 1 for one that is. Chosen
// by cross-validation on tweets with newspaper editorials and a list of rated words.
const (
	ngramsWeight = 0.3
	wordsWeight  = 0.15 // for a rating of 1 or -1
	leastRating  = 0.5
)

// postsWeight is what a written post counts beside a sentence of news that others labelled.
// With more, cross-validation finds less neutral news; with less, posts of writers that were held
// out are worse.
const postsWeight = 0.3

func trainSentiment(rows, posts []labelledText, o TrainOptions) ([]byte, error) {
	seg, err := NewSegmenter()
	if err != nil {
		return nil, err
	}
	c, err := sentiment.NewRules(seg)
	if err != nil {
		return nil, err
	}
	examples, err := sentimentExamples(nil, rows, 1, false)
	if err != nil {
		return nil, err
	}
	code := sentiment.LanguageOf(examples)
	if examples, err = sentimentExamples(examples, posts, postsWeight, false); err != nil {
		return nil, err
	}
	more, err := readAll(o.Task, o.NGrams)
	if err != nil {
		return nil, err
	}
	if examples, err = sentimentExamples(examples, more, ngramsWeight, true); err != nil {
		return nil, err
	}
	for _, file := range o.Words {
		if examples, err = ratedWords(examples, file); err != nil {
			return nil, err
		}
	}
	options := sentiment.DefaultTrainOptions(code)
	options.Grams.Seed, options.Combine.Seed = o.Seed, o.Seed
	return c.Train(code, examples, options)
}

// inLanguage are the posts that a model of Khmer, or else English, can learn from: those in it,
// and those in both of which it has most letters.
func inLanguage(posts []labelledText, inKhmer bool) []labelledText {
	var kept []labelledText
	for i := range posts {
		if form := posts[i].form; form != samleng.RomanisedKhmer && mostlyKhmer(posts[i:i+1]) == inKhmer {
			kept = append(kept, posts[i])
		}
	}
	return kept
}

// sentimentExamples appends the rows as examples, gramsOnly where they teach n-grams and no more.
func sentimentExamples(dst []sentiment.Example, rows []labelledText, weight float64, gramsOnly bool) ([]sentiment.Example, error) {
	for i := range rows {
		label := samleng.Label(rows[i].label)
		if !slices.Contains(sentimentLabels, label) {
			return nil, rows[i].fault("the label is %q: want one of %v", label, sentimentLabels)
		}
		e := sentiment.Example{Text: rows[i].titled(), Label: label, Tokens: rows[i].words != nil || gramsOnly, Weight: weight}
		if rows[i].corrected {
			e.Weight *= correctionWeight
		}
		dst = append(dst, e)
	}
	return dst, nil
}

// ratedWords appends the words of a list that are rated clearly.
func ratedWords(dst []sentiment.Example, file string) ([]sentiment.Example, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read rated words: %w", err)
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(body), "\n"), "\n") {
		columns := strings.Split(line, "\t")
		if len(columns) < 2 {
			return nil, fmt.Errorf("%s:%d: want a word, a tab and its rating", file, i+1)
		}
		rating, err := strconv.ParseFloat(columns[1], 64)
		if err != nil || !(math.Abs(rating) <= 4) {
			return nil, fmt.Errorf("%s:%d: the rating is %q: want a number in -4..4", file, i+1, columns[1])
		}
		if math.Abs(rating) <= leastRating {
			continue
		}
		e := sentiment.Example{Text: khmer.Normalise(columns[0]), Label: samleng.Positive, Tokens: true, Weight: wordsWeight * math.Abs(rating)}
		if rating < 0 {
			e.Label = samleng.Negative
		}
		dst = append(dst, e)
	}
	return dst, nil
}

var sentimentLabels = []samleng.Label{samleng.Positive, samleng.Neutral, samleng.Negative}

func trainTopic(rows []labelledText, seed uint64) ([]byte, error) {
	seg, err := NewSegmenter()
	if err != nil {
		return nil, err
	}
	rules, err := topicRules(seg, "")
	if err != nil {
		return nil, err
	}
	examples := make([]topic.Example, len(rows))
	for i := range rows {
		examples[i] = topic.Example{Text: rows[i].titled(), Topics: topicsOf(rows[i].label)}
	}
	o := topic.DefaultTrainOptions()
	o.Seed = seed
	return topic.Train(examples, seg, rules, o)
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

// topicRules loads the topics of a file, or the built-in ones when it is empty.
func topicRules(seg *khmer.Segmenter, file string) (*topic.Classifier, error) {
	definitions, err := config.Topics(file)
	if err != nil {
		return nil, err
	}
	return topic.New(definitions, seg)
}
