package feed

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Limits on the entities that a document declares for itself.
const (
	maxEntities    = 256
	maxEntityValue = 1_000   // bytes, with the entities inside it
	maxEntityDepth = 4       // entities inside entities
	maxExpansion   = 1 << 20 // bytes that all uses together may add
)

// entityDecl matches an internal general entity in a DOCTYPE.
var entityDecl = regexp.MustCompile(`<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"<]*)"|'([^'<]*)')\s*>`)

// prepare removes what encoding/xml refuses and resolves the entities that the document
// declares: control characters go, references to characters that XML forbids are read as
// windows-1252 (which is what their writers meant) or go, and the values of declared
// entities are put in, so that nothing can grow beyond maxExpansion. It gives an error for
// entities that are made of each other the way an XML bomb is.
func prepare(in []byte) ([]byte, error) {
	if !utf8.Valid(in) {
		in = bytes.ToValidUTF8(in, []byte("\uFFFD"))
	}
	entities, err := declaredEntities(in)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(in))
	budget := maxExpansion
	for i := 0; i < len(in); {
		switch c := in[i]; {
		case c == '<' && bytes.HasPrefix(in[i:], []byte("<![CDATA[")):
			end := bytes.Index(in[i:], []byte("]]>"))
			if end < 0 {
				end = len(in) - i
			}
			out = appendLegal(out, in[i:i+end])
			i += end
		case c == '&':
			ref, size := reference(in[i:])
			if size == 0 {
				out = append(out, c)
				i++
				continue
			}
			if value, ok := entities[ref]; ok && budget >= len(value) {
				budget -= len(value)
				out = append(out, value...)
			} else {
				out = append(out, legalReference(ref, in[i:i+size])...)
			}
			i += size
		default:
			next := bytes.IndexAny(in[i+1:], "<&")
			if next < 0 {
				next = len(in) - i - 1
			}
			out = appendLegal(out, in[i:i+1+next])
			i += 1 + next
		}
	}
	return out, nil
}

// declaredEntities reads the DOCTYPE at the head of the document. The values are escaped
// text.
func declaredEntities(in []byte) (map[string]string, error) {
	prolog, _, found := bytes.Cut(in, []byte("]>"))
	if !found || !bytes.Contains(prolog, []byte("<!ENTITY")) {
		return nil, nil
	}
	entities := map[string]string{}
	for _, m := range entityDecl.FindAllSubmatch(prolog, maxEntities) {
		value := string(m[2]) + string(m[3])
		if len(value) > maxEntityValue {
			continue
		}
		entities[string(m[1])] = value
	}
	for _, name := range slices.Sorted(maps.Keys(entities)) {
		if err := expandEntity(entities, name, 0); err != nil {
			return nil, err
		}
	}
	return entities, nil
}

// expandEntity replaces the entities inside an entity's value by their own values. An entity
// that grows beyond maxEntityValue that way, or holds itself, is an XML bomb.
func expandEntity(entities map[string]string, name string, depth int) error {
	var full strings.Builder
	rest := entities[name]
	for {
		at := strings.IndexByte(rest, '&')
		if at < 0 {
			break
		}
		full.WriteString(rest[:at])
		ref, size := reference([]byte(rest[at:]))
		size = max(size, 1)
		if _, declared := entities[ref]; declared {
			if depth == maxEntityDepth {
				return fmt.Errorf("its entity %q holds itself, or too many others: this is an XML bomb", name)
			}
			if err := expandEntity(entities, ref, depth+1); err != nil {
				return err
			}
			full.WriteString(entities[ref])
		} else {
			full.WriteString(rest[at : at+size])
		}
		rest = rest[at+size:]
		if full.Len() > maxEntityValue {
			return fmt.Errorf("its entity %q grows beyond %d bytes: this is an XML bomb", name, maxEntityValue)
		}
	}
	full.WriteString(rest)
	entities[name] = full.String()
	return nil
}

// reference reads "&name;" or "&#number;" at the start of b: the name or "#number", and
// the length with both signs, or 0.
func reference(b []byte) (ref string, size int) {
	window := head(b, 40)
	end := bytes.IndexByte(window, ';')
	if end < 2 {
		return "", 0
	}
	for i, c := range window[1:end] {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
		if !letter && (i != 0 || c != '#') {
			return "", 0
		}
	}
	return string(window[1:end]), end + 1
}

// legalReference gives what to write for a character reference.
func legalReference(ref string, written []byte) []byte {
	digits, isNumber := strings.CutPrefix(ref, "#")
	if !isNumber {
		return written
	}
	base := 10
	if d, hex := strings.CutPrefix(strings.ToLower(digits), "x"); hex {
		digits, base = d, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	switch {
	case err != nil:
		return nil
	case n >= 0x80 && n <= 0x9f:
		return []byte(string(charmap.Windows1252.DecodeByte(byte(n))))
	case n > unicode.MaxRune || !legal(rune(n)):
		return nil
	}
	return written
}

func appendLegal(out, in []byte) []byte {
	for len(in) > 0 {
		r, size := utf8.DecodeRune(in)
		if legal(r) {
			out = append(out, in[:size]...)
		}
		in = in[size:]
	}
	return out
}

// legal reports whether XML 1.0 allows the character.
func legal(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= unicode.MaxRune
}

// decodeBase64 decodes b, or gives b where it is no base64.
func decodeBase64(b []byte) []byte {
	plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(b)), ""))
	if err != nil {
		return b
	}
	return bytes.ToValidUTF8(plain, []byte("\uFFFD"))
}

func escapeText(out *bytes.Buffer, b []byte) {
	for len(b) > 0 {
		i := bytes.IndexAny(b, "<>&")
		if i < 0 {
			out.Write(b)
			return
		}
		out.Write(b[:i])
		switch b[i] {
		case '<':
			out.WriteString("&lt;")
		case '>':
			out.WriteString("&gt;")
		case '&':
			out.WriteString("&amp;")
		}
		b = b[i+1:]
	}
}

func escapeAttr(out *bytes.Buffer, s string) {
	for _, r := range s {
		switch r {
		case '<':
			out.WriteString("&lt;")
		case '&':
			out.WriteString("&amp;")
		case '"':
			out.WriteString("&#34;")
		case '\n', '\r', '\t':
			out.WriteByte(' ')
		default:
			out.WriteRune(r)
		}
	}
}

// declared gives the namespaces that an element declares, by prefix.
func declared(attrs []xml.Attr) map[string]string {
	var spaces map[string]string
	for _, a := range attrs {
		prefix, ok := "", false
		switch {
		case a.Name.Space == "xmlns":
			prefix, ok = a.Name.Local, true
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			ok = true
		}
		if ok {
			if spaces == nil {
				spaces = map[string]string{}
			}
			spaces[prefix] = strings.TrimSpace(a.Value)
		}
	}
	return spaces
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func localPart(name string) string {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

func prefixOf(name string) string {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return name[:i+1]
	}
	return ""
}

// validName reports whether a name can be written to well-formed XML. The reader accepts
// more in its lenient mode.
func validName(name string) bool {
	for i, r := range name {
		ok := r == '_' || r == ':' || unicode.IsLetter(r) || i > 0 && (r == '-' || r == '.' || r == 0xB7 || unicode.IsDigit(r) || unicode.IsMark(r))
		if !ok {
			return false
		}
	}
	return name != ""
}
