package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"samleng"
)

// heapLimit is what the process may hold while hostile sources are read: bodies are cut at
// 10 MB each and eight are read at a time.
const heapLimit = 600 << 20

// TestHostileSources reads sources that do everything wrong beside one that does not. Each
// gives a clear error or a right post, the good one is not disturbed, and memory stays
// bounded.
//
// Not parallel: the engine is opened once in a process.
func TestHostileSources(t *testing.T) {
	h := newHouse(t)
	want := expected{}
	var edited atomic.Bool
	faults := h.serveHostile(want, &edited)
	running := h.start()
	store := h.store()

	peak := watchHeap(t)
	eventually(t, 2*time.Minute, func() error {
		states := h.states(running.Page())
		for id, part := range faults {
			s, ok := states[id]
			if !ok || s.LastPoll.IsZero() {
				return fmt.Errorf("%s has not been polled", id)
			}
			if !strings.Contains(s.Error, part) {
				return fmt.Errorf("%s says %q, want %q in it", id, s.Error, part)
			}
		}
		return want.same(t.Context(), store.Store)
	})
	// The same feed again, edited: the same post, changed.
	edited.Store(true)
	id := samleng.NewPostID("feed", "urn:good:1")
	post := want[id]
	post.Title = "Edited"
	want[id] = post
	eventually(t, time.Minute, func() error { return want.same(t.Context(), store.Store) })
	if p := peak(); p > heapLimit {
		t.Errorf("the heap grew to %d MB", p>>20)
	}
}

// states asks the page how the sources are.
func (h *house) states(page string) map[string]samleng.SourceState {
	h.t.Helper()
	answer, err := http.Get("http://" + page + "/api/v1/sources")
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	var body struct {
		Sources []samleng.SourceState `json:"sources"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		h.t.Fatal(err)
	}
	states := map[string]samleng.SourceState{}
	for _, s := range body.Sources {
		states[s.ID] = s
	}
	return states
}

// watchHeap gives a function that ends the watch and says how large the heap became.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
	}()
	return func() uint64 { close(stop); return <-peak }
}

func rss(items string) string {
	return `<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>` + items + `</channel></rss>`
}

func item(guid, title, text, date string) string {
	return fmt.Sprintf(`<item><guid isPermaLink="false">%s</guid><title>%s</title><description>%s</description><pubDate>%s</pubDate></item>`, guid, title, text, date)
}

// serveHostile adds the sources. Posts that must come out of them go into want; the
// result is, by source, a part of the error that must be shown.
func (h *house) serveHostile(want expected, edited *atomic.Bool) map[string]string {
	faults := map[string]string{}
	add := func(id, fault string, serve http.HandlerFunc) {
		h.mux.HandleFunc("/"+id, serve)
		h.source(id, "/"+id, 400*time.Millisecond)
		faults[id] = fault
	}
	say := func(contentType string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(body)
		}
	}
	post := func(guid, title, text string) {
		id := samleng.NewPostID("feed", guid)
		want[id] = samleng.Post{ID: id, Title: title, Text: text}
	}
	now := time.Now().UTC().Format(time.RFC1123Z)

	add("good", "", func(w http.ResponseWriter, _ *http.Request) {
		title := "Good"
		if edited.Load() {
			title = "Edited"
		}
		_, _ = io.WriteString(w, rss(item("urn:good:1", title, "A text.", now)))
	})
	post("urn:good:1", "Good", "A text.")

	dates := rss(item("urn:date:1", "From 1970", "x", "Thu, 01 Jan 1970 00:00:00 GMT") +
		item("urn:date:2", "From 2203", "x", "Sat, 01 Jan 2203 00:00:00 GMT") +
		item("urn:date:3", "Next week", "x", time.Now().AddDate(0, 0, 7).UTC().Format(time.RFC1123Z)) +
		item("urn:date:4", "No date", "x", "some day"))
	add("dates", "", say("application/rss+xml", []byte(dates)))
	post("urn:date:1", "From 1970", "x")
	post("urn:date:2", "From 2203", "x")
	post("urn:date:3", "Next week", "x")
	post("urn:date:4", "No date", "x")

	vietnamese, err := charmap.Windows1258.NewEncoder().String(strings.Replace(rss(item("urn:1258:1", "Đươ\u0300ng đi", "ăâêôơư", now)), `"1.0"`, `"1.0" encoding="windows-1258"`, 1))
	if err != nil {
		h.t.Fatal(err)
	}
	add("windows-1258", "", say("application/rss+xml", []byte(vietnamese)))
	post("urn:1258:1", "Đường đi", "ăâêôơư")

	var wide bytes.Buffer
	wide.Write([]byte{0xff, 0xfe})
	for _, unit := range utf16.Encode([]rune(strings.Replace(rss(item("urn:utf16:1", "ទឹកជំនន់", "ភ្លៀង", now)), `"1.0"`, `"1.0" encoding="utf-16"`, 1))) {
		wide.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	add("utf-16", "", say("application/rss+xml", wide.Bytes()))
	post("urn:utf16:1", "ទឹកជំនន់", "ភ្លៀង")

	cut := rss(item("urn:cut:1", "Before the cut", "x", now) + item("urn:cut:2", "After", "x", now))
	cut, _, _ = strings.Cut(cut, "After")
	add("truncated", "only a part of the feed could be read", say("application/rss+xml", []byte(cut)))
	post("urn:cut:1", "Before the cut", "x")

	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range 300 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	add("gzip-bomb", "larger than", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	laughs := `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a0 "lol">`
	for i := 1; i < 12; i++ {
		laughs += fmt.Sprintf(`<!ENTITY a%d "%s">`, i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
	}
	laughs += `]>` + strings.TrimPrefix(rss(item("urn:bomb:1", "&a11;", "x", now)), `<?xml version="1.0"?>`)
	add("xml-bomb", "XML bomb", say("application/rss+xml", []byte(laughs)))
	add("endless", "larger than", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	})
	add("slow", "", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, " "); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(50 * time.Millisecond)
		}
	})
	faults["slow"] = "5s" // the time limit of the configuration
	add("to-file", "file", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "file:///etc/passwd")
		w.WriteHeader(http.StatusFound)
	})
	add("page", "HTML page", say("text/html", []byte("<!doctype html><html><head><title>No feed</title></head><body><p>Nothing here.</p></body></html>")))
	add("gone", "404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	add("empty", "empty", say("application/rss+xml", nil))

	// Not marked local: an address of this machine is refused.
	h.mux.HandleFunc("/private", say("application/rss+xml", []byte(rss(item("urn:private:1", "x", "x", now)))))
	h.sources = append(h.sources, fmt.Sprintf("- {id: private, name: private, collector: feed, kind: news, permission: made for a test, interval: 1m, url: %q}", h.address("/private")))
	faults["private"] = "local: true"
	return faults
}
