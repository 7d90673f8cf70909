package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng/alerts"
	"samleng/alerts/deliver"
	"samleng/alerts/digest"
	"samleng/alerts/watch"
	"samleng/pipeline"
)

// errElsewhere says that another process of the deployment watches now.
var errElsewhere = errors.New("alerts are watched elsewhere")

// startAlerts runs the rules over what is stored, and brings what they find to the channels. The
// process that keeps the stories does it, so that of a deployment one does. Other rules take over
// when their file changes.
func (a *App) startAlerts(context.Context) error {
	if !a.o.Settings.Alerts.Enabled || !a.o.Collect {
		a.background("rules", time.Second, a.rules.run)
		return nil
	}
	w := &watchkeeper{leads: a.leads, changed: make(chan struct{}, 1), activity: pipeline.NewActivity(time.Now), log: a.log.With("part", "alerts")}
	if err := a.rules.replace(func(next *alerting) error {
		parts, err := a.newWatchparts(next)
		if err == nil {
			w.swap(parts)
		}
		return err
	}); err != nil {
		return err
	}
	a.health.watch("alerts", w.activity.Status)
	a.watch.Store(w)
	if err := a.metrics.Register(watchMetrics{w}); err != nil {
		return fmt.Errorf("start alerts: %w", err)
	}
	a.background("rules", time.Second, a.rules.run)
	a.background("alerts", 5*time.Second+longestAttempt, func(ctx context.Context) error {
		select {
		case <-a.prepared:
		case <-ctx.Done():
			return nil
		}
		return w.run(ctx)
	})
	now := a.rules.now()
	a.say("alerts", "%d rules, %d series, %d channels, %d digests", len(now.book.Rules()), w.parts.Load().series, len(now.file.Channels), len(now.file.Digests))
	return nil
}

// longestAttempt bounds how long the stop waits for an attempt at a channel, whatever its timeout.
const longestAttempt = 30 * time.Second

// watchparts are what runs by one set of rules. Other rules get parts of their own.
type watchparts struct {
	engine    *watch.Engine
	series    int                // that the rules watch
	deliverer *deliver.Deliverer // nil: there are no channels
	digests   *digest.Keeper     // nil: there are none
	metrics   *prometheus.Registry
}

// newWatchparts makes parts that do not run yet. It reads the secrets of the channels.
func (a *App) newWatchparts(rules *alerting) (*watchparts, error) {
	sources, err := alertSources(&a.o.Settings, a.o.Sample)
	if err != nil {
		return nil, fmt.Errorf("start alerts: %w", err)
	}
	p := &watchparts{metrics: prometheus.NewRegistry()}
	needs := engineNeeds{Settings: &a.o.Settings, Sources: sources, Store: noticed{a.store, a.notify}, Silencer: silencer{a.store}, Logger: a.log.With("part", "alerts"), Registerer: p.metrics, Now: time.Now}
	if p.deliverer, err = a.newDeliverer(rules, p.metrics); err != nil {
		return nil, fmt.Errorf("start alerts: %w", err)
	}
	if p.deliverer != nil {
		needs.Outbox = openChannels{p.deliverer, needs.Logger}
	}
	if p.engine, err = rules.engine(needs); err != nil {
		return nil, fmt.Errorf("start alerts: %w", err)
	}
	if p.digests, err = a.newDigests(rules, p.deliverer, sources, p.metrics); err != nil {
		return nil, fmt.Errorf("start digests: %w", err)
	}
	p.series = p.engine.Series()
	return p, nil
}

// watchMetrics are the metrics of the parts that run. Their counters begin anew with other rules.
type watchMetrics struct{ w *watchkeeper }

// Describe implements prometheus.Collector: which metrics there are depends on the parts.
func (watchMetrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m watchMetrics) Collect(into chan<- prometheus.Metric) { m.w.parts.Load().metrics.Collect(into) }

// newDeliverer opens the channels, nil where there is none.
func (a *App) newDeliverer(rules *alerting, registerer prometheus.Registerer) (*deliver.Deliverer, error) {
	var channels []deliver.Channel
	for i := range rules.file.Channels {
		c := &rules.file.Channels[i]
		if c.Disabled {
			continue
		}
		opened, err := c.Open(alerts.Deps{HTTP: &http.Client{}, Logger: a.log.With("part", "channels"), Now: time.Now})
		if err != nil {
			return nil, err
		}
		channels = append(channels, deliver.Channel{ID: c.ID, Language: c.Speaks(), Channel: opened})
	}
	if len(channels) == 0 {
		return nil, nil //nolint:nilnil // no channels, no deliverer
	}
	links, err := newLinks(a.folder, a.o.Settings.Alerts.PublicURL)
	if err != nil {
		return nil, err
	}
	renderer, err := newCards(a.topics, links)
	if err != nil {
		return nil, err
	}
	return deliver.New(deliver.Options{
		Config: rules.file.Deliver, Channels: channels, Store: a.store, Renderer: renderer, Review: a.store.TakenDown,
		Registerer: registerer, Logger: a.log.With("part", "deliver"), Now: time.Now,
	})
}

// watchkeeper runs engine and deliverer whenever it is this process's turn.
type watchkeeper struct {
	parts    atomic.Pointer[watchparts]
	changed  chan struct{} // has room for one
	leads    func() bool
	activity *pipeline.Activity
	log      *slog.Logger
}

// swap lets other parts take over. They go on from what those before have kept, as after a restart.
func (w *watchkeeper) swap(p *watchparts) {
	w.parts.Store(p)
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *watchkeeper) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if !w.leads() {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			continue
		}
		if err := w.turn(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// turn watches and delivers until it is somebody else's turn, or that of other parts. It waits out
// every trouble of the store: what the engine knows in memory is then read again.
func (w *watchkeeper) turn(ctx context.Context) error {
	select {
	case <-w.changed: // before they ran
	default:
	}
	p := w.parts.Load()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var others sync.WaitGroup
	swapped := false
	others.Go(func() {
		select {
		case <-w.changed:
			swapped = true
			cancel()
		case <-ctx.Done():
		}
	})
	delivered := make(chan error, 1)
	if p.deliverer == nil {
		delivered <- nil
	} else {
		go func() { delivered <- p.deliverer.Run(ctx) }()
	}
	if p.digests != nil {
		others.Go(func() { p.digests.Run(ctx) })
	}
	err := pipeline.Retry(ctx, func() error {
		err := p.engine.Run(ctx, w.leads, func() {
			if w.activity.Done("alerts") {
				w.log.Info("the wait is over", "for", "ClickHouse")
			}
		})
		if err == nil && ctx.Err() == nil {
			return errElsewhere
		}
		return err
	}, func(err error) bool { return errors.Is(err, errElsewhere) }, func(err error) {
		if w.activity.Waiting("alerts", "ClickHouse", err) {
			w.log.Warn("waiting", "for", "ClickHouse", "error", err)
		}
	})
	w.activity.Done("alerts")
	cancel()
	others.Wait()
	if failed := <-delivered; failed != nil && !swapped {
		return failed
	}
	switch {
	case swapped:
		return nil
	case errors.Is(err, errElsewhere):
		w.log.Info("another process watches alerts")
		return nil
	}
	return err
}
