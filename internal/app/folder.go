package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// minimumFree is the free space below which a start is refused: the engine needs room to
// merge parts, and a store that fills its disk half-way is worse than one that says so.
const minimumFree = 256 << 20

// folder is a data folder held by this process alone.
type folder struct {
	path string
	lock *os.File
}

// running is what an instance tells other commands on the same data folder.
type running struct {
	PID        int    `json:"pid"`
	Page       string `json:"page"`
	ClickHouse string `json:"clickhouse"`
	Kafka      string `json:"kafka"`
}

// errHeld says that another process holds the data folder.
var errHeld = errors.New("another samleng is using this data folder")

// openFolder creates the data folder where it is missing, checks that it can be written
// and has room, and takes its lock. A folder held by another process gives errHeld.
func openFolder(path string) (*folder, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", path, err)
	}
	if err := os.MkdirAll(absolute, 0o750); err != nil {
		return nil, fmt.Errorf("data folder %s cannot be created: %w; choose another with --data", absolute, bare(err))
	}
	lock, err := os.OpenFile(filepath.Join(absolute, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder %s cannot be written: %w; choose another with --data", absolute, bare(err))
	}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = lock.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s", errHeld, absolute)
		}
		return nil, fmt.Errorf("data folder %s cannot be locked: %w", absolute, err)
	}
	f := &folder{path: absolute, lock: lock}
	if err := f.forget(); err != nil { // of a process that was killed
		return nil, errors.Join(err, lock.Close())
	}
	if err := f.room(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// room checks that the disk takes a write and has minimumFree left.
func (f *folder) room() error {
	probe := filepath.Join(f.path, "probe")
	if err := os.WriteFile(probe, make([]byte, 4096), 0o600); err != nil {
		return fmt.Errorf("data folder %s cannot be written: %w; free some space or choose another with --data", f.path, bare(err))
	}
	if err := os.Remove(probe); err != nil {
		return fmt.Errorf("data folder %s cannot be written: %w", f.path, bare(err))
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(f.path, &disk); err != nil {
		return fmt.Errorf("data folder %s: ask for free space: %w", f.path, err)
	}
	if free := disk.Bavail * uint64(disk.Bsize); free < minimumFree {
		return fmt.Errorf("data folder %s is on a full disk: %d MB are free and %d MB are needed; free some space or choose another with --data",
			f.path, free>>20, minimumFree>>20)
	}
	return nil
}

// announce writes the addresses of this instance for other commands.
func (f *folder) announce(r running) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("announce addresses: %w", err)
	}
	temporary := f.file("running.json.new")
	if err := os.WriteFile(temporary, body, 0o600); err != nil {
		return fmt.Errorf("announce addresses: %w", err)
	}
	if err := os.Rename(temporary, f.file("running.json")); err != nil {
		return fmt.Errorf("announce addresses: %w", err)
	}
	return nil
}

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// forget removes the addresses that were announced.
func (f *folder) forget() error {
	if err := os.Remove(f.file("running.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("data folder %s cannot be written: %w", f.path, bare(err))
	}
	return nil
}

// Close gives the folder back.
func (f *folder) Close() error { return errors.Join(f.forget(), f.lock.Close()) }

// readRunning gives the addresses that the instance holding the folder announced.
func readRunning(path string) (running, error) {
	body, err := os.ReadFile(filepath.Join(path, "running.json"))
	if err != nil {
		return running{}, fmt.Errorf("another samleng is using %s but has not finished starting: %w", path, bare(err))
	}
	var r running
	if err := json.Unmarshal(body, &r); err != nil {
		return running{}, fmt.Errorf("read %s: %w", filepath.Join(path, "running.json"), err)
	}
	return r, nil
}

// bare strips the path from a file error whose path is already in the sentence.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
