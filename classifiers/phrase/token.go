package phrase

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"samleng/classifiers/khmer"
)

// Class is the sort of a token.
type Class uint8

// The classes of token.
const (
	Symbol  Class = iota // punctuation, sign or emoji
	Cluster              // one Khmer orthographic cluster
	Word                 // letters and digits of any other script
	Link                 // a web address, which matches nothing
)

// Gap is what separates a token from the one before it.
type Gap uint8

// The gaps, the wider the higher.
const (
	None Gap = iota // nothing, or an invisible character
	Soft            // spaces, or a hyphen between words
	Line            // a line break, or the start of the text
)

// Token is a unit that phrases are made of. Start and End are byte offsets into the text.
type Token struct {
	Start, End int
	ID         int32 // in the Set that scanned it, or Unknown
	Class      Class
	Gap        Gap  // before the token
	Stretched  bool // a word with a letter three or more times in a row, known without them
	Shout      bool // a word of two or more capitals
}

// Unknown is the ID of a token that no phrase of the set holds.
const Unknown int32 = -1

// maxWord is the length in bytes past which a word is not looked up.
const maxWord = 64

// isKhmer reports whether r can be part of an orthographic cluster. The Khmer signs for
// the end of a sentence, repetition and currency are symbols.
func isKhmer(r rune) bool {
	return r >= 0x1780 && r <= 0x17D3 || r == 0x17DC || r == 0x17DD || r >= 0x17E0 && r <= 0x17E9
}

func isInvisible(r rune) bool {
	return r >= 0x200B && r <= 0x200D || r == 0x2060 || r == 0xFEFF || r == 0x00AD
}

// isModifier reports whether r changes the looks of the emoji before it.
func isModifier(r rune) bool {
	return r == 0xFE0E || r == 0xFE0F || r >= 0x1F3FB && r <= 0x1F3FF
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return !isKhmer(r) && (unicode.IsLetter(r) || unicode.IsMark(r) && !isModifier(r) || unicode.IsDigit(r))
}

func isApostrophe(r rune) bool { return r == '\'' || r == '’' || r == 'ʼ' }

func isHyphen(r rune) bool { return r == '-' || r == '_' || r == '‐' || r == '‑' }

// scanner cuts a text into tokens; lookup gives the id of a folded token.
type scanner struct {
	text     string
	lookup   func(folded []byte) int32
	clusters []int
	fold     []byte
}

// scan appends the tokens of the text to dst.
func (s *scanner) scan(dst []Token) []Token {
	gap := Line
	for i := 0; i < len(s.text); {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		switch {
		case isKhmer(r):
			end := s.run(i, isKhmer)
			dst = s.khmer(dst, i, end, gap)
			i, gap = end, None
		case isWord(r):
			t := s.word(i)
			t.Gap = gap
			dst = append(dst, t)
			i, gap = t.End, None
		case r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029:
			i, gap = i+n, Line
		case unicode.IsSpace(r):
			i, gap = i+n, max(gap, Soft)
		case isInvisible(r) || isModifier(r):
			i += n
		case isHyphen(r) && gap == None && len(dst) > 0 && dst[len(dst)-1].Class != Symbol && s.wordAt(i+n):
			i, gap = i+n, Soft
		default:
			s.fold = utf8.AppendRune(s.fold[:0], r)
			dst = append(dst, Token{Start: i, End: i + n, ID: s.lookup(s.fold), Class: Symbol, Gap: gap})
			i, gap = i+n, None
		}
	}
	return dst
}

// run gives the end of the longest run of runes of one sort from i on.
func (s *scanner) run(i int, in func(rune) bool) int {
	for i < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		if !in(r) {
			break
		}
		i += n
	}
	return i
}

// wordAt reports whether a word or a Khmer cluster starts at i.
func (s *scanner) wordAt(i int) bool {
	r, _ := utf8.DecodeRuneInString(s.text[i:])
	return isKhmer(r) || isWord(r)
}

func (s *scanner) khmer(dst []Token, start, end int, gap Gap) []Token {
	s.clusters = khmer.AppendClusters(s.clusters[:0], s.text[start:end])
	from := start
	for _, e := range s.clusters {
		to := start + e
		s.fold = foldCluster(s.fold[:0], s.text[from:to])
		dst = append(dst, Token{Start: from, End: to, ID: s.lookup(s.fold), Class: Cluster, Gap: gap})
		from, gap = to, None
	}
	return dst
}

// foldCluster appends the cluster with QOO TYPE TWO as QOO TYPE ONE: ឲ្យ and ឱ្យ are one word.
func foldCluster(dst []byte, cluster string) []byte {
	const typeTwo = "\u17B2"
	dst = append(dst, cluster...)
	if strings.HasPrefix(cluster, typeTwo) {
		dst[len(dst)-len(cluster)+2]-- // U+17B2 to U+17B1
	}
	return dst
}

// word reads the word at i: lower case, the English possessive cut off.
func (s *scanner) word(i int) Token {
	if end := s.link(i); end > i {
		return Token{Start: i, End: end, ID: Unknown, Class: Link}
	}
	t := Token{Start: i, Class: Word, ID: Unknown}
	s.fold = s.fold[:0]
	capitals, letters := 0, 0
	end := i
	for end < len(s.text) {
		r, n := utf8.DecodeRuneInString(s.text[end:])
		if isApostrophe(r) {
			next, _ := utf8.DecodeRuneInString(s.text[end+n:])
			if !isWord(next) {
				break
			}
			r = '\''
		} else if !isWord(r) {
			break
		}
		if unicode.IsUpper(r) {
			capitals++
		}
		letters++
		if len(s.fold) < maxWord {
			s.fold = utf8.AppendRune(s.fold, unicode.ToLower(r))
		}
		end += n
	}
	t.End = end
	t.Shout = letters >= 2 && capitals == letters
	if len(s.fold) >= maxWord {
		return t
	}
	if f := s.fold; len(f) > 2 && f[len(f)-1] == 's' && f[len(f)-2] == '\'' {
		s.fold = f[:len(f)-2]
	}
	t.ID = s.lookup(s.fold)
	for limit := 2; t.ID == Unknown && limit >= 1; limit-- {
		if !squeeze(&s.fold, limit) {
			break
		}
		t.ID = s.lookup(s.fold)
		t.Stretched = t.ID != Unknown
	}
	return t
}

// squeeze shortens every run of more than limit equal letters to limit letters and
// reports whether there was a run of three, or, for limit 1, of two.
func squeeze(word *[]byte, limit int) bool {
	w := *word
	out, run := w[:0], 0
	changed := false
	for i, c := range w {
		if i > 0 && c == w[i-1] && (c >= 'a' && c <= 'z') {
			run++
		} else {
			run = 1
		}
		if run > limit {
			changed = true
			continue
		}
		out = append(out, c)
	}
	*word = out
	return changed
}

// link gives the end of the web address that starts at i, or i.
func (s *scanner) link(i int) int {
	rest := s.text[i:]
	if !strings.HasPrefix(rest, "http://") && !strings.HasPrefix(rest, "https://") && !strings.HasPrefix(rest, "www.") {
		return i
	}
	return s.run(i, func(r rune) bool { return r > ' ' && r < utf8.RuneSelf && r != ')' && r != '"' })
}
