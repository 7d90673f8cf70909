package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/internal/app"
	"samleng/internal/dataset"
)

// TestPathOfAPost serves feeds and article pages from loopback, runs the real app, and
// finds every post in ClickHouse once, with its text.
//
// Not parallel: the engine is opened once in a process.
func TestPathOfAPost(t *testing.T) {
	h := newHouse(t)
	want := expected{}
	h.serveFeeds(want, 9, time.Hour)
	h.serveArticles(want)
	h.start()
	store := h.store()
	eventually(t, 3*time.Minute, func() error { return want.same(t.Context(), store.Store) })
}

// serveArticles serves the saved pages, and a feed that links to them with a summary each:
// what must be stored is the text of the page.
func (h *house) serveArticles(want expected) {
	h.t.Helper()
	root := dataset.Path(h.t, "articles")
	pages, err := filepath.Glob(filepath.Join(root, "html", "*.html.gz"))
	if err != nil || len(pages) == 0 {
		h.t.Fatalf("no pages: %v", err)
	}
	var items strings.Builder
	date := time.Now().Add(-24 * time.Hour).UTC().Truncate(time.Second)
	for i, page := range pages {
		body := unzipped(h.t, page)
		path := fmt.Sprintf("/article/%d", i)
		h.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write(body)
		})
		title, summary := fmt.Sprintf("Article number %d", i), fmt.Sprintf("What article %d says in short.", i)
		fmt.Fprintf(&items, "<item><title>%s</title><guid>%s</guid><link>%s</link><description>%s</description><pubDate>%s</pubDate></item>\n",
			title, h.address(path), h.address(path), html.EscapeString(summary), date.Format(time.RFC1123Z))
		text := summary
		if line, err := app.ParseArticle(body, h.address(path), time.Now()); err == nil {
			var p samleng.Post
			if err := json.Unmarshal(line, &p); err != nil {
				h.t.Fatal(err)
			}
			text = p.Text
		}
		id := samleng.NewPostID("feed", h.address(path))
		want[id] = samleng.Post{ID: id, Title: title, Text: text}
	}
	feed := `<?xml version="1.0"?><rss version="2.0"><channel><title>Articles</title>` + items.String() + `</channel></rss>`
	h.mux.HandleFunc("/articles.rss", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		_, _ = io.WriteString(w, feed)
	})
	h.source("articles", "/articles.rss", time.Hour, "full_text: true")
}

func unzipped(t *testing.T, path string) []byte {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
