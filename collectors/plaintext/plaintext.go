// Package plaintext turns the HTML that feeds and pages carry into the plain text of a
// post: paragraphs as lines, no markup, no entities, no scripts, no bylines.
//
// It owns the rules of what a line of text is, and nothing else: finding the article in
// a page is in collectors/site, masking personal identifiers in collectors/mask.
package plaintext

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding/charmap"
)

// maxPasses bounds how often escaped markup is unescaped again. Feeds escape once by
// the standard, twice by mistake; a third time has not been seen in the wild.
const maxPasses = 2

// leftover finds markup or entities that survived one pass, which happens when the
// publisher escaped twice.
var leftover = regexp.MustCompile(`(?i)&(?:amp|lt|gt|quot|apos|nbsp|[lr]squo|[lr]dquo|[nm]dash|hellip|bull|#\d{2,7}|#x[0-9a-f]{2,6});` +
	`|<(?:/?(?:p|br|div|span|a|b|i|u|em|strong|img|ul|ol|li|h[1-6]|table|tbody|tr|td|th|blockquote|font|figure|figcaption|iframe|script|style|small|sup|sub|hr)(?:\s[^<>]*)?/?>|!--)`)

// selfClosed finds elements that XHTML may close at once and HTML may not: read as HTML they
// would swallow all that follows.
var selfClosed = regexp.MustCompile(`(?i)<(?:iframe|script|style|object|textarea|title|noscript|video|audio|svg|canvas|p|div|span|a)(?:\s[^<>]*)?/>`)

// FromHTML gives the text that a reader of the HTML fragment sees. Blocks are separated
// by one newline, white space within a line is collapsed to single spaces, no-break
// spaces count as white space, zero-width spaces stay (Khmer uses them between words).
// Markup that was escaped twice is removed as well. Plain text passes unchanged but for
// its white space, except where it holds something that reads as a tag.
//
// It never fails: broken markup gives the text that could be found. The time is linear
// in the length, whatever the nesting.
func FromHTML(fragment string) string {
	text := fragment
	for range maxPasses {
		text = strip(text)
		if !leftover.MatchString(text) {
			break
		}
	}
	return Clean(text)
}

// blockTag finds markup that makes lines by itself.
var blockTag = regexp.MustCompile(`(?i)<(?:p|br|div|li|h[1-6]|tr|blockquote)(?:\s[^<>]*)?/?>`)

// FromText is for fields that should hold plain text and sometimes hold HTML, such as the
// columns of a table: the newlines of plain text stay, markup goes if there is any.
func FromText(text string) string {
	switch {
	case !leftover.MatchString(text):
		return Clean(text)
	case blockTag.MatchString(text):
		return FromHTML(text)
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = FromHTML(line)
	}
	return Clean(strings.Join(lines, "\n"))
}

// Line is FromHTML on one line, for titles.
func Line(fragment string) string {
	return strings.Join(strings.Fields(FromHTML(fragment)), " ")
}

// Clean collapses white space in text that holds no markup: one space within a line, one
// newline between lines, none at the ends; control characters and byte order marks go,
// and broken UTF-8 is replaced by U+FFFD.
func Clean(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	space, newline := false, false
	for _, r := range text {
		switch r {
		case '\n', '\r', '\u2028', '\u2029', '\v', '\f':
			newline = true
			continue
		case ' ', '\t', '\u00a0', '\u1680', '\u202f', '\u205f', '\u3000':
			space = true
			continue
		case '\ufeff', '\u00ad', '\ufffe', '\uffff':
			continue
		}
		if r >= '\u2000' && r <= '\u200a' {
			space = true
			continue
		}
		if r >= 0x80 && r < 0xa0 {
			// Nobody means a C1 control character; a windows-1252 sign was taken for one.
			r = charmap.Windows1252.DecodeByte(byte(r))
		}
		if r < ' ' || r == 0x7f {
			continue
		}
		if b.Len() > 0 {
			if newline {
				b.WriteByte('\n')
			} else if space {
				b.WriteByte(' ')
			}
		}
		space, newline = false, false
		b.WriteRune(r)
	}
	return b.String()
}

// strip makes one pass: tags out, entities decoded, blocks to newlines.
func strip(fragment string) string {
	if !strings.ContainsAny(fragment, "<&") {
		return fragment
	}
	fragment = selfClosed.ReplaceAllString(fragment, " ")
	var b strings.Builder
	b.Grow(len(fragment))
	z := html.NewTokenizer(strings.NewReader(fragment))
	skip := skipper{}
	pre := 0
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			// Nothing but the end of the input: the tokenizer has no other errors here.
			return b.String()
		}
		switch kind {
		case html.TextToken:
			if skip.active() {
				continue
			}
			text := string(z.Text())
			if pre == 0 {
				text = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(text)
			}
			b.WriteString(text)
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			raw, hasAttr := z.TagName()
			name := atom.Lookup(raw)
			if name == atom.Pre || name == atom.Textarea {
				pre = nesting(pre, kind)
			}
			hidden := hasAttr && kind != html.EndTagToken && hiddenElement(z)
			skip.tag(string(raw), name, kind, hidden)
			if skip.active() {
				continue
			}
			switch {
			case block(name):
				b.WriteByte('\n')
			case name == atom.Td || name == atom.Th:
				b.WriteByte(' ')
			}
		}
	}
}

func nesting(depth int, kind html.TokenType) int {
	switch kind {
	case html.StartTagToken:
		return depth + 1
	case html.EndTagToken:
		return max(0, depth-1)
	}
	return depth
}

// skipper remembers the element whose content is being left out.
type skipper struct {
	name  string
	depth int
}

func (s *skipper) active() bool { return s.depth > 0 }

func (s *skipper) tag(raw string, name atom.Atom, kind html.TokenType, hidden bool) {
	switch {
	case s.depth > 0:
		if s.name == "p" && kind == html.StartTagToken && block(name) {
			// A paragraph ends where the next block begins; its end tag is optional.
			s.depth = 0
			s.tag(raw, name, kind, hidden)
			return
		}
		if raw != s.name {
			return
		}
		s.depth = nesting(s.depth, kind)
	case kind == html.StartTagToken && (dropped(name) || (hidden && !void(name))):
		s.name, s.depth = raw, 1
	}
}

// dropped are elements whose content nobody reads as text. An address element holds the
// contact of the author by its definition.
func dropped(name atom.Atom) bool {
	switch name {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Iframe, atom.Object, atom.Noembed,
		atom.Noframes, atom.Svg, atom.Math, atom.Select, atom.Button, atom.Audio, atom.Video, atom.Canvas, atom.Address:
		return true
	}
	return false
}

// block are elements that begin or end a line.
func block(name atom.Atom) bool {
	switch name {
	case atom.P, atom.Br, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.Tr, atom.Table,
		atom.Blockquote, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Hr, atom.Section,
		atom.Article, atom.Header, atom.Footer, atom.Aside, atom.Main, atom.Nav, atom.Figure, atom.Figcaption,
		atom.Form, atom.Fieldset, atom.Details, atom.Summary, atom.Caption, atom.Body, atom.Title,
		atom.Option, atom.Textarea:
		return true
	}
	return false
}

// void are elements without an end tag: hiding one must not hide what follows.
func void(name atom.Atom) bool {
	switch name {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta,
		atom.Param, atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}

// authorClass finds the class names under which publishing systems print the author.
var authorClass = regexp.MustCompile(`(?i)(?:^|\s)(?:by-?line|(?:post|entry|article)-(?:author|byline)|author(?:-(?:name|box|bio|info|vcard))?|vcard|contributor|writer(?:-name)?)(?:\s|$)`)

// hiddenElement reads the attributes of the current tag and reports whether its content
// names an author or is not shown.
func hiddenElement(z *html.Tokenizer) bool {
	for {
		key, value, more := z.TagAttr()
		switch string(key) {
		case "hidden":
			return true
		case "class":
			if authorClass.Match(value) {
				return true
			}
		case "rel":
			if strings.EqualFold(strings.TrimSpace(string(value)), "author") {
				return true
			}
		case "itemprop":
			if strings.EqualFold(strings.TrimSpace(string(value)), "author") {
				return true
			}
		}
		if !more {
			return false
		}
	}
}
