package topic

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samleng/classifiers/khmer"
)

func TestLearnedIsReproducibleAndLearns(t *testing.T) {
	t.Parallel()
	var examples []Example
	for _, text := range []string{"the team won the cup", "a goal in the match", "the coach and the players", "the league season"} {
		examples = append(examples, Example{Text: text, Topics: []string{"sport"}})
	}
	for _, text := range []string{"the hospital and the doctor", "a vaccine against the virus", "the patient had a fever", "the disease spreads"} {
		examples = append(examples, Example{Text: text, Topics: []string{"health"}})
	}
	var models [2][]byte
	for i := range models {
		file, err := Train(examples, nil, nil, DefaultTrainOptions())
		if err != nil {
			t.Fatal(err)
		}
		models[i] = file
	}
	if !bytes.Equal(models[0], models[1]) {
		t.Error("the same examples gave other bytes")
	}
	l, err := LoadLearned(models[0], nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Classify("the nurse gave the patient medicine"); len(got) != 1 || got[0].ID != "health" {
		t.Errorf("got %+v, want health", got)
	}
	if _, err := LoadLearned(models[0][1:], nil, nil); err == nil {
		t.Error("half a model was loaded")
	}
	several, err := Train(append(examples, Example{Text: "nothing at all"}), nil, nil, DefaultTrainOptions())
	if err != nil {
		t.Fatal(err)
	}
	if l, err = LoadLearned(several, nil, nil); err != nil || !l.model.Multi() {
		t.Errorf("a set with a text off every topic gives one label a text: %v", err)
	}
}

// TestLearnedOnSIB200 holds the learner on development data without the rules of
// configs/topics.yaml, which this package does not read: with them it does a little better.
func TestLearnedOnSIB200(t *testing.T) {
	t.Parallel()
	seg, err := khmer.NewSegmenter()
	if err != nil {
		t.Fatal(err)
	}
	for language, floor := range map[string]float64{"km": 0.74, "en": 0.75} {
		file, err := Train(sib(t, language, "train"), seg, nil, DefaultTrainOptions())
		if err != nil {
			t.Fatal(err)
		}
		l, err := LoadLearned(file, seg, nil)
		if err != nil {
			t.Fatal(err)
		}
		dev, right := sib(t, language, "dev"), 0
		for _, e := range dev {
			if l.Classify(e.Text)[0].ID == e.Topics[0] {
				right++
			}
		}
		accuracy := float64(right) / float64(len(dev))
		t.Logf("%s: %.3f of %d", language, accuracy, len(dev))
		if accuracy < floor {
			t.Errorf("%s: accuracy %.3f, want at least %.2f", language, accuracy, floor)
		}
	}
}

func sib(t *testing.T, language, part string) []Example {
	t.Helper()
	root := os.Getenv("SAMLENG_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	body, err := os.ReadFile(filepath.Join(root, "topics", "sib200_"+language+"_"+part+".tsv"))
	if err != nil {
		t.Skipf("the data sets are absent (set SAMLENG_DATA to their folder): %v", err)
	}
	var rows []Example
	for i, line := range strings.Split(strings.TrimSpace(string(body)), "\n") {
		if label, text, ok := strings.Cut(line, "\t"); ok && i > 0 {
			rows = append(rows, Example{Text: khmer.Normalise(text), Topics: []string{label}})
		}
	}
	return rows
}
