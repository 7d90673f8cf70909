package fetch

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// DecodeUTF8 gives a page as valid UTF-8 without a byte order mark, whatever it came in. What
// cannot be decoded becomes U+FFFD, never an error. The character set is found by, in this
// order:
//
//  1. a byte order mark;
//  2. the zero bytes of UTF-16 or UTF-32 around a first ASCII character;
//  3. the text being valid UTF-8 with characters beyond ASCII: what claims to be in a
//     single-byte set and is valid UTF-8 all the same is UTF-8;
//  4. the charset of contentType, the XML declaration, and the meta element of HTML, the
//     first of them that is known and is not refuted by the bytes;
//  5. UTF-8 if the text is that but for its odd byte, or else windows-1252, as browsers do.
//
// The encoding in an XML declaration is rewritten, so that a parser does not decode again.
func DecodeUTF8(body []byte, contentType string) []byte {
	text := decode(body, contentType)
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	return declareUTF8(text)
}

func decode(body []byte, contentType string) []byte {
	if e := wideEncoding(body); e != nil {
		return decodeWith(e, body)
	}
	isUTF8 := utf8.Valid(body)
	declared := declarations(body, contentType)
	if isUTF8 && !ambiguous(declared) {
		return body
	}
	claimsUTF8 := false
	for _, label := range declared {
		e, name := lookup(label)
		switch {
		case e == nil:
		case strings.HasPrefix(name, "utf-16"), strings.HasPrefix(name, "utf-32"):
			// The bytes have no zeros, and the declaration itself was readable: it is wrong.
		case name == "utf-8":
			if isUTF8 {
				return body
			}
			claimsUTF8 = true
		default:
			return decodeWith(e, body)
		}
	}
	if isUTF8 || claimsUTF8 || mostlyUTF8(body) {
		return body
	}
	e, _ := lookup("windows-1252")
	return decodeWith(e, body)
}

// ambiguous reports whether bytes that are valid UTF-8 may still mean something else: in the
// double-byte sets of East Asia a short text can be both, and ISO-2022-JP is all ASCII.
func ambiguous(declared []string) bool {
	for _, label := range declared {
		switch _, name := lookup(label); name {
		case "":
			continue
		case "gbk", "gb18030", "hz-gb-2312", "big5", "shift_jis", "euc-jp", "euc-kr", "iso-2022-jp":
			return true
		default:
			return false
		}
	}
	return false
}

// wideEncoding recognises UTF-16 and UTF-32, by byte order mark or by the zero bytes around
// a first ASCII character; nil for anything else.
func wideEncoding(b []byte) encoding.Encoding {
	if len(b) < 4 {
		return nil
	}
	zero := [4]bool{b[0] == 0, b[1] == 0, b[2] == 0, b[3] == 0}
	utf32le, utf32be := utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	utf16le, utf16be := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}):
		return utf32le
	case bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}):
		return utf32be
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return utf16le
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return utf16be
	case zero == [4]bool{false, true, true, true}:
		return utf32le
	case zero == [4]bool{true, true, true, false}:
		return utf32be
	case zero == [4]bool{false, true, false, true}:
		return utf16le
	case zero == [4]bool{true, false, true, false}:
		return utf16be
	}
	return nil
}

// Where a page may declare its character set. The HTML standard has browsers look for the
// meta element in the first 1024 bytes; pages with long scripts before it are common enough
// to look further.
const (
	xmlHead  = 256
	htmlHead = 8 << 10
)

var (
	xmlEncoding = regexp.MustCompile(`(?i)^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:\-]+)["']`)
	metaCharset = regexp.MustCompile(`(?i)<meta\s[^>]*?charset\s*=\s*["']?\s*([A-Za-z0-9._:\-]+)`)
)

// declarations gives the character sets that a page claims, the most trusted first.
func declarations(body []byte, contentType string) []string {
	var found []string
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		found = append(found, params["charset"])
	} else if _, after, ok := strings.Cut(strings.ToLower(contentType), "charset="); ok {
		found = append(found, strings.Trim(after, `"' ;`))
	}
	if m := xmlEncoding.FindSubmatch(body[:min(len(body), xmlHead)]); m != nil {
		return append(found, string(m[1]))
	}
	if m := metaCharset.FindSubmatch(body[:min(len(body), htmlHead)]); m != nil {
		found = append(found, string(m[1]))
	}
	return found
}

// lookup gives an encoding and its name in lower case; nil and "" for a label nobody knows.
func lookup(label string) (encoding.Encoding, string) {
	label = strings.TrimSpace(label)
	switch lower := strings.ToLower(label); lower {
	case "utf-32", "utf-32le", "utf-32be", "utf32":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM), "utf-32"
	case "utf8mb4", "utf8mb3":
		return unicode.UTF8, "utf-8"
	}
	if e, name := charset.Lookup(label); e != nil && name != "replacement" && name != "x-user-defined" {
		return e, name
	}
	if e, err := ianaindex.IANA.Encoding(label); err == nil && e != nil {
		return e, strings.ToLower(label)
	}
	return nil, ""
}

// decodeWith decodes b. The decoders replace what they do not understand; one that fails
// nevertheless leaves b for the caller to repair.
func decodeWith(e encoding.Encoding, b []byte) []byte {
	text, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return b
	}
	return text
}

// mostlyUTF8 reports whether b has far more whole UTF-8 characters beyond ASCII than stray
// bytes: UTF-8 that was cut or glued, rather than another character set.
func mostlyUTF8(b []byte) bool {
	whole, stray := 0, 0
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			stray++
		case size > 1:
			whole++
		}
		b = b[size:]
	}
	return whole > 4*stray
}

// declareUTF8 rewrites the encoding of an XML declaration to utf-8.
func declareUTF8(text []byte) []byte {
	m := xmlEncoding.FindSubmatchIndex(text[:min(len(text), xmlHead)])
	if m == nil || strings.EqualFold(string(text[m[2]:m[3]]), "utf-8") {
		return text
	}
	out := make([]byte, 0, len(text)+8)
	out = append(out, text[:m[2]]...)
	out = append(out, "utf-8"...)
	return append(out, text[m[3]:]...)
}
