package digest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
)

// Latest is how long after its hour a digest is still sent.
const Latest = 6 * time.Hour

// wait is between two looks at the clock, and after trouble.
const wait = 20 * time.Second

// Outbox brings digests to channels, written in the format and language of each.
type Outbox interface {
	// QueueDigest hands a digest over to a channel, not to be sent before a moment. Digests of one
	// name and number are the same: handing one over again is harmless.
	QueueDigest(ctx context.Context, name string, number int, d *samleng.Digest, channel string, notBefore time.Time) error
	// KnownDeliveries gives those of the keys that were handed over, whatever became of them.
	KnownDeliveries(ctx context.Context, keys []samleng.DeliveryKey) (map[samleng.DeliveryKey]bool, error)
}

// Options is what a Keeper is made of.
type Options struct {
	Digests    []Config // valid; disabled ones are left out
	Maker      *Maker
	Outbox     Outbox
	Channels   []string              // ids of those that are open; a digest leaves the others out
	Logger     *slog.Logger          // nil: none
	Registerer prometheus.Registerer // nil: metrics are not published
	Now        func() time.Time      // nil: time.Now
}

// Keeper sends digests at their hours. Of a deployment one runs at a time.
type Keeper struct {
	o       Options
	done    map[string]time.Time // by id: the last hour that is seen to
	trouble samleng.Class        // of the last failure; empty after a success
	counts  *prometheus.CounterVec
}

// NewKeeper makes a keeper that is not running yet.
func NewKeeper(o Options) (*Keeper, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	k := &Keeper{o: o, done: map[string]time.Time{}}
	k.counts = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "samleng_digests_total", Help: "Digests that were due, by id and what became of them: queued for a channel, or missed.",
	}, []string{"digest", "outcome"})
	if o.Registerer != nil {
		if err := o.Registerer.Register(k.counts); err != nil {
			return nil, fmt.Errorf("register the metrics of digests: %w", err)
		}
	}
	return k, nil
}

// Run sends digests until ctx ends. A store that is away is waited for.
func (k *Keeper) Run(ctx context.Context) {
	for {
		switch err := k.Due(ctx); {
		case ctx.Err() != nil:
			return
		case err == nil:
			k.trouble = ""
		case samleng.ClassOf(err) != k.trouble:
			k.trouble = samleng.ClassOf(err)
			k.o.Logger.Warn("a digest waits", slog.Any("error", err))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// Due hands over every digest whose hour has come and that was not handed over yet. After an error
// it can be called again.
func (k *Keeper) Due(ctx context.Context) error {
	now := k.o.Now()
	var faults []error
	for i := range k.o.Digests {
		c := &k.o.Digests[i]
		due := c.Last(now)
		if c.Disabled || k.done[c.ID].Equal(due) {
			continue
		}
		if err := k.send(ctx, c, due, now.Sub(due)); err != nil {
			faults = append(faults, fmt.Errorf("digest %s: %w", c.ID, err))
			continue
		}
		k.done[c.ID] = due
	}
	return errors.Join(faults...)
}

// send hands a digest over to those of its channels that have not got it.
func (k *Keeper) send(ctx context.Context, c *Config, due time.Time, late time.Duration) error {
	var keys []samleng.DeliveryKey
	for _, id := range c.Channels {
		if slices.Contains(k.o.Channels, id) {
			keys = append(keys, samleng.DeliveryKey{Episode: c.name(due), Number: 1, Channel: id})
		}
	}
	if len(keys) == 0 {
		return nil
	}
	known, err := k.o.Outbox.KnownDeliveries(ctx, keys)
	if err != nil {
		return err
	}
	if len(known) == len(keys) {
		return nil
	}
	if late > Latest {
		if len(known) == 0 {
			k.counts.WithLabelValues(c.ID, "missed").Inc()
			k.o.Logger.Info("a digest was missed and is left out", slog.String("digest", c.ID), slog.Time("due", due), slog.Duration("late", late.Round(time.Second)))
		}
		return nil
	}
	d, err := k.o.Maker.Make(ctx, c.Scope(due), c.Every == Week)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if known[key] {
			continue
		}
		if err := k.o.Outbox.QueueDigest(ctx, key.Episode, key.Number, &d, key.Channel, due); err != nil {
			return err
		}
		k.counts.WithLabelValues(c.ID, "queued").Inc()
	}
	return nil
}

// Scope is what the digest is about when it is due at a moment: what was published since it was due
// before.
func (c *Config) Scope(due time.Time) samleng.DigestScope {
	return samleng.DigestScope{From: due.Add(-c.length()), To: due, Topics: c.Topics, Places: c.Places}
}
