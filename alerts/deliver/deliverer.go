package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"samleng"
	"samleng/alerts"
)

// Channel is a channel under its id.
type Channel struct {
	ID       string
	Language string // of its cards: km, en or both
	Channel  alerts.Channel
}

// Options is what a Deliverer is made of.
type Options struct {
	Config   Config
	Channels []Channel
	Store    Store
	Renderer Renderer
	// Review gives those of the posts that may not be shown any more, such as one that was taken
	// down while the alert waited. It is asked before each attempt, an edit too, for several
	// channels at once; an error puts the attempt off. An alert or a digest is written without these
	// posts; a card that was written beforehand and shows one is given up. Nil: all is sent as it was queued.
	Review     func(context.Context, []samleng.PostID) ([]samleng.PostID, error)
	Registerer prometheus.Registerer // nil: metrics are not published
	Logger     *slog.Logger          // nil: none
	Now        func() time.Time      // nil: time.Now
	Seed       uint64                // of the jitter; 0: another one in every run
}

// Deliverer brings alerts to channels. Each channel has a goroutine of its own, so that one that
// is down delays only itself.
type Deliverer struct {
	config  Config
	store   Store
	workers map[string]*worker
	order   []string // ids of the channels
	now     func() time.Time
	log     *slog.Logger
}

// New makes a deliverer that is not running yet.
func New(o Options) (*Deliverer, error) {
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64() //nolint:gosec // jitter is no secret
	}
	d := &Deliverer{config: o.Config, store: o.Store, workers: map[string]*worker{}, now: o.Now, log: o.Logger}
	m, err := newMetrics(o.Registerer, d.States)
	if err != nil {
		return nil, fmt.Errorf("register the metrics of deliveries: %w", err)
	}
	shared := map[string][]*rate.Limiter{}
	for _, c := range o.Channels {
		if d.workers[c.ID] != nil {
			return nil, fmt.Errorf("there are two channels %q", c.ID)
		}
		traits := c.Channel.Traits()
		peer := traits.Peer
		if peer == "" {
			peer = "channel " + c.ID
		}
		if shared[peer] == nil {
			shared[peer] = limiters(traits.Limits)
		}
		name := fnv.New64a()
		_, _ = name.Write([]byte(c.ID))
		d.workers[c.ID] = &worker{
			id: c.ID, language: c.Language, channel: c.Channel, format: traits.Format, limiters: shared[peer],
			config: o.Config, store: o.Store, renderer: o.Renderer, review: o.Review, metrics: m, now: o.Now,
			log:    o.Logger.With(slog.String("channel", c.ID)),
			random: rand.New(rand.NewPCG(o.Seed, name.Sum64())), //nolint:gosec // jitter is no secret
			open:   map[samleng.DeliveryKey]*samleng.Delivery{}, wake: make(chan struct{}, 1),
		}
		d.order = append(d.order, c.ID)
	}
	return d, nil
}

// limiters hold limits in every period, wherever it begins: half of the messages may come at
// once, and the other half fills up over the period.
func limiters(limits []alerts.Limit) []*rate.Limiter {
	all := make([]*rate.Limiter, len(limits))
	for i, l := range limits {
		burst := max(1, l.Messages/2)
		all[i] = rate.NewLimiter(rate.Limit(float64(max(1, l.Messages-burst))/l.Period.Seconds()), burst)
	}
	return all
}

// Run delivers until ctx ends, and then finishes the attempts under way, which takes
// Config.Timeout at most and half a minute to note how they ended. It first takes up what an earlier
// run left; a store that is away is waited for.
func (d *Deliverer) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, w := range d.workers {
		all.Go(func() { w.run(ctx) })
	}
	all.Wait()
	<-ctx.Done() // without a channel there is nothing to wait for
	return nil
}

// Queue hands an alert over to channels, not to be sent before a moment. When it returns nil the
// alert is kept and will be delivered; handing the same alert to the same channel over again is
// harmless. A channel that is unknown is an error, and nothing is queued. An error of the store
// has its class, and may have left the alert queued for some of the channels.
//
// It does not wait for any channel. What has no room in memory waits in the store alone.
func (d *Deliverer) Queue(ctx context.Context, a *samleng.Alert, channels []string, notBefore time.Time) error {
	content, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write alert %s/%d: %w", a.Episode, a.Number, err)
	}
	return d.queue(ctx, a.Episode, a.Number, samleng.DeliverAlert, content, channels, notBefore)
}

// Channels are the ids of the channels, in the order of Options.Channels.
func (d *Deliverer) Channels() []string { return slices.Clone(d.order) }

// QueueDigest is Queue for a digest, which is written when it is sent. Name stands for the episode:
// digests of one name and number are the same.
func (d *Deliverer) QueueDigest(ctx context.Context, name string, number int, digest *samleng.Digest, channel string, notBefore time.Time) error {
	content, err := json.Marshal(digest)
	if err != nil {
		return fmt.Errorf("write digest %s: %w", name, err)
	}
	return d.queue(ctx, name, number, samleng.DeliverDigest, content, []string{channel}, notBefore)
}

func (d *Deliverer) queue(ctx context.Context, episode string, number int, form samleng.DeliveryForm, content []byte, channels []string, notBefore time.Time) error {
	now := d.now().UTC()
	rows := make([]samleng.Delivery, 0, len(channels))
	for _, id := range channels {
		if d.workers[id] == nil {
			return fmt.Errorf("queue for channel %q: there is no such channel", id)
		}
		due := notBefore.UTC()
		if due.Before(now) {
			due = now
		}
		rows = append(rows, samleng.Delivery{
			DeliveryKey: samleng.DeliveryKey{Episode: episode, Number: number, Channel: id},
			State:       samleng.DeliveryQueued, Queued: now, Due: due, Next: due, Form: form, Content: content,
		})
	}
	added, err := d.store.AddDeliveries(ctx, rows)
	if err != nil {
		for _, id := range channels {
			d.workers[id].again() // some of them may be kept
		}
		return fmt.Errorf("keep the deliveries of %s/%d: %w", episode, number, err)
	}
	for i := range added {
		d.workers[added[i].Channel].add(added[i])
	}
	return nil
}

// State is how a channel stands.
type State struct {
	Channel string
	Waiting int           // deliveries in memory that are not made yet, those for later included
	Age     time.Duration // of the oldest that could be sent; 0: none could
	// Error is how the last attempt failed; empty after a success.
	Error    string
	Class    samleng.Class
	LastSent time.Time // zero: none in this run
	// Failed is how many were given up in this run, and LastFailed the last of them.
	Failed     int
	LastFailed samleng.Delivery
}

// States gives how each channel stands, in the order of Options.Channels.
func (d *Deliverer) States() []State {
	all := make([]State, len(d.order))
	for i, id := range d.order {
		all[i] = d.workers[id].stand()
	}
	return all
}
