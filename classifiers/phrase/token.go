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
	ID         int32    // in the Vocabulary, or Unknown
	squeezed   [2]int32 // of a long word: its ids with runs of a letter cut to two, and to one; of a symbol its rune
	Class      Class
	Gap        Gap  // before the token
	Shout      bool // a word of two or more capitals
	long       bool // a word with a letter three or more times in a row
}

// Sign gives the rune of a Symbol, 0 for any other token.
func (t *Token) Sign() rune {
	if t.Class != Symbol {
		return 0
	}
	return t.squeezed[0]
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

// scanner cuts a text into tokens.
type scanner struct {
	text       string
	vocabulary *Vocabulary
	intern     bool // tokens that are new get an id
	fold       [maxWord + utf8.UTFMax]byte
}

// id gives the id of a folded token with its hash.
func (s *scanner) id(folded []byte, hash uint64) int32 {
	if s.intern {
		return s.vocabulary.intern(folded)
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
	if end := s.khmerEnd(i); end > i {
		return s.khmer(dst, i, end, gap), end, None
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
	id := s.id(utf8.AppendRune(s.fold[:0], r), hashStep(0, r))
	return append(dst, Token{Start: i, End: i + n, ID: id, squeezed: [2]int32{r}, Class: Symbol, Gap: gap})
}

// khmerEnd gives the end of the run of Khmer at byte i, or i. All that isKhmer takes is the
// bytes E1 9E xx and E1 9F xx.
func (s *scanner) khmerEnd(i int) int {
	text := s.text
	for i+2 < len(text) && text[i] == 0xE1 && text[i+1]|1 == 0x9F && text[i+2]&0xC0 == 0x80 {
		if !isKhmer(0x1000 | rune(text[i+1]&0x3F)<<6 | rune(text[i+2]&0x3F)) {
			break
		}
		i += 3
	}
	return i
}

// khmer appends the clusters of a run of Khmer.
func (s *scanner) khmer(dst []Token, start, end int, gap Gap) []Token {
	const typeOne, typeTwo = 0x17B1, 0x17B2
	run := s.text[:end]
	for from := start; from < end; gap = None {
		to := khmer.ClusterEnd(run, from)
		h := uint64(0)
		for i := from; i < to; i += 3 {
			r := 0x1000 | rune(run[i+1]&0x3F)<<6 | rune(run[i+2]&0x3F)
			if i == from && r == typeTwo {
				r = typeOne
			}
			h = hashStep(h, r)
		}
		var id int32
		if s.intern {
			id = s.id(foldCluster(s.fold[:0], run[from:to]), h)
		} else {
			id = s.vocabulary.find(h)
		}
		dst = append(dst, Token{Start: from, End: to, ID: id, Class: Cluster, Gap: gap})
		from = to
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

// word reads the word at byte i into t: lower case, the English possessive cut off.
func (s *scanner) word(t *Token, i int) {
	t.Start, t.ID = i, Unknown
	if end := s.link(i); end > i {
		t.End, t.Class = end, Link
		return
	}
	t.Class = Word
	fold := s.fold[:0]
	var h, before, beforeThat uint64 // the hash, without the last rune, and without the last two
	capitals, letters, repeats := 0, 0, 0
	last := rune(-1)
	end := i
	for end < len(s.text) {
		r, n := rune(s.text[end]), 1
		switch {
		case r >= utf8.RuneSelf:
			if r, n = utf8.DecodeRuneInString(s.text[end:]); !isWord(r) && !isApostrophe(r) {
				n = 0
			} else if unicode.IsUpper(r) {
				capitals++
			}
		case sorts[r] == capital:
			capitals++
		case sorts[r] != letter && r != '\'':
			n = 0
		}
		if n == 0 {
			break
		}
		if isApostrophe(r) {
			if next, _ := utf8.DecodeRuneInString(s.text[end+n:]); !isWord(next) {
				break
			}
			r = '\''
		}
		letters++
		if len(fold) < maxWord {
			if r < utf8.RuneSelf {
				if sorts[r] == capital {
					r |= 0x20
				}
				fold = append(fold, byte(r))
			} else {
				r = unicode.ToLower(r)
				fold = utf8.AppendRune(fold, r)
			}
			beforeThat, before, h = before, h, hashStep(h, r)
			if r != last {
				repeats = 0
			} else if repeats++; repeats == 2 && r >= 'a' && r <= 'z' {
				t.long = true
			}
			last = r
		}
		end += n
	}
	t.End = end
	t.Shout = letters >= 2 && capitals == letters
	if len(fold) >= maxWord {
		t.long = false
		return
	}
	if n := len(fold); n > 2 && fold[n-1] == 's' && fold[n-2] == '\'' {
		fold, h = fold[:n-2], beforeThat
	}
	t.ID = s.id(fold, h)
	if t.long {
		s.squeeze(t, fold)
	}
}

// squeeze finds the ids of a long word without its repetitions.
func (s *scanner) squeeze(t *Token, fold []byte) {
	for i := range t.squeezed {
		fold = squeeze(fold, 2-i)
		t.squeezed[i] = s.vocabulary.find(hashOf(fold))
	}
}

// squeeze shortens, in place, every run of more than limit equal letters to limit letters.
func squeeze(w []byte, limit int) []byte {
	out, run := w[:0], 0
	var last byte
	for _, c := range w {
		if c == last && c >= 'a' && c <= 'z' {
			run++
		} else {
			run = 1
		}
		last = c
		if run <= limit {
			out = append(out, c)
		}
	}
	return out
}

// link gives the end of the web address that starts at i, or i.
func (s *scanner) link(i int) int {
	if s.text[i] != 'h' && s.text[i] != 'w' {
		return i
	}
	rest := s.text[i:]
	if !strings.HasPrefix(rest, "http://") && !strings.HasPrefix(rest, "https://") && !strings.HasPrefix(rest, "www.") {
		return i
	}
	for i < len(s.text) && s.text[i] > ' ' && s.text[i] < utf8.RuneSelf && s.text[i] != ')' && s.text[i] != '"' {
		i++
	}
	return i
}
