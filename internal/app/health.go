package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"samleng"
	"samleng/dashboards/web"
	"samleng/pipeline"
)

// health gathers what is waited for, for the page.
type health struct {
	now func() time.Time

	mu       sync.Mutex
	problems map[string]web.Problem // by part, of the start-up
	watched  []watched
}

type watched struct {
	part   string
	status func() pipeline.Status
}

func newHealth(now func() time.Time) *health {
	return &health{now: now, problems: map[string]web.Problem{}}
}

// watch adds a part that tells its own state.
func (h *health) watch(part string, status func() pipeline.Status) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watched = append(h.watched, watched{part, status})
}

// until tries again until attempt succeeds, fails for good, or ctx ends. While it waits,
// part is shown as a problem.
func (h *health) until(ctx context.Context, part, name string, log *slog.Logger, attempt func() error) error {
	final := func(err error) bool {
		switch samleng.ClassOf(err) {
		case samleng.RetryAfter, samleng.RateLimited:
			return false
		}
		return true
	}
	defer h.clear(part)
	return pipeline.Retry(ctx, attempt, final, func(err error) {
		if h.set(part, name, err) {
			log.Warn("waiting", "for", name, "error", err)
		}
	})
}

// set reports whether the problem is new.
func (h *health) set(part, name string, err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, known := h.problems[part]
	p := web.Problem{Part: part, Reason: "waiting for " + name + ": " + err.Error(), Waiting: true, Since: h.now()}
	if known {
		p.Since = before.Since
	}
	h.problems[part] = p
	return !known
}

func (h *health) clear(part string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.problems, part)
}

// list gives the present problems, one for each part, those of the start-up first.
func (h *health) list() []web.Problem {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []web.Problem
	seen := map[string]bool{}
	for part, p := range h.problems {
		list, seen[part] = append(list, p), true
	}
	for _, w := range h.watched {
		s := w.status()
		if s.State != pipeline.Waiting || seen[w.part] {
			continue
		}
		seen[w.part] = true
		list = append(list, web.Problem{Part: w.part, Reason: s.String(), Waiting: true, Since: s.Since})
	}
	return list
}
