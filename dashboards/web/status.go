package web

import (
	"fmt"
	"strings"
	"time"

	"samleng"
)

// State is what the process as a whole is doing.
type State string

// The states.
const (
	Starting State = "starting" // not yet collecting
	Running  State = "running"  // all is well, or only single sources are not
	Waiting  State = "waiting"  // something is away and is tried again without anybody's help
	Failing  State = "failing"  // something needs a person
)

// Problem is one part of the process that does not work.
type Problem struct {
	// Part is "kafka", "database", "sources", "disk" or "workers", which the page can say
	// in Khmer; any other name is shown as it is.
	Part    string    `json:"part"`
	Reason  string    `json:"reason"`         // one sentence in English, from the error
	Waiting bool      `json:"waiting"`        // it is tried again without anybody's help
	Since   time.Time `json:"since,omitzero"` // zero: unknown
}

// Reach says how much of what the program reads could be read since it started.
type Reach struct {
	Configured int       `json:"configured"`         // sources that are not disabled
	Polled     int       `json:"polled"`             // polled at least once
	Reached    int       `json:"reached"`            // polled well at least once
	Reason     string    `json:"reason"`             // the most frequent error of those not reached
	NextPoll   time.Time `json:"next_poll,omitzero"` // the earliest poll that is planned; zero: none
}

// None reports whether sources were polled and not one could be reached.
func (r Reach) None() bool { return r.Polled > 0 && r.Reached == 0 }

// Status is what the process says about itself.
type Status struct {
	State    State
	Activity string // what it is doing now, one sentence in English; may be empty
	Problems []Problem
	Sources  Reach
}

// statusJSON is the answer of /api/v1/status and the data of the event "status". Sentence
// is the one thing to say first, in English, empty when all is well; the page says the
// same in Khmer from the other fields.
type statusJSON struct {
	State    State      `json:"state"`
	Activity string     `json:"activity"`
	Problems []Problem  `json:"problems"`
	Sources  Reach      `json:"sources"`
	Sentence string     `json:"sentence"`
	Sample   bool       `json:"sample"`
	Version  string     `json:"version"`
	Page     string     `json:"page"` // version of the page's own files: another one means reload
	Minimum  groupJSON  `json:"minimum"`
	AsOf     *time.Time `json:"as_of,omitempty"` // absent from events: an event is sent when the rest changed
}

type groupJSON struct {
	Posts   int `json:"posts"`
	Sources int `json:"sources"`
}

func group(m samleng.MinimumGroup) groupJSON { return groupJSON{m.Posts, m.Sources} }

// status is the state of the process without the time of asking.
func (p *Page) status() statusJSON {
	s := p.opts.Status()
	out := statusJSON{
		State:    s.State,
		Activity: s.Activity,
		Problems: s.Problems,
		Sources:  s.Sources,
		Sentence: s.sentence(),
		Sample:   p.opts.Sample,
		Version:  p.opts.Version,
		Page:     p.assets.version,
		Minimum:  group(p.opts.Minimum),
	}
	if out.State == "" {
		out.State = Starting
	}
	if out.Problems == nil {
		out.Problems = []Problem{}
	}
	return out
}

// sentence is what a person should be told first.
func (s Status) sentence() string {
	switch {
	case s.Sources.None():
		reason := s.Sources.Reason
		if reason == "" {
			reason = "no reason is known"
		}
		return fmt.Sprintf("No source could be reached: %s Try `samleng up --sample` to see every view with sample data.", withStop(reason))
	case len(s.Problems) > 0:
		return s.Problems[0].Reason
	case s.State == Starting && s.Activity != "":
		return s.Activity
	}
	return ""
}

// withStop gives a sentence exactly one stop, for another sentence to follow.
func withStop(s string) string {
	s = strings.TrimRight(s, ". ")
	if strings.HasSuffix(s, "?") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}
