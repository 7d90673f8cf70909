package collectors

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"samleng"
)

// poll polls a source once, records how it went, and gives the time until the next poll.
func (s *Scheduler) poll(t *task) time.Duration {
	id := t.source.ID
	s.states.change(id, func(st *State) { st.Polling, st.NextPoll = true, time.Time{} })
	start := s.deps.Now()
	out, err := s.collect(t)
	end := s.deps.Now()
	if err != nil && s.ctx.Err() != nil { // cut short by Stop, which says nothing about the source
		s.states.change(id, func(st *State) { st.Polling = false })
		return 0
	}

	coverage := samleng.Coverage{
		Source: id, At: end.UTC(), Duration: end.Sub(start),
		Posts: out.Posts, Rejected: out.Rejected,
		Class:   samleng.ClassOf(err),
		Partial: out.Posts > 0 && (err != nil || out.Rejected > 0),
	}
	if err != nil {
		coverage.Error = err.Error()
	}
	if !out.Newest.IsZero() {
		coverage.Lag = end.Sub(out.Newest)
	}
	before := s.states.change(id, func(st *State) { st.polled(coverage, out) })
	s.announce(t, before, coverage)
	s.metrics.observe(coverage)
	s.record(coverage)

	failures := 0
	if err != nil {
		failures = before.Failures + 1
	}
	return s.config.delay(t.source.Interval, coverage.Class, samleng.WaitOf(err), failures)
}

// collect runs the collector behind the gate, with a time limit. A panic is this source's
// error and nobody else's.
func (s *Scheduler) collect(t *task) (out Outcome, err error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.config.PollTimeout)
	defer cancel()
	var gate Outcome
	defer func() {
		if p := recover(); p != nil {
			s.deps.Logger.Error("collector panicked", "source", t.source.ID, "panic", p, "stack", string(debug.Stack()))
			err = samleng.Errorf(samleng.Permanent, "the collector has a fault: %v", p)
		}
		out.add(gate)
		if err != nil && samleng.ClassOf(err) == samleng.Permanent && s.ctx.Err() == nil && ctx.Err() != nil {
			err = samleng.WithClass(samleng.RetryAfter, fmt.Errorf("the poll took longer than %s: %w", s.config.PollTimeout, err))
		}
	}()
	return t.collector.Collect(ctx, Wrap(s.emit, &gate))
}

// add adds what the gate counted to what the collector did.
func (o *Outcome) add(gate Outcome) {
	o.Posts, o.Newest = gate.Posts, gate.Newest
	o.Rejected += gate.Rejected
	reasons := append(append([]string{}, o.Reasons...), gate.Reasons...)
	o.Reasons = reasons[:min(len(reasons), MaxReasons)]
}

// polled notes the end of a poll.
func (st *State) polled(c samleng.Coverage, out Outcome) {
	st.Polling = false
	st.LastPoll = c.At
	st.Error, st.Class = c.Error, c.Class
	st.Reasons = out.Reasons
	st.Failures++
	if c.Class == "" {
		st.LastSuccess, st.Failures = c.At, 0
	}
	if out.Newest.After(st.LastPost) {
		st.LastPost = out.Newest
	}
}

// announce logs a source that begins or ceases to fail, or fails in another way; not every
// poll. As long as no source at all has answered the fault is hardly the source's, and is
// no warning about it.
func (s *Scheduler) announce(t *task, before State, now samleng.Coverage) {
	switch {
	case now.Class != "" && now.Class != before.Class:
		level := slog.LevelWarn
		if !slices.ContainsFunc(s.states.all(), func(st State) bool { return !st.LastSuccess.IsZero() }) {
			level = slog.LevelInfo
		}
		s.deps.Logger.Log(s.ctx, level, "source fails", "source", t.source.ID, "class", now.Class, "error", now.Error)
	case now.Class == "" && before.Class != "":
		s.deps.Logger.Info("source answers again", "source", t.source.ID, "failures", before.Failures)
	}
}
