package samleng

import (
	"errors"
	"fmt"
	"time"
)

// Class says what can be done about an error. It decides what happens next and labels
// the error's metric.
type Class string

// The classes of error.
const (
	Permanent    Class = "permanent"    // trying again will not help; the default
	RetryAfter   Class = "retry-after"  // a passing fault: try again, later
	RateLimited  Class = "rate-limited" // the other side asked us to slow down
	Unauthorised Class = "unauthorised" // credentials or permission are missing
	BadInput     Class = "bad-input"    // the data itself is at fault
)

// classified is an error with a class and, for RetryAfter and RateLimited, the time to
// wait that the other side named.
type classified struct {
	err   error
	class Class
	wait  time.Duration
}

func (e *classified) Error() string { return e.err.Error() }
func (e *classified) Unwrap() error { return e.err }

// WithClass gives err a class. The text of the error stays as it is. A nil err gives nil.
func WithClass(class Class, err error) error {
	if err == nil {
		return nil
	}
	return &classified{err: err, class: class}
}

// WithWait is WithClass for an error that names how long to wait before the next try.
func WithWait(class Class, wait time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return &classified{err: err, class: class, wait: wait}
}

// Errorf is fmt.Errorf with a class.
func Errorf(class Class, format string, args ...any) error {
	return &classified{err: fmt.Errorf(format, args...), class: class}
}

// ClassOf gives the outermost class in err's chain: Permanent for an error that has none,
// and the empty class for nil.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	if c, ok := errors.AsType[*classified](err); ok {
		return c.class
	}
	return Permanent
}

// WaitOf gives the time to wait that err names, or 0.
func WaitOf(err error) time.Duration {
	if c, ok := errors.AsType[*classified](err); ok {
		return c.wait
	}
	return 0
}
