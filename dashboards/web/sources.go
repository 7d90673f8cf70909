package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"samleng"
)

// Conditions of a source, worst first.
const (
	conditionFailing  = "failing" // its last poll failed
	conditionWaiting  = "waiting" // not yet polled, and nothing stored of it
	conditionSilent   = "silent"  // polled well, but its newest post is older than silentAfter
	conditionOK       = "ok"
	conditionImported = "imported" // never polled, but posts are stored of it
)

// silentAfter is the age of the newest post of a source from which the page says that it
// has fallen silent. Every outlet in configs/sources.yaml publishes at least weekly.
const silentAfter = 7 * 24 * time.Hour

// sourcesJSON is the answer of /api/v1/sources.
type sourcesJSON struct {
	AsOf     time.Time      `json:"as_of"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Sources  []sourceJSON   `json:"sources"`
	Counts   map[string]int `json:"conditions"` // sources by condition
	LastPoll *time.Time     `json:"last_poll"`  // of any source; null: none
	Minimum  groupJSON      `json:"minimum"`
}

type sourceJSON struct {
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Kind        samleng.Kind  `json:"kind"`
	URL         string        `json:"url"` // empty unless http or https
	Condition   string        `json:"condition"`
	LastPoll    *time.Time    `json:"last_poll"`    // null: never polled, as one that was imported
	LastSuccess *time.Time    `json:"last_success"` // null: never
	LastPost    *time.Time    `json:"last_post"`    // null: none, or too few of private people in the period
	Posts       int           `json:"posts"`        // in the period
	Few         bool          `json:"few,omitempty"`
	Error       string        `json:"error"`
	Class       samleng.Class `json:"class"`
}

func (p *Page) sourceList(w http.ResponseWriter, r *http.Request) {
	s, err := p.parseSelection(r.URL.Query(), p.now())
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	states, at, err := p.sourceStates(r.Context(), s.From, s.To)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	out := sourcesJSON{
		AsOf: at.UTC(), From: s.From, To: s.To,
		Sources: make([]sourceJSON, 0, len(states)),
		Minimum: group(p.opts.Minimum),
		Counts:  map[string]int{conditionFailing: 0, conditionWaiting: 0, conditionSilent: 0, conditionOK: 0, conditionImported: 0},
	}
	for _, state := range states {
		if s.Kind != "" && state.Kind != s.Kind {
			continue
		}
		one := sourceJSON{
			ID: state.ID, Name: state.Name, Kind: state.Kind, URL: safeURL(state.URL),
			Condition:   condition(state, at),
			LastPoll:    known(state.LastPoll),
			LastSuccess: known(state.LastSuccess),
			LastPost:    known(state.LastPost),
			Posts:       state.Posts, Error: state.Error, Class: state.Class,
		}
		if one.Name == "" {
			one.Name = one.ID
		}
		if state.Kind.Personal() && state.Posts < p.opts.Minimum.Posts {
			one.Posts, one.Few, one.LastPost = 0, state.Posts > 0, nil
		}
		if one.LastPoll != nil && (out.LastPoll == nil || one.LastPoll.After(*out.LastPoll)) {
			out.LastPoll = one.LastPoll
		}
		out.Counts[one.Condition]++
		out.Sources = append(out.Sources, one)
	}
	writeJSON(w, r, http.StatusOK, out)
}

// sourceStates asks the store for its sources, once for all who ask the same at about the
// same time.
func (p *Page) sourceStates(ctx context.Context, from, to time.Time) ([]samleng.SourceState, time.Time, error) {
	key := fmt.Sprintf("%d|%d|%d", p.events.sequence(), from.Unix(), to.Unix())
	return p.sources.get(ctx, key, func(ctx context.Context) ([]samleng.SourceState, error) {
		states, err := p.opts.Store.Sources(ctx, from, to)
		if err != nil {
			return nil, &storeError{fmt.Errorf("read the state of the sources: %w", err)}
		}
		return states, nil
	})
}

func condition(s samleng.SourceState, now time.Time) string {
	switch {
	case s.Error != "":
		return conditionFailing
	case s.LastPoll.IsZero() && s.LastPost.IsZero():
		return conditionWaiting
	case s.LastPoll.IsZero():
		return conditionImported
	case s.LastPost.IsZero() || now.Sub(s.LastPost) > silentAfter:
		return conditionSilent
	}
	return conditionOK
}

// known is nil for a time that is not known.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
