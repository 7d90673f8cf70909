package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestCleanupsRunLastInFirstOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := cleanups{log: slog.New(slog.DiscardHandler)}
		var mu sync.Mutex // a step that was given up runs beside the next one
		var order []string
		broken := errors.New("broken")
		add := func(name string, run func(context.Context) error) {
			c.add(name, time.Second, func(ctx context.Context) error {
				mu.Lock()
				order = append(order, name)
				mu.Unlock()
				return run(ctx)
			})
		}
		add("first", func(context.Context) error { return nil })
		add("second", func(context.Context) error { return broken })
		add("hangs", func(context.Context) error { time.Sleep(time.Hour); return nil })
		add("obeys", func(ctx context.Context) error { <-ctx.Done(); return nil })

		err := c.run()
		if want := []string{"obeys", "hangs", "second", "first"}; !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
		if !errors.Is(err, broken) || err.Error() != "stop hangs: still running after 1s\nstop second: broken" {
			t.Errorf("error %v", err)
		}
		if err := c.run(); err != nil || len(order) != 4 {
			t.Errorf("a second call ran %v, %v", order, err)
		}
		time.Sleep(2 * time.Hour) // lets the step that hangs end
	})
}
