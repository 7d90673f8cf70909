package fetch_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"

	"samleng"
	"samleng/collectors/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient makes a client without a pace, so that tests do not wait.
func newClient(t *testing.T, change func(*fetch.Options)) *fetch.Client {
	t.Helper()
	o := fetch.Options{Config: fetch.DefaultConfig(), Version: "1.2.3"}
	o.Config.HostInterval = 0
	o.Config.Contact = "https://example.org/about"
	if change != nil {
		change(&o)
	}
	c, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// serve starts a loopback server that has no robots.txt unless the handler serves one.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// wantError checks the class of err and that its text holds each of the parts.
func wantError(t *testing.T, err error, class samleng.Class, parts ...string) {
	t.Helper()
	if got := samleng.ClassOf(err); got != class {
		t.Errorf("class %q, want %q, of: %v", got, class, err)
	}
	for _, p := range parts {
		if err != nil && !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.Header.Get("User-Agent"), "samleng/1.2.3 (+https://example.org/about)"; got != want {
			t.Errorf("User-Agent %q, want %q", got, want)
		}
		if got := r.Header.Get("Accept"); got != "application/rss+xml" {
			t.Errorf("Accept %q", got)
		}
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
			return
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.Header().Set("Etag", `"7"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2023 15:04:05 GMT")
		_, _ = io.WriteString(w, khmer)
	})
	got, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL + "/old", Accept: "application/rss+xml", Local: true})
	if err != nil {
		t.Fatal(err)
	}
	if got.URL != s.URL+"/new" || got.Status != 200 || string(got.Text()) != khmer || got.ETag != `"7"` ||
		got.LastModified != "Mon, 02 Jan 2023 15:04:05 GMT" || got.ContentType != "text/xml; charset=utf-8" || got.NotModified {
		t.Errorf("got %+v", got)
	}
}

func TestGetConditional(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-None-Match") == `"7"` && r.Header.Get("If-Modified-Since") == "Mon, 02 Jan 2023 15:04:05 GMT" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, "new")
	})
	c := newClient(t, nil)
	got, err := c.Get(t.Context(), fetch.Request{URL: s.URL, ETag: `"7"`, LastModified: "Mon, 02 Jan 2023 15:04:05 GMT", Local: true})
	if err != nil || !got.NotModified || got.Body != nil {
		t.Errorf("got %+v, %v: want not modified", got, err)
	}
	got, err = c.Get(t.Context(), fetch.Request{URL: s.URL, ETag: "bad\r\nX-Evil: 1", Local: true})
	if err != nil || got.NotModified || string(got.Body) != "new" {
		t.Errorf("an ETag that no header can hold: got %+v, %v", got, err)
	}
}

func TestGetStatus(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	cases := []struct {
		status int
		after  string
		class  samleng.Class
		wait   time.Duration
	}{
		{200, "", "", 0},
		{206, "", "", 0},
		{302, "", samleng.Permanent, 0},
		{400, "", samleng.Permanent, 0},
		{401, "", samleng.Unauthorised, 0},
		{403, "", samleng.Unauthorised, 0},
		{404, "", samleng.Permanent, 0},
		{408, "", samleng.RetryAfter, 0},
		{410, "", samleng.Permanent, 0},
		{429, "", samleng.RateLimited, 0},
		{429, "120", samleng.RateLimited, 2 * time.Minute},
		{429, "99999999", samleng.RateLimited, 24 * time.Hour},
		{429, "-5", samleng.RateLimited, 0},
		{429, "soon", samleng.RateLimited, 0},
		{429, now.Add(time.Hour).Format(http.TimeFormat), samleng.RateLimited, time.Hour},
		{451, "", samleng.Unauthorised, 0},
		{500, "300", samleng.RetryAfter, 0},
		{503, "300", samleng.RetryAfter, 5 * time.Minute},
		{521, "", samleng.RetryAfter, 0},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%d %s", c.status, c.after), func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.after != "" {
					w.Header().Set("Retry-After", c.after)
				}
				w.WriteHeader(c.status)
			})
			client := newClient(t, func(o *fetch.Options) { o.Now = func() time.Time { return now } })
			_, err := client.Get(t.Context(), fetch.Request{URL: s.URL, Local: true})
			wantError(t, err, c.class)
			if got := samleng.WaitOf(err); got != c.wait {
				t.Errorf("wait %s, want %s", got, c.wait)
			}
			if c.wait > 0 { // and the host is left alone meanwhile
				_, err = client.Get(t.Context(), fetch.Request{URL: s.URL + "/other", Local: true})
				wantError(t, err, samleng.RateLimited, "asked not to be read")
				if got := samleng.WaitOf(err); got != c.wait {
					t.Errorf("second wait %s, want %s", got, c.wait)
				}
			}
		})
	}
}

func TestGetCompressed(t *testing.T) {
	t.Parallel()
	text := strings.Repeat(khmer+"\n", 1000)
	pack := func(f func(io.Writer) io.WriteCloser) []byte {
		var b bytes.Buffer
		w := f(&b)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		return b.Bytes()
	}
	gz := pack(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	cases := []struct {
		encoding string
		body     []byte
	}{
		{"", []byte(text)},
		{"identity", []byte(text)},
		{"gzip", gz},
		{"x-gzip", gz},
		{"br", pack(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })},
		{"zstd", pack(func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })},
		{"deflate", pack(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })},
		{"Deflate", pack(func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 6); return f })},
	}
	for _, c := range cases {
		t.Run(c.encoding, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.encoding != "" {
					w.Header().Set("Content-Encoding", c.encoding)
				}
				_, _ = w.Write(c.body)
			})
			got, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL, Local: true})
			if err != nil || string(got.Body) != text {
				t.Fatalf("error %v", err)
			}
			_, err = newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL, Local: true, MaxBytes: int64(len(text))})
			if err != nil {
				t.Errorf("exactly at the limit: %v", err)
			}
			_, err = newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL, Local: true, MaxBytes: int64(len(text)) - 1})
			wantError(t, err, samleng.BadInput, "larger than")
		})
	}
}

func TestGetBrokenCompression(t *testing.T) {
	t.Parallel()
	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	_, _ = io.WriteString(w, strings.Repeat("text ", 1000))
	_ = w.Close()
	for _, c := range []struct {
		encoding string
		body     []byte
		class    samleng.Class
	}{
		{"gzip", []byte("<html>not gzip at all</html>"), samleng.BadInput},
		{"br", []byte("\xff\xff\xff\xff\xff\xff"), samleng.BadInput},
		{"zstd", []byte("<html>not zstd</html>"), samleng.BadInput},
		{"deflate", []byte("\xff\xff\xff\xff"), samleng.BadInput},
		{"gzip", gz.Bytes()[:gz.Len()/2], samleng.RetryAfter},
		{"rot13", []byte("uryyb"), samleng.BadInput},
		{"gzip, gzip, gzip", gz.Bytes(), samleng.BadInput},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", c.encoding)
			_, _ = w.Write(c.body)
		})
		_, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL, Local: true})
		wantError(t, err, c.class)
	}
}

// bomb is a gzip of n zero bytes.
func bomb(n int64) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.CopyN(w, zeros{}, n)
	_ = w.Close()
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestGetBomb(t *testing.T) { // not parallel: it measures the memory of the process
	packed := bomb(64 << 20)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL, Local: true, MaxBytes: 2_000_000})
	runtime.ReadMemStats(&after)
	wantError(t, err, samleng.BadInput, "larger than 2 MB")
	if got := after.TotalAlloc - before.TotalAlloc; got > 30<<20 {
		t.Errorf("a bomb of %d bytes allocated %d MB in total", len(packed), got>>20)
	}
}

func TestGetEndless(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{
		"plain": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, zeros{})
		},
		"gzip members that hold nothing": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			for empty := bomb(0); ; {
				if _, err := w.Write(bytes.Repeat(empty, 1000)); err != nil {
					return
				}
			}
		},
		"a length that is announced": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99999999999")
			_, _ = w.Write([]byte("x"))
		},
	}
	for name, h := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: serve(t, h).URL, Local: true, MaxBytes: 500_000})
			wantError(t, err, samleng.BadInput, "larger than 500 kB")
		})
	}
}

func TestGetSlow(t *testing.T) {
	t.Parallel()
	drip := func(w http.ResponseWriter, r *http.Request) {
		for {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
				_, _ = io.WriteString(w, "x")
				_ = http.NewResponseController(w).Flush()
			}
		}
	}
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, h := range map[string]http.HandlerFunc{"a body that drips": drip, "no answer": silent} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, func(o *fetch.Options) { o.Config.Timeout = time.Second })
			_, err := c.Get(t.Context(), fetch.Request{URL: serve(t, h).URL, Local: true})
			wantError(t, err, samleng.RetryAfter, "did not answer completely within 1s")
		})
	}
	t.Run("the caller's deadline", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := newClient(t, nil).Get(ctx, fetch.Request{URL: serve(t, drip).URL, Local: true})
		wantError(t, err, samleng.RetryAfter, "no time left")
	})
	t.Run("the caller's cancellation", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		_, err := newClient(t, nil).Get(ctx, fetch.Request{URL: serve(t, silent).URL, Local: true})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}

func TestGetHugeHeader(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Big", strings.Repeat("x", 1<<20))
	})
	_, err := newClient(t, nil).Get(t.Context(), fetch.Request{URL: s.URL, Local: true})
	wantError(t, err, samleng.RetryAfter, "headers exceeded")
}

func TestGetRedirects(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		to := r.URL.Query().Get("to")
		switch {
		case r.URL.Path == "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case to != "":
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		default:
			served.Add(1)
			if ref := r.Header.Get("Referer"); ref != "" {
				t.Errorf("Referer %q", ref)
			}
		}
	})
	c := newClient(t, nil)
	get := func(path string) error {
		_, err := c.Get(t.Context(), fetch.Request{URL: s.URL + path, Local: true})
		return err
	}
	if err := get("/?to=/elsewhere"); err != nil || served.Load() != 1 {
		t.Errorf("a plain redirect: %v", err)
	}
	wantError(t, get("/loop"), samleng.Permanent, "redirects more than 5 times")
	wantError(t, get("/?to=file:///etc/passwd"), samleng.Permanent, `"file:" is refused`)
	wantError(t, get("/?to=gopher://127.0.0.1/"), samleng.Permanent, `"gopher:" is refused`)
	wantError(t, get("/?to=http://169.254.169.254/latest/meta-data/"), samleng.Permanent, "link-local")
	wantError(t, get("/?to=http:///"), samleng.Permanent, "names no host")
}

func TestGetRefused(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	s := serve(t, func(http.ResponseWriter, *http.Request) { reached.Store(true) })
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c := newClient(t, nil)
	for _, host := range []string{
		"127.0.0.1", "localhost", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "10.0.0.1", "192.168.1.1",
		"172.16.0.1", "100.64.0.1", "169.254.169.254", "[64:ff9b::7f00:1]", "[fe80::1]", "[fd00::1]", "224.0.0.1",
	} {
		_, err := c.Get(t.Context(), fetch.Request{URL: "http://" + host + ":" + port + "/"})
		wantError(t, err, samleng.Permanent, "is refused", "local: true")
	}
	for _, host := range []string{"0.0.0.0", "169.254.169.254", "[fe80::1]", "224.0.0.1", "[::ffff:169.254.169.254]", "[2002:a9fe:a9fe::1]"} {
		_, err := c.Get(t.Context(), fetch.Request{URL: "http://" + host + ":" + port + "/", Local: true})
		wantError(t, err, samleng.Permanent, "is refused")
	}
	for _, address := range []string{"file:///etc/passwd", "ftp://example.org/", "example.org", "http://", "://", "http://a b/"} {
		_, err := c.Get(t.Context(), fetch.Request{URL: address, Local: true})
		wantError(t, err, samleng.Permanent)
	}
	if reached.Load() {
		t.Error("the server was reached")
	}
}

// A connection that a local source opened must not serve a source that is not local.
func TestGetPoolIsNotShared(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	c := newClient(t, nil)
	if _, err := c.Get(t.Context(), fetch.Request{URL: s.URL, Local: true}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Get(t.Context(), fetch.Request{URL: s.URL})
	wantError(t, err, samleng.Permanent, "is refused")
}

func TestGetNetworkErrors(t *testing.T) {
	t.Parallel()
	c := newClient(t, nil)

	closed := httptest.NewServer(nil)
	closed.Close()
	_, err := c.Get(t.Context(), fetch.Request{URL: closed.URL, Local: true})
	wantError(t, err, samleng.RetryAfter, "127.0.0.1 refuses connections")

	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = nil
	_, err = c.Get(t.Context(), fetch.Request{URL: secure.URL, Local: true})
	wantError(t, err, samleng.RetryAfter, "127.0.0.1 cannot be trusted", "signed by nobody")

	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err = c.Get(t.Context(), fetch.Request{URL: "https" + strings.TrimPrefix(plain.URL, "http"), Local: true})
	wantError(t, err, samleng.RetryAfter, "does not speak https")

	cut := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			_ = conn.Close()
		}
	})
	_, err = c.Get(t.Context(), fetch.Request{URL: cut.URL, Local: true})
	wantError(t, err, samleng.RetryAfter, "broke off the connection")
}

func TestRoundTripperRefusesWriting(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was reached") })
	client := http.Client{Transport: newClient(t, nil).RoundTripper(true)}
	_, err := client.Post(s.URL, "text/plain", strings.NewReader("x"))
	wantError(t, errors.Unwrap(err), samleng.Permanent, "method POST")
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	good := fetch.DefaultConfig()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	bad := fetch.Config{Contact: "me (here)", Timeout: 0, MaxBytes: 5, HostInterval: -1, HostBurst: 0, MaxCrawlDelay: -1}
	err := bad.Validate()
	for _, key := range []string{"contact:", "timeout:", "max_bytes:", "host_interval:", "host_burst:", "max_crawl_delay:"} {
		if err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("no fault of %s in: %v", key, err)
		}
	}
	if _, err := fetch.New(fetch.Options{Config: bad}); err == nil {
		t.Error("New took a bad configuration")
	}
}
