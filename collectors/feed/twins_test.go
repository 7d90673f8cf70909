package feed

import (
	"encoding/json"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"samleng/collectors/plaintext"
)

// Shares of the corpus' own expectations that must be met, just below what was measured.
// What is left are deliberate differences; see the log of the tests.
const (
	floorTwins   = 0.99
	floorComment = 0.96
)

// score counts met expectations of a test and logs those that were not.
type score struct {
	t       *testing.T
	met, of int
}

func (s *score) check(file, what, got, want string) {
	s.of++
	if got == want {
		s.met++
		return
	}
	s.t.Logf("%s: %s = %q, want %q", file, what, got, want)
}

func (s *score) floor(least float64) {
	if s.of == 0 {
		s.t.Fatal("no expectation was found")
	}
	rate := float64(s.met) / float64(s.of)
	s.t.Logf("%d of %d expectations met (%.4f)", s.met, s.of, rate)
	if rate < least {
		s.t.Errorf("rate %.4f is below the floor %.4f", rate, least)
	}
}

// TestTwins compares with what gofeed's fixtures expect of its own parsers and translators.
func TestTwins(t *testing.T) {
	t.Parallel()
	files := corpus(t)
	s := &score{t: t}
	for name, doc := range files {
		twin, ok := files[strings.TrimSuffix(name, ".xml")+".json"]
		if !ok || path.Ext(name) != ".xml" || !strings.HasPrefix(name, "gofeed/") {
			continue
		}
		var want struct {
			Items, Entries []struct {
				Title, Link, Description, Summary, Published, PubDate, ID string
				GUID                                                      json.RawMessage
				PublishedParsed, PubDateParsed, UpdatedParsed             time.Time
			}
		}
		if err := json.Unmarshal(twin, &want); err != nil {
			continue
		}
		got, _, err := read(doc)
		if err != nil {
			s.check(name, "error", err.Error(), "")
			continue
		}
		for i, w := range append(want.Items, want.Entries...) {
			if i >= len(got.entries) {
				s.check(name, "entries", strconv.Itoa(len(got.entries)), strconv.Itoa(len(want.Items)+len(want.Entries)))
				break
			}
			e := got.entries[i]
			if w.Title != "" {
				s.check(name, "title", plaintext.Line(e.title), plaintext.Line(w.Title))
			}
			if w.Link != "" {
				s.check(name, "link", first(e.links...), w.Link)
			}
			if text := first(w.Description, w.Summary); text != "" {
				s.check(name, "text", body(&e, nil), plaintext.FromHTML(text))
			}
			if id := guid(w.GUID, w.ID); id != "" {
				s.check(name, "id", e.id, id)
			}
			if date := firstTime(w.PublishedParsed, w.PubDateParsed); !date.IsZero() {
				s.check(name, "date", published(e.published, time.UTC).Format(time.RFC3339), date.UTC().Format(time.RFC3339))
			}
		}
	}
	s.floor(floorTwins)
}

// guid reads the two forms that an id has in the twins.
func guid(raw json.RawMessage, id string) string {
	var object struct{ Value string }
	if json.Unmarshal(raw, &object) == nil && object.Value != "" {
		return object.Value
	}
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" {
		return text
	}
	return id
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

var (
	expectation = regexp.MustCompile(`entries\[0\]\[['"](title|link|id|guid|description|summary|published_parsed|updated_parsed)['"]\] == (u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|\([\d, ]+\))`)
	pythonTuple = regexp.MustCompile(`\d+`)
)

// TestComments compares with the expectations that feedparser's fixtures hold in comments.
// They are about HTML, so both sides are turned into text first.
func TestComments(t *testing.T) {
	t.Parallel()
	s := &score{t: t}
	for name, doc := range corpus(t) {
		if !strings.HasPrefix(name, "feedparser/") {
			continue
		}
		utf := string(toUTF8(doc))
		comment, _, _ := strings.Cut(utf, "-->")
		for _, m := range expectation.FindAllStringSubmatch(comment, -1) {
			c, _, err := read(doc)
			if err != nil || len(c.entries) == 0 {
				s.check(name, m[1], "no entry", m[2])
				continue
			}
			e := c.entries[0]
			want, ok := python(m[2])
			if !ok {
				continue
			}
			switch m[1] {
			case "title":
				s.check(name, m[1], plaintext.Line(e.title), plaintext.Line(want))
			case "link":
				s.check(name, m[1], link(&e, c.link, ""), canonicalOr(want))
			case "id", "guid":
				s.check(name, m[1], e.id, want)
			case "description", "summary":
				s.check(name, m[1], body(&e, nil), plaintext.FromHTML(want))
			default:
				s.check(name, m[1], published(e.published, time.UTC).Format("2006 1 2 15 4 5"), want)
			}
		}
	}
	s.floor(floorComment)
}

func canonicalOr(address string) string {
	if c := httpAddress(address); c != "" {
		return c
	}
	return address
}

// python reads a Python string literal, or a struct_time as "year month day hour minute second".
func python(literal string) (string, bool) {
	if strings.HasPrefix(literal, "(") {
		n := pythonTuple.FindAllString(literal, 6)
		return strings.Join(n, " "), len(n) == 6
	}
	literal = strings.TrimPrefix(literal, "u")
	inner := literal[1 : len(literal)-1]
	inner = strings.ReplaceAll(inner, `\'`, `'`)
	inner = strings.ReplaceAll(inner, `"`, `\"`)
	inner = strings.ReplaceAll(inner, `\\"`, `\"`)
	// Go reads \xNN as a byte, Python as a character.
	inner = regexp.MustCompile(`\\x([0-9a-fA-F]{2})`).ReplaceAllString(inner, `\u00$1`)
	text, err := strconv.Unquote(`"` + inner + `"`)
	return text, err == nil
}
