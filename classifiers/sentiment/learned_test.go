package sentiment

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/model"
	"samleng/internal/dataset"
)

func rulesOnly(t testing.TB) *Classifier {
	t.Helper()
	seg, err := khmer.NewSegmenter()
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewRules(seg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// small is a set of texts to learn from, written for this test.
func small() []Example {
	var examples []Example
	for _, of := range []struct {
		label samleng.Label
		words string
	}{
		{samleng.Positive, "great lovely superb zorp"},
		{samleng.Neutral, "open monday plain office"},
		{samleng.Negative, "awful nasty broken blick"},
	} {
		for w := range strings.FieldsSeq(of.words) {
			for _, frame := range []string{"the market is WORD today", "WORD again, this road", "they say it is WORD"} {
				examples = append(examples, Example{Text: strings.ReplaceAll(frame, "WORD", w), Label: of.label})
			}
		}
	}
	return examples
}

func TestTrainIsReproducible(t *testing.T) {
	t.Parallel()
	c := rulesOnly(t)
	var models [2][]byte
	for i := range models {
		file, err := c.Train(samleng.English, small(), DefaultTrainOptions(samleng.English))
		if err != nil {
			t.Fatal(err)
		}
		models[i] = file
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("the same examples and seed gave other bytes")
	}
	l, err := LoadLearned(models[0])
	if err != nil {
		t.Fatal(err)
	}
	with := c.With(l)
	if with.Version() == c.Version() || l.Language() != samleng.English {
		t.Errorf("version %s with the model and without, language %s", c.Version(), l.Language())
	}
	if got := with.Classify("", "blick blick", samleng.English); got.Score >= with.Classify("", "zorp zorp", samleng.English).Score {
		t.Errorf("a word that only negative examples hold has %+v", got)
	}
}

func TestTrainRefuses(t *testing.T) {
	t.Parallel()
	c := rulesOnly(t)
	tokens := small()
	for i := range tokens {
		tokens[i].Tokens = true
	}
	for name, examples := range map[string][]Example{
		"none": nil, "tokens only": tokens, "a label too many": append(small(), Example{Text: "x", Label: samleng.Unscored}),
	} {
		if _, err := c.Train(samleng.English, examples, DefaultTrainOptions(samleng.English)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// FuzzLoadLearned checks that no file makes a model that panics.
func FuzzLoadLearned(f *testing.F) {
	c := rulesOnly(f)
	file, err := c.Train(samleng.English, small(), DefaultTrainOptions(samleng.English))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Fuzz(func(_ *testing.T, file []byte) {
		if l, err := LoadLearned(file); err == nil {
			c.With(l).Classify("good", "not bad ល្អ", l.Language())
		}
	})
}

// writtenPosts are the posts written for this project that the model of a language learns from.
func writtenPosts(t *testing.T, language string) []Example {
	t.Helper()
	var posts []Example
	for _, file := range []string{"dev", "dev-2", "dev-3", "dev-4", "dev-5", "dev-6", "dev-7"} { // as in the Makefile
		body, err := os.ReadFile(filepath.Join("..", "testdata", "posts", file+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(body) {
			var post struct{ Form, Title, Text, Sentiment string }
			if err := json.Unmarshal(line, &post); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			e := Example{Text: strings.TrimPrefix(khmer.Normalise(post.Title)+"\n"+khmer.Normalise(post.Text), "\n"), Label: samleng.Label(post.Sentiment), Weight: 0.3}
			if post.Form != samleng.RomanisedKhmer && LanguageOf([]Example{e}) == language {
				posts = append(posts, e)
			}
		}
	}
	return posts
}

// TestCrossValidation gives the figures of the model cards. It trains ten models and takes
// minutes: set SAMLENG_CV to run it, and -run CrossValidation/km for one language.
func TestCrossValidation(t *testing.T) {
	if os.Getenv("SAMLENG_CV") == "" {
		t.Skip("set SAMLENG_CV to train ten models")
	}
	c := rulesOnly(t)
	for language, file := range map[string]string{samleng.Khmer: "sentiment/km_train.tsv", samleng.English: "sentiment/en_train.tsv"} {
		t.Run(language, func(t *testing.T) {
			var examples, more []Example
			var texts []string
			for _, row := range readLabelled(t, dataset.Path(t, file)) {
				examples = append(examples, Example{Text: row.text, Label: row.want})
				texts = append(texts, row.text)
			}
			if language == samleng.Khmer {
				for _, row := range readLabelled(t, dataset.Path(t, "sentiment/km_dev.tsv")) {
					texts = append(texts, row.text)
				}
				twins := model.NewTwins(texts)
				for _, row := range readLabelled(t, dataset.Path(t, "sentiment/km_train_stripped.tsv")) {
					if words := strings.Fields(row.text); twins.Of(words) < 0 {
						more = append(more, Example{Text: strings.Join(words, ""), Label: row.want, Tokens: true})
					}
				}
			} else {
				for _, row := range readLabelled(t, dataset.Path(t, "sentiment/en_editorials_dev.tsv")) {
					more = append(more, Example{Text: row.text, Label: row.want, Tokens: true, Weight: 0.3})
				}
			}
			if language == samleng.Khmer {
				more = append(more, writtenPosts(t, language)...)
			}
			var predictions []model.Prediction
			for fold := range 5 {
				train := slices.Clone(more)
				for i := range examples {
					if i%5 != fold {
						train = append(train, examples[i])
					}
				}
				file, err := c.Train(language, train, DefaultTrainOptions(language))
				if err != nil {
					t.Fatal(err)
				}
				l, err := LoadLearned(file)
				if err != nil {
					t.Fatal(err)
				}
				for i := fold; i < len(examples); i += 5 {
					got := c.With(l).Classify("", examples[i].Text, language)
					predictions = append(predictions, model.Prediction{
						Want: []int{slices.Index(labels[:], examples[i].Label)}, Got: []int{slices.Index(labels[:], got.Label)}, Confidence: got.Confidence,
					})
				}
			}
			r := model.Evaluate(predictions, classNames(), 1)
			t.Logf("%s n=%d accuracy %.3f macro-F1 %.3f macro recall %.3f ECE %.3f", language, r.N, r.Accuracy, r.MacroF1, r.MacroRecall, *r.ECE)
		})
	}
}
