package language

import (
	"unicode"
	"unicode/utf8"

	"samleng"
)

// Span is a stretch of a text in one language, as byte offsets.
type Span struct {
	Start, End int
	Language   string // as in Result.Shares
}

// Spans cuts text where its language changes, so that each part of a mixed post can be read
// in its language: where the script does and, among Latin letters, where the words go over
// from English to romanised Khmer or back for three words or so. The spans cover text without
// a gap; what has no language of its own (spaces, punctuation, digits, emoji, links, handles)
// belongs to the span before it, or to the first. A text without a letter has no spans. It
// takes time in proportion to the length of text.
func (d *Detector) Spans(text string) []Span { return d.AppendSpans(nil, text) }

// AppendSpans appends the Spans of text to dst.
func (d *Detector) AppendSpans(dst []Span, text string) []Span {
	before := len(dst)
	c := countLetters(text)
	spans := dst
	add := func(start int, code string) {
		last := len(spans) - 1
		switch {
		case last < before:
			start = 0
		case spans[last].Language == code:
			return
		default:
			spans[last].End = start
		}
		spans = append(spans, Span{Start: start, Language: code})
	}
	latin := opinion{}
	if c.letters[latinScript] > 0 {
		latin = d.judgeLatin(Strip(text), false)
	}
	m := d.memory()
	defer d.keep(m)
	for i := 0; i < len(text); {
		s, n := scriptAt(text, i)
		switch s {
		case noScript:
			i = max(i+n, addressEnd(text, i))
		case latinScript:
			end := m.cut(text, i)
			d.tell(m, latin.language)
			for _, w := range m.words {
				add(w.start, w.language)
			}
			i = end
		default:
			add(i, scriptLanguage(s, &c))
			i += n
		}
	}
	if len(spans) > before {
		spans[len(spans)-1].End = len(text)
	}
	return spans
}

// scriptAt gives the script of the rune at byte i of text, noScript for what is not a letter,
// and its length in bytes.
func scriptAt(text string, i int) (script, int) {
	if b := text[i]; b < utf8.RuneSelf {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
			if addressEnd(text, i) > i {
				return noScript, 1
			}
			return latinScript, 1
		}
		return noScript, 1
	}
	r, n := utf8.DecodeRuneInString(text[i:])
	return new(counts).scriptOf(r), n
}

// addressEnd gives the end of the link, handle, Latin hashtag or host name whose first byte
// is text[i], or i where there is none.
func addressEnd(text string, i int) int {
	if c := text[i]; c <= ' ' || c >= utf8.RuneSelf || i > 0 && text[i-1] > ' ' && text[i-1] < utf8.RuneSelf {
		return i // not the beginning of a token
	}
	end, sign := i, false
	for end < len(text) && text[end] > ' ' && text[end] < utf8.RuneSelf {
		switch text[end] {
		case '@', '#', '/', '.':
			sign = true
		}
		end++
	}
	if !sign || Strip(text[i:end]) != "" {
		return i
	}
	return end
}

// word is a word in Latin letters.
type word struct {
	start, end int
	fresh      bool // it begins a clause
	score      [states]float64
	from       [states]uint8 // the best state of the word before
	language   string
}

// states is the number of languages that the words of a text are told apart by: English,
// romanised Khmer, and that of the whole if it is another.
const states = 3

// What it costs, in nats, to change the language at a word. Only several words together make
// up for two changes, so that a loan word or a name stays in the language around it.
const (
	changeCost = 6.0
	clauseCost = 3.0 // where a clause begins
	otherCost  = 1.0 // at the first word, for another language than that of the whole
)

// cut gathers the Latin words from byte i of text on, up to a letter of another script, and
// gives where it ended.
func (m *grams) cut(text string, i int) int {
	m.words, m.text = m.words[:0], text
	fresh, inside := true, false
	for i < len(text) {
		s, n := scriptAt(text, i)
		switch {
		case s == latinScript:
			if !inside {
				m.words = append(m.words, word{start: i, fresh: fresh})
				fresh, inside = false, true
			}
			m.words[len(m.words)-1].end = i + n
		case s != noScript:
			return i
		case inside && joins(text[i:i+n]): // the word may go on
		default:
			inside = false
			fresh = fresh || isPause(text[i:i+n])
			if end := addressEnd(text, i); end > i {
				i = end
				continue
			}
		}
		i += n
	}
	return i
}

// joins reports whether a sign may stand inside a word: an apostrophe or an accent.
func joins(sign string) bool {
	if sign == "'" || sign == "\u2019" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(sign)
	return r >= utf8.RuneSelf && unicode.Is(unicode.Mn, r)
}

// isPause reports whether a mark parts clauses.
func isPause(mark string) bool {
	switch mark {
	case ".", ",", ";", ":", "!", "?", "\n", "(", ")", "\"", "…", "–", "—", "។", "៖":
		return true
	}
	return false
}

// tell gives each of the words its language; overall is that of all of them together.
func (d *Detector) tell(m *grams, overall string) {
	classes := [states]int{d.class(samleng.English), d.class(samleng.RomanisedKhmer), d.class(overall)}
	n := states
	if classes[2] == classes[0] || classes[2] == classes[1] {
		n--
	}
	if classes[1] < 0 || classes[2] < 0 || len(m.words) == 1 {
		for i := range m.words {
			m.words[i].language = overall
		}
		return
	}
	for i := range m.words {
		w := &m.words[i]
		d.latin.Read(&m.read, m.text[w.start:w.end])
		all := d.latin.Scores(&m.read)
		cost := changeCost
		if w.fresh {
			cost = clauseCost
		}
		for s := range n {
			w.score[s] = all[classes[s]]
			if i == 0 {
				if classes[s] != classes[2] {
					w.score[s] -= otherCost
				}
				continue
			}
			before := &m.words[i-1]
			best := s
			for other := range n {
				if other != s && before.score[other]-cost > before.score[best]-costOf(best, s, cost) {
					best = other
				}
			}
			w.from[s] = uint8(best) //nolint:gosec // below states
			w.score[s] += before.score[best] - costOf(best, s, cost)
		}
	}
	if len(m.words) == 0 {
		return
	}
	last := len(m.words) - 1
	best := 0
	for s := range n {
		if m.words[last].score[s] > m.words[last].score[best] {
			best = s
		}
	}
	for i := last; i >= 0; i-- {
		m.words[i].language = d.latin.Classes()[classes[best]]
		best = int(m.words[i].from[best])
	}
}

func costOf(from, to int, cost float64) float64 {
	if from == to {
		return 0
	}
	return cost
}
