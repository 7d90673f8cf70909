package language

import "unicode/utf8"

// Span is a stretch of a text in one language, as byte offsets.
type Span struct {
	Start, End int
	Language   string // as in Result.Shares
}

// Spans cuts text where its script changes, so that each part of a mixed post can be read
// in its language. The spans cover text without a gap; what has no language of its own (spaces,
// punctuation, digits, emoji) belongs to the span before it, or to the first. All
// Latin letters are taken for one language. A text without a letter has no spans. Links and
// handles are not left out here: they have their place in the text.
func (d *Detector) Spans(text string) []Span {
	c := countLetters(text)
	latin := ""
	var spans []Span
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		s := letterScript(r)
		if s == noScript {
			i += n
			continue
		}
		code := scriptLanguage(s, &c)
		if s == latinScript {
			if latin == "" {
				latin = d.judgeLatin(Strip(text), false).language
			}
			code = latin
		}
		if last := len(spans) - 1; last < 0 || spans[last].Language != code {
			start := i
			if last < 0 {
				start = 0
			} else {
				spans[last].End = i
			}
			spans = append(spans, Span{Start: start, Language: code})
		}
		i += n
	}
	if len(spans) > 0 {
		spans[len(spans)-1].End = len(text)
	}
	return spans
}

// letterScript gives the script of any rune; noScript for what is not a letter.
func letterScript(r rune) script {
	if r < utf8.RuneSelf {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return latinScript
		}
		return noScript
	}
	return new(counts).scriptOf(r)
}
