//go:build linux

package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFolderIsHeldByOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "data")
	f, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openFolder(path); !errors.Is(err, errHeld) {
		t.Errorf("a second instance: %v", err)
	}
	if _, err := readRunning(path); err == nil || !strings.Contains(err.Error(), "has not finished starting") {
		t.Errorf("before it announced itself: %v", err)
	}
	want := running{PID: 7, Page: "127.0.0.1:1", ClickHouse: "http://127.0.0.1:2/samleng", Kafka: "127.0.0.1:3"}
	if err := f.announce(want); err != nil {
		t.Fatal(err)
	}
	if got, err := readRunning(path); err != nil || got != want {
		t.Errorf("announced %+v, read %+v, %v", want, got, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := openFolder(path)
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFolderThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := openFolder(filepath.Join(file, "data"))
	if err == nil || !strings.Contains(err.Error(), "cannot be created") || !strings.Contains(err.Error(), "--data") {
		t.Errorf("below a file: %v", err)
	}
}

// TestFullDisk needs a file system of its own, which only root can have.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	small := t.TempDir()
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(small, 0); err != nil {
			t.Error(err)
		}
	})
	_, err := openFolder(small)
	if err == nil || !strings.Contains(err.Error(), "full disk") || !strings.Contains(err.Error(), "--data") {
		t.Errorf("with 1 MB free: %v", err)
	}
	if err := os.WriteFile(filepath.Join(small, "filler"), make([]byte, 2<<20), 0o600); err == nil {
		t.Fatal("2 MB fit into 1 MB")
	}
	if _, err = openFolder(small); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("with nothing free: %v", err)
	}
}
