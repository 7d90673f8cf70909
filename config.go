package samleng

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// KeyError is a fault in one configuration key. Key is the dotted path from the component
// that reports it; whoever loads the file adds what comes before it and the line.
type KeyError struct {
	Key string
	Err error
}

func (e *KeyError) Error() string { return e.Key + ": " + e.Err.Error() }
func (e *KeyError) Unwrap() error { return e.Err }

// Keyf makes a KeyError.
func Keyf(key, format string, args ...any) error {
	return &KeyError{Key: key, Err: fmt.Errorf(format, args...)}
}

// Secret is a configuration value that is never printed: every formatter and logger shows
// "<secret>". Use Reveal where it is needed.
type Secret string

// String gives "<secret>", or nothing for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "<secret>"
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue is String, for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for every encoder.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText stores the real value.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}

// Reveal gives the value itself.
func (s Secret) Reveal() string { return string(s) }

// ReadSecret gives the secret set in the configuration, or the first line of the file named
// beside it. Setting both is an error.
func ReadSecret(value Secret, file string) (Secret, error) {
	if file == "" {
		return value, nil
	}
	if value != "" {
		return "", errors.New("a secret and a file for it are both set: keep one")
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return Secret(strings.TrimSuffix(line, "\r")), nil
}
