package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"samleng"
)

// lockFile is held locked as long as a broker uses the folder. The operating system lets go
// of it when the process dies.
const lockFile = "samleng.lock"

// lockDir makes the folder where needed and takes it for this process.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, samleng.Errorf(samleng.Permanent, "the broker's folder cannot be made: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, samleng.Errorf(samleng.Permanent, "the broker's folder %s cannot be written to: %w", dir, cause(err))
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, samleng.Errorf(samleng.Permanent, "the broker's folder %s is in use by another samleng", dir)
		}
		return nil, fmt.Errorf("lock the broker's folder %s: %w", dir, err)
	}
	return f, nil
}

// cause strips the path from an error of package os: the sentence around it has it.
func cause(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}
