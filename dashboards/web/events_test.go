package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// event is one server-sent event.
type event struct{ name, data string }

// stream opens /api/v1/events and passes its events on until the test ends.
func stream(t *testing.T, server *httptest.Server) <-chan event {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("status %d, content type %q", answer.StatusCode, kind)
	}
	out := make(chan event, 1000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(out)
		defer answer.Body.Close() //nolint:errcheck // read to its end
		var e event
		lines := bufio.NewScanner(answer.Body)
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					out <- e
				}
				e = event{}
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return out
}

// next waits for the next event called name.
func next(t *testing.T, events <-chan event, name string) event {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatalf("the stream ended before %q came", name)
			}
			if e.name == name {
				return e
			}
		case <-limit:
			t.Fatalf("no event %q came", name)
		}
	}
}

func served(t *testing.T, p *Page) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	t.Cleanup(func() { _ = p.Close() })
	return server
}

func TestEvents(t *testing.T) {
	t.Parallel()
	var state atomic.Value
	state.Store(Running)
	page := testPage(t, Options{Store: newMemory(nil, nil), Version: "v", Status: func() Status { return Status{State: state.Load().(State)} }},
		timing{gap: time.Millisecond, beat: 20 * time.Millisecond, write: 5 * time.Second, watch: 5 * time.Millisecond})
	server := served(t, page)
	a, b := stream(t, server), stream(t, server)

	var first statusJSON
	if err := json.Unmarshal([]byte(next(t, a, "status").data), &first); err != nil || first.State != Running || first.Page != page.assets.version {
		t.Errorf("first status %+v, %v", first, err)
	}
	page.Notify()
	next(t, a, "posts")
	next(t, b, "posts")
	next(t, a, "beat")
	state.Store(Failing)
	for {
		var s statusJSON
		if err := json.Unmarshal([]byte(next(t, a, "status").data), &s); err != nil {
			t.Fatal(err)
		}
		if s.State == Failing {
			break
		}
	}
	if err := page.Close(); err != nil {
		t.Fatal(err)
	}
	for range b { //nolint:revive // reads until Close ended the stream; a hang fails the test
	}
	if err := page.Close(); err != nil { // twice is fine
		t.Error(err)
	}
	page.Notify() // after Close too
	answer, err := server.Client().Get(server.URL + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // nothing is read
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a stream after Close: status %d", answer.StatusCode)
	}
}

// TestEventsCoalesce sends a thousand notices within one gap: the first is passed on at
// once, and the others together after it.
func TestEventsCoalesce(t *testing.T) {
	t.Parallel()
	page := testPage(t, Options{Store: newMemory(nil, nil)}, timing{gap: 300 * time.Millisecond, beat: time.Minute, write: 5 * time.Second, watch: time.Minute})
	events := stream(t, served(t, page))
	next(t, events, "status")
	began := time.Now()
	for range 1000 {
		page.Notify()
	}
	next(t, events, "posts")
	last := next(t, events, "posts")
	took := time.Since(began)
	// However slow the machine, there is at most one event for each gap that has passed.
	if most := uint64(took/page.events.gap) + 1; page.events.sequence() > most {
		t.Errorf("%d events in %s, at most %d may come", page.events.sequence(), took, most)
	}
	if !strings.Contains(last.data, `"sequence":`) {
		t.Errorf("data %q", last.data)
	}
}

func TestEventsBounded(t *testing.T) {
	t.Parallel()
	page := testPage(t, Options{Store: newMemory(nil, nil)}, calm())
	for range maxStreams {
		if !page.events.enter() {
			t.Fatal("no room before the bound")
		}
	}
	w := get(t, page, "/api/v1/events", nil)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("one stream too many: status %d", w.Code)
	}
	page.events.leave()
	if !page.events.enter() {
		t.Error("no room after one has left")
	}
}

// TestSlowClient opens a stream and never reads it: the page must drop it, or streams that
// nobody reads would use up the bound.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	var turn atomic.Int64
	page := testPage(t, Options{Store: newMemory(nil, nil), Status: func() Status {
		return Status{State: Running, Activity: long[turn.Add(1)%2:]} // another status every time
	}}, timing{gap: time.Millisecond, beat: time.Minute, write: 100 * time.Millisecond, watch: time.Millisecond})
	server := served(t, page)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the server has closed it
	if _, err := conn.Write([]byte("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	open := func() int {
		page.events.mu.Lock()
		defer page.events.mu.Unlock()
		return page.events.streams
	}
	for limit := time.Now().Add(30 * time.Second); open() > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("a client that does not read is kept")
		}
	}
}
