package language

import (
	"strings"
	"testing"
)

func BenchmarkDetect(b *testing.B) {
	d := newDetector(b, false)
	for name, text := range map[string]string{
		"english-60":  "no water since morning in our street, does anybody have news",
		"khmer-60":    "ថ្ងៃនេះផ្លូវជាតិលេខប្រាំកកស្ទះណាស់ ដោយសារទឹកលិចផ្លូវ",
		"mixed-60":    "ថ្ងៃនេះ traffic jam ខ្លាំងណាស់ nobody can move @user",
		"romanised":   "tngai nih plov kok stes nas min deng tver yang na bong",
		"links":       "@user lol so true 😂 https://t.co/xyz https://t.co/abcdefgh",
		"english-1MB": strings.Repeat("no water since morning ", 45_000),
		"letter-1MB":  strings.Repeat("a", 1<<20),
		"signs-1MB":   strings.Repeat("@#", 1<<19),
		"escapes-1MB": strings.Repeat("\\u2019&amp;", 100_000),
		"accents-1MB": strings.Repeat("e\u0301", 350_000),
		"broken-1MB":  strings.Repeat("\xe1\x9e", 1<<19),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				d.Detect(text)
			}
		})
	}
}

func BenchmarkLingua(b *testing.B) {
	s := &second{}
	s.ask("warm up")
	for b.Loop() {
		s.ask("no water since morning in our street, does anybody have news")
	}
}
