package khmer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func newSegmenter(t testing.TB) *Segmenter {
	t.Helper()
	s, err := NewSegmenter()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWords(t *testing.T) {
	t.Parallel()
	s := newSegmenter(t)
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"sentence", "ខ្ញុំមិនចូលចិត្តអាហារនេះទេ។", "ខ្ញុំ|មិន|ចូលចិត្ត|អាហារ|នេះ|ទេ|។"},
		{"compound and prefix joined", "រដ្ឋាភិបាលបានជួយដល់ការអប់រំ", "រដ្ឋាភិបាល|បាន|ជួយ|ដល់|ការអប់រំ"},
		{"spaces", "ផ្លូវ  ថ្មី\n", "ផ្លូវ|  |ថ្មី|\n"},
		{"zero-width space", "ផ្លូវ\u200Bថ្មី", "ផ្លូវ|\u200B|ថ្មី"},
		{"repetition", "ផ្សេងៗទៀត", "ផ្សេង|ៗ|ទៀត"},
		{"et cetera", "ប្រាក់ ។ល។", "ប្រាក់| |។ល។"},
		{"digits", "ផ្លូវលេខ១២ ថ្ងៃ 25", "ផ្លូវ|លេខ|១២| |ថ្ងៃ| |25"},
		{"Latin", "don't stop-now x2!!", "don't| |stop-now| |x2|!!"},
		{"mixed", "ទិញiPhone15ថ្មី", "ទិញ|iPhone15|ថ្មី"},
		{"emoji", "ល្អ😀😀", "ល្អ|😀😀"},
		{"broken bytes", "ល្អ\xff\xe1\x9e", "ល្អ|\xff|\xe1|\x9e"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(s.Words(c.in), "|"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestWordsOfLongRunsAreTheSameAsOfShortOnes(t *testing.T) {
	t.Parallel()
	s := newSegmenter(t)
	one := strings.Repeat("ប្រជាពលរដ្ឋចង់បានផ្លូវល្អ", 50) // longer than the stack buffers
	words := s.Words(one)
	if strings.Join(words, "") != one {
		t.Fatal("joined words are not the text")
	}
	if n := len(words); n < 200 || n > 400 {
		t.Errorf("%d words", n)
	}
}

func TestWordsDoNotDependOnTheOrderOfMarks(t *testing.T) {
	t.Parallel()
	s := newSegmenter(t)
	a := s.AppendWords(nil, "ខ្ញុំទៅផ្សារ")
	b := s.AppendWords(nil, "\u1781\u17D2\u1789\u17C6\u17BBទៅផ្សារ")
	if !slices.Equal(a, b) {
		t.Errorf("%v and %v", a, b)
	}
}

// TestWordBegins holds WordBegins to AppendWords, in words and in what nobody writes.
func TestWordBegins(t *testing.T) {
	t.Parallel()
	s := newSegmenter(t)
	random := rand.New(rand.NewPCG(3, 5))
	stretches := []string{"ប្រជាពលរដ្ឋចង់បានផ្លូវលេខ១២ដែលល្អ", "១២៣", "ៜៜ១ៜក", "\u17D2ក\u17D2", "ក"}
	for range 5_000 {
		runes := make([]rune, 1+random.IntN(20))
		for i := range runes {
			switch random.IntN(4) {
			case 0:
				runes[i] = 0x17B6 + rune(random.IntN(0x1E))
			case 1:
				runes[i] = 0x17DC + rune(random.IntN(14))
			default:
				runes[i] = 0x1780 + rune(random.IntN(0x22))
			}
		}
		stretches = append(stretches, string(runes))
	}
	for _, text := range stretches {
		var clusters []Cluster
		// Stretches of Khmer before and after are none of its business.
		clusters, _ = AppendRun(clusters, "កខគ ", 0, true)
		first := len(clusters)
		var end int
		if clusters, end = AppendRun(clusters, "កខគ "+text, len("កខគ "), true); first == len(clusters) {
			continue
		}
		begins := map[int]bool{0: true}
		for _, end := range s.AppendWords(nil, text[:end-len("កខគ ")]) {
			begins[end] = true
		}
		for i := first; i < len(clusters); i++ {
			if at := int(clusters[i].Start) - len("កខគ "); s.WordBegins(clusters, i) != begins[at] {
				t.Fatalf("%+q: a word begins at %d: %t, says AppendWords", text, at, begins[at])
			}
		}
	}
}

func TestAppendWordsAllocatesNothingForAPost(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector makes sync.Pool forget at random")
	}
	s := newSegmenter(t)
	text := strings.Repeat("ប្រជាពលរដ្ឋចង់បានផ្លូវល្អ ", 8)
	dst := make([]int, 0, 200)
	if n := testing.AllocsPerRun(20, func() { dst = s.AppendWords(dst[:0], text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNewSegmenterFromRefusesDamage(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"empty": nil, "text": []byte("hello, world, hello"), "truncated": segmenterModel[:len(segmenterModel)-1],
		"header only": segmenterModel[:12], "later version": append([]byte("KHSG\x09"), segmenterModel[5:]...),
	} {
		if _, err := NewSegmenterFrom(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	seg := newSegmenter(f)
	f.Fuzz(func(t *testing.T, s string) {
		covers(t, s, seg.AppendWords(nil, s))
		if strings.Join(seg.Words(s), "") != s {
			t.Fatalf("joined words of %+q differ", s)
		}
	})
}
