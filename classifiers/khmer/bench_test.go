package khmer

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// texts are a post-like text and hostile ones; the cost of a character must not depend on
// the length of the text.
func texts() map[string]string {
	const post = "ប្រជាពលរដ្ឋនៅខេត្តកំពង់ចាមត្អូញត្អែរថា តម្លៃទំនិញនៅផ្សារឡើងខ្ពស់ ហើយផ្លូវជាតិលេខ៧កំពុងជួសជុល។ "
	return map[string]string{
		"post":           strings.Repeat(post, 4),
		"posts-1MB":      strings.Repeat(post, 1<<20/len(post)),
		"latin-1MB":      strings.Repeat("a post about prices, ", 50_000),
		"one-letter-1MB": strings.Repeat("ក", 1<<20/3),
		"marks-1MB":      strings.Repeat("\u17C6", 1<<20/3),
		"base-and-marks": "ក" + strings.Repeat("\u17C6\u17B6", 1<<20/6),
		"coengs-1MB":     "ក" + strings.Repeat("\u17D2\u179A", 1<<20/6),
		"joiners-1MB":    strings.Repeat("ក"+strings.Repeat("\u200C", 1000), 1<<20/3000),
		"broken-1MB":     strings.Repeat("\xe1\x9e", 1<<19),
		"accents-1MB":    "e" + strings.Repeat("\u0301", 1<<19),
		"emoji-10k":      strings.Repeat("👩\u200D🌾", 10_000),
	}
}

func bench(b *testing.B, f func(string)) {
	for name, text := range texts() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				f(text)
			}
			chars := float64(utf8.RuneCountInString(text)) * float64(b.N)
			b.ReportMetric(chars/b.Elapsed().Seconds()/1e6, "Mchars/s")
		})
	}
}

func BenchmarkNormalise(b *testing.B) { bench(b, func(s string) { _ = Normalise(s) }) }

func BenchmarkClusters(b *testing.B) {
	var dst []int
	bench(b, func(s string) { dst = AppendClusters(dst[:0], s) })
}

func BenchmarkWords(b *testing.B) {
	s := newSegmenter(b)
	var dst []int
	bench(b, func(text string) { dst = s.AppendWords(dst[:0], text) })
}
