package language

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/pemistahl/lingua-go"
)

// second is lingua with every language in Latin letters that it knows, in its
// low-accuracy mode (trigrams only): 85 MB instead of 1.2 GB. It is built when it is first
// asked.
type second struct {
	once     sync.Once
	detector lingua.LanguageDetector
}

// maxAsked is how much of a text lingua gets to see, in bytes: it is slow.
const maxAsked = 600

// ask gives the ISO 639-1 code of the language of text and false when lingua has no opinion.
func (s *second) ask(text string) (string, bool) {
	s.once.Do(func() {
		s.detector = lingua.NewLanguageDetectorBuilder().
			FromLanguages(lingua.AllLanguagesWithLatinScript()...).
			WithLowAccuracyMode().
			Build()
	})
	if len(text) > maxAsked {
		cut := maxAsked
		for !utf8.RuneStart(text[cut]) && cut > maxAsked-utf8.UTFMax {
			cut--
		}
		text = text[:cut]
	}
	l, ok := s.detector.DetectLanguageOf(text)
	if !ok {
		return "", false
	}
	return strings.ToLower(l.IsoCode639_1().String()), true
}
