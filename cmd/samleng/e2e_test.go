package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/internal/app"
	"samleng/internal/config"
	"samleng/internal/dataset"
	"samleng/storage/clickhouse"
)

// A house is everything that an end-to-end test runs samleng with: a loopback server with
// feeds and pages, and a configuration that reads them.
type house struct {
	t       *testing.T
	server  *httptest.Server
	mux     *http.ServeMux
	folder  string
	sources []string // entries of sources.yaml
}

func newHouse(t *testing.T) *house {
	t.Helper()
	engineEnvironment(t)
	h := &house{t: t, mux: http.NewServeMux(), folder: t.TempDir()}
	h.server = httptest.NewServer(h.mux)
	t.Cleanup(h.server.Close)
	return h
}

// source adds a source that is polled every interval.
func (h *house) source(id, path string, interval time.Duration, more ...string) {
	h.sources = append(h.sources, fmt.Sprintf("- {id: %s, name: %s, collector: feed, kind: news, local: true, permission: made for a test, interval: %s, url: %q%s}",
		id, id, interval, h.address(path), strings.Join(append([]string{""}, more...), ", ")))
}

func (h *house) address(path string) string { return h.server.URL + path }

// write puts the configuration into the folder and gives its path.
func (h *house) write() string {
	h.t.Helper()
	body := ephemeral + "data: " + filepath.Join(h.folder, "data") + "\nsources: sources.yaml\n" +
		"fetch: {host_interval: 0s, timeout: 5s}\n" +
		"collect: {spread: 100ms, retry_delay: 200ms, max_retry_delay: 1s, slow_delay: 500ms, max_slow_delay: 1s}\n" +
		"kafka: {batch_interval: 50ms, session_timeout: 6s}\n"
	for name, content := range map[string]string{"samleng.yaml": body, "sources.yaml": "sources:\n" + strings.Join(h.sources, "\n") + "\n"} {
		if err := os.WriteFile(filepath.Join(h.folder, name), []byte(content), 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	return filepath.Join(h.folder, "samleng.yaml")
}

// settings are those that write wrote.
func (h *house) settings() config.Settings {
	h.t.Helper()
	s, err := config.Load(h.write())
	if err != nil {
		h.t.Fatal(err)
	}
	if s.Embedded.Library == "" {
		s.Embedded.Library = strings.TrimPrefix(engineEnvironment(h.t), "SAMLENG_ENGINE=")
	}
	return s
}

// start runs the real app in this process until the test ends.
func (h *house) start() *app.App {
	h.t.Helper()
	running, err := app.Start(h.t.Context(), app.Options{
		Settings: h.settings(), Collect: true, Page: true, Version: "test", Steps: h.t.Output(),
		Logger: slog.New(slog.NewTextHandler(h.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := running.Stop(); err != nil {
			h.t.Errorf("stop: %v", err)
		}
	})
	return running
}

// store is the running app's store, or that of its folder when it does not run.
func (h *house) store() *app.Store {
	h.t.Helper()
	store, err := app.OpenStore(h.t.Context(), h.settings(), false, slog.New(slog.DiscardHandler))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := store.Close(); err != nil {
			h.t.Errorf("close store: %v", err)
		}
	})
	return store
}

// eventually waits until check gives no error.
func eventually(t *testing.T, limit time.Duration, check func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("after %s: %v", limit, err)
}

// expected are the posts that must be in the store, by id.
type expected map[samleng.PostID]samleng.Post

// addFeed adds what samleng makes of a feed document. A post that is there already with
// another text is taken out of the feed's expectations: one id cannot have two texts.
func (e expected) addFeed(t *testing.T, body []byte, address string) bool {
	t.Helper()
	lines, _, err := app.ParseFeed(body, address, time.Now())
	if err != nil || len(lines) == 0 {
		return false
	}
	posts := make([]samleng.Post, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal(line, &posts[i]); err != nil {
			t.Fatal(err)
		}
		if _, taken := e[posts[i].ID]; taken {
			return false
		}
	}
	for _, p := range posts {
		e[p.ID] = p
	}
	return true
}

// same compares the store with what is expected: every post once, with its text, and no
// other; and the rollups with a recount.
func (e expected) same(ctx context.Context, store *clickhouse.Store) error {
	rows, err := store.Query(ctx, "SELECT id::String, title, text, source::String FROM current_posts")
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // only read
	seen := map[samleng.PostID]bool{}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		id, err := samleng.ParsePostID(values[0].(string))
		if err != nil {
			return err
		}
		want, ok := e[id]
		switch {
		case !ok:
			return fmt.Errorf("post %s of %v is stored and was never published: %.80q", id, values[3], values[1])
		case seen[id]:
			return fmt.Errorf("post %s is stored twice", id)
		case values[1] != khmer.Normalise(want.Title) || values[2] != khmer.Normalise(want.Text):
			return fmt.Errorf("post %s of %v:\n stored %.200q %.200q\n wanted %.200q %.200q", id, values[3], values[1], values[2], want.Title, want.Text)
		}
		seen[id] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(seen) != len(e) {
		return fmt.Errorf("%d of %d posts are stored", len(seen), len(e))
	}
	differences, err := store.CheckRollups(ctx)
	if err == nil && differences != 0 {
		err = fmt.Errorf("%d rollups differ from a recount", differences)
	}
	return err
}

// serveFeeds serves every n-th fixture feed that has posts, as a source of its own each.
func (h *house) serveFeeds(want expected, n int, interval time.Duration) {
	h.t.Helper()
	root := dataset.Path(h.t, "feeds")
	var files []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && slices.Contains([]string{".xml", ".rss", ".atom", ".json"}, filepath.Ext(path)) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(files); i += n {
		body, err := os.ReadFile(files[i])
		if err != nil {
			h.t.Fatal(err)
		}
		path := fmt.Sprintf("/feeds/%d%s", i, filepath.Ext(files[i]))
		if !want.addFeed(h.t, body, h.address(path)) {
			continue
		}
		h.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			_, _ = w.Write(body)
		})
		h.source(fmt.Sprintf("fixture-%d", i), path, interval)
	}
	if len(h.sources) < 20 {
		h.t.Fatalf("only %d of the fixture feeds have posts", len(h.sources))
	}
}
