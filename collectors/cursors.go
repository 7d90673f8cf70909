package collectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

// FileCursors keeps each cursor in a file of its own, SOURCE.json, in one folder. It is safe
// for concurrent use by different sources.
type FileCursors struct {
	folder string
	logger *slog.Logger
}

// unfinished begins the name of a file that is still being written.
const unfinished = ".new-"

// cursorName is what a source's id looks like, so that none leads out of the folder.
var cursorName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// OpenCursors opens the folder, which is made if it is missing, and removes what an earlier
// process left half written.
func OpenCursors(folder string, logger *slog.Logger) (*FileCursors, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("open cursors: %w", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("open cursors: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), unfinished) {
			if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
				return nil, fmt.Errorf("open cursors: %w", err)
			}
		}
	}
	return &FileCursors{folder: folder, logger: logger}, nil
}

// Load reads the cursor of source into the pointer into. A file that cannot be understood is
// set aside as SOURCE.json.broken, with a warning, and counts as none: the source is then
// read from the start, and what is read twice counts once.
func (c *FileCursors) Load(source string, into any) (bool, error) {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return false, fmt.Errorf("load cursor of %s: want a pointer, got %T", source, into)
	}
	target.Elem().SetZero()
	path, err := c.path(source)
	if err != nil {
		return false, err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load cursor of %s: %w", source, err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		target.Elem().SetZero()
		aside := path + ".broken"
		if err := os.Rename(path, aside); err != nil {
			return false, fmt.Errorf("set aside the broken cursor of %s: %w", source, err)
		}
		c.logger.Warn("a cursor could not be understood and was set aside; its source is read from the start",
			"source", source, "file", aside, "error", err)
		return false, nil
	}
	return true, nil
}

// Save replaces the cursor of source: the new one is on disk, name included, before the old
// one is gone.
func (c *FileCursors) Save(source string, from any) error {
	path, err := c.path(source)
	if err != nil {
		return err
	}
	data, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("save cursor of %s: %w", source, err)
	}
	if err := replaceFile(path, append(data, '\n')); err != nil {
		return fmt.Errorf("save cursor of %s: %w", source, err)
	}
	return nil
}

func (c *FileCursors) path(source string) (string, error) {
	if !cursorName.MatchString(source) {
		return "", fmt.Errorf("cursor of %q: want lower-case letters, digits and hyphens", source)
	}
	return filepath.Join(c.folder, source+".json"), nil
}

// replaceFile writes data to path so that after a crash either the old or the new content is
// there, whole.
func replaceFile(path string, data []byte) (err error) {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, unfinished+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes a rename in the folder survive a loss of power.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
