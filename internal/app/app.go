package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/classifiers"
	"samleng/classifiers/topic"
	"samleng/dashboards/web"
	"samleng/internal/config"
	"samleng/pipeline/kafka"
	"samleng/storage/clickhouse"
)

// Options is what an App is made of.
type Options struct {
	Settings config.Settings
	Sample   bool      // replay the sample posts into a store of their own, and collect nothing
	Collect  bool      // poll the sources
	Page     bool      // serve the live page
	Version  string    // of the program
	Steps    io.Writer // where the start-up says what it is doing
	Logger   *slog.Logger
}

// App is a running samleng: engines, workers, collectors and page in one process.
type App struct {
	o        Options
	log      *slog.Logger
	metrics  *prometheus.Registry
	cleanups cleanups
	stopping sync.Once
	stopped  error
	failed   chan error // the first failure that no part recovers from by itself

	folder   *folder
	kafka    kafka.Config // with the embedded broker's address where there is one
	store    *clickhouse.Store
	topics   []topic.Definition
	sources  []samleng.Source // those to be read; shown from collection
	chain    *classifiers.Chain
	producer *kafka.Producer
	rules    *rulekeeper
	prepared chan struct{} // closed when the tables are ready
	leads    func() bool   // whether this process does what one of a deployment does; nil without workers

	page       *web.Page
	addresses  running
	health     *health
	ready      atomic.Bool
	collection atomic.Pointer[collection]
	watch      atomic.Pointer[watchkeeper] // nil: this process does not watch for alerts
}

// Start starts everything that Options ask for and returns when the page, where it is asked
// for, answers. What is
// outside and away, such as a Kafka cluster, is waited for in the background and shown on
// the page. An error has undone every step before it.
func Start(ctx context.Context, o Options) (*App, error) {
	a := &App{
		o: o, log: o.Logger, metrics: prometheus.NewRegistry(), failed: make(chan error, 1),
		health: newHealth(time.Now), prepared: make(chan struct{}),
	}
	a.cleanups.log = o.Logger
	steps := []struct {
		name string
		run  func(context.Context) error
	}{
		{"lists", a.readLists},
		{"data folder", a.openFolder},
		{"classifiers", a.loadClassifiers},
		{"Kafka", a.openKafka},
		{"ClickHouse", a.openClickHouse},
		{"page", a.openPage},
		{"workers", a.startWorkers},
		{"alerts", a.startAlerts},
		{"collectors", a.startCollectors},
	}
	for _, step := range steps {
		if err := step.run(ctx); err != nil {
			return nil, errors.Join(err, a.cleanups.run())
		}
	}
	a.addresses.PID = os.Getpid()
	if err := a.folder.announce(a.addresses); err != nil {
		return nil, errors.Join(err, a.cleanups.run())
	}
	a.ready.Store(true)
	if o.Page {
		a.say("ready", "http://%s", a.addresses.Page)
	}
	return a, nil
}

// notify tells the page, where there is one, that something was stored.
func (a *App) notify() {
	if a.page != nil {
		a.page.Notify()
	}
}

// Page is the address of the live page, host:port.
func (a *App) Page() string { return a.addresses.Page }

// ClickHouse is the DSN of the store in use.
func (a *App) ClickHouse() string { return a.addresses.ClickHouse }

// Wait blocks until ctx ends, which gives nil, or until a part fails for good.
func (a *App) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.failed:
		return err
	}
}

// Stop drains and stops everything in the opposite order of Start, each part within its
// bound. A second call gives the first one's result.
func (a *App) Stop() error {
	a.stopping.Do(func() { a.stopped = a.cleanups.run() })
	return a.stopped
}

// fail reports a failure that ends the process; the first one wins.
func (a *App) fail(err error) {
	select {
	case a.failed <- err:
	default:
	}
}

// say prints one step of the start-up.
func (a *App) say(part, format string, args ...any) {
	if a.o.Steps != nil {
		_, _ = fmt.Fprintf(a.o.Steps, "%-12s %s\n", part, fmt.Sprintf(format, args...))
	}
}

// background runs a part until its context ends and registers its stop. A failure before
// that ends the process.
func (a *App) background(name string, limit time.Duration, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := run(ctx)
		if err != nil && ctx.Err() == nil {
			a.fail(fmt.Errorf("%s: %w", name, err))
		}
		done <- err
	}()
	a.cleanups.add(name, limit, func(limit context.Context) error {
		cancel()
		select {
		case err := <-done:
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		case <-limit.Done():
			return limit.Err()
		}
	})
}
