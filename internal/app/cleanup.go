package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// cleanups are the named steps that undo a start, run last in, first out, each bounded and
// each run even when an earlier one failed.
type cleanups struct {
	log   *slog.Logger
	mu    sync.Mutex
	steps []cleanup
}

type cleanup struct {
	name  string
	limit time.Duration
	run   func(context.Context) error
}

// add registers a step; run should return soon after its context ends.
func (c *cleanups) add(name string, limit time.Duration, run func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps = append(c.steps, cleanup{name, limit, run})
}

// run undoes everything that was added and forgets it, so that a second call does nothing.
func (c *cleanups) run() error {
	c.mu.Lock()
	steps := c.steps
	c.steps = nil
	c.mu.Unlock()

	var errs []error
	for _, step := range slices.Backward(steps) {
		if err := step.bounded(); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", step.name, err))
		}
		c.log.Debug("stopped", "part", step.name)
	}
	return errors.Join(errs...)
}

// bounded gives up waiting for the step at its limit; the process is about to end anyway.
func (s cleanup) bounded() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		// One more moment for a step that obeys its context.
		select {
		case err := <-done:
			return err
		case <-time.After(100 * time.Millisecond):
			return fmt.Errorf("still running after %s", s.limit)
		}
	}
}
