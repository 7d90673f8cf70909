package place_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samleng/classifiers/khmer"
	"samleng/classifiers/place"
)

// labelled is a post written for these tests, with the codes of the places it speaks of: a
// district together with its province.
type labelled struct {
	ID     string   `json:"id"`
	Lang   string   `json:"lang"`
	Title  string   `json:"title"`
	Text   string   `json:"text"`
	Places []string `json:"places"`
}

func newClassifier(tb testing.TB) *place.Classifier {
	tb.Helper()
	seg, err := khmer.NewSegmenter()
	if err != nil {
		tb.Fatal(err)
	}
	c, err := place.New(seg)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func readLabelled(tb testing.TB, name string) []labelled {
	tb.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	var posts []labelled
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var p labelled
		if err := json.Unmarshal(sc.Bytes(), &p); err != nil {
			tb.Fatalf("%s, line %d: %v", name, len(posts)+1, err)
		}
		posts = append(posts, p)
	}
	return posts
}

// counts are right, wrongly found and missed codes.
type counts struct{ right, wrong, missed int }

func (c counts) precision() float64 { return float64(c.right) / float64(max(1, c.right+c.wrong)) }
func (c counts) recall() float64    { return float64(c.right) / float64(max(1, c.right+c.missed)) }

// TestLabelled holds the quality on the posts written for it, and with -v shows the faults on
// the development half and on those two. The held-out half was written first and read only to measure, and
// so was the second one, after the rules were changed once more. The adversarial and the third one were
// read before and after they were changed for it: see docs/models/place.md.
func TestLabelled(t *testing.T) {
	t.Parallel()
	c := newClassifier(t)
	for _, name := range []string{"development.jsonl", "heldout.jsonl", "second.jsonl", "adversarial.jsonl", "third.jsonl"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all, districts counts
			by := map[string]*counts{}
			negatives := 0
			posts := readLabelled(t, name)
			for _, p := range posts {
				if by[p.Lang] == nil {
					by[p.Lang] = new(counts)
				}
				if len(p.Places) == 0 {
					negatives++
				}
				var got []string
				for _, f := range c.Classify(khmer.Normalise(p.Title), khmer.Normalise(p.Text)) {
					got = append(got, f.Code)
				}
				for _, code := range got {
					ok := slices.Contains(p.Places, code)
					tally(ok, code, &all, by[p.Lang], &districts)
				}
				for _, code := range p.Places {
					if !slices.Contains(got, code) {
						all.missed++
						by[p.Lang].missed++
						if len(code) == 4 {
							districts.missed++
						}
					}
				}
				slices.Sort(got)
				want := slices.Sorted(slices.Values(p.Places))
				if (name == "development.jsonl" || name == "adversarial.jsonl" || name == "third.jsonl") && !slices.Equal(got, want) {
					t.Logf("%s: %s %s: got %v, want %v", p.ID, p.Title, p.Text, got, want)
				}
			}
			t.Logf("%d posts, %d without a place: precision %.3f recall %.3f; districts %.3f %.3f",
				len(posts), negatives, all.precision(), all.recall(), districts.precision(), districts.recall())
			for lang, n := range by {
				t.Logf("%s: precision %.3f recall %.3f of %d", lang, n.precision(), n.recall(), n.right+n.missed)
			}
			if all.precision() < 0.95 || all.recall() < 0.85 {
				t.Errorf("precision %.3f, recall %.3f; want .95 and .85", all.precision(), all.recall())
			}
			if 10*negatives < 4*len(posts) {
				t.Errorf("%d of %d posts are without a place, want 40 %%", negatives, len(posts))
			}
		})
	}
}

func tally(ok bool, code string, all, lang, districts *counts) {
	for _, n := range []*counts{all, lang, districts} {
		switch {
		case n == districts && len(code) != 4:
		case ok:
			n.right++
		default:
			n.wrong++
		}
	}
}

// TestLabelsExist holds the labels to the gazetteer: every code is there, and a district comes
// with its province.
func TestLabelsExist(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("gazetteer.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"development.jsonl", "heldout.jsonl", "second.jsonl", "adversarial.jsonl", "third.jsonl"} {
		for _, p := range readLabelled(t, name) {
			for _, code := range p.Places {
				if !strings.Contains(string(table), "\n"+code+"\t") {
					t.Errorf("%s: no place has the code %s", p.ID, code)
				}
				if len(code) == 4 && !slices.Contains(p.Places, code[:2]) {
					t.Errorf("%s: %s without its province", p.ID, code)
				}
			}
		}
	}
}
