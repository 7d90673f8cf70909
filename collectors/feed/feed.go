// Package feed reads RSS (0.90 to 2.0), RDF, Atom (0.3 and 1.0), JSON Feed and CDF documents
// and polls the sources that publish them.
//
// Reading is three pure steps: Parse makes bytes into a well-formed document without
// authors (rewrite.go), adapts what gofeed finds in it (adapt.go) and
// normalises that to posts (normalise.go). Collector does the polling.
//
// It does not fetch by itself (package fetch), does not read article pages (the Extractor
// is handed in) and does not mask personal identifiers inside texts (collectors.Prepare).
package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"samleng"
	"samleng/collectors/fetch"
)

// MaxDocument is the largest document that Parse reads, in bytes: well above any feed seen
// (the largest Cambodian one is under 1 MB), low enough that parsing takes seconds.
const MaxDocument = 16 << 20

// ErrPartial is in the chain of an error that came with posts: the document broke off or
// was broken beyond repair, and the entries before that spot were read.
var ErrPartial = errors.New("only a part of the feed could be read")

// Rejection is an entry that could not become a post.
type Rejection struct {
	Index  int    // position in the document, from 0
	Reason string // one phrase, without anything of the entry's text
}

// Parse reads a feed document of any known format. The body may be UTF-8 already or the raw
// bytes of any encoding that is declared or can be recognised; it is decoded once.
//
// feedURL is where the document came from: relative links and ids that are not globally
// unique are resolved by it. It may be empty. Posts come in the order of the document, each
// id once, with Source, Kind and Language of src, not yet masked (see collectors.Prepare).
//
// The error is of class BadInput. It is nil when the whole document was read, even if it
// has no entries; it wraps ErrPartial when posts before a broken spot are given; otherwise
// it says what the document is instead of a feed.
func Parse(body []byte, feedURL string, seen time.Time, src samleng.Source) ([]samleng.Post, []Rejection, error) {
	if len(body) > MaxDocument {
		return nil, nil, samleng.Errorf(samleng.BadInput, "the document has %d bytes, at most %d are read", len(body), MaxDocument)
	}
	c, cut, err := read(body)
	if err != nil {
		return nil, nil, samleng.WithClass(samleng.BadInput, err)
	}
	posts, rejected := normalise(c, feedURL, seen, src)
	if cut != nil {
		return posts, rejected, samleng.WithClass(samleng.BadInput, fmt.Errorf("%w: %w", ErrPartial, cut))
	}
	return posts, rejected, nil
}

// read decodes the document and recognises its format. cut says why the end of it is
// missing.
func read(body []byte) (c channel, cut, err error) {
	text := bytes.TrimLeft(toUTF8(body), " \t\r\n\uFEFF\x00")
	switch {
	case len(text) == 0:
		return channel{}, nil, errors.New("the document is empty")
	case text[0] == '{' || text[0] == '[':
		return readJSON(text)
	case !bytes.Contains(head(text, 64<<10), []byte("<")):
		return channel{}, nil, errors.New("this is neither XML nor JSON, so it is not a feed")
	}
	doc, err := rewrite(text)
	if err != nil {
		if page := htmlPage(text); page != nil {
			return channel{}, nil, page
		}
		return channel{}, nil, fmt.Errorf("this is not a feed: %w", err)
	}
	if doc.root == "feed" {
		c, err = parseAtom(doc.xml)
	} else {
		c, err = parseRSS(doc.xml)
	}
	if err != nil {
		return channel{}, nil, fmt.Errorf("read %s: %w", doc.root, err)
	}
	c.names = doc.names
	return c, doc.cut, nil
}

// toUTF8 decodes a document once: see fetch.DecodeUTF8. EBCDIC, which XML 1.0 (appendix F)
// wants recognised by the bytes of "<?xm", is known nowhere else on the web.
func toUTF8(body []byte) []byte {
	if bytes.HasPrefix(body, []byte("\x4c\x6f\xa7\x94")) {
		if text, err := charmap.CodePage037.NewDecoder().Bytes(body); err == nil {
			body = text
		}
	}
	return fetch.DecodeUTF8(body, "")
}

func head(b []byte, n int) []byte { return b[:min(n, len(b))] }

// readJSON reads a JSON Feed. Where the document breaks off, the items before are kept.
func readJSON(text []byte) (c channel, cut, err error) {
	if text[0] == '[' {
		return channel{}, nil, errors.New("this is a JSON array, not a JSON Feed")
	}
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		cut = fmt.Errorf("broken JSON: %w", err)
		text = completeItems(text)
	}
	var shape struct {
		Version json.RawMessage `json:"version"`
		Items   json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(text, &shape); err != nil {
		return channel{}, nil, fmt.Errorf("this is not a JSON Feed: %w", cut)
	}
	if !bytes.Contains(shape.Version, []byte("jsonfeed.org")) && !bytes.HasPrefix(bytes.TrimSpace(shape.Items), []byte("[")) {
		return channel{}, nil, errors.New("this is JSON, but not a JSON Feed: it has no items")
	}
	c, err = parseJSON(text)
	if err != nil {
		return channel{}, nil, fmt.Errorf("read JSON Feed: %w", err)
	}
	return c, cut, nil
}

// completeItems gives the part of a broken JSON Feed up to the last whole item, closed.
func completeItems(text []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil {
		return nil
	}
	feed := map[string]any{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			break
		}
		name, ok := key.(string)
		if !ok {
			break
		}
		if name != "items" {
			var v json.RawMessage
			if dec.Decode(&v) != nil {
				break
			}
			feed[name] = v
			continue
		}
		if t, err := dec.Token(); err != nil || t != json.Delim('[') {
			break
		}
		items := []json.RawMessage{}
		for dec.More() {
			var item json.RawMessage
			if dec.Decode(&item) != nil {
				break
			}
			items = append(items, item)
		}
		feed["items"] = items
		if t, err := dec.Token(); err != nil || t != json.Delim(']') {
			break
		}
	}
	whole, err := json.Marshal(feed)
	if err != nil {
		return nil
	}
	return whole
}

// htmlPage gives the error for a web page in place of a feed, with the feeds that the page
// names; nil when the text is no web page.
func htmlPage(text []byte) error {
	start := strings.ToLower(string(head(text, 4<<10)))
	if !strings.Contains(start, "<html") && !strings.Contains(start, "<!doctype html") && !strings.Contains(start, "<body") && !strings.Contains(start, "<head") {
		return nil
	}
	const message = "this is an HTML page, not a feed"
	if feeds := alternates(text); len(feeds) > 0 {
		return fmt.Errorf("%s; the page names these feeds: %s", message, strings.Join(feeds, ", "))
	}
	return errors.New(message)
}
