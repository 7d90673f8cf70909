package link

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyBytes is the length of a key: that of the hash.
const KeyBytes = 32

// Key reads the key from a file of hexadecimal digits, and makes one where the file is missing,
// for its owner's eyes only. Whoever removes the file makes all links invalid that were made.
func Key(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(file); err == nil {
			text, err = os.ReadFile(file)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of links: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) < KeyBytes {
		return nil, fmt.Errorf("read the key of links: %s does not hold %d bytes in hexadecimal digits: remove it, and links made so far are invalid", file, KeyBytes)
	}
	return key, nil
}

// create writes a new key beside its place and moves it there, unless another process was
// faster.
func create(file string) error {
	key := make([]byte, KeyBytes)
	_, _ = rand.Read(key) // ends the program rather than give less
	temporary, err := os.CreateTemp(filepath.Dir(file), ".links-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // it may be gone
	_, err = temporary.WriteString(hex.EncodeToString(key) + "\n")
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), file); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
