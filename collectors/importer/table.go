package importer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"samleng"
)

// maxResyncs is how often a table is read again from the line after a quote that is never
// closed. Beyond, the lines behind such a quote are lost with it.
const maxResyncs = 20

// table reads delimited text with a header.
type table struct {
	reader  *Reader
	lines   *lines
	comma   byte
	columns []column
	ranks   []int
	resyncs int
}

// newTable reads the header. Its errors continue the sentence that begins with the name of
// the file.
func newTable(r *Reader, in *bufio.Reader) (*table, error) {
	t := &table{reader: r, lines: &lines{in: in}}
	for {
		header, err := t.lines.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, errors.New("has no header")
		case err != nil:
			return nil, fmt.Errorf("cannot be read: %w", err)
		case blank(header):
			continue
		}
		line := strings.TrimRight(string(header), "\r\n")
		if hint, ok := strings.CutPrefix(strings.ToLower(line), "sep="); ok && len(hint) == 1 {
			// What Excel writes to tell itself the delimiter.
			t.comma = hint[0]
			continue
		}
		if t.comma == 0 {
			t.comma = delimiter(line)
		}
		return t, t.header(split(line, t.comma))
	}
}

func (t *table) header(names []string) error {
	useful := false
	for _, name := range names {
		c, rank := meaning(name)
		t.columns, t.ranks = append(t.columns, c), append(t.ranks, rank)
		useful = useful || c == columnText || c == columnTitle
		if c == unknown || c == columnAuthor {
			t.reader.summary.note(name, c)
		}
	}
	if !useful {
		return fmt.Errorf("has no column that is named %q or %q; its first line is %q", "text", "title", shorten(strings.Join(names, string(t.comma))))
	}
	return nil
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 120 {
		return string(r[:120]) + "…"
	}
	return s
}

func (t *table) next() (samleng.Post, int, error) {
	for {
		record, line, err := t.record()
		if err != nil {
			return samleng.Post{}, line, err
		}
		if strings.Trim(record, " \t\r\n"+string(t.comma)) == "" {
			continue
		}
		var r row
		for i, value := range split(record, t.comma) {
			switch {
			case i >= len(t.columns):
				if strings.TrimSpace(value) != "" {
					return samleng.Post{}, line, t.reader.reject(line, fmt.Sprintf("it has more than the %d columns of the header", len(t.columns)))
				}
			case t.columns[i] == columnAuthor:
				r.names = append(r.names, value)
			case t.columns[i] != unknown:
				r.set(t.columns[i], t.ranks[i], value)
			}
		}
		p, err := r.post(&t.reader.options)
		t.reader.countDate(&r)
		if err != nil {
			return samleng.Post{}, line, t.reader.reject(line, err.Error())
		}
		return p, line, nil
	}
}

// record gives the next record, which is several lines where a quoted field holds newlines,
// and the line on which it begins.
func (t *table) record() (string, int, error) {
	var parts [][]byte
	begin, size := t.lines.line+1, 0
	state := quoting{comma: t.comma}
	for {
		line, err := t.lines.next()
		switch {
		case errors.Is(err, errLongLine):
			return "", begin, t.reader.reject(t.lines.line, err.Error())
		case errors.Is(err, io.EOF) && len(parts) > 0:
			return "", begin, t.unclosed(begin, parts)
		case err != nil:
			return "", begin, err
		}
		parts, size = append(parts, line), size+len(line)
		if !state.feed(line) {
			var b strings.Builder
			b.Grow(size)
			for _, part := range parts {
				b.Write(part)
			}
			return strings.TrimRight(b.String(), "\r\n"), begin, nil
		}
		if size > maxLine {
			return "", begin, t.unclosed(begin, parts)
		}
	}
}

// unclosed rejects the record that begins with a quote that is never closed and goes on with
// the line after.
func (t *table) unclosed(begin int, parts [][]byte) error {
	if t.resyncs++; t.resyncs <= maxResyncs {
		t.lines.unread(parts[1:])
		return t.reader.reject(begin, "a quote in it is never closed")
	}
	return t.reader.reject(begin, fmt.Sprintf("a quote in it is never closed; the lines to %d are lost with it", t.lines.line))
}

// quoting follows quotes over lines. A quote opens at the start of a field only: elsewhere
// it is a sign like any other.
type quoting struct {
	comma  byte
	quoted bool
}

// feed reads a line and reports whether a field is still open at its end.
func (q *quoting) feed(line []byte) bool {
	start := !q.quoted
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case q.quoted:
			if c != '"' {
				continue
			}
			if i+1 < len(line) && line[i+1] == '"' {
				i++
				continue
			}
			q.quoted = false
		case c == '"' && start:
			q.quoted, start = true, false
		case c == q.comma:
			start = true
		case c != ' ':
			start = false
		}
	}
	return q.quoted
}

// split gives the fields of a record.
func split(record string, comma byte) []string {
	var fields []string
	var b strings.Builder
	quoted, start := false, true
	for i := 0; i < len(record); i++ {
		switch c := record[i]; {
		case quoted && c == '"' && i+1 < len(record) && record[i+1] == '"':
			b.WriteByte('"')
			i++
		case quoted && c == '"':
			quoted = false
		case quoted:
			b.WriteByte(c)
		case c == '"' && start:
			quoted, start = true, false
			b.Reset()
		case c == comma:
			fields, start = append(fields, b.String()), true
			b.Reset()
		default:
			b.WriteByte(c)
			start = start && c == ' '
		}
	}
	return append(fields, b.String())
}

// delimiter gives the sign that divides a header: the one that makes most known columns,
// and among equals the one that makes most columns.
func delimiter(header string) byte {
	best, bestKnown, bestCount := byte(','), -1, -1
	for _, comma := range []byte{',', ';', '\t', '|'} {
		names := split(header, comma)
		found := 0
		for _, name := range names {
			if c, _ := meaning(name); c != unknown {
				found++
			}
		}
		if found > bestKnown || found == bestKnown && len(names) > bestCount {
			best, bestKnown, bestCount = comma, found, len(names)
		}
	}
	return best
}

// hasKnownColumn reports whether a line reads as the header of a table.
func hasKnownColumn(line string) bool {
	line = strings.TrimRight(line, "\r\n")
	for _, name := range split(line, delimiter(line)) {
		if c, _ := meaning(name); c == columnText || c == columnTitle {
			return true
		}
	}
	return false
}
