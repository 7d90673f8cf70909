package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"samleng"
	"samleng/collectors"
	"samleng/collectors/all"
	"samleng/collectors/fetch"
	"samleng/configs/sample"
	"samleng/pipeline"
)

// collection is what is read: nothing at first, since the page is there before it.
type collection struct {
	sources   []samleng.Source
	scheduler *collectors.Scheduler // nil where the sources are not polled
}

// collecting gives what is read at the moment.
func (a *App) collecting() collection {
	if c := a.collection.Load(); c != nil {
		return *c
	}
	return collection{}
}

// startCollectors polls the configured sources, or replays the sample posts instead.
func (a *App) startCollectors(context.Context) error {
	if a.o.Sample {
		sources, err := sample.Sources()
		if err != nil {
			return fmt.Errorf("read sample sources: %w", err)
		}
		a.collection.Store(&collection{sources: sources})
		record := a.recordCoverage()
		a.background("sample", 5*time.Second, func(ctx context.Context) error { return a.replaySample(ctx, record) })
		a.say("collectors", "none: sample posts are replayed, and no source is read")
		return nil
	}
	if !a.o.Collect {
		return nil
	}
	client, err := fetch.New(fetch.Options{Config: a.o.Settings.Fetch, Version: a.o.Version, Logger: a.log.With("part", "fetch")})
	if err != nil {
		return fmt.Errorf("start collectors: %w", err)
	}
	cursors, err := collectors.OpenCursors(a.folder.file("cursors"), a.log.With("part", "cursors"))
	if err != nil {
		return fmt.Errorf("start collectors: %w", err)
	}
	record := a.recordCoverage()
	scheduler, err := collectors.NewScheduler(collectors.Options{
		Config: a.o.Settings.Collect, Sources: a.sources, Kinds: all.Kinds(), Emit: a.emit, Record: record, Registerer: a.metrics,
		Deps: collectors.Deps{Fetch: client, Cursors: cursors, Logger: a.log.With("part", "collector"), Now: time.Now},
	})
	if err != nil {
		return fmt.Errorf("start collectors: %w", err)
	}
	a.collection.Store(&collection{a.sources, scheduler})
	a.cleanups.add("collectors", 5*time.Second, scheduler.Stop)
	scheduler.Start()
	a.say("collectors", "%d sources", len(a.sources))
	return nil
}

// coverageQueue is how many records of polls wait while ClickHouse is away. When it is
// full the oldest gives way, with a line in the log: the state of a source now matters more
// than its state hours ago.
const coverageQueue = 4096

// recordCoverage gives a function that queues a record for the store and never blocks.
func (a *App) recordCoverage() func(samleng.Coverage) {
	queue := make(chan samleng.Coverage, coverageQueue)
	a.background("coverage", 3*time.Second, func(ctx context.Context) error {
		return a.writeCoverage(ctx, queue)
	})
	var unreachable sync.Once
	return func(c samleng.Coverage) {
		if r := a.reach(); r.None() && r.Polled == r.Configured {
			unreachable.Do(func() {
				a.say("sources", "none of %d could be reached: %s\n%-12s `samleng up --sample` shows every view with sample data", r.Configured, r.Reason, "")
			})
		}
		for {
			select {
			case queue <- c:
				return
			default:
			}
			select {
			case lost := <-queue:
				a.log.Warn("a record of a poll is lost: the store has been away for too long", "source", lost.Source, "at", lost.At)
			default:
			}
		}
	}
}

// writeCoverage stores what is queued, in batches, until ctx ends; then it makes one last
// attempt.
func (a *App) writeCoverage(ctx context.Context, queue <-chan samleng.Coverage) error {
	for {
		var batch []samleng.Coverage
		select {
		case <-ctx.Done():
		case c := <-queue:
			batch = append(batch, c)
		}
		batch = drain(queue, batch)
		if ctx.Err() != nil {
			if len(batch) == 0 {
				return nil
			}
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
			defer cancel()
			return a.store.RecordCoverage(last, batch)
		}
		if err := a.storeCoverage(ctx, batch); err != nil {
			return err
		}
		a.notify()
	}
}

func drain(queue <-chan samleng.Coverage, batch []samleng.Coverage) []samleng.Coverage {
	for len(batch) < coverageQueue {
		select {
		case c := <-queue:
			batch = append(batch, c)
		default:
			return batch
		}
	}
	return batch
}

// storeCoverage tries for as long as the store is away. Records that it refuses are logged
// and given up: they describe the past and cannot be made again.
func (a *App) storeCoverage(ctx context.Context, batch []samleng.Coverage) error {
	refused := func(err error) bool { return samleng.ClassOf(err) == samleng.BadInput }
	err := pipeline.Retry(ctx, func() error { return a.store.RecordCoverage(ctx, batch) }, refused, nil)
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	a.log.Error("records of polls are refused by the store", slog.Int("records", len(batch)), slog.Any("error", err))
	return nil
}
