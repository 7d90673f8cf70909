package web

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	memoAge  = 10 * time.Second // how long an answer is given again
	memoSize = 64               // answers kept; when full, all are forgotten
	askLimit = 20 * time.Second // how long a question may take, whoever is still waiting
)

// memo keeps the latest answers of the store, so that a hundred open pages which hear of
// new posts at the same time cost one question. Faults are not kept.
type memo[T any] struct {
	now func() time.Time

	mu      sync.Mutex
	answers map[string]*answer[T]
}

type answer[T any] struct {
	done  chan struct{}
	at    time.Time
	value T
	err   error
}

func newMemo[T any](now func() time.Time) *memo[T] {
	return &memo[T]{now: now, answers: make(map[string]*answer[T])}
}

// get gives the answer kept under key, with the time it was asked for, or asks. Whoever
// asks the same meanwhile waits for that answer.
func (m *memo[T]) get(ctx context.Context, key string, ask func(context.Context) (T, error)) (T, time.Time, error) {
	m.mu.Lock()
	a, ok := m.answers[key]
	if ok && m.now().Sub(a.at) < memoAge {
		m.mu.Unlock()
		select {
		case <-a.done:
			return a.value, a.at, a.err
		case <-ctx.Done():
			var none T
			return none, a.at, fmt.Errorf("wait for the answer to the same question: %w", ctx.Err())
		}
	}
	if len(m.answers) >= memoSize {
		clear(m.answers)
	}
	a = &answer[T]{done: make(chan struct{}), at: m.now()}
	m.answers[key] = a
	m.mu.Unlock()

	// Others may be waiting: the question outlives the one who asked first.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askLimit)
	defer cancel()
	a.value, a.err = ask(ctx)
	if a.err != nil {
		m.mu.Lock()
		if m.answers[key] == a {
			delete(m.answers, key)
		}
		m.mu.Unlock()
	}
	close(a.done)
	return a.value, a.at, a.err
}
