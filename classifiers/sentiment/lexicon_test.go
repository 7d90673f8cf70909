package sentiment

import (
	"slices"
	"strings"
	"testing"
)

func TestParseReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := parse("x.tsv", []byte("# fine\nល្អ\t2\tadj\n\nល្អ 2 adj\ngood\tx\tadj\ngood\t9\tadj\ngood\t0\tadj\ngood\t2\tthing\nvery\t1\tintensifier\nnot\t2\tnegator\n good\t2\tadj\nបណ្ដឹង\t-1\tnoun\n"))
	if err == nil {
		t.Fatal("no fault found")
	}
	for _, want := range []string{
		"x.tsv:4: 1 columns", "x.tsv:5: \"good\": \"x\" is no number", "x.tsv:6:", "x.tsv:7:", "x.tsv:8: \"good\": unknown kind \"thing\"",
		"x.tsv:9:", "x.tsv:10:", "x.tsv:11:", "x.tsv:12: \"បណ្ដឹង\" is not in canonical order: write it as \"បណ្តឹង\"",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
}

func TestLexiconSizes(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{khmerFile: 1300, english: 1500, emoji: 150, romanised: 300} {
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

func TestInflections(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, word string
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
		for _, e := range inflections([]entry{{text: test.text, word: test.word, value: 1}}) {
			got = append(got, e.text)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %s: got %q, want %q", test.word, test.text, got, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("ល្អ\t2\tadj\n# x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parse("x", data)
		if err == nil && len(entries) > len(data) {
			t.Error("more entries than bytes")
		}
	})
}
