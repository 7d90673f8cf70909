package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"samleng/alerts"
	"samleng/alerts/deliver"
	"samleng/alerts/digest"
	"samleng/alerts/watch"
	"samleng/pipeline"
)

// errElsewhere says that another process of the deployment watches now.
var errElsewhere = errors.New("alerts are watched elsewhere")

// startAlerts runs the rules over what is stored, and brings what they find to the channels. The
// process that keeps the stories does it, so that of a deployment one does.
func (a *App) startAlerts(context.Context) error {
	if !a.o.Settings.Alerts.Enabled || !a.o.Collect {
		return nil
	}
	sources, err := alertSources(&a.o.Settings, a.o.Sample)
	if err != nil {
		return fmt.Errorf("start alerts: %w", err)
	}
	needs := engineNeeds{Settings: &a.o.Settings, Sources: sources, Store: noticed{a.store, a.notify}, Silencer: silencer{a.store}, Logger: a.log.With("part", "alerts"), Registerer: a.metrics, Now: time.Now}
	deliverer, err := a.newDeliverer()
	if err != nil {
		return fmt.Errorf("start alerts: %w", err)
	}
	if deliverer != nil {
		needs.Outbox = openChannels{deliverer, needs.Logger}
	}
	engine, err := a.alerting.engine(needs)
	if err != nil {
		return fmt.Errorf("start alerts: %w", err)
	}
	digests, err := a.newDigests(deliverer, sources)
	if err != nil {
		return fmt.Errorf("start digests: %w", err)
	}
	w := &watchkeeper{engine: engine, series: engine.Series(), deliverer: deliverer, digests: digests, leads: a.leads, activity: pipeline.NewActivity(time.Now), log: needs.Logger}
	a.health.watch("alerts", w.activity.Status)
	a.watch.Store(w)
	limit := 5 * time.Second
	if deliverer != nil {
		limit += a.alerting.file.Deliver.Timeout
	}
	a.background("alerts", limit, func(ctx context.Context) error {
		select {
		case <-a.prepared:
		case <-ctx.Done():
			return nil
		}
		return w.run(ctx)
	})
	a.say("alerts", "%d rules, %d series, %d channels, %d digests", len(a.alerting.book.Rules()), w.series, len(a.alerting.file.Channels), len(a.alerting.file.Digests))
	return nil
}

// newDeliverer opens the channels, nil where there is none.
func (a *App) newDeliverer() (*deliver.Deliverer, error) {
	var channels []deliver.Channel
	for i := range a.alerting.file.Channels {
		c := &a.alerting.file.Channels[i]
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
		Config: a.alerting.file.Deliver, Channels: channels, Store: a.store, Renderer: renderer, Review: a.store.TakenDown,
		Registerer: a.metrics, Logger: a.log.With("part", "deliver"), Now: time.Now,
	})
}

// watchkeeper runs engine and deliverer whenever it is this process's turn.
type watchkeeper struct {
	engine    *watch.Engine
	series    int                // that the rules watch
	deliverer *deliver.Deliverer // nil: there are no channels
	digests   *digest.Keeper     // nil: there are none
	leads     func() bool
	activity  *pipeline.Activity
	log       *slog.Logger
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

// turn watches and delivers until it is somebody else's turn. It waits out every trouble of the
// store: what the engine knows in memory is then read again.
func (w *watchkeeper) turn(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	delivered := make(chan error, 1)
	if w.deliverer == nil {
		delivered <- nil
	} else {
		go func() { delivered <- w.deliverer.Run(ctx) }()
	}
	var digests sync.WaitGroup
	if w.digests != nil {
		digests.Go(func() { w.digests.Run(ctx) })
	}
	err := pipeline.Retry(ctx, func() error {
		err := w.engine.Run(ctx, w.leads, func() {
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
	digests.Wait()
	if failed := <-delivered; failed != nil {
		return failed
	}
	if errors.Is(err, errElsewhere) {
		w.log.Info("another process watches alerts")
		return nil
	}
	return err
}
