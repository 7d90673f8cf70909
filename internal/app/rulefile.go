package app

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"samleng/internal/config"
)

// savedRules is the file of the data folder that the page writes rules into where no other is
// configured. While it is there, it stands for the built-in one.
const savedRules = "alerts.yaml"

// largestRules bounds a file of rules, in bytes.
const largestRules = 1 << 20

// ruleFile is where the rules of alerts are read from.
type ruleFile struct {
	path string // "" where there is nowhere to write
}

// rulesOf gives the file of rules of the settings: the configured one, or that of the data folder.
func rulesOf(settings *config.Settings, ofSample bool) ruleFile {
	if settings.Alerts.Rules != "" {
		return ruleFile{settings.Alerts.Rules}
	}
	folder := settings.Data
	if ofSample {
		folder = filepath.Join(folder, "sample")
	}
	return ruleFile{filepath.Join(folder, savedRules)}
}

// existing gives the name of the file, "" for the built-in one: where rules are configured the file
// has to be there.
func (f ruleFile) existing(settings *config.Settings) string {
	if settings.Alerts.Rules == "" {
		if _, err := os.Stat(f.path); isAbsent(err) {
			return ""
		}
	}
	return f.path
}

// isAbsent reports whether a file is not there. What is wrong with a data folder that is a file is for
// those to say who make the folder.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR)
}

// read gives the body of the file, nil where there is none.
func (f ruleFile) read() ([]byte, error) {
	file, err := os.Open(f.path)
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path, bare(err))
	}
	defer file.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(file, largestRules+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", f.path, bare(err))
	case len(body) > largestRules:
		return nil, fmt.Errorf("read %s: it has more than %d bytes", f.path, largestRules)
	}
	return body, nil
}

// writable says why the file cannot be written, as far as that shows beforehand.
func (f ruleFile) writable() error {
	path, mode, err := f.target()
	switch {
	case err != nil:
		return err
	case mode&0o222 == 0:
		return fmt.Errorf("%s may not be written: its owner made it read-only", path)
	case unix.Access(filepath.Dir(path), unix.W_OK|unix.X_OK) != nil:
		return fmt.Errorf("%s may not be written: its folder takes no new file from this program", path)
	}
	if _, err := os.Stat(path); err == nil && unix.Access(path, unix.W_OK) != nil {
		return fmt.Errorf("%s may not be written by this program", path)
	}
	return nil
}

// target gives the file itself where the name is that of a link, and its mode.
func (f ruleFile) target() (string, fs.FileMode, error) {
	path, err := filepath.EvalSymlinks(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.path, 0o600, nil // it may come to hold secrets
	}
	if err != nil {
		return "", 0, fmt.Errorf("find %s: %w", f.path, bare(err))
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", 0, fmt.Errorf("find %s: %w", path, bare(err))
	}
	if !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s is not a file", path)
	}
	return path, info.Mode().Perm(), nil
}

// write replaces the body of the file, wholly or not at all, and keeps its mode. before is what the
// file holds by what the caller knows: errStale says that it holds something else.
func (f ruleFile) write(body, before []byte) error {
	if err := f.writable(); err != nil {
		return err
	}
	path, mode, err := f.target()
	if err != nil {
		return err
	}
	folder := filepath.Dir(path)
	temporary, err := os.CreateTemp(folder, ".alerts-*.new")
	if err != nil {
		return fmt.Errorf("write beside %s: %w", path, bare(err))
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // it is gone when all went well
	_, err = temporary.Write(body)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err != nil {
		return fmt.Errorf("write beside %s: %w", path, bare(err))
	}
	if now, err := f.read(); err != nil || !bytes.Equal(now, before) {
		return errors.Join(errStale, err)
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		if link, ok := errors.AsType[*os.LinkError](err); ok {
			err = link.Err
		}
		return fmt.Errorf("put %s in its place: %w", path, err)
	}
	// The name is on the disk when its folder is. Not every file system can do that.
	if d, err := os.Open(folder); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// errStale says that a file is not what it was thought to be.
var errStale = errors.New("the file was changed meanwhile")
