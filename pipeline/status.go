package pipeline

import (
	"fmt"
	"sync"
	"time"
)

// State is what a part of the pipeline is doing.
type State string

// The states.
const (
	Idle    State = "idle"    // nothing to do
	Working State = "working" // a range is on its way
	Waiting State = "waiting" // for something outside; Status says for what and why
)

// Status is the state of a part of the pipeline, for people to look at.
type Status struct {
	State  State     `json:"state"`
	For    string    `json:"for,omitempty"`    // what is waited for: "ClickHouse", "Kafka", ...
	Reason string    `json:"reason,omitempty"` // the last error while waiting
	Since  time.Time `json:"since"`            // when the wait began, or when the state was entered
}

// String gives one sentence, such as "waiting for ClickHouse: connection refused (since
// 10:02:07)". Times are in UTC.
func (s Status) String() string {
	if s.State != Waiting {
		return string(s.State)
	}
	return fmt.Sprintf("waiting for %s: %s (since %s UTC)", s.For, s.Reason, s.Since.UTC().Format("15:04:05"))
}

// Activity gathers what several goroutines are doing into one Status: waiting where one of
// them waits, working where one of them works, idle otherwise. It is safe for concurrent
// use.
type Activity struct {
	now func() time.Time

	mu    sync.Mutex
	parts map[string]Status
	idle  time.Time
}

// NewActivity makes an idle Activity. now is the clock.
func NewActivity(now func() time.Time) *Activity {
	return &Activity{now: now, parts: make(map[string]Status), idle: now()}
}

// Working says that the named part is at work. It reports whether that ended a wait.
func (a *Activity) Working(part string) (waited bool) {
	return a.set(part, Status{State: Working}) == Waiting
}

// Waiting says that the named part waits for something and why. The beginning of the wait
// stays the same until the part does something else. It reports whether the wait is new,
// which is when it deserves a line in the log.
func (a *Activity) Waiting(part, what string, reason error) bool {
	return a.set(part, Status{State: Waiting, For: what, Reason: reason.Error()}) != Waiting
}

// Done says that the named part has nothing to do. It reports whether that ended a wait.
func (a *Activity) Done(part string) (waited bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	before, had := a.parts[part]
	delete(a.parts, part)
	if had && len(a.parts) == 0 {
		a.idle = a.now()
	}
	return before.State == Waiting
}

// set stores the state of a part and gives the one before it.
func (a *Activity) set(part string, next Status) State {
	a.mu.Lock()
	defer a.mu.Unlock()
	before := a.parts[part]
	next.Since = a.now()
	if before.State == next.State && before.For == next.For {
		next.Since = before.Since
	}
	a.parts[part] = next
	return before.State
}

// Status gives the state of the whole: the longest wait, else the longest work, else idle.
func (a *Activity) Status() Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	whole := Status{State: Idle, Since: a.idle}
	for _, part := range a.parts {
		rank, best := ranks(part.State), ranks(whole.State)
		if rank > best || rank == best && part.Since.Before(whole.Since) {
			whole = part
		}
	}
	return whole
}

func ranks(s State) int {
	switch s {
	case Waiting:
		return 2
	case Working:
		return 1
	}
	return 0
}
