package embedded

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind tells the parts of a statement apart, as far as routing it needs.
type tokenKind int

const (
	word   tokenKind = iota // keyword, bare identifier or number
	quoted                  // identifier in ` or "
	str                     // string literal
	sign                    // one character of punctuation
)

// token is a part of a statement. Comments and space between parts are no tokens.
type token struct {
	kind       tokenKind
	start, end int    // byte offsets in the statement
	text       string // as written; a quoted identifier without its quotes and escapes
	depth      int    // of brackets around it
}

// is reports whether the token is the keyword, which is written in upper case.
func (t token) is(keyword string) bool {
	return t.kind == word && strings.EqualFold(t.text, keyword)
}

// opens reports whether the token is an opening bracket.
func (t token) opens() bool {
	return t.kind == sign && (t.text == "(" || t.text == "[" || t.text == "{")
}

// closes reports whether the token is a closing bracket.
func (t token) closes() bool {
	return t.kind == sign && (t.text == ")" || t.text == "]" || t.text == "}")
}

// next reads one token of s from offset i. It gives ok=false at the end, and at an unclosed
// quote or comment: the engine's own parser says what is wrong there.
func next(s string, i int) (t token, ok bool) {
	i = skipSpace(s, i)
	if i >= len(s) {
		return token{}, false
	}
	switch c := s[i]; {
	case c == '\'':
		end, _ := closing(s, i)
		return token{kind: str, start: i, end: end, text: s[i:end]}, end > i
	case c == '`' || c == '"':
		end, text := closing(s, i)
		return token{kind: quoted, start: i, end: end, text: text}, end > i
	case c == '$':
		// A here-document: $tag$ ... $tag$.
		if n := strings.IndexByte(s[i+1:], '$'); n >= 0 && isTag(s[i+1:i+1+n]) {
			mark := s[i : i+n+2]
			if m := strings.Index(s[i+len(mark):], mark); m >= 0 {
				end := i + len(mark) + m + len(mark)
				return token{kind: str, start: i, end: end, text: s[i:end]}, true
			}
		}
		return token{kind: sign, start: i, end: i + 1, text: "$"}, true
	case isWordByte(c):
		end := i + 1
		for end < len(s) && isWordByte(s[end]) {
			end++
		}
		return token{kind: word, start: i, end: end, text: s[i:end]}, true
	default:
		_, n := utf8.DecodeRuneInString(s[i:])
		return token{kind: sign, start: i, end: i + n, text: s[i : i+n]}, true
	}
}

// skipSpace passes white space and comments.
func skipSpace(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsSpace(r) || r == 0 || r == '\ufeff':
			i += n
		case strings.HasPrefix(s[i:], "--"), strings.HasPrefix(s[i:], "#!"), strings.HasPrefix(s[i:], "# "):
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				return len(s)
			}
			i += end + 1
		case strings.HasPrefix(s[i:], "/*"):
			end := strings.Index(s[i+2:], "*/")
			if end < 0 {
				return len(s)
			}
			i += end + 4
		default:
			return i
		}
	}
	return i
}

// closing gives the offset past the quote that closes the one at s[i], and what they enclose
// without escapes; the offset i when it is not closed.
func closing(s string, i int) (end int, text string) {
	var b strings.Builder
	q := s[i]
	for j := i + 1; j < len(s); j++ {
		switch {
		case s[j] == '\\' && j+1 < len(s):
			j++
			b.WriteByte(s[j])
		case s[j] == q && j+1 < len(s) && s[j+1] == q:
			j++
			b.WriteByte(q)
		case s[j] == q:
			return j + 1, b.String()
		default:
			b.WriteByte(s[j])
		}
	}
	return i, ""
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isTag(s string) bool {
	for i := range len(s) {
		if !isWordByte(s[i]) {
			return false
		}
	}
	return true
}

// tokens reads all of s.
func tokens(s string) []token {
	var all []token
	depth := 0
	for i := 0; ; {
		t, ok := next(s, i)
		if !ok {
			return all
		}
		if t.closes() {
			depth--
		}
		t.depth = depth
		if t.opens() {
			depth++
		}
		all = append(all, t)
		i = t.end
	}
}
