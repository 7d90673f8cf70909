package frequent

import (
	"slices"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	x := newIndex([]string{"the", "don't", "road", "a", "road", "o'"})
	if want := []string{"the", "don't", "road", "a"}; !slices.Equal(x.Words(), want) {
		t.Fatalf("the words are %q, want %q", x.Words(), want)
	}
	for text, want := range map[string]string{
		"the road":      "the",
		"THE,":          "the",
		"Road":          "road",
		"road'":         "road",
		"road' x":       "road",
		"Don't.":        "don't",
		"road”":         "road",
		"road—the":      "road",
		"a":             "a",
		"roads":         "",
		"road5":         "",
		"road'5":        "",
		"road's":        "",
		"don’t":         "",
		"roadé":         "",
		"roadក":         "",
		"road\u0301":    "",
		"road\xff":      "",
		"road\xe2":      "",
		"rooooad":       "",
		"theroadtoads":  "",
		"theroadtoadss": "",
		"'the":          "",
		" the":          "",
		"":              "",
	} {
		id, end := x.Find(text, 0)
		got := ""
		if id >= 0 {
			got = x.Words()[id]
		}
		if got != want || want != "" && end != len(want) || want == "" && end != 0 {
			t.Errorf("%q: found %q up to %d, want %q", text, got, end, want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	x := Load()
	if n := len(strings.Fields(list)); len(x.Words()) != n || n < 1000 {
		t.Errorf("%d of %d words are in the index", len(x.Words()), n)
	}
	for i, w := range x.Words() {
		if id, end := x.Find(strings.ToUpper(w)+" ", 0); id != i || end != len(w) || !Plain(w) {
			t.Errorf("%q is found as %d, want %d", w, id, i)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("the don't “road” 5th ក’s", 4)
	f.Add("road'\xe2\x80", 0)
	f.Fuzz(func(t *testing.T, text string, i int) {
		if i < 0 || i >= len(text) {
			return
		}
		x := Load()
		if id, end := x.Find(text, i); id >= 0 && strings.ToLower(text[i:end]) != x.Words()[id] {
			t.Errorf("%q is taken for %q", text[i:end], x.Words()[id])
		}
	})
}
