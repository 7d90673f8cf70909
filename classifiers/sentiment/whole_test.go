package sentiment

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/phrase"
)

// TestLearnedEvidenceIsWholeWords holds of every written post that what the n-grams say is shown in
// words as the segmenter cuts them, in order, and never as a particle alone.
func TestLearnedEvidenceIsWholeWords(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	body, err := os.ReadFile("../testdata/posts/dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(body)) {
		var post struct{ Form, Text string }
		if err := json.Unmarshal([]byte(line), &post); err != nil {
			t.Fatal(err)
		}
		text := khmer.Normalise(post.Text)
		for _, language := range []string{samleng.Khmer, samleng.English} {
			last := 0
			for _, e := range c.Classify("", text, language).Evidence {
				if e.Reason != "learned" {
					continue
				}
				seen++
				if e.Start < last {
					t.Errorf("%q in %q overlaps what is before it", e.Text, text)
				}
				last = e.End
				if slices.Contains(particles[:], strings.ToLower(e.Text)) {
					t.Errorf("%q in %q explains nothing", e.Text, text)
				}
				if !border(c, text, e.Start, e.End) {
					t.Errorf("%q in %q is not made of whole words", e.Text, text)
				}
			}
		}
	}
	if seen < 300 {
		t.Errorf("%d pieces of learned evidence, want more", seen)
	}
}

// border reports whether words begin at byte start and end at byte end of the text.
func border(c *Classifier, text string, start, end int) bool {
	p := c.vocabulary.Read("", text)
	defer p.Release()
	begins, closes := false, false
	for i := range p.Text.Tokens {
		t := &p.Text.Tokens[i]
		inKhmer := t.Class == phrase.Cluster
		begins = begins || t.Start == start && (!inKhmer || p.Text.WordStarts(i))
		closes = closes || t.End == end && (!inKhmer || p.Text.WordEnds(i))
	}
	return begins && closes
}
