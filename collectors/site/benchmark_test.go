package site

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"

	"samleng/collectors/fetch"
	"samleng/internal/dataset"
)

// Floors just below what was measured on the 86 pages; see TestBenchmark.
const (
	floorF1        = 0.97
	floorPrecision = 0.957
	floorRecall    = 0.985
)

// page is a saved page with the text that a reader sees.
type page struct {
	url, body string
	html      []byte
}

func pages(t testing.TB) map[string]page {
	t.Helper()
	folder := dataset.Path(t, "articles")
	raw, err := os.ReadFile(filepath.Join(folder, "ground-truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth map[string]struct {
		URL         string `json:"url"`
		ArticleBody string `json:"articleBody"`
	}
	if err := json.Unmarshal(raw, &truth); err != nil {
		t.Fatal(err)
	}
	all := map[string]page{}
	for id, want := range truth {
		packed, err := os.ReadFile(filepath.Join(folder, "html", id+".html.gz"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[id] = page{url: want.URL, body: want.ArticleBody, html: text}
	}
	return all
}

// word is Python's \w+, which the benchmark splits texts by.
var word = regexp.MustCompile(`[\p{L}\p{N}_]+`)

// shingles counts the runs of four words; a shorter text is one run.
func shingles(text string) map[string]int {
	words := word.FindAllString(text, -1)
	counts := map[string]int{}
	for i := range max(1, len(words)-3) {
		if run := words[min(i, len(words)):min(i+4, len(words))]; len(run) > 0 {
			counts[strings.Join(run, "\x00")]++
		}
	}
	return counts
}

// tally is the outcome of the article extraction benchmark: mean precision and recall over
// pages, each page weighing the same, and the harmonic mean of the two.
type tally struct {
	precision, recall   float64
	nPrecision, nRecall int
}

func (s *tally) add(want, got string) (f1 float64) {
	expected, found := shingles(want), shingles(got)
	var tp, fp, fn float64
	for key, n := range expected {
		tp += float64(min(n, found[key]))
		fn += float64(max(0, n-found[key]))
	}
	for key, n := range found {
		fp += float64(max(0, n-expected[key]))
	}
	p, r := 0.0, 0.0
	if tp+fp > 0 {
		p = tp / (tp + fp)
		s.precision += p
		s.nPrecision++
	}
	if tp+fn > 0 {
		r = tp / (tp + fn)
		s.recall += r
		s.nRecall++
	}
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

func (s *tally) result() (precision, recall, f1 float64) {
	precision, recall = s.precision/float64(s.nPrecision), s.recall/float64(s.nRecall)
	return precision, recall, 2 * precision * recall / (precision + recall)
}

// TestBenchmark measures Extract with the metric of the article extraction benchmark
// (scrapinghub/article-extraction-benchmark, evaluate.py).
func TestBenchmark(t *testing.T) {
	t.Parallel()
	var s tally
	for id, p := range pages(t) {
		a, err := Extract(p.html, p.url)
		if err != nil {
			t.Logf("%s: %v", p.url, err)
		}
		if f1 := s.add(p.body, a.Text); f1 < 0.7 {
			t.Logf("%.8s F1 %.3f %s", id, f1, p.url)
		}
	}
	precision, recall, f1 := s.result()
	t.Logf("precision %.4f, recall %.4f, F1 %.4f", precision, recall, f1)
	if f1 < floorF1 || precision < floorPrecision || recall < floorRecall {
		t.Errorf("below the floors: precision %.3f, recall %.3f, F1 %.3f", floorPrecision, floorRecall, floorF1)
	}
}

// BenchmarkOptions reports what other options of trafilatura give, the evidence for the
// choice in articleBody: go test -run - -bench Options -benchtime 1x ./collectors/site.
func BenchmarkOptions(b *testing.B) {
	type variant struct {
		focus    trafilatura.ExtractionFocus
		fallback bool
		size     int // MinExtractedSize
		prune    bool
	}
	all := pages(b)
	for _, v := range []variant{
		{trafilatura.Balanced, false, 250, true},
		{trafilatura.Balanced, true, 250, true},
		{trafilatura.FavorPrecision, false, 250, true},
		{trafilatura.FavorPrecision, true, 250, true},
		{trafilatura.FavorRecall, true, 250, true},
		{trafilatura.FavorRecall, false, 250, false},
		{trafilatura.FavorRecall, false, 250, true},
		{trafilatura.FavorRecall, false, 20, true},
	} {
		b.Run(fmt.Sprintf("%+v", v), func(b *testing.B) {
			for b.Loop() {
				var s tally
				for _, p := range all {
					doc, err := html.Parse(bytes.NewReader(fetch.DecodeUTF8(p.html, "")))
					if err != nil {
						b.Fatal(err)
					}
					if v.prune {
						prune(doc)
					}
					config := trafilatura.DefaultConfig()
					config.MinExtractedSize = v.size
					body, _, err := run(doc, trafilatura.Options{
						Config: config, Focus: v.focus, EnableFallback: v.fallback, ExcludeComments: true, HtmlDateMode: trafilatura.Disabled,
					})
					if err != nil {
						body = ""
					}
					s.add(p.body, body)
				}
				precision, recall, f1 := s.result()
				b.ReportMetric(precision, "precision")
				b.ReportMetric(recall, "recall")
				b.ReportMetric(f1, "F1")
			}
		})
	}
}
