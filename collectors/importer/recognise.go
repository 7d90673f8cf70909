package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffed is how many bytes at the start of a file decide what it is.
const sniffed = 8 << 10

// recognise says what a file is. The first bytes weigh more than the ending of the name; a
// wanted format is believed, but not for what cannot be text.
func recognise(start []byte, ext string, wanted Format) (Format, error) {
	if len(start) == 0 {
		return "", errors.New("is empty")
	}
	if kind := binary(start); kind != "" {
		return "", fmt.Errorf("is %s", kind)
	}
	if wanted != Auto {
		return wanted, nil
	}
	text := bytes.TrimLeft(narrow(start), " \t\r\n\uFEFF")
	lower := strings.ToLower(string(text))
	switch {
	case len(text) == 0:
		return "", errors.New("holds nothing but white space")
	case text[0] == '{' && strings.Contains(lower, "jsonfeed.org/version"):
		return Feed, nil
	case text[0] == '{' || text[0] == '[':
		return JSONL, nil
	case text[0] == '<':
		for _, mark := range []string{"<rss", "<feed", "<rdf:rdf", "<channel", ":feed", ":rss"} {
			if at := strings.Index(lower, mark); at >= 0 && !strings.Contains(lower[:at], "<html") {
				return Feed, nil
			}
		}
		if strings.Contains(lower, "<html") || strings.Contains(lower, "<!doctype html") || strings.Contains(lower, "<body") || strings.Contains(lower, "<head") {
			return HTML, nil
		}
	}
	switch strings.ToLower(ext) {
	case ".csv", ".tsv", ".tab":
		return CSV, nil
	case ".jsonl", ".ndjson", ".json":
		return JSONL, nil
	case ".html", ".htm", ".xhtml":
		return HTML, nil
	case ".xml", ".rss", ".atom", ".rdf":
		return Feed, nil
	}
	if line, _, _ := strings.Cut(string(text), "\n"); hasKnownColumn(line) {
		return CSV, nil
	}
	return "", fmt.Errorf("is none of %v by its name and its first lines", Formats())
}

// binary says what kind of binary file the first bytes are of, or "" for text.
func binary(start []byte) string {
	for _, known := range []struct{ magic, text string }{
		{"PK\x03\x04", "a ZIP archive, perhaps an Excel or Word file: save it as CSV first"},
		{"\xd0\xcf\x11\xe0", "an old Excel or Word file: save it as CSV first"},
		{"%PDF", "a PDF file, which cannot be read"},
		{"\x89PNG", "an image"},
		{"\xff\xd8\xff", "an image"},
		{"GIF8", "an image"},
		{"SQLite format 3", "a database: export a table as CSV first"},
		{"PAR1", "a Parquet file: export it as JSON lines or CSV first"},
		{"BZh", "compressed with bzip2: only gzip and zstd can be read"},
		{"\xfd7zXZ", "compressed with xz: only gzip and zstd can be read"},
	} {
		if bytes.HasPrefix(start, []byte(known.magic)) {
			return known.text
		}
	}
	if bytes.IndexByte(start, 0) >= 0 && utf16Order(start) == nil {
		return "a binary file"
	}
	return ""
}

// utf16Order recognises UTF-16 by its byte order mark or by the zero bytes of ASCII
// characters; nil for anything else.
func utf16Order(start []byte) *unicode.Endianness {
	big, little := unicode.BigEndian, unicode.LittleEndian
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		return &little
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		return &big
	case len(start) >= 4 && start[0] != 0 && start[1] == 0 && start[2] != 0 && start[3] == 0:
		return &little
	case len(start) >= 4 && start[0] == 0 && start[1] != 0 && start[2] == 0 && start[3] != 0:
		return &big
	}
	return nil
}

// narrow gives the start of a file as UTF-8.
func narrow(start []byte) []byte {
	if order := utf16Order(start); order != nil {
		text, err := unicode.UTF16(*order, unicode.UseBOM).NewDecoder().Bytes(start[:len(start)&^1])
		if err == nil {
			return text
		}
	}
	return start
}

// decoded gives a stream as UTF-8 without a byte order mark: from UTF-16, as spreadsheets
// write it, from windows-1252 if the start is not UTF-8, else as it is.
func decoded(in io.Reader, start []byte) *bufio.Reader {
	switch order := utf16Order(start); {
	case order != nil:
		in = transform.NewReader(in, unicode.UTF16(*order, unicode.UseBOM).NewDecoder())
	case !validStart(start):
		in = transform.NewReader(in, charmap.Windows1252.NewDecoder())
	default:
		in = transform.NewReader(in, unicode.BOMOverride(transform.Nop))
	}
	return bufio.NewReaderSize(in, 64<<10)
}

// validStart reports whether b is UTF-8, perhaps cut in the middle of a character.
func validStart(b []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(b); cut++ {
		if utf8.Valid(b[:len(b)-cut]) {
			return true
		}
	}
	return false
}

func trimExt(name, ext string) string {
	if len(name) > len(ext) && strings.EqualFold(name[len(name)-len(ext):], ext) {
		return name[:len(name)-len(ext)]
	}
	return name
}
