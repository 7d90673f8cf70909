package classifiers_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"samleng"
	"samleng/classifiers"
	"samleng/classifiers/language"
)

func chain(t testing.TB) *classifiers.Chain {
	t.Helper()
	c, err := classifiers.New(classifiers.Options{Topics: topics(t), Language: language.Config{}, Segmenter: segmenter(t)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestChain(t *testing.T) {
	t.Parallel()
	c := chain(t)
	got := c.Classify(&samleng.Post{Title: "ដាច់ភ្លើងទៀតហើយ", Text: "ក្តៅណាស់ ទ្រាំមិនបានទេ អ្នកភូមិខឹងខ្លាំងណាស់"})
	if got.Language != samleng.Khmer || len(got.Topics) != 1 || got.Topics[0].ID != "water-electricity" || got.Sentiment.Label != samleng.Negative {
		t.Errorf("got %+v", got)
	}
	if got.Model != c.Model() || !strings.Contains(got.Model, "topics:") || !strings.Contains(got.Model, "sentiment:") {
		t.Errorf("model %q", got.Model)
	}
}

// TestScriptsAndSpans holds what a mixed post says of its parts.
func TestScriptsAndSpans(t *testing.T) {
	t.Parallel()
	c := chain(t)
	title, text := "ទឹកលិច", "the road is flooded in Kampot, សូមជួយផង"
	got := c.Classify(&samleng.Post{Title: title, Text: text})
	var spans []string
	for _, s := range got.Spans {
		spans = append(spans, s.Field+" "+s.Language+" "+map[string]string{"title": title, "text": text}[s.Field][s.Start:s.End])
	}
	if want := "title km ទឹកលិច|text en the road is flooded in Kampot, |text km សូមជួយផង"; strings.Join(spans, "|") != want || got.Language != samleng.Mixed {
		t.Errorf("%s: %q, want %s", got.Language, spans, want)
	}
	if s := got.Scripts; len(s) != 2 || s["Latn"] < 0.5 || s["Khmr"] < 0.2 {
		t.Errorf("scripts %v", s)
	}
	if len(got.Places) != 1 || len(got.Places[0].Evidence) != 1 || got.Places[0].Evidence[0].Text != "Kampot" {
		t.Errorf("places %+v", got.Places)
	}
	if got = c.Classify(&samleng.Post{Text: "the road is flooded"}); len(got.Spans) != 0 || got.Scripts["Latn"] != 1 {
		t.Errorf("a post in one language has %+v, %v", got.Spans, got.Scripts)
	}
}

// TestJSONHasListsForNothing holds that consumers never meet null.
func TestJSONHasListsForNothing(t *testing.T) {
	t.Parallel()
	c := chain(t)
	for _, text := range []string{"", "12345", "good morning", "ព្រឹក", "Хорошо, спасибо большое вам"} {
		body, err := json.Marshal(c.Classify(&samleng.Post{Text: text}))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "null") {
			t.Errorf("%q: %s", text, body)
		}
	}
}

func TestModelChangesWithTheTopics(t *testing.T) {
	t.Parallel()
	defs := topics(t)
	defs[0].Terms.English = append(defs[0].Terms.English, "a new term")
	changed, err := classifiers.New(classifiers.Options{Topics: defs, Segmenter: segmenter(t)})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := chain(t).Model(), changed.Model(); a == b {
		t.Errorf("both are %s", a)
	}
}

func TestBadTopics(t *testing.T) {
	t.Parallel()
	if _, err := classifiers.New(classifiers.Options{Segmenter: segmenter(t)}); err == nil {
		t.Error("a chain without topics was made")
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := chain(t)
	rows := readLabelled(t)
	want := make([]string, len(rows))
	classify := func(i int) string {
		body, err := json.Marshal(c.Classify(&samleng.Post{Title: rows[i].title, Text: rows[i].text}))
		if err != nil {
			t.Error(err)
		}
		return string(body)
	}
	for i := range rows {
		want[i] = classify(i)
	}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for i := range rows {
				if got := classify(i); got != want[i] {
					t.Errorf("%d: %s, alone it was %s", i, got, want[i])
				}
			}
		})
	}
	workers.Wait()
}
