package alerts

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// Channel tells people. It does not wait for its turn, try again or count: package deliver does
// so around every channel, and calls one channel from one goroutine at a time.
type Channel interface {
	// Traits says what the channel takes. It gives the same every time.
	Traits() Traits
	// Send hands one message over, and returns when the other side has answered, or soon after
	// ctx ends. The receipt may be empty.
	//
	// A nil error says that the other side has taken the message. The class of an error decides
	// what happens next: samleng.RetryAfter and RateLimited are tried again, after the time to
	// wait that samleng.WithWait names where there is one; Unauthorised is tried again as well,
	// because a person can mend it and the message is not at fault; Permanent and BadInput give
	// the message up. An error says that the message was not taken, unless it is Unsure. No
	// error holds a secret.
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Editor is a channel that can change a message that it has taken.
type Editor interface {
	// Edit puts m in place of the message of a receipt. Editing twice is harmless. The errors
	// are those of Send; a Permanent one says that the message cannot be changed any more, so
	// that m is better sent.
	Edit(ctx context.Context, first Receipt, m Message) error
}

// Traits is what has to be known of a channel.
type Traits struct {
	Format Format
	// Limits are how often the other side lets the channel send; all of them hold.
	Limits []Limit
	// Peer names whom the limits belong to. Channels of one peer share them; empty: not shared.
	Peer string
}

// Limit is how many messages, at most, fit into a period.
type Limit struct {
	Messages int
	Period   time.Duration
}

// Settings is the configuration of one kind of channel.
type Settings interface {
	// Validate reports every fault as samleng.KeyErrors.
	Validate() error
	// Open makes the channel. It reads secrets from files and does no other input or output.
	Open(deps Deps) (Channel, error)
}

// Deps is what a channel may need from outside. Every field is set.
type Deps struct {
	HTTP   *http.Client
	Logger *slog.Logger
	Now    func() time.Time
}

// unsure is an error after which it is not known whether the message went out.
type unsure struct{ err error }

func (e *unsure) Error() string { return e.err.Error() }
func (e *unsure) Unwrap() error { return e.err }

// Unsure marks an error after which the message may have been taken, or not: the connection
// broke, or the time ran out, after all of it was handed over. The class and the text of err
// stay as they are. A nil err gives nil.
func Unsure(err error) error {
	if err == nil {
		return nil
	}
	return &unsure{err}
}

// IsUnsure reports whether the message may have been taken in spite of err.
func IsUnsure(err error) bool {
	_, ok := errors.AsType[*unsure](err)
	return ok
}
