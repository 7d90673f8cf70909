package duplicate

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"samleng/classifiers/khmer"
	"samleng/internal/dataset"
)

// dataFile opens a file of the shared data, or skips the test where there is none.
func dataFile(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.Open(dataset.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// lines gives the lines of a file of the shared data without its header.
func lines(t testing.TB, name string) []string {
	t.Helper()
	scan := bufio.NewScanner(dataFile(t, name))
	scan.Buffer(nil, 1<<22)
	var all []string
	for scan.Scan() {
		all = append(all, scan.Text())
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

type article struct{ Title, Text string }

// khmerArticles are the news articles, each different text once.
func khmerArticles(t testing.TB) []article {
	t.Helper()
	var all []article
	seen := map[string]bool{}
	for _, line := range lines(t, "news/km_articles.jsonl") {
		var a article
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		a = article{khmer.Normalise(a.Title), khmer.Normalise(a.Text)}
		if a.Text != "" && !seen[a.Text] {
			seen[a.Text] = true
			all = append(all, a)
		}
	}
	return all
}

// sentences gives the different sentences of a language, in the order of their sources, so
// that neighbours are mostly of one article.
func sentences(t testing.TB, language string) []string {
	t.Helper()
	var all []string
	seen := map[string]bool{}
	add := func(s string) {
		if s = strings.TrimSpace(khmer.Normalise(s)); len(s) >= 20 && !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	sib := func(code string) {
		for _, name := range []string{"language/train.tsv", "language/dev.tsv"} {
			for _, line := range lines(t, name) {
				if lang, text, _ := strings.Cut(line, "\t"); lang == code {
					add(text)
				}
			}
		}
	}
	switch language {
	case "km":
		for _, a := range khmerArticles(t) {
			for _, s := range strings.FieldsFunc(a.Text, func(r rune) bool { return r == '។' || r == '\n' }) {
				add(s + "។")
			}
		}
	case "th":
		sib("tha_Thai")
	case "en":
		sib("eng_Latn")
		for _, line := range lines(t, "sentiment/en_editorials_dev.tsv")[1:] {
			add(strings.Split(line, "\t")[2])
		}
	}
	return all
}

// eights joins sentences, shuffled, to texts of eight, each sentence in at most one text.
func eights(r *rand.Rand, from []string) [][]string {
	shuffled := append([]string(nil), from...)
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	var texts [][]string
	for len(shuffled) >= 8 {
		texts = append(texts, shuffled[:8:8])
		shuffled = shuffled[8:]
	}
	return texts
}
