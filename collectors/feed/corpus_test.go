package feed

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/collectors/fetch"
	"samleng/internal/dataset"
)

// parseLimit is how long one file of the corpus may take. All are under 1 MB and take
// milliseconds; the limit is wide because the machine may be busy.
const parseLimit = 20 * time.Second

func corpus(t *testing.T) map[string][]byte {
	t.Helper()
	root := dataset.Path(t, "feeds")
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".xml", ".json", ".rss":
		default:
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func testSource() samleng.Source {
	return samleng.Source{ID: "test", Name: "Test", Collector: "feed", Kind: samleng.KindNews, URL: "http://feeds.example.com/feed"}
}

var testSeen = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// TestCorpus holds the promise that every file goes through without a panic or a hang, and
// that every well-formed feed is read whole.
func TestCorpus(t *testing.T) {
	t.Parallel()
	files := corpus(t)
	var parsed, partial, notFeeds int
	reasons := map[string]int{}
	for name, body := range files {
		begin := time.Now()
		posts, _, err := Parse(body, "http://feeds.example.com/feed", testSeen, testSource())
		if took := time.Since(begin); took > parseLimit {
			t.Errorf("%s: took %v", name, took)
		}
		for i := range posts {
			p := posts[i]
			p.Title, p.Text = limit(p.Title, samleng.MaxTitle), limit(p.Text, samleng.MaxText)
			if err := p.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		switch {
		case err == nil:
			parsed++
		case errors.Is(err, ErrPartial):
			partial++
			if wellFormedFeed(body) {
				t.Errorf("%s: well-formed, but read in part: %v", name, err)
			}
		default:
			notFeeds++
			reasons[err.Error()]++
			if wellFormedFeed(body) {
				t.Errorf("%s: a well-formed feed, but: %v", name, err)
			}
		}
		if err != nil && samleng.ClassOf(err) != samleng.BadInput {
			t.Errorf("%s: class %s, want bad-input", name, samleng.ClassOf(err))
		}
	}
	t.Logf("%d files: %d read whole, %d in part, %d are no feeds", len(files), parsed, partial, notFeeds)
	for reason, n := range reasons {
		t.Logf("%4d %s", n, reason)
	}
}

func limit(s string, n int) string { return s[:min(len(s), n)] }

// wellFormedFeed decides without the code under test whether a file is well-formed XML
// (encoding/xml in its strict mode, which knows UTF-8 only) with the root of a feed, or a
// JSON object that calls itself a JSON Feed.
func wellFormedFeed(body []byte) bool {
	var j struct {
		Version string            `json:"version"`
		Items   []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(body, &j) == nil {
		return strings.Contains(j.Version, "jsonfeed.org")
	}
	d := xml.NewDecoder(strings.NewReader(string(fetch.DecodeUTF8(body, ""))))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	root := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false
		}
		if start, ok := token.(xml.StartElement); ok && root == "" {
			root = strings.ToLower(start.Name.Local)
		}
	}
	switch root {
	case "rss", "rdf", "feed", "channel":
		return true
	}
	return false
}
