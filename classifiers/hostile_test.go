package classifiers_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"samleng"
	"samleng/classifiers"
	"samleng/classifiers/duplicate"
	"samleng/classifiers/khmer"
)

// hostile gives texts that nobody writes, of about n bytes each.
func hostile(n int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, max(1, n/len(s))) }
	return map[string]string{
		"one Khmer letter":     fill("ក"),
		"one letter":           fill("a"),
		"one capital":          fill("A"),
		"emoji":                fill("😡"),
		"emoji with joiners":   fill("👩\u200D🌾"),
		"Khmer signs":          fill("\u17C6\u17B6"),
		"coengs":               fill("\u17D2"),
		"zero-width":           fill("\u200B\u200C\u200D"),
		"broken UTF-8":         fill("\xe1\x9e"),
		"right to left":        fill("\u202Eשלום עולם \u202C"),
		"negation":             fill("មិន"),
		"negation in words":    fill("not "),
		"negated":              fill("មិនល្អ"),
		"never good":           fill("not good "),
		"spaced Khmer words":   fill("ល្អ អាក្រក់ "),
		"intensified":          fill("ល្អណាស់"),
		"stretched words":      fill("soooo goooood "),
		"shouted":              fill("GOOD BAD NEVER "),
		"Latin without an end": fill("antidisestablishmentarianism"),
		"mixed letters":        fill("aក"),
		"mixed words":          fill("a ក "),
		"sentences":            fill("ល្អ។ "),
		"lines":                fill("good\n"),
		"exclamation marks":    fill("!"),
		"questions":            fill("?! "),
		"links":                fill("https://a.example/"),
		"handles":              fill("@a #b "),
		"places":               fill("ភ្នំពេញ កំពង់ចាម Siem Reap "),
		"topics":               fill("ដាច់ភ្លើង ដីធ្លី land grab corruption "),
		"one sentence":         fill("ដីធ្លី ផ្លូវ ល្អ "),
		"digits":               fill("១២៣ 456 "),
		"hyphens":              fill("a-"),
		"apostrophes":          fill("a'"),
		"combining marks":      "e" + fill("\u0301"),
		"escapes":              fill(`\u2019&amp;`),
	}
}

// FuzzChain checks that nothing panics on any bytes, that all evidence stands where it says,
// in whole runes, and that no figure is out of its range.
func FuzzChain(f *testing.F) {
	f.Add("ដីធ្លី", "land dispute, not good 😡")
	f.Add("\xff\xe1\x9e", "ក្\u200b្ត https://x.example :) min la'or te")
	f.Add("Corruption", "ដីធ្លីល្អ។ But the road is bad. ភ្លើងដាច់!")
	for _, text := range hostile(2_000) {
		f.Add(text[:20], text)
	}
	f.Add("", strings.Repeat("ក", 1<<20/3))
	f.Add("", strings.Repeat("a", 1<<20))
	f.Add("", strings.Repeat("😡", 10_000))
	f.Add("", strings.Repeat("\u17C6", 50_000))
	f.Add("", strings.Repeat("មិន", 20_000))
	f.Add("", strings.Repeat("not ", 50_000))
	c := chain(f)
	f.Fuzz(func(t *testing.T, title, text string) {
		title, text = khmer.Normalise(title), khmer.Normalise(text)
		got, print := way(c, title, text)
		if print.Size > 96 {
			t.Errorf("a fingerprint of size %d", print.Size)
		}
		checkAnalysis(t, title, text, &got)
	})
}

// checkAnalysis holds what is true of the findings on every text.
func checkAnalysis(t *testing.T, title, text string, a *samleng.Analysis) {
	t.Helper()
	fields := map[string]string{"title": title, "text": text}
	within := func(what string, v, low, high float64) {
		if math.IsNaN(v) || v < low || v > high {
			t.Errorf("%s is %v, want %v to %v", what, v, low, high)
		}
	}
	evidence := func(what string, list []samleng.Evidence) {
		if list == nil {
			t.Errorf("the evidence of %s is nil", what)
		}
		for _, e := range list {
			in := fields[e.Field]
			if e.Start < 0 || e.End > len(in) || e.Start >= e.End || in[e.Start:e.End] != e.Text {
				t.Fatalf("%s: %+v is not what stands there", what, e)
			}
			if !utf8.RuneStart(in[e.Start]) || e.End < len(in) && !utf8.RuneStart(in[e.End]) {
				t.Errorf("%s: %+v cuts a letter", what, e)
			}
			within(what+": weight", e.Weight, -math.MaxFloat64, math.MaxFloat64)
		}
	}
	evidence("sentiment", a.Sentiment.Evidence)
	within("sentiment score", a.Sentiment.Score, -1, 1)
	within("sentiment confidence", a.Sentiment.Confidence, 0, 1)
	for _, topic := range a.Topics {
		evidence(topic.ID, topic.Evidence)
		within(topic.ID+" score", topic.Score, 0, 1)
		within(topic.ID+" sentiment", topic.Sentiment.Score, -1, 1)
		within(topic.ID+" sentiment confidence", topic.Sentiment.Confidence, 0, 1)
		if topic.Sentiment.Label == "" {
			t.Errorf("topic %s has no sentiment", topic.ID)
		}
	}
	for _, place := range a.Places {
		evidence(place.Code, place.Evidence)
		within(place.Code+" score", place.Score, 0, 1)
	}
	sum := 0.0
	for code, share := range a.Languages {
		within(code+" share", share, 0, 1)
		sum += share
	}
	if len(a.Languages) > 0 && math.Abs(sum-1) > 1e-6 {
		t.Errorf("the shares %v sum to %v", a.Languages, sum)
	}
	for _, s := range a.Spans {
		if s.Start < 0 || s.End > len(fields[s.Field]) || s.Start >= s.End {
			t.Errorf("the span %+v is not in its field", s)
		}
	}
}

// TestNothingIsSharedBetweenPosts holds that the findings on a post stay what they are while
// others are classified: the memory of the classifiers is theirs, that of the findings is not.
func TestNothingIsSharedBetweenPosts(t *testing.T) {
	t.Parallel()
	c := chain(t)
	var kept []samleng.Analysis
	var before []string
	texts := hostile(600)
	for _, row := range readLabelled(t) {
		texts[row.text] = row.text
	}
	for _, text := range texts {
		a, _ := way(c, text[:min(len(text), 30)], text)
		body, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		kept, before = append(kept, a), append(before, string(body))
	}
	for i := range kept {
		body, err := json.Marshal(kept[i])
		if err != nil {
			t.Fatal(err)
		}
		if string(body) != before[i] {
			t.Fatalf("was %s, is %s", before[i], body)
		}
	}
}

// TestAllocations holds the whole way of a post to two allocations for each kilobyte of text.
func TestAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("counts nothing under the race detector")
	}
	c := chain(t)
	for _, post := range examplePosts() {
		const most = 2.0
		run := func() { way(c, "", post.text) }
		for range 50 {
			run() // memory that is allocated once
		}
		n := testing.AllocsPerRun(300, run) * 1000 / float64(len(post.text))
		t.Logf("%s: %.2f allocations a kilobyte", post.name, n)
		if n > most {
			t.Errorf("%s: %.2f allocations for each kilobyte of text, at most %v are meant", post.name, n, most)
		}
	}
}

// way is the whole way of a post: normalisation, all classifiers, and the fingerprint by which
// duplicates are found.
func way(c *classifiers.Chain, title, text string) (samleng.Analysis, duplicate.Print) {
	p := samleng.Post{Title: khmer.Normalise(title), Text: khmer.Normalise(text)}
	return c.Classify(&p), duplicate.Fingerprint(p.Title, p.Text)
}
