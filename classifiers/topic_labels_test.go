package classifiers_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"samleng/internal/dataset"
)

// topicLabel is one line of testdata/topics/labels.tsv: what a text of a public data set,
// found by file and line, is about. No topic is the word none in the file.
type topicLabel struct {
	file   string
	line   int
	topics []string
}

func readTopicLabels(t testing.TB) []topicLabel {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "topics", "labels.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	header, rest, _ := strings.Cut(string(body), "\n")
	if header != "file\tline\ttopics" {
		t.Fatalf("header %q", header)
	}
	if !strings.HasSuffix(rest, "\n") {
		t.Error("the last line does not end")
	}
	var labels []topicLabel
	for row := range strings.Lines(rest) {
		columns := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		if len(columns) != 3 {
			t.Fatalf("%q has %d columns, want 3", row, len(columns))
		}
		label := topicLabel{file: columns[0]}
		if label.line, err = strconv.Atoi(columns[1]); err != nil {
			t.Fatalf("%q: %v", row, err)
		}
		if columns[2] != "none" {
			label.topics = strings.Split(columns[2], ",")
		}
		labels = append(labels, label)
	}
	return labels
}

func TestTopicLabelsFormat(t *testing.T) {
	t.Parallel()
	// The least number of labels by file: what the README promises.
	least := map[string]int{
		"news/km_articles.jsonl":          1038,
		"sentiment/km_train.tsv":          800,
		"sentiment/en_train.tsv":          300,
		"segmentation/train.tsv":          300,
		"sentiment/en_editorials_dev.tsv": 150,
	}
	type place struct {
		file string
		line int
	}
	seen, counts := map[place]bool{}, map[string]int{}
	for _, label := range readTopicLabels(t) {
		if _, known := least[label.file]; !known {
			t.Errorf("file %q is not one of those labelled", label.file)
		}
		first := 2 // the line after the header
		if strings.HasSuffix(label.file, ".jsonl") {
			first = 1
		}
		if label.line < first {
			t.Errorf("%s: line %d", label.file, label.line)
		}
		if at := (place{label.file, label.line}); seen[at] {
			t.Errorf("%s: line %d is labelled twice", label.file, label.line)
		} else {
			seen[at] = true
		}
		counts[label.file]++
		for _, topic := range label.topics {
			if !slices.Contains(postTopics(), topic) {
				t.Errorf("%s: line %d: topic %q is not known", label.file, label.line, topic)
			}
		}
		if !slices.IsSorted(label.topics) || len(slices.Compact(slices.Clone(label.topics))) != len(label.topics) {
			t.Errorf("%s: line %d: topics %v are not in order, or one is there twice", label.file, label.line, label.topics)
		}
	}
	for file, want := range least {
		if counts[file] < want {
			t.Errorf("%s: %d labels, want %d", file, counts[file], want)
		}
	}
}

// A label without its text, or with an empty one, would be measured as if a classifier had
// seen something.
func TestTopicLabelsPointToTexts(t *testing.T) {
	t.Parallel()
	byFile := map[string][]int{}
	for _, label := range readTopicLabels(t) {
		byFile[label.file] = append(byFile[label.file], label.line)
	}
	for file, numbers := range byFile {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(dataset.Path(t, strings.Split(file, "/")...))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(body), "\n")
			for _, number := range numbers {
				if number > len(lines) || strings.TrimSpace(lines[number-1]) == "" {
					t.Errorf("line %d is not there", number)
				}
			}
		})
	}
}
