package importer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"samleng"
)

// jsonRows reads JSON objects, one a line or in one array.
type jsonRows struct {
	reader *Reader
	lines  *lines
	array  *arrayReader // nil: lines
}

func newJSONRows(r *Reader, in *bufio.Reader) *jsonRows {
	j := &jsonRows{reader: r, lines: &lines{in: in}}
	if start, _ := in.Peek(4 << 10); bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("[")) {
		j.array = &arrayReader{in: in, line: 1}
	}
	return j
}

func (j *jsonRows) next() (samleng.Post, int, error) {
	for {
		text, line, err := j.object()
		switch {
		case errors.Is(err, errLongLine), errors.Is(err, errNotArray):
			return samleng.Post{}, line, j.reader.reject(line, err.Error())
		case err != nil:
			return samleng.Post{}, line, err
		case blank(text):
			continue
		}
		p, err := j.post(text)
		if err != nil {
			return samleng.Post{}, line, j.reader.reject(line, err.Error())
		}
		return p, line, nil
	}
}

func (j *jsonRows) object() ([]byte, int, error) {
	if j.array != nil {
		return j.array.next()
	}
	text, err := j.lines.next()
	return text, j.lines.line, err
}

func (j *jsonRows) post(text []byte) (samleng.Post, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
			return samleng.Post{}, fmt.Errorf("it is broken JSON: %w", err)
		}
		return samleng.Post{}, errors.New("it is not a JSON object")
	}
	var r row
	for name, raw := range object {
		c, rank := meaning(name)
		if c == unknown || c == columnAuthor {
			j.reader.summary.note(name, c)
			if c == columnAuthor {
				var person string
				if json.Unmarshal(raw, &person) == nil {
					r.names = append(r.names, person)
				}
			}
			continue
		}
		value, ok := scalar(raw)
		if !ok {
			if c == columnText || c == columnTitle {
				return samleng.Post{}, fmt.Errorf("its %q is not a string", name)
			}
			continue
		}
		r.set(c, rank, value)
	}
	p, err := r.post(&j.reader.options)
	j.reader.countDate(&r)
	return p, err
}

// scalar gives a string or number as text.
func scalar(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, true
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String(), true
	}
	return "", false
}

// errNotArray is given for what follows a broken spot in an array.
var errNotArray = errors.New("the JSON array is broken here; what follows cannot be read")

// arrayReader reads the objects of one JSON array by their braces, so that one which is
// broken inside does not end the file.
type arrayReader struct {
	in   *bufio.Reader
	line int
	done bool
}

// next gives one element and the line on which it begins.
func (a *arrayReader) next() ([]byte, int, error) {
	if a.done {
		return nil, a.line, io.EOF
	}
	for {
		c, err := a.byte()
		if err != nil {
			return nil, a.line, err
		}
		switch c {
		case ' ', '\t', '\r', '\n', ',', '[', '\f':
			continue
		case ']':
			a.done = true
			return nil, a.line, io.EOF
		case '{':
			begin := a.line
			text, err := a.rest()
			return text, begin, err
		}
		a.done = true
		return nil, a.line, errNotArray
	}
}

// rest reads to the brace that closes the object.
func (a *arrayReader) rest() ([]byte, error) {
	text := []byte{'{'}
	depth, quoted, escaped := 1, false, false
	for depth > 0 {
		c, err := a.byte()
		if err != nil {
			a.done = true
			return nil, errNotArray
		}
		if text = append(text, c); len(text) > maxLine {
			a.done = true
			return nil, errLongLine
		}
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
	}
	return text, nil
}

func (a *arrayReader) byte() (byte, error) {
	c, err := a.in.ReadByte()
	if c == '\n' {
		a.line++
	}
	return c, err
}
