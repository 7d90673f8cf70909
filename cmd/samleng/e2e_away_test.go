package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"samleng"
	"samleng/internal/app"
	kafkaengine "samleng/pipeline/embedded"
	clickhouseengine "samleng/storage/embedded"
)

// TestEnginesAway starts samleng while Kafka and ClickHouse, configured as servers, are
// away: it waits and says so on the page. When they come, everything is stored; when they
// go and come again, it goes on.
//
// Not parallel: the engine is opened once in a process.
func TestEnginesAway(t *testing.T) {
	h := newHouse(t)
	want := expected{}
	var round atomic.Int64
	round.Store(1)
	h.mux.HandleFunc("/feed", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(rss(item("urn:away:1", fmt.Sprintf("Edit %d", round.Load()), "A text.", "Sun, 22 Nov 2026 01:00:00 GMT"))))
	})
	h.source("away", "/feed", 300*time.Millisecond)
	id := samleng.NewPostID("feed", "urn:away:1")
	want[id] = samleng.Post{ID: id, Title: "Edit 1", Text: "A text."}

	settings := h.settings()
	broker, server := freeAddress(t), freeAddress(t)
	settings.Kafka.Brokers = []string{broker}
	settings.ClickHouse.DSN = "http://" + server + "/samleng"
	settings.ClickHouse.Timeout = 2 * time.Second
	running, err := app.Start(t.Context(), app.Options{
		Settings: settings, Collect: true, Page: true, Version: "test", Steps: t.Output(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	eventually(t, time.Minute, func() error { return waitsFor(running.Page(), "ClickHouse") })

	comeAndGo := func() {
		b, err := kafkaengine.Start(t.Context(), kafkaengine.Options{Dir: filepath.Join(h.folder, "broker"), Listen: broker})
		if err != nil {
			t.Fatal(err)
		}
		s, err := clickhouseengine.Start(t.Context(), clickhouseengine.Options{
			Library: settings.Embedded.Library, Dir: filepath.Join(h.folder, "engine"), Listen: server,
		})
		if err != nil {
			t.Fatal(err)
		}
		store, err := app.OpenStore(t.Context(), settings, false, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, 2*time.Minute, func() error { return want.same(t.Context(), store.Store) })
		for _, end := range []func() error{store.Close, s.Close, b.Close} {
			if err := end(); err != nil {
				t.Error(err)
			}
		}
	}
	comeAndGo()
	round.Store(2)
	want[id] = samleng.Post{ID: id, Title: "Edit 2", Text: "A text."}
	eventually(t, time.Minute, func() error { return waitsFor(running.Page(), "Kafka") })
	comeAndGo()
}

// waitsFor asks the page whether it says that something is waited for.
func waitsFor(page, what string) error {
	answer, err := http.Get("http://" + page + "/api/v1/status")
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	var status struct {
		State    string
		Problems []struct{ Reason string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&status); err != nil {
		return err
	}
	for _, p := range status.Problems {
		if status.State == "waiting" && strings.Contains(p.Reason, "waiting for "+what) {
			return nil
		}
	}
	return fmt.Errorf("the page does not say that %s is waited for: %+v", what, status)
}

// freeAddress is an address on which nothing listens at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it was never used
	return l.Addr().String()
}
