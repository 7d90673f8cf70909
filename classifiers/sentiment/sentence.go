package sentiment

import (
	"samleng/classifiers/phrase"
)

// hit is one polar entry found, with what its surroundings make of it.
type hit struct {
	phrase.Match
	entry     *entry
	value     float64 // polarity after the rules, in the scale of the lexicon
	negated   bool
	from      int // byte where the Khmer negator that turned it last stands, else where it begins
	amplified bool
	damped    bool
}

// How far an operator reaches, in clusters for Khmer and words elsewhere.
const (
	negationKhmer = 7 // មិនមានលក្ខណៈល្អ has six clusters between
	negationWords = 3 // as in VADER
	amplifyKhmer  = 4
	amplifyWords  = 2
)

// The factors of the rules. negation, shout and but are those of VADER (Hutto and
// Gilbert 2014), which measured them on ratings by people.
const (
	negation    = -0.74
	shout       = 1.2
	stretched   = 1.2
	beforeBut   = 0.5
	afterBut    = 1.5
	exclamation = 0.1 // for each mark, up to three
	asked       = 0.5
	tagged      = 0.3 // beside asked: ឆ្ងាញ់អត់? says nothing of the taste
)

// sentence is a run of tokens with the matches in it, read by rules.
type sentence struct {
	lex     *lexicon
	tokens  []phrase.Token
	matches []phrase.Match // of this sentence, in order
	first   int            // token
	last    int            // token past the end
}

func (s *sentence) entry(m phrase.Match) *entry { return &s.lex.entries[m.Phrase] }

// hits appends the polar entries of the sentence with their final values.
func (s *sentence) hits(dst []hit) []hit {
	start := len(dst)
	for _, m := range s.matches {
		if e := s.entry(m); e.kind == polar {
			dst = append(dst, hit{Match: m, entry: e, value: e.value, from: m.Start})
		}
	}
	hits := dst[start:]
	if len(hits) == 0 {
		return dst
	}
	turn := 0 // token after the last contrast
	ask := false
	next := 0 // hit after the match at hand
	for i, m := range s.matches {
		e := s.entry(m)
		switch e.kind {
		case polar:
			next++
		case intensifier:
			s.amplify(hits, next, m, e.value)
		case negator:
			if s.tag(m) {
				ask = true
				for i := range hits {
					hits[i].value *= tagged
				}
				continue
			}
			s.negate(hits[next:], s.matches[i+1:], m)
		case contrast:
			turn = m.Last
		case question:
			ask = true
		case hides, closing:
		}
	}
	s.weigh(hits, turn, ask)
	return dst
}

// tag reports whether the negator m is a question tag: អត់ at the end of a clause.
func (s *sentence) tag(m phrase.Match) bool {
	if s.entry(m).text != "អត់" || m.First == s.first || s.tokens[m.First].Gap != phrase.None || s.tokens[m.First-1].Class != phrase.Cluster {
		return false
	}
	return m.Last == s.last || s.tokens[m.Last].Gap != phrase.None || s.tokens[m.Last].Class == phrase.Symbol
}

// negate turns the polar entries that the negator m reaches: in Khmer the next one, in
// English all within three words. hits and after are what comes after it.
func (s *sentence) negate(hits []hit, after []phrase.Match, m phrase.Match) {
	inKhmer := s.tokens[m.First].Class == phrase.Cluster
	reach := negationWords
	if inKhmer {
		reach = negationKhmer
	}
	for _, next := range after {
		distance := next.First - m.Last
		switch kind := s.entry(next).kind; {
		case distance > reach, kind == closing, s.clauseBreak(m.Last, next.First):
			return
		case kind != polar:
			continue
		case !inKhmer:
			hits[0].negate()
			hits = hits[1:]
		default:
			// Across a space it turns only what comes right after it.
			if distance == 0 || !s.spaced(m.Last, next.First) {
				hits[0].negate()
				hits[0].from = m.Start
			}
			return
		}
	}
}

func (h *hit) negate() {
	h.value *= negation
	h.negated = !h.negated
}

// amplify multiplies the polar entry that the intensifier m belongs to: in Khmer the one
// before it (ល្អណាស់), else the one after; in English the one after. next is the index of
// the hit after it.
func (s *sentence) amplify(hits []hit, next int, m phrase.Match, factor float64) {
	reach := amplifyWords
	if s.tokens[m.First].Class == phrase.Cluster {
		reach = amplifyKhmer
		if next > 0 {
			h := &hits[next-1]
			if m.First-h.Last <= reach && !s.clauseBreak(h.Last, m.First) && !s.spaced(h.Last, m.First) {
				h.amplify(factor)
				return
			}
		}
	}
	if next < len(hits) {
		h := &hits[next]
		if h.First-m.Last <= reach && !s.clauseBreak(m.Last, h.First) {
			h.amplify(factor)
		}
	}
}

func (h *hit) amplify(factor float64) {
	h.value *= factor
	h.amplified = h.amplified || factor > 1
	h.damped = h.damped || factor < 1
}

// weigh applies what concerns the whole sentence.
func (s *sentence) weigh(hits []hit, turn int, ask bool) {
	factor, marks := 1.0, 0
	for i := s.first; i < s.last; i++ {
		switch s.tokens[i].Sign() {
		case '!', '！':
			marks++
		case '?', '？':
			ask = true
		}
	}
	factor += exclamation * float64(min(marks, 3))
	if ask {
		factor *= asked
	}
	shouting, looked := false, false
	for i := range hits {
		h := &hits[i]
		h.value *= factor
		h.damped = h.damped || ask
		if t := &s.tokens[h.First]; s.lex.set.Stretched(t) {
			h.value *= stretched
		} else if t.Shout {
			if !looked {
				shouting, looked = s.shouted(), true
			}
			if !shouting {
				h.value *= shout
			}
		}
		switch {
		case turn == 0:
		case h.First < turn:
			h.value *= beforeBut
		default:
			h.value *= afterBut
		}
	}
}

// shouted reports whether most words are in capitals, so that capitals stress nothing.
func (s *sentence) shouted() bool {
	words, capitals := 0, 0
	for i := s.first; i < s.last; i++ {
		if t := &s.tokens[i]; t.Class == phrase.Word {
			words++
			if t.Shout {
				capitals++
			}
		}
	}
	return 2*capitals > words
}

// clauseBreak reports whether a sign that ends a clause is among the tokens [from, to).
func (s *sentence) clauseBreak(from, to int) bool {
	for i := from; i < to; i++ {
		switch s.tokens[i].Sign() {
		case ',', ';', ':', '(', ')', '៖', '–', '—', '“', '”', '«', '»':
			return true
		}
	}
	return false
}

// spaced reports whether there is a space before any of the tokens [from, to].
func (s *sentence) spaced(from, to int) bool {
	for i := from; i <= to; i++ {
		if s.tokens[i].Gap != phrase.None {
			return true
		}
	}
	return false
}

// ends reports whether token i ends a sentence. A space does not, in any language.
func ends(tokens []phrase.Token, i int) bool {
	next := phrase.Line
	if i+1 < len(tokens) {
		next = tokens[i+1].Gap
	}
	if next == phrase.Line {
		return true
	}
	switch tokens[i].Sign() {
	case '។':
		if i+2 < len(tokens) && tokens[i+2].Sign() == '។' && next == phrase.None && tokens[i+2].Gap == phrase.None {
			return false // ។ល។, et cetera
		}
		return next != phrase.None || tokens[i+1].Class != phrase.Symbol
	case '៕', '!', '?', '…':
		// "!!" and "?!" are one end.
		return next != phrase.None || tokens[i+1].Class != phrase.Symbol
	case '.':
		return next != phrase.None
	}
	return false
}
