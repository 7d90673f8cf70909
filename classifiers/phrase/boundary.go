package phrase

import "slices"

// Segmenter cuts Khmer text into words: see khmer.Segmenter.
type Segmenter interface {
	// AppendWords appends the end of each word as a byte offset in text.
	AppendWords(dst []int, text string) []int
}

// Short is the number of clusters up to which a Khmer phrase must also begin and end where
// words do: two clusters are often part of an unrelated longer word.
const Short = 2

// Boundaries tells whether matches in one text begin and end where words do. It segments
// a stretch of Khmer only when a short match lies in it, and once. It is not safe for
// concurrent use.
type Boundaries struct {
	seg      Segmenter
	text     string
	tokens   []Token
	from, to int // tokens of the stretch whose words are in ends
	ends     []int
}

// NewBoundaries makes the checker of a text that was cut into tokens. With a nil seg every
// match passes.
func NewBoundaries(seg Segmenter, text string, tokens []Token) *Boundaries {
	return &Boundaries{seg: seg, text: text, tokens: tokens}
}

// Whole reports whether the match is no short Khmer phrase, or one made of whole words.
func (b *Boundaries) Whole(m Match) bool {
	if b.seg == nil || m.Last-m.First > Short || b.tokens[m.First].Class != Cluster {
		return true
	}
	if m.First < b.from || m.Last > b.to {
		b.segment(m)
	}
	base := b.tokens[b.from].Start
	return b.edge(m.Start-base) && b.edge(m.End-base)
}

// edge reports whether a word of the stretch ends, or the stretch begins, at the offset.
func (b *Boundaries) edge(offset int) bool {
	_, found := slices.BinarySearch(b.ends, offset)
	return found || offset == 0
}

// segment cuts the stretch of Khmer around the match into words.
func (b *Boundaries) segment(m Match) {
	b.from, b.to = m.First, m.Last
	for b.from > 0 && b.continues(b.from) {
		b.from--
	}
	for b.to < len(b.tokens) && b.continues(b.to) {
		b.to++
	}
	b.ends = b.seg.AppendWords(b.ends[:0], b.text[b.tokens[b.from].Start:b.tokens[b.to-1].End])
}

// continues reports whether token i goes on with the stretch of Khmer before it.
func (b *Boundaries) continues(i int) bool {
	return b.tokens[i].Class == Cluster && b.tokens[i-1].Class == Cluster && b.tokens[i].Gap == None
}
