package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/card"
	"samleng/alerts/deliver"
	"samleng/alerts/digest"
	"samleng/internal/config"
	"samleng/storage/clickhouse"
)

// digestOutbox takes digests: the deliverer hands them over, the store knows which it has.
type digestOutbox struct {
	*deliver.Deliverer
	*clickhouse.Store
}

// maker makes digests of what is stored.
func (a *alerting) maker(settings *config.Settings, sources []samleng.Source, store *clickhouse.Store) *digest.Maker {
	return &digest.Maker{Store: store, Topics: a.topics, Sources: sources, Minimum: settings.Privacy.Group()}
}

// digestNeeds is what a keeper of digests is given beside the rules.
type digestNeeds struct {
	Maker      *digest.Maker
	Deliverer  *deliver.Deliverer
	Store      *clickhouse.Store
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Now        func() time.Time
}

// keeper sends the digests of the file, nil where there is none, or nobody to send them to.
func (a *alerting) keeper(n digestNeeds) (*digest.Keeper, error) {
	if n.Deliverer == nil || len(a.file.Digests) == 0 {
		return nil, nil //nolint:nilnil // no digests, no keeper
	}
	return digest.NewKeeper(digest.Options{
		Digests: a.file.Digests, Maker: n.Maker, Outbox: digestOutbox{n.Deliverer, n.Store}, Channels: n.Deliverer.Channels(),
		Logger: n.Logger, Registerer: n.Registerer, Now: n.Now,
	})
}

// newDigests makes the keeper of digests of a running program.
func (a *App) newDigests(rules *alerting, deliverer *deliver.Deliverer, sources []samleng.Source, registerer prometheus.Registerer) (*digest.Keeper, error) {
	return rules.keeper(digestNeeds{
		Maker: rules.maker(&a.o.Settings, sources, a.store), Deliverer: deliverer, Store: a.store,
		Logger: a.log.With("part", "digests"), Registerer: registerer, Now: time.Now,
	})
}

// DigestOptions say which digest is made now, and for whom.
type DigestOptions struct {
	AlertOptions
	// ID is that of a digest in the file, which says the topics, the places and, without Since, the
	// period; empty: everything, of the last 24 hours.
	ID           string
	Since, Until time.Time // rounded down to five minutes; zero: as the digest says
	Language     string    // of the card: km, en or both
	Format       alerts.Format
	Channels     []string // of the file, which get it once, now, and past the outbox
}

// MadeDigest is a digest and its card.
type MadeDigest struct {
	Digest samleng.Digest
	Card   alerts.Card
	Sent   map[string]TestMessage // by channel
}

// MakeDigest sums up a period of what is stored, and sends it where it is asked to. The digests
// that are due at their hours are not touched.
func MakeDigest(ctx context.Context, o DigestOptions) (MadeDigest, error) {
	var made MadeDigest
	rules, sources, err := openAlerting(&o.Settings, o.Rules, o.Sample)
	if err != nil {
		return made, err
	}
	scope, err := rules.scope(&o)
	if err != nil {
		return made, err
	}
	topics, err := config.Topics(o.Settings.TopicsFile)
	if err != nil {
		return made, err
	}
	renderer, err := newCards(topics, nil)
	if err != nil {
		return made, err
	}
	for _, id := range o.Channels {
		if _, ok := rules.file.Channel(id); !ok {
			return made, fmt.Errorf("there is no channel %q in the file of rules", id)
		}
	}
	store, err := openMigrated(ctx, &o.AlertOptions)
	if err != nil {
		return made, err
	}
	defer store.Close() //nolint:errcheck // it was only read
	const longDay = 3 * 24 * time.Hour
	weekly := scope.To.Sub(scope.From) > longDay
	if made.Digest, err = rules.maker(&o.Settings, sources, store.Store).Make(ctx, scope, weekly); err != nil {
		return made, fmt.Errorf("make the digest: %w", err)
	}
	if made.Card, err = renderer.Digest(&made.Digest, o.Format, o.Language); err != nil {
		return made, err
	}
	made.Sent = map[string]TestMessage{}
	for _, id := range o.Channels {
		if made.Sent[id], err = rules.sendDigest(ctx, id, &made.Digest, renderer, o.Logger); err != nil {
			return made, err
		}
	}
	return made, nil
}

// scope is what a digest that is made now is about.
func (a *alerting) scope(o *DigestOptions) (samleng.DigestScope, error) {
	until := o.Until
	if until.IsZero() {
		until = time.Now()
	}
	scope := samleng.DigestScope{From: until.Add(-24 * time.Hour), To: until}
	if o.ID != "" {
		c, ok := a.file.Digest(o.ID)
		if !ok {
			return scope, fmt.Errorf("there is no digest %q in the file of rules", o.ID)
		}
		scope = c.Scope(c.Last(until))
	}
	if !o.Since.IsZero() {
		scope.From, scope.To = o.Since, until
	}
	scope.From, scope.To = scope.From.UTC().Truncate(samleng.Bucket), scope.To.UTC().Truncate(samleng.Bucket)
	if !scope.From.Before(scope.To) {
		return scope, fmt.Errorf("a digest from %s to %s is of no time", scope.From.Format(time.RFC3339), scope.To.Format(time.RFC3339))
	}
	return scope, nil
}

// sendDigest sends a digest to one channel, once.
func (a *alerting) sendDigest(ctx context.Context, id string, d *samleng.Digest, renderer *card.Renderer, logger *slog.Logger) (TestMessage, error) {
	c, _ := a.file.Channel(id)
	opened, err := c.Open(alerts.Deps{HTTP: &http.Client{}, Logger: logger, Now: time.Now})
	if err != nil {
		return TestMessage{}, err
	}
	card, err := renderer.Digest(d, opened.Traits().Format, c.Speaks())
	if err != nil {
		return TestMessage{}, err
	}
	return sendOnce(ctx, opened, card, "digest-now", id), nil
}
