package site_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/collectors"
	"samleng/collectors/feed"
	"samleng/collectors/fetch"
	"samleng/collectors/site"
)

// serve starts a loopback site and gives what a collector of it needs.
func serve(t *testing.T, handler http.HandlerFunc) (address string, deps collectors.Deps) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	config := fetch.DefaultConfig()
	config.HostInterval = 0
	client, err := fetch.New(fetch.Options{Config: config, Version: "9"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	cursors, err := collectors.OpenCursors(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, collectors.Deps{Fetch: client, Cursors: cursors, Logger: slog.New(slog.DiscardHandler), Now: time.Now}
}

func article(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("testdata/khmer_divs.html")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestFetcher(t *testing.T) {
	t.Parallel()
	page := article(t)
	var agent string
	address, deps := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			_, _ = w.Write([]byte("User-agent: *\nDisallow: /private/\n"))
		case "/read", "/private/read":
			agent = r.UserAgent()
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(page))
		case "/moved":
			http.Redirect(w, r, "/read", http.StatusFound)
		case "/forbidden":
			w.WriteHeader(http.StatusForbidden)
		case "/busy":
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/picture":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte("\x89PNG"))
		case "/huge":
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html><body><p>" + strings.Repeat("x", site.MaxPage+10)))
		default:
			http.NotFound(w, r)
		}
	})
	f := site.NewFetcher(samleng.Source{Local: true}, deps)
	ctx := context.Background()
	for _, path := range []string{"/read", "/moved"} {
		a, err := f.Article(ctx, address+path)
		if err != nil || !strings.Contains(a.Text, "គម្រោងផ្គត់ផ្គង់ទឹកស្អាត") || a.CanonicalURL != address+"/read" {
			t.Errorf("%s: %+v, %v", path, a, err)
		}
	}
	if agent != deps.Fetch.UserAgent() {
		t.Errorf("User-Agent %q", agent)
	}
	for path, class := range map[string]samleng.Class{
		"/private/read": samleng.Unauthorised, "/forbidden": samleng.Unauthorised, "/missing": samleng.Permanent,
		"/picture": samleng.BadInput, "/huge": samleng.BadInput,
	} {
		_, err := f.ArticleText(ctx, address+path)
		if samleng.ClassOf(err) != class {
			t.Errorf("%s: class %q, want %q: %v", path, samleng.ClassOf(err), class, err)
		}
	}
	if _, err := site.NewFetcher(samleng.Source{}, deps).ArticleText(ctx, address+"/read"); samleng.ClassOf(err) != samleng.Permanent {
		t.Errorf("a loopback address without local: %v", err)
	}
	// Last, because the host is left alone after it.
	if _, err := f.ArticleText(ctx, address+"/busy"); samleng.ClassOf(err) != samleng.RateLimited || samleng.WaitOf(err) != 2*time.Minute {
		t.Errorf("busy: class %q, wait %v: %v", samleng.ClassOf(err), samleng.WaitOf(err), err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := f.ArticleText(ended, address+"/read"); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

// TestFeedWithFullText wires the collector of feeds with the Fetcher, as package all does.
func TestFeedWithFullText(t *testing.T) {
	t.Parallel()
	page := article(t)
	var address string
	address, deps := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			_, _ = w.Write([]byte("User-agent: *\nDisallow: /private/\n"))
		case "/feed":
			_, _ = fmt.Fprintf(w, `<rss version="2.0"><channel><item><link>%[1]s/read</link><title>Read</title><description>short</description><pubDate>Fri, 20 Nov 2020 10:00:00 GMT</pubDate></item>
<item><link>%[1]s/private/2</link><title>Private</title><description>short</description><pubDate>Sat, 21 Nov 2020 10:00:00 GMT</pubDate></item></channel></rss>`, "http://"+r.Host)
		case "/read":
			_, _ = w.Write([]byte(page))
		default:
			t.Errorf("asked for %s", r.URL.Path)
		}
	})
	build := feed.New(func(source samleng.Source, deps collectors.Deps) (feed.Extractor, error) {
		return site.NewFetcher(source, deps), nil
	})
	c, err := build(samleng.Source{ID: "test", Kind: samleng.KindNews, URL: address + "/feed", Local: true, FullText: true}, deps)
	if err != nil {
		t.Fatal(err)
	}
	var posts []samleng.Post
	if _, err := c.Collect(context.Background(), func(_ context.Context, p []samleng.Post) error {
		posts = append(posts, p...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(posts) != 2 || !strings.Contains(posts[0].Text, "គម្រោងផ្គត់ផ្គង់ទឹកស្អាត") || posts[0].Flags != nil {
		t.Fatalf("%+v", posts)
	}
	if posts[1].Text != "short" || !slices.Equal(posts[1].Flags, []samleng.Flag{samleng.FlagSummary}) {
		t.Errorf("a page that robots.txt forbids: %+v", posts[1])
	}
}
