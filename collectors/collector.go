// Package collectors owns what every collector has in common: the contract, the scheduler
// that polls the sources, the cursors that remember how far each was read, and the gate that
// every post passes on its way to Kafka (see Wrap).
//
// It does not know any platform: each collector is a folder of its own beneath this one and
// a line in package all. It does not speak HTTP, which is package fetch, nor Kafka: Emit is
// handed in.
package collectors

import (
	"context"
	"log/slog"
	"time"

	"samleng"
	"samleng/collectors/fetch"
)

// Emit hands posts over and returns nil only once Kafka has acknowledged every one of them.
// It blocks until then or until ctx ends. After an error any number of the posts may have
// been stored: emitting them again is harmless, because a post counts once by its id.
type Emit func(ctx context.Context, posts []samleng.Post) error

// Collector reads one source.
type Collector interface {
	// Collect polls the source once: it reads what is new, emits it, and saves its cursor
	// after Emit has returned nil, never before. It may emit several times, in batches, so
	// that a poll that is cut short has not been in vain. It returns soon after ctx ends.
	//
	// The error's class decides when the source is polled next; see Config. An entry that
	// cannot become a post is no error: it is counted with Outcome.Reject. An error beside
	// emitted posts means that the poll was partial.
	//
	// The scheduler never calls Collect of one source twice at a time.
	Collect(ctx context.Context, emit Emit) (Outcome, error)
}

// New makes the collector of one source. It does no input or output; an error says what is
// wrong with the source's settings.
type New func(source samleng.Source, deps Deps) (Collector, error)

// Deps is what a collector may need from outside. Every field is set.
type Deps struct {
	Fetch   *fetch.Client
	Cursors Cursors
	Logger  *slog.Logger // carries no source name yet; never a line per post
	Now     func() time.Time
}

// Cursors keeps the state of each source between polls and runs: whatever the collector
// needs to not read everything again, as JSON. A cursor is known by the source's id alone,
// so a collector whose state belongs to an address keeps that address in it.
type Cursors interface {
	// Load reads the cursor of source into a pointer. It reports false, with into zeroed,
	// when there is none or when it could not be understood. An error means that the
	// storage failed, and the poll should too.
	Load(source string, into any) (bool, error)
	// Save replaces the cursor of source. When it returns nil the cursor is on disk.
	Save(source string, from any) error
}

// MaxReasons is how many reasons for rejection an Outcome keeps.
const MaxReasons = 10

// Outcome is what a poll did. A collector fills in Rejected and Reasons (by Reject) and
// NotModified; the gate around Emit adds Posts, Newest and its own rejections, so that every
// collector counts alike.
type Outcome struct {
	Posts       int       // emitted and acknowledged
	Rejected    int       // entries that could not become a post
	Reasons     []string  // of the first MaxReasons rejections
	Newest      time.Time // publication time of the newest acknowledged post; zero: none
	NotModified bool      // the source said that nothing changed since the last poll
}

// Reject counts an entry that could not become a post.
func (o *Outcome) Reject(reason string) {
	o.Rejected++
	if len(o.Reasons) < MaxReasons {
		o.Reasons = append(o.Reasons, reason)
	}
}
