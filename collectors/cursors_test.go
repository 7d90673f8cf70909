package collectors_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"samleng/collectors"
)

type cursor struct {
	ETag string
	Seen map[string]int
}

func openCursors(t *testing.T, folder string) (*collectors.FileCursors, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	c, err := collectors.OpenCursors(folder, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return c, &log
}

func TestFileCursors(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "deep", "cursors")
	c, log := openCursors(t, folder)
	var got cursor
	if ok, err := c.Load("news-1", &got); ok || err != nil {
		t.Fatalf("before the first save: %v, %v", ok, err)
	}
	for _, tag := range []string{"one", "two"} {
		if err := c.Save("news-1", cursor{ETag: tag, Seen: map[string]int{"a": 1}}); err != nil {
			t.Fatal(err)
		}
	}
	again, _ := openCursors(t, folder) // as after a restart
	got = cursor{ETag: "stale", Seen: map[string]int{"stale": 1}}
	if ok, err := again.Load("news-1", &got); !ok || err != nil || got.ETag != "two" || len(got.Seen) != 1 || got.Seen["a"] != 1 {
		t.Errorf("got %+v, %v, %v", got, ok, err)
	}
	if entries, _ := os.ReadDir(folder); len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log)
	}
}

func TestFileCursorsBroken(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"empty": "", "zeros": "\x00\x00\x00", "half": `{"ETag":"x","Se`, "other type": `{"ETag":"x","Seen":[1,2]}`, "binary": "\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			c, log := openCursors(t, folder)
			path := filepath.Join(folder, "news.json")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			got := cursor{ETag: "stale"}
			if ok, err := c.Load("news", &got); ok || err != nil || got.ETag != "" || got.Seen != nil {
				t.Errorf("got %+v, %v, %v: want nothing", got, ok, err)
			}
			if aside, err := os.ReadFile(path + ".broken"); err != nil || string(aside) != content {
				t.Errorf("set aside: %q, %v", aside, err)
			}
			if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "source=news") {
				t.Errorf("logged %q", log)
			}
			if err := c.Save("news", cursor{ETag: "new"}); err != nil {
				t.Fatal(err)
			}
			if ok, err := c.Load("news", &got); !ok || err != nil || got.ETag != "new" {
				t.Errorf("after saving: %+v, %v, %v", got, ok, err)
			}
		})
	}
}

func TestFileCursorsFaults(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ".new-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := openCursors(t, folder)
	if entries, _ := os.ReadDir(folder); len(entries) != 0 {
		t.Errorf("left over: %v", entries)
	}
	for _, id := range []string{"", "../evil", "a/b", "A", "a.json", "-a"} {
		if err := c.Save(id, cursor{}); err == nil {
			t.Errorf("Save took the id %q", id)
		}
		if _, err := c.Load(id, &cursor{}); err == nil {
			t.Errorf("Load took the id %q", id)
		}
	}
	if _, err := c.Load("a", cursor{}); err == nil {
		t.Error("Load took what is no pointer")
	}
	if err := c.Save("a", func() {}); err == nil {
		t.Error("Save took what is no JSON")
	}
	if err := os.Mkdir(filepath.Join(folder, "dir.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if ok, err := c.Load("dir", &cursor{}); ok || err == nil {
		t.Error("Load read a folder")
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := collectors.OpenCursors(file, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("OpenCursors took a file")
	}
}

// Sources save at the same time, and a reader sees each cursor whole.
func TestFileCursorsConcurrently(t *testing.T) {
	t.Parallel()
	c, _ := openCursors(t, t.TempDir())
	var wg sync.WaitGroup
	for _, id := range []string{"a", "b", "c", "d"} {
		wg.Go(func() {
			for i := range 20 {
				if err := c.Save(id, cursor{ETag: id, Seen: map[string]int{id: i}}); err != nil {
					t.Error(err)
				}
				var got cursor
				if ok, err := c.Load(id, &got); !ok || err != nil || got.ETag != id || got.Seen[id] != i {
					t.Errorf("%s: %+v, %v, %v", id, got, ok, err)
				}
			}
		})
	}
	wg.Wait()
}
