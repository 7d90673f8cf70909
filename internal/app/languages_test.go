package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"samleng"
	"samleng/classifiers/language"
	"samleng/internal/config"
)

// TestExamplesOfLabels holds the examples of docs/languages.md to what the classifiers find.
func TestExamplesOfLabels(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(filepath.Join("..", "..", "docs", "languages.md"))
	if err != nil {
		t.Fatal(err)
	}
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	chain, err := newChain(topics, language.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\|.*?`([A-Za-z-]+)`.*\\| ([^|]+) \\|$")
	n := 0
	for _, m := range row.FindAllStringSubmatch(string(body), -1) {
		label, example := m[1], strings.TrimSpace(m[2])
		if example == "" || label == string(samleng.Unscored) {
			continue
		}
		n++
		found := chain.Classify(&samleng.Post{Text: example})
		if label != found.Language && label != string(found.Sentiment.Label) {
			t.Errorf("%q is said to be %s, and is found to be %s and %s", example, label, found.Language, found.Sentiment.Label)
		}
	}
	if n != 18 {
		t.Errorf("%d examples found, want 9 in each language", n)
	}
}
