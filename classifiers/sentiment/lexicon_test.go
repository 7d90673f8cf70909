package sentiment

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"samleng/classifiers/khmer"
	"samleng/internal/dataset"
)

func TestParseReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := parse("x.tsv", []byte(strings.Join([]string{
		"# fine", "ល្អ\tadj\tpositive\t2", "", "ល្អ adj positive 2", "good\tadj\tpositive\tx", "good\tadj\tnegative\t9", "good\tadj\tpositive\t0",
		"good\tadj\tthing\t2", "very\tadv\tintensifier\t1", "not\tparticle\tnegator\t2", " good\tadj\tpositive\t2", "បណ្ដឹង\tnoun\tnegative\t1",
		"good\tword\tpositive\t1", "good\tadj\tpositive\tNaN",
	}, "\n")))
	if err == nil {
		t.Fatal("no fault found")
	}
	for _, want := range []string{
		"x.tsv:4: 1 columns", "x.tsv:5: \"good\": \"x\" is no number", "x.tsv:6: \"good\": strength 9", "x.tsv:7:", "x.tsv:8: \"good\": unknown sentiment \"thing\"",
		"x.tsv:9:", "x.tsv:10: \"not\": a negator has no strength", "x.tsv:11:", "x.tsv:12: \"បណ្ដឹង\" is not in canonical order: write it as \"បណ្តឹង\"",
		"x.tsv:13: \"good\": unknown part of speech \"word\"", "x.tsv:14: \"good\": strength NaN",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
}

func TestLexiconSizes(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{khmerFile: 3200, english: 1500, emoji: 150, romanised: 300} {
		data, err := files.ReadFile("lexicon/" + name)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) < least {
			t.Errorf("%s: %d entries, want %d", name, len(entries), least)
		}
	}
}

// TestKhmerLexicon holds that the Khmer entries with a sentiment are many, and words. That
// they are in canonical order, within range and there once, loading checks.
func TestKhmerLexicon(t *testing.T) {
	t.Parallel()
	data, err := files.ReadFile("lexicon/" + khmerFile)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := parse(khmerFile, data)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	polarity := map[bool]int{}
	var words []string
	for _, e := range entries {
		if seen[e.text] {
			t.Errorf("%q is there twice", e.text)
		}
		seen[e.text] = true
		if e.kind != polar {
			continue
		}
		polarity[e.value > 0]++
		if e.part != "phrase" {
			words = append(words, e.text)
		}
		if e.part == "particle" || e.part == "conj" || e.part == "emoji" {
			t.Errorf("%q: a %s has no sentiment", e.text, e.part)
		}
		if e.value != math.Trunc(e.value) {
			t.Errorf("%q has the strength %v: want a whole number", e.text, e.value)
		}
		if strings.ContainsFunc(e.text, func(r rune) bool { return !khmer.IsKhmer(r) }) {
			t.Errorf("%q holds a letter that is not Khmer", e.text)
		}
	}
	if polarity[true] < 800 || polarity[false] < 1200 || len(seen) < 2000 {
		t.Errorf("%d positive and %d negative entries, want 800 and 1,200", polarity[true], polarity[false])
	}
	knownWords(t, words)
}

// knownWords holds that the entries are words of a dictionary, or made of such words.
func knownWords(t *testing.T, entries []string) {
	body, err := os.ReadFile(dataset.Path(t, "segmentation/dictionary.txt"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for word := range strings.Lines(string(body)) {
		known[khmer.Normalise(strings.TrimSpace(word))] = true
	}
	seg, err := khmer.NewSegmenter()
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	var strange []string
	for _, e := range entries {
		if known[e] {
			whole++
		} else if slices.ContainsFunc(seg.Words(e), func(w string) bool { return !known[w] && !known[afterPrefix(w)] }) {
			strange = append(strange, e)
		}
	}
	t.Logf("%d of %d entries are in the dictionary, %d hold a word that is not: %s", whole, len(entries), len(strange), strange)
	if float64(len(strange)) > 0.05*float64(len(entries)) || 3*whole < len(entries) {
		t.Errorf("%d of %d entries are in the dictionary, and %d hold a word that is not", whole, len(entries), len(strange))
	}
}

// afterPrefix gives what a noun was made from: ភាព, ការ and the like stand before any
// adjective or verb, and dictionaries hold few of these nouns; ៗ says a word twice.
func afterPrefix(word string) string {
	for _, prefix := range []string{"ការ", "ភាព", "អំពើ", "សេចក្តី", "ក្តី", "កិច្ច", "ជន"} {
		if rest, found := strings.CutPrefix(word, prefix); found && rest != "" {
			return rest
		}
	}
	return strings.TrimSuffix(word, "ៗ")
}

func TestInflections(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, part string
		want       []string
	}{
		{"problem", "noun", []string{"problems"}},
		{"tragedy", "noun", []string{"tragedies"}},
		{"crash", "noun", []string{"crashes"}},
		{"complain", "verb", []string{"complains", "complained", "complaining"}},
		{"hate", "verb", []string{"hates", "hated", "hating"}},
		{"worry", "verb", []string{"worries", "worried", "worrying"}},
		{"rob", "verb", []string{"robs", "robbed", "robbing"}},
		{"enjoy", "verb", []string{"enjoys", "enjoyed", "enjoying"}},
		{"fix", "verb", []string{"fixes", "fixed", "fixing"}},
		{"agree", "verb", []string{"agrees", "agreed", "agreeing"}},
		{"angry", "adj", []string{"angrily"}},
		{"terrible", "adj", []string{"terribly"}},
		{"tragic", "adj", []string{"tragically"}},
		{"well run", "adj", nil},
	} {
		var got []string
		for _, e := range inflections([]entry{{text: test.text, part: test.part, value: 1}}) {
			got = append(got, e.text)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %s: got %q, want %q", test.part, test.text, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("ល្អ\tadj\tpositive\t2\n# x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parse("x", data)
		if err == nil && len(entries) > len(data) {
			t.Error("more entries than bytes")
		}
	})
}
