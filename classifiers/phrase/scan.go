package phrase

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"samleng/classifiers/khmer"
)

// scanner cuts a text into tokens.
type scanner struct {
	text       string
	vocabulary *Vocabulary
	intern     bool            // tokens that are new get an id
	clusters   []khmer.Cluster // of all runs of Khmer so far
	hidden     bool            // something invisible stood right after one of them
	fold       [maxWord + utf8.UTFMax]byte
}

// id gives the id of a folded token by its hash.
func (s *scanner) id(hash uint64) int32 {
	if s.intern {
		return s.vocabulary.intern(hash)
	}
	return s.vocabulary.find(hash)
}

// sort is what a byte of ASCII is to the scanner.
type sort uint8

const (
	sign sort = iota
	letter
	capital
	space
	line
	hyphen
)

var sorts = func() (t [utf8.RuneSelf]sort) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			t[c] = letter
		case c >= 'A' && c <= 'Z':
			t[c] = capital
		case c == '\n' || c == '\r':
			t[c] = line
		case c == ' ' || c >= '\t' && c <= '\f':
			t[c] = space
		case c == '-' || c == '_':
			t[c] = hyphen
		}
	}
	return t
}()

// scan appends the tokens of the text to dst.
func (s *scanner) scan(dst []Token) []Token {
	gap := Line
	for i := 0; i < len(s.text); {
		c := s.text[i]
		if c >= utf8.RuneSelf {
			dst, i, gap = s.foreign(dst, i, gap)
			continue
		}
		switch sorts[c] {
		case letter, capital:
			dst = append(dst, Token{})
			t := &dst[len(dst)-1]
			s.word(t, i)
			t.Gap = gap
			i, gap = t.End, None
		case line:
			i, gap = i+1, Line
		case space:
			i, gap = i+1, max(gap, Soft)
		case hyphen:
			if s.joins(dst, i+1, gap) {
				i, gap = i+1, Soft
				continue
			}
			dst = s.symbol(dst, i, 1, rune(c), gap)
			i, gap = i+1, None
		case sign:
			dst = s.symbol(dst, i, 1, rune(c), gap)
			i, gap = i+1, None
		}
	}
	return dst
}

// foreign reads what stands at byte i, which is not ASCII.
func (s *scanner) foreign(dst []Token, i int, gap Gap) ([]Token, int, Gap) {
	if dst, end := s.khmer(dst, i, gap); end > i {
		return dst, end, None
	}
	r, n := utf8.DecodeRuneInString(s.text[i:])
	switch {
	case isWord(r):
		dst = append(dst, Token{})
		t := &dst[len(dst)-1]
		s.word(t, i)
		t.Gap = gap
		return dst, t.End, None
	case r == 0x2028 || r == 0x2029:
		return dst, i + n, Line
	case unicode.IsSpace(r):
		return dst, i + n, max(gap, Soft)
	case isInvisible(r) || isModifier(r):
		s.hidden = s.hidden || gap == None && len(dst) > 0 && dst[len(dst)-1].Class == Cluster
		return dst, i + n, gap
	case isHyphen(r) && s.joins(dst, i+n, gap):
		return dst, i + n, Soft
	}
	return s.symbol(dst, i, n, r, gap), i + n, None
}

// joins reports whether a hyphen before byte i, after what is in dst and the gap, is between
// two words.
func (s *scanner) joins(dst []Token, i int, gap Gap) bool {
	if gap != None || len(dst) == 0 || dst[len(dst)-1].Class == Symbol {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s.text[i:])
	return isKhmer(r) || isWord(r)
}

func (s *scanner) symbol(dst []Token, i, n int, r rune, gap Gap) []Token {
	return append(dst, Token{Start: i, End: i + n, ID: s.id(hashStep(0, r)), squeezed: [2]int32{r}, Class: Symbol, Gap: gap})
}

// khmer appends the clusters of the run of Khmer at byte i, and gives its end, i for none.
func (s *scanner) khmer(dst []Token, i int, gap Gap) ([]Token, int) {
	first := len(s.clusters)
	var end int
	s.clusters, end = khmer.AppendRun(s.clusters, s.text, i, true)
	run := s.clusters[first:]
	at := len(dst)
	dst = slices.Grow(dst, len(run))[:at+len(run)]
	for k := range run {
		c := &run[k]
		dst[at+k] = Token{
			Start: int(c.Start), End: int(c.End), ID: s.id(c.Hash),
			squeezed: [2]int32{int32(first + k)}, Class: Cluster, Gap: gap,
		}
		gap = None
	}
	return dst, end
}
