package fetch_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samleng"
	"samleng/collectors/fetch"
)

// serveRobots starts a server with the given robots.txt and counts how often it is read.
func serveRobots(t *testing.T, robots http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var reads atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			reads.Add(1)
			robots(w, r)
			return
		}
		_, _ = io.WriteString(w, "page")
	}))
	t.Cleanup(s.Close)
	return s, &reads
}

func TestRobots(t *testing.T) {
	t.Parallel()
	const all = "User-agent: *\n"
	cases := []struct {
		name, robots, path string
		allowed            bool
	}{
		{"empty file", "", "/a", true},
		{"everything disallowed", all + "Disallow: /", "/a", false},
		{"empty disallow", all + "Disallow:", "/a", true},
		{"another path", all + "Disallow: /private/", "/a", true},
		{"that path", all + "Disallow: /private/", "/private/x", false},
		{"the feed, as some blogs do", all + "Disallow: /feed/", "/feed/", false},
		{"longest rule wins", all + "Disallow: /a\nAllow: /a/b", "/a/b/c", true},
		{"own group", all + "Disallow: /\n\nUser-agent: samleng\nDisallow: /x", "/a", true},
		{"own group disallows", all + "Disallow:\n\nUser-agent: Samleng\nDisallow: /", "/a", false},
		{"another's group", "User-agent: GPTBot\nDisallow: /", "/a", true},
		{"pattern", all + "Disallow: /*?format=feed", "/x?format=feed&type=rss", false},
		{"pattern to the end", all + "Disallow: /*.pdf$", "/a.pdf?x", true},
		{"query of another", all + "Disallow: /?s=", "/?p=1", true},
		{"comments and carriage returns", "# hello\r\nUser-agent: * # all\r\nDisallow: /a # no\r\n", "/a", false},
		{"byte order mark", "\uFEFF" + all + "Disallow: /", "/a", false},
		{"bad crawl delay does not undo the rest", all + "Crawl-delay: soon\nDisallow: /a", "/a", false},
		{"rules before any group", "Disallow: /\n" + all + "Disallow: /b", "/a", true},
		{"HTML instead", "<!doctype html><html><body>hello: world</body></html>", "/a", true},
		{"a line that is too long is left out", all + "Disallow: /" + strings.Repeat("*a", 5000) + "\nDisallow: /b", "/b", false},
		{"beyond 500 KiB is not read", all + strings.Repeat("# comment\n", 60_000) + "Disallow: /", "/a", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _ := serveRobots(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.robots) })
			_, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL + c.path, Local: true})
			if c.allowed && err != nil {
				t.Errorf("want it allowed, got %v", err)
			}
			if !c.allowed {
				wantError(t, err, samleng.Unauthorised, "robots.txt of 127.0.0.1 does not allow")
			}
		})
	}
}

func TestRobotsStatus(t *testing.T) {
	t.Parallel()
	for status, class := range map[int]samleng.Class{
		401: "", 403: "", 404: "", 410: "",
		429: samleng.RateLimited, 500: samleng.RetryAfter, 503: samleng.RetryAfter,
	} {
		s, _ := serveRobots(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		_, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL, Local: true})
		if got := samleng.ClassOf(err); got != class {
			t.Errorf("robots.txt with status %d: class %q, want %q: %v", status, got, class, err)
		}
	}
}

func TestRobotsIsRemembered(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, status := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), 200
	advance := func(d time.Duration, next int) {
		mu.Lock()
		defer mu.Unlock()
		now, status = now.Add(d), next
	}
	s, reads := serveRobots(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "User-agent: *\nDisallow: /x")
	})
	c := newClient(t, func(o *fetch.Options) {
		o.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	get := func(path string) error {
		_, err := c.Get(t.Context(), fetch.Request{URL: s.URL + path, Local: true})
		return err
	}
	step := func(what string, wantReads int32, class samleng.Class, err error) {
		t.Helper()
		if reads.Load() != wantReads || samleng.ClassOf(err) != class {
			t.Errorf("%s: %d reads of robots.txt and class %q, want %d and %q: %v", what, reads.Load(), samleng.ClassOf(err), wantReads, class, err)
		}
	}
	step("first", 1, "", get("/a"))
	advance(23*time.Hour, 200)
	step("within a day", 1, samleng.Unauthorised, get("/x"))
	advance(2*time.Hour, 500)
	step("after a day, server in trouble, stale copy used", 2, samleng.Unauthorised, get("/x"))
	step("and not asked again at once", 2, "", get("/a"))
	advance(6*time.Minute, 404)
	step("then there are no rules", 3, "", get("/x"))
}

func TestRobotsIsReadOnceForMany(t *testing.T) {
	t.Parallel()
	s, reads := serveRobots(t, func(http.ResponseWriter, *http.Request) {})
	c := newClient(t, nil)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Get(t.Context(), fetch.Request{URL: s.URL, Local: true}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if reads.Load() != 1 {
		t.Errorf("robots.txt was read %d times", reads.Load())
	}
}

// robots.txt itself must not lead where pages may not.
func TestRobotsRedirect(t *testing.T) {
	t.Parallel()
	s, _ := serveRobots(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/robots.txt", http.StatusFound)
	})
	_, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL, Local: true})
	wantError(t, err, samleng.Permanent, "is refused")
}
