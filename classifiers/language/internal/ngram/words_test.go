package ngram

import (
	"os"
	"strings"
	"testing"
)

// FuzzWords checks that frequent words which are read at once say what their letters do.
func FuzzWords(f *testing.F) {
	file, err := os.ReadFile("../../latin.bin")
	if err != nil {
		f.Fatal(err)
	}
	m, err := Decode(file)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("The roads aren't good, and the “road” of 5th street isn't: the5 THE ទីក្រុងthe thé the's o'the’the")
	f.Add(strings.Repeat("the of road zzzz ", 3000))
	f.Fuzz(func(t *testing.T, text string) {
		var read Text
		m.Read(&read, text)
		grams := AppendGrams(nil, text)
		var want [MaxClasses]int32
		m.sum(&want, grams)
		if got := m.sums(&read); got != want || read.total != len(grams) {
			t.Errorf("the sums of %d features are %v, want %d features, %v", read.total, got, len(grams), want)
		}
	})
}
