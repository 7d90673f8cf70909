package khmer

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestIsKhmer(t *testing.T) {
	t.Parallel()
	for r, want := range map[rune]bool{
		'ក': true, '៩': true, '។': true, 0x17FF: true, 0x19E0: true, 0x19FF: true,
		0x177F: false, 0x1800: false, 'a': false, 'ก': false, 0x19DF: false, 0x1A00: false,
	} {
		if got := IsKhmer(r); got != want {
			t.Errorf("IsKhmer(%U) = %v", r, got)
		}
	}
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"ascii", "Hello, 2026", "Hello, 2026"},
		{"canonical", "ព្រះរាជាណាចក្រកម្ពុជា ខ្ញុំ ប៉ុន្តែ ស៊ី កាំ", "ព្រះរាជាណាចក្រកម្ពុជា ខ្ញុំ ប៉ុន្តែ ស៊ី កាំ"},
		{"sign before vowel", "\u1781\u17D2\u1789\u17C6\u17BB", "\u1781\u17D2\u1789\u17BB\u17C6"},
		{"vowel before coeng", "\u1780\u17BB\u17D2\u179A", "\u1780\u17D2\u179A\u17BB"},
		{"vowel before shifter", "\u1794\u17BB\u17C9", "\u1794\u17C9\u17BB"},
		{"ro above the other coeng", "\u179F\u17D2\u179A\u17D2\u178F\u17B8", "\u179F\u17D2\u178F\u17D2\u179A\u17B8"},
		{"robat last", "\u1792\u1798\u17B6\u17CC", "\u1792\u1798\u17CC\u17B6"},
		{"e and ii", "\u1792\u17D2\u179C\u17C1\u17B8", "\u1792\u17D2\u179C\u17BE"},
		{"ii and e", "\u1792\u17D2\u179C\u17B8\u17C1", "\u1792\u17D2\u179C\u17BE"},
		{"e and aa", "\u179A\u17C1\u17B6\u1784", "\u179A\u17C4\u1784"},
		{"u for triisap", "\u179F\u17BB\u17B8", "\u179F\u17CA\u17B8"},
		{"u for muusikatoan", "\u1798\u17BB\u17BA\u1784", "\u1798\u17C9\u17BA\u1784"},
		{"u and nikahit stay", "\u1781\u17BB\u17C6", "\u1781\u17BB\u17C6"},
		{"coeng da", "\u1780\u178E\u17D2\u178A\u17B6\u179B", "\u1780\u178E\u17D2\u178F\u17B6\u179B"},
		{"duplicate below", "\u1781\u17D2\u1789\u17BB\u17BB\u17C6", "\u1781\u17D2\u1789\u17BB\u17C6"},
		{"duplicate bantoc", "\u1785\u17B6\u179F\u17CB\u17CB", "\u1785\u17B6\u179F\u17CB"},
		{"drawn out vowel", "\u178E\u17B6\u17B6\u17B6\u179F\u17CB", "\u178E\u17B6\u17B6\u17B6\u179F\u17CB"},
		{"discouraged letters", "\u17A3\u17A4", "\u17A2\u17A2\u17B6"},
		{"zero-width space", "ការ\u200Bងារ", "ការងារ"},
		{"zero-width beside Latin", "iPhone\u200Bថ្មី", "iPhoneថ្មី"},
		{"byte order mark", "\uFEFFសួស្តី", "សួស្តី"},
		{"byte order mark before Latin", "\uFEFFhello", "hello"},
		{"inherent vowel", "\u1780\u17B5\u1781", "\u1780\u1781"},
		{"joiner inside a cluster", "\u1780\u200D\u17B6", "\u1780\u17B6"},
		{"shifter that must stay above", "\u179F\u17CA\u200C\u17B8", "\u179F\u17CA\u200C\u17B8"},
		{"emoji keep their joiners", "👩\u200D🌾", "👩\u200D🌾"},
		{"NFC elsewhere", "cafe\u0301", "café"},
		{"Vietnamese stays", "Việt Nam", "Việt Nam"},
		{"broken bytes", "ក\xff\xfeខ", "ក\uFFFDខ"},
		{"line ends", "a\r\nb\rc\r\r\nd", "a\nb\nc\n\nd"},
		{"coeng without consonant", "\u1780\u17D2 \u17D2\u1781", "\u1780\u17D2 \u17D2\u1781"},
		{"marks without a base", "\u17B6\u17C6x", "\u17B6\u17C6x"},
		{"digits stay", "១២ 12", "១២ 12"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := Normalise(c.in)
			if got != c.want {
				t.Errorf("Normalise(%+q) = %+q, want %+q", c.in, got, c.want)
			}
			if again := Normalise(got); again != got {
				t.Errorf("again: %+q", again)
			}
			if !isNormal(c.want) && c.name != "coeng without consonant" && c.name != "marks without a base" &&
				!strings.ContainsAny(c.want, "\u200C\u200D") && c.name != "drawn out vowel" {
				t.Errorf("%+q misses the fast path", c.want)
			}
		})
	}
}

func TestNormaliseCanonicalDoesNotAllocate(t *testing.T) {
	s := strings.Repeat("ប្រជាពលរដ្ឋនៅខេត្តកំពង់ចាម thinks that ថ្លៃម្ហូបឡើងខ្ពស់ណាស់។ 😀 Việt Nam\n", 20)
	if n := testing.AllocsPerRun(20, func() { _ = Normalise(s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAppendClusters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"words", "ខ្ញុំស្រឡាញ់", "ខ្ញុំ ស្រ ឡា ញ់"},
		{"two consonants below", "ស្ត្រី", "ស្ត្រី"},
		{"robat and final", "ធម៌ទេះ", "ធ ម៌ ទេះ"},
		{"independent vowel", "ឲ្យឪពុក", "ឲ្យ ឪ ពុ ក"},
		{"marks in a wrong order", "\u1781\u17C6\u17BB\u17D2\u1789\u1780", "\u1781\u17C6\u17BB\u17D2\u1789 \u1780"},
		{"Latin and digits", "e\u0301a12៣៤", "e\u0301 a 1 2 ៣ ៤"},
		{"line end", "a\r\nb", "a \r\n b"},
		{"mark alone", "\u17B6ក", "\u17B6 ក"},
		{"coeng at the end", "ក\u17D2", "ក\u17D2"},
		{"joiner before a mark", "ក\u200Dា", "ក\u200Dា"},
		{"broken bytes", "\xE1\x9E", "\xE1 \x9E"},
		{"emoji family", "👍🏽x", "👍 🏽 x"},
		{"punctuation", "ទេ។ៗ", "ទេ ។ ៗ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			start := 0
			for _, end := range AppendClusters(nil, c.in) {
				got = append(got, c.in[start:end])
				start = end
			}
			if g := strings.Join(got, " "); g != c.want {
				t.Errorf("got %+q, want %+q", g, c.want)
			}
		})
	}
}

// covers fails unless ends are ascending and end at the end of s.
func covers(t *testing.T, s string, ends []int) {
	t.Helper()
	last := 0
	for _, end := range ends {
		if end <= last {
			t.Fatalf("end %d after end %d in %+q", end, last, s)
		}
		last = end
	}
	if last != len(s) {
		t.Fatalf("covers %d of %d bytes of %+q", last, len(s), s)
	}
}

// hostile are texts that must cost no more than their length.
func hostile() []string {
	return []string{
		strings.Repeat("ក", 1<<20/3), strings.Repeat("a", 1<<20), strings.Repeat("😀", 10_000), strings.Repeat("\u17D2", 50_000),
		"ក" + strings.Repeat("\u17B6\u17C6\u17C9\u17BB\u17CC", 10_000), "ក" + strings.Repeat("\u17D2\u179A", 25_000),
		strings.Repeat("\u17BB\u17B8", 25_000), strings.Repeat("ក\u17D2\u17D2", 20_000), strings.Repeat("\xe1\x9e", 10_000),
		strings.Repeat("\xff", 10_000), strings.Repeat("ក\u200C\u200D\u200B", 10_000), strings.Repeat("\u202Eمرحبا שלום\u202C", 3_000),
	}
}

// fuzzed is how much of a hostile text the fuzzers begin with: they change little texts far more
// often than large ones.
const fuzzed = 300

// TestHostile holds that such texts are normalised once and for all, and covered by clusters and
// words.
func TestHostile(t *testing.T) {
	t.Parallel()
	seg := newSegmenter(t)
	for _, s := range hostile() {
		n := Normalise(s)
		if again := Normalise(n); again != n {
			t.Errorf("%.40q changes again", s)
		}
		covers(t, s, AppendClusters(nil, s))
		covers(t, s, seg.AppendWords(nil, s))
		covers(t, n, seg.AppendWords(nil, n))
	}
}

var seeds = []string{
	"", "a", "ខ្ញុំស្រឡាញ់ភាសាខ្មែរ។", "\u1780\u17D2\u17D2\u1780", "\u17D2", "\u1780\u17DD\u17B6\u0323", "\xE1\x9E", "\u1780\u200C\u17B6\u200B",
	"សុី\u17BB\u17C9", "hello ១២៣ 👩\u200D🌾\r\n", "\u1780\u17C1\u17B8\u17B6\u17BB\u17D0", "\u17A4\u17D2\u17A4", "\uFEFF\uFEFF\u17B4\u200B", "្ណ៊\u200Cី",
}

func FuzzNormalise(f *testing.F) {
	for _, s := range append(hostile(), seeds...) {
		f.Add(s[:min(len(s), fuzzed)])
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := Normalise(s)
		if !utf8.ValidString(n) {
			t.Fatalf("%+q gives invalid %+q", s, n)
		}
		if again := Normalise(n); again != n {
			t.Fatalf("%+q gives %+q, then %+q", s, n, again)
		}
		if strings.Contains(n, "\r") || !norm.NFC.IsNormalString(n) {
			t.Fatalf("%+q gives %+q", s, n)
		}
		if isNormal(s) && s != n {
			t.Fatalf("fast path: %+q gives %+q", s, n)
		}
		if a, b := sight(s), sight(n); !slices.Equal(a, b) {
			t.Fatalf("%+q looks like %q, but its normal form %+q like %q", s, a, n, b)
		}
	})
}

// sight lists what is seen in s, with equal looks made equal in the crudest way: the parts of a text in no order.
func sight(s string) []string {
	s = norm.NFC.String(dropInvisible(strings.ToValidUTF8(s, "\uFFFD")))
	s = strings.NewReplacer(
		"\u17D2\u178A", "\u17D2\u178F", "\u17BE", "\u17C1\u17B8", "\u17C4", "\u17C1\u17B6",
		"\u17C9", "\u17BB", "\u17CA", "\u17BB", "\u17A3", "\u17A2", "\u17A4", "\u17A2\u17B6",
		"\u200B", "", "\u200C", "", "\u200D", "",
	).Replace(s)
	s = norm.NFD.String(s)
	var parts []string
	for _, r := range s {
		parts = append(parts, string(r))
	}
	slices.Sort(parts)
	// A mark that is typed twice on one base is seen once.
	return slices.Compact(parts)
}

func FuzzClusters(f *testing.F) {
	for _, s := range append(hostile(), seeds...) {
		f.Add(s[:min(len(s), fuzzed)])
	}
	f.Fuzz(func(t *testing.T, s string) { covers(t, s, AppendClusters(nil, s)) })
}
