package collectors

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"samleng"
)

// State is what the scheduler knows of a source, for people to look at. Posts of the embedded
// SourceState is left 0: the store knows it for any period.
type State struct {
	samleng.SourceState
	NextPoll time.Time `json:"next_poll"` // zero while it is being polled
	Polling  bool      `json:"polling"`   // now
	Failures int       `json:"failures"`  // polls in a row that failed
	Reasons  []string  `json:"reasons"`   // why entries of the last poll were rejected; at most MaxReasons
}

// states is the scheduler's board of State by source.
type states struct {
	mu sync.Mutex
	by map[string]State
}

func newStates(sources []samleng.Source) *states {
	s := &states{by: make(map[string]State, len(sources))}
	for _, src := range sources {
		s.by[src.ID] = State{SourceState: samleng.SourceState{ID: src.ID, Name: src.Name, Kind: src.Kind, URL: src.URL}}
	}
	return s
}

// change applies f to the state of a source and gives what it was before.
func (s *states) change(id string, f func(*State)) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.by[id]
	after := before
	f(&after)
	s.by[id] = after
	return before
}

// all gives a copy of every state, by id.
func (s *states) all() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Collect(maps.Values(s.by))
	slices.SortFunc(list, func(a, b State) int { return strings.Compare(a.ID, b.ID) })
	return list
}
