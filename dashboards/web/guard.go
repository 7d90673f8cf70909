package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// guard checks who may change anything: this page's own script alone. It knows nothing of who a
// reader is, and keeps nothing.
type guard struct {
	config Config
	cross  *http.CrossOriginProtection
}

func newGuard(c Config) *guard { return &guard{config: c, cross: http.NewCrossOriginProtection()} }

// limiter lets n through a minute, and up to half of them at once.
func limiter(n int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(time.Minute/time.Duration(n)), max(n/2, 1))
}

// refusal is an answer that something is not done.
type refusal struct {
	status  int
	code    string
	message string
}

func (e *refusal) Error() string { return e.message }

// unknownHost is what is said to who asks by a name that is not this page's.
const unknownHost = "This page does not know itself by that name: page.hosts in samleng.yaml lists its names."

// strange refuses whatever is asked by a name that is not this page's. Else any site could have its
// own name lead here, and its script would read and change what the page shows.
func (p *Page) strange(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeFault(w, http.StatusForbidden, fault{Code: "host", Message: unknownHost})
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusForbidden)
	// The client may be gone; there is nobody to tell.
	_, _ = io.WriteString(w, unknownHost+"\n\nទំព័រនេះមិនស្គាល់ឈ្មោះនេះទេ៖ page.hosts ក្នុង samleng.yaml មានបញ្ជីឈ្មោះរបស់វា។\n")
}

// may reports why a request may not change what, a plural at the beginning of a sentence: it comes
// from another site, or is one too many. By whose name it comes was checked before; see strange.
func (g *guard) may(r *http.Request, limit *rate.Limiter, what string) error {
	elsewhere := &refusal{http.StatusForbidden, "origin", what + " are taken from this page only."}
	if err := g.cross.Check(r); err != nil {
		return elsewhere
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || !g.config.ours(u.Host) {
			return elsewhere
		}
	}
	if !limit.Allow() {
		return &refusal{http.StatusTooManyRequests, "rate", "Too many requests of this kind at a time: wait a minute."}
	}
	return nil
}

// bodyTimeout is how long a body may take: one that trickles in must not hold a connection for ever.
const bodyTimeout = 10 * time.Second

// readBody reads a JSON object of at most so many bytes; what names it at the beginning of a
// sentence.
func readBody(w http.ResponseWriter, r *http.Request, most int64, what string, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &refusal{http.StatusUnsupportedMediaType, "bad-content-type", what + " is application/json."}
	}
	// Not every writer can set this.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("something follows the object")
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &refusal{http.StatusRequestEntityTooLarge, "too-large", fmt.Sprintf("%s has at most %d bytes.", what, most)}
	}
	return paramErrorf("body", "is not %s%s: %v", strings.ToLower(what[:1]), what[1:], err)
}
