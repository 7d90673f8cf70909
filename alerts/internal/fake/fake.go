// Package fake has servers for tests: Telegram, Slack, an incoming webhook and SMTP on loopback,
// which take messages, ask for patience, fail, hang, or die, as the test wants.
//
// It owns what such servers answer and remembers what they took. Nothing but tests imports it.
package fake

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Fate is what becomes of one request.
type Fate int

// The fates. A request that is not taken is not remembered.
const (
	Take   Fate = iota // it is taken and answered
	Limit              // 429 with Retry-After, or 451 of SMTP
	Break              // 500, or 554 of SMTP where it is greeted
	Refuse             // 400, or 554 of SMTP for the content: for good
	Forbid             // 403, or 535 of SMTP
	Hang               // no answer for as long as the client waits
	Die                // the connection ends without an answer
	Cut                // it is taken, and the connection ends within the answer
	Mute               // it is taken, and the connection ends without an answer
)

// String names the fate.
func (f Fate) String() string {
	return [...]string{"take", "limit", "break", "refuse", "forbid", "hang", "die", "cut", "mute"}[f]
}

// Arrival is a message that was taken.
type Arrival struct {
	Method string // of the API, such as chat.postMessage; "mail"; or "webhook"
	Text   string // with its markup, as it came
	Repeat bool   // it is marked as a repeat
	Silent bool
	Answer string // what it answers: a message or thread; empty: nothing
	Photo  []byte
	Header http.Header
	Body   []byte
}

// Log remembers arrivals and decides fates.
type Log struct {
	// Fate is asked for every request; nil: Take. It may be called at once.
	Fate func() Fate
	// RetryAfter is what Limit asks for; empty: nothing.
	RetryAfter string
	// Patience is how long Hang hangs at most; 0: 10 s.
	Patience time.Duration

	mu       sync.Mutex
	arrivals []Arrival
	requests int
}

// Arrivals are those so far, in order.
func (l *Log) Arrivals() []Arrival {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Arrival(nil), l.arrivals...)
}

// Requests counts what came, taken or not.
func (l *Log) Requests() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests
}

func (l *Log) draw() Fate {
	l.mu.Lock()
	l.requests++
	l.mu.Unlock()
	if l.Fate == nil {
		return Take
	}
	return l.Fate()
}

func (l *Log) take(a Arrival) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrivals = append(l.arrivals, a)
	return len(l.arrivals)
}

func (l *Log) patience() time.Duration {
	if l.Patience == 0 {
		return 10 * time.Second
	}
	return l.Patience
}

// server makes an HTTP server on loopback. Read makes an arrival of a request, or nil for one
// that is no message; number is that of the arrival, from 1, in the answer.
func (l *Log) server(read func(r *http.Request, body []byte) *Arrival, answer func(f Fate, method string, number int) (status int, body string)) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client is gone
		}
		a := read(r, body)
		if a == nil {
			_, text := answer(Take, r.URL.Path, 0)
			_, _ = io.WriteString(w, text)
			return
		}
		fate, number := l.draw(), 0
		switch fate {
		case Take, Cut, Mute:
			number = l.take(*a)
		case Hang:
			select {
			case <-r.Context().Done():
			case <-time.After(l.patience()):
			}
			panic(http.ErrAbortHandler)
		case Die:
			panic(http.ErrAbortHandler)
		case Limit:
			if l.RetryAfter != "" {
				w.Header().Set("Retry-After", l.RetryAfter)
			}
		}
		if fate == Mute {
			panic(http.ErrAbortHandler)
		}
		status, text := answer(fate, a.Method, number)
		w.Header().Set("Content-Type", "application/json")
		if fate == Cut {
			w.Header().Set("Content-Length", fmt.Sprint(len(text)+100))
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text[:len(text)/2])
		if fate == Cut {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, text[len(text)/2:])
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.Start()
	return s
}

// statusOf is the status of HTTP of a fate.
func statusOf(f Fate) int {
	switch f {
	case Limit:
		return http.StatusTooManyRequests
	case Break:
		return http.StatusInternalServerError
	case Refuse:
		return http.StatusBadRequest
	case Forbid:
		return http.StatusForbidden
	}
	return http.StatusOK
}

// marked reports whether a text begins with the mark of a repeat.
func marked(text string) bool { return strings.HasPrefix(text, "(repeat) ") }

var keyForm = regexp.MustCompile(`alert ([0-9a-z-]+/[0-9]+)`)

// Key finds "alert EPISODE/NUMBER" in the text of an arrival; empty: there is none.
func (a *Arrival) Key() string {
	if m := keyForm.FindStringSubmatch(a.Text); m != nil {
		return m[1]
	}
	return ""
}
