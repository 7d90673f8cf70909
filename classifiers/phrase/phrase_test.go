package phrase_test

import (
	"slices"
	"strings"
	"testing"

	"samleng/classifiers/khmer"
	"samleng/classifiers/phrase"
)

// set makes a set of the phrases.
func set(t testing.TB, phrases ...string) *phrase.Set {
	t.Helper()
	s := phrase.NewSet()
	for _, p := range phrases {
		if _, _, err := s.Add(p); err != nil {
			t.Fatalf("add %q: %v", p, err)
		}
	}
	return s
}

// found gives the texts of the matches.
func found(s *phrase.Set, text string) []string {
	var texts []string
	for _, m := range s.Find(nil, s.Scan(nil, text), nil) {
		texts = append(texts, text[m.Start:m.End])
	}
	return texts
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		phrases []string
		text    string
		want    []string
	}{
		{"khmer within a run", []string{"ដីធ្លី"}, "បញ្ហាដីធ្លីនៅភូមិ", []string{"ដីធ្លី"}},
		{"khmer never within a cluster", []string{"ស", "ដ"}, "ស្រុកដី", nil},
		{"khmer not up to the middle of a cluster", []string{"ផ្លូ"}, "ផ្លូវ ផ្លូវ", []string{"ផ្លូ", "ផ្លូ"}},
		{"khmer vowel belongs to its base", []string{"កក"}, "កក កកា", []string{"កក"}},
		{"longest wins", []string{"ធនាគារ", "ធនាគារឈាម"}, "ធនាគារឈាម និងធនាគារ", []string{"ធនាគារឈាម", "ធនាគារ"}},
		{"QOO is one letter", []string{"ឱ្យ"}, "ឲ្យ ឱ្យ", []string{"ឲ្យ", "ឱ្យ"}},
		{"khmer across a space", []string{"ដាច់ភ្លើង"}, "ដាច់ ភ្លើង", []string{"ដាច់ ភ្លើង"}},
		{"khmer not across a line", []string{"ដាច់ភ្លើង"}, "ដាច់\nភ្លើង", nil},
		{"khmer not across a sign", []string{"ដាច់ភ្លើង"}, "ដាច់។ភ្លើង", nil},
		{"zero-width space is nothing", []string{"ដាច់ភ្លើង"}, "ដាច់\u200bភ្លើង", []string{"ដាច់\u200bភ្លើង"}},
		{"english whole words", []string{"land"}, "island land landing Land's", []string{"land", "Land's"}},
		{"english any case", []string{"NEC"}, "nec Nec NEC", []string{"nec", "Nec", "NEC"}},
		{"hyphen is a space", []string{"e-commerce", "day care"}, "E commerce, day-care", []string{"E commerce", "day-care"}},
		{"no phrase across a comma", []string{"day care"}, "day, care", nil},
		{"digits are part of words", []string{"covid 19", "4g"}, "COVID-19 4G 14g", []string{"COVID-19", "4G"}},
		{"apostrophes of both kinds", []string{"don't"}, "don’t don't dont", []string{"don’t", "don't"}},
		{"stretched words", []string{"good", "so"}, "sooooo goooood", []string{"sooooo", "goooood"}},
		{"emoji whatever the skin", []string{"👍", "❤"}, "👍🏽 ❤️", []string{"👍", "❤"}},
		{"emoticons stay together", []string{":)", ":-("}, "ok :) no :-( a: )", []string{":)", ":-("}},
		{"nothing in a web address", []string{"land", ":/"}, "https://land.example/land and www.land.example", nil},
		{"two scripts", []string{"សេវា5G"}, "សេវា5G សេវា 5g", []string{"សេវា5G", "សេវា 5g"}},
		{"empty", []string{"a"}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := found(set(t, test.phrases...), test.text); !slices.Equal(got, test.want) {
				t.Errorf("%q in %q: got %q, want %q", test.phrases, test.text, got, test.want)
			}
		})
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	s := set(t, "co-op")
	if n, added, err := s.Add("Co op"); n != 0 || added || err != nil {
		t.Errorf("the same words: got %d, %t, %v", n, added, err)
	}
	if n, added, err := s.Add("co"); n != 1 || !added || err != nil {
		t.Errorf("a prefix: got %d, %t, %v", n, added, err)
	}
	for _, text := range []string{"", " ", "\u200b", "https://a.example", strings.Repeat("a", 100)} {
		if _, _, err := s.Add(text); err == nil {
			t.Errorf("%q was added", text)
		}
	}
	if s.Len() != 2 {
		t.Errorf("%d phrases, want 2", s.Len())
	}
}

func TestRefusedMatchGivesWayToShorter(t *testing.T) {
	t.Parallel()
	s := set(t, "traffic", "traffic jam")
	text := "traffic jam"
	got := s.Find(nil, s.Scan(nil, text), func(m phrase.Match) bool { return m.Last-m.First == 1 })
	if len(got) != 1 || text[got[0].Start:got[0].End] != "traffic" {
		t.Errorf("got %v", got)
	}
}

// twoWords cuts every text after its first two clusters.
type twoWords struct{}

func (twoWords) AppendWords(dst []int, text string) []int {
	ends := khmer.AppendClusters(nil, text)
	if len(ends) > 2 {
		return append(dst, ends[1], len(text))
	}
	return append(dst, len(text))
}

func (twoWords) WordBegins(_ []khmer.Cluster, i int) bool { return i == 0 || i == 2 }

func TestShortKhmerMatchesWholeWords(t *testing.T) {
	t.Parallel()
	v := phrase.NewVocabulary(twoWords{})
	s := v.NewSet()
	for _, p := range []string{"លិច", "ភូមិ", "ក្រុមការងារ", "go"} {
		if _, _, err := s.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	find := func(text string) []phrase.Match {
		p := v.Read("", text)
		defer p.Release()
		return s.Find(nil, p.Text.Tokens, p.Text.Whole)
	}
	// Words, says the segmenter: លិច, ខាងលិច.
	for _, text := range []string{"លិចខាងលិច", "លិច\u200Bខាងលិច", "លិចខាង\u200Cលិច"} {
		if got := find(text); len(got) != 1 || got[0].Start != 0 {
			t.Errorf("%+q: got %v, want the first word only", text, got)
		}
	}
	for _, text := range []string{"ក្រុមការងារ", "go ក"} {
		if got := find(text); len(got) != 1 {
			t.Errorf("%q: got %v, want one match whatever the words are", text, got)
		}
	}
}

// TestSetsOfOneVocabulary holds that a set finds the same whatever else its vocabulary holds.
func TestSetsOfOneVocabulary(t *testing.T) {
	t.Parallel()
	texts := []string{"so good", "sooo goood", "soo good", "ដីធ្លី ដី", "land-grab :) land", "gooood so"}
	v := phrase.NewVocabulary(nil)
	shared, other := v.NewSet(), v.NewSet()
	for _, p := range []string{"so", "good", "ដី", "land grab"} {
		if _, _, err := shared.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []string{"soo", "goo", "land", "ដីធ្លី", ":)", "soo goood"} {
		if _, _, err := other.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	alone := set(t, "so", "good", "ដី", "land grab")
	for _, text := range texts {
		p := v.Read(text, "")
		tokens := alone.Scan(nil, text)
		want, got := alone.Find(nil, tokens, nil), shared.Find(nil, p.Title.Tokens, nil)
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, alone %v", text, got, want)
		}
		for i := range tokens {
			if alone.Stretched(&tokens[i]) != shared.Stretched(&p.Title.Tokens[i]) {
				t.Errorf("%q: token %d is stretched in one and not in the other", text, i)
			}
		}
		p.Release()
	}
}

// FuzzFind checks what every caller relies on: tokens and matches in order, within the text,
// on the borders of runes and clusters.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{"ដីធ្លី land-grab", "👍🏽 :) soooo", "ក្\u200bក្តា", "\xff\xfeដ\xe1\x9e", "https://", "don’t'", "---"} {
		f.Add(seed, "ដី")
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		v := phrase.NewVocabulary(twoWords{})
		s := v.NewSet()
		for _, p := range []string{"ដីធ្លី", "ដី", "land", "land grab", "👍", ":)", "so"} {
			if _, _, err := s.Add(p); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Add(other); err != nil && other == "ដី" {
			t.Fatal(err)
		}
		tokens := s.Scan(nil, text)
		end := 0
		for _, token := range tokens {
			if token.Start < end || token.End <= token.Start || token.End > len(text) {
				t.Fatalf("token %+v after %d in %q", token, end, text)
			}
			end = token.End
		}
		last := 0
		p := v.Read(other, text)
		defer p.Release()
		if !slices.Equal(p.Text.Tokens, tokens) {
			t.Fatalf("%q is read as %v and scanned as %v", text, p.Text.Tokens, tokens)
		}
		for _, m := range s.Find(nil, tokens, p.Text.Whole) {
			if m.First < last || m.Last <= m.First || m.Start != tokens[m.First].Start || m.End != tokens[m.Last-1].End {
				t.Fatalf("match %+v after token %d in %q", m, last, text)
			}
			last = m.Last
		}
	})
}

// TestTokensGrowWithTheText counts tokens instead of time: a text a thousand times as long has
// a thousand times as many.
func TestTokensGrowWithTheText(t *testing.T) {
	t.Parallel()
	s := set(t, "ដីធ្លី")
	text := "បញ្ហាដីធ្លី land! "
	one := len(s.Scan(nil, text))
	if many := len(s.Scan(nil, strings.Repeat(text, 1000))); many != 1000*one {
		t.Errorf("%d tokens, want 1000 times %d", many, one)
	}
}
