package language

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Strip gives text without what says nothing about its language: links, e-mail addresses,
// @handles and Latin #hashtags. A Khmer hashtag stays, since Khmer writers often make a whole
// phrase one. Character escapes such as \u2019 and &amp; become the characters. A text
// that has nothing of the kind is returned as it is.
func Strip(text string) string {
	if !marked(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	start := 0 // of the token that is being read
	for i := 0; i <= len(text); i++ {
		// A token is ASCII without white space: Khmer often touches a link without a space.
		if i < len(text) && text[i] > ' ' && text[i] < utf8.RuneSelf {
			continue
		}
		if i > start {
			writeToken(&b, text[start:i], i < len(text) && text[i] >= utf8.RuneSelf)
		}
		if i < len(text) {
			b.WriteByte(text[i])
		}
		start = i + 1
	}
	return b.String()
}

// marked reports whether text may hold something that Strip takes away. Sought one by one, in a vector
// each, the signs are found sooner than all at once.
func marked(text string) bool {
	for _, sign := range [...]byte{'@', '#', '/', '\\', '&'} {
		if strings.IndexByte(text, sign) >= 0 {
			return true
		}
	}
	return strings.Contains(text, "www.") || strings.Contains(text, ".com")
}

// writeToken writes the part of an ASCII token that says something about the language.
// joined says that a letter outside ASCII follows without a space.
func writeToken(b *strings.Builder, token string, joined bool) {
	for _, p := range [...]string{"http://", "https://", "www."} {
		if at := strings.Index(token, p); at >= 0 {
			token = token[:at]
		}
	}
	switch first := strings.IndexAny(token, "@#"); {
	case first >= 0 && token[first] == '#' && first == len(token)-1 && joined:
		token = token[:first] // the sign of a hashtag in another script
	case first >= 0 && first+1 < len(token) && isWord(token[first+1]):
		token = token[:first] // a handle, a hashtag, or the domain of an address
		if i := strings.LastIndexFunc(token, func(r rune) bool { return !isWord(byte(r)) && r != '.' }); first > 0 && i < len(token)-1 {
			token = token[:i+1]
		}
	case isDomain(token):
		token = ""
	}
	if strings.IndexByte(token, '\\') >= 0 || strings.IndexByte(token, '&') >= 0 {
		token = unescape(token)
	}
	b.WriteString(token)
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

// isDomain reports whether token looks like a host name, with or without a path.
func isDomain(token string) bool {
	host, path, found := strings.Cut(strings.Trim(token, "().,!?;:\"'"), "/")
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 {
		return false
	}
	for i := range len(host) {
		if !isWord(host[i]) && host[i] != '.' && host[i] != '-' {
			return false
		}
	}
	if found && path != "" && len(host)-dot > 2 {
		return true
	}
	switch strings.ToLower(host[dot+1:]) {
	case "com", "net", "org", "kh", "info", "gov", "edu", "me", "ly", "io", "tv", "co", "asia":
		return true
	}
	return false
}

// unescape replaces \uXXXX and the HTML entities that feeds leave behind.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+6 <= len(s) && s[i+1] == 'u' {
			if v, err := strconv.ParseUint(s[i+2:i+6], 16, 32); err == nil {
				b.WriteRune(rune(v))
				i += 5
				continue
			}
		}
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == 'n' || s[i+1] == 't' || s[i+1] == '"') {
			b.WriteByte(' ')
			i++
			continue
		}
		b.WriteByte(s[i])
	}
	return entities.Replace(b.String())
}

// entities is a table: a Replacer has no state that a caller could see.
var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", "\"", "&#39;", "'", "&nbsp;", " ")
