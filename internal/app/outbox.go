package app

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/deliver"
)

// openChannels is the outbox of the rules. A rule may name a channel that is disabled, and an
// episode may have been told on one that alerts.yaml has no more: what is for such a channel is
// left out, so that it keeps nothing else from being told.
type openChannels struct {
	deliverer *deliver.Deliverer
	log       *slog.Logger
}

// Queue implements watch.Outbox.
func (o openChannels) Queue(ctx context.Context, a *samleng.Alert, channels []string, notBefore time.Time) error {
	all := o.deliverer.Channels()
	open, closed := []string{}, []string{}
	for _, id := range channels {
		if slices.Contains(all, id) {
			open = append(open, id)
		} else {
			closed = append(closed, id)
		}
	}
	if len(closed) > 0 {
		o.log.Warn("an alert is not sent to channels that are disabled or gone", slog.String("rule", a.Rule), slog.Any("channels", closed))
	}
	if len(open) == 0 {
		return nil
	}
	return o.deliverer.Queue(ctx, a, open, notBefore)
}
