package deliver

import (
	"context"

	"samleng"
	"samleng/alerts"
)

// Store is the outbox: one row for each delivery key, of which the highest version holds. What a
// method has stored when it returns nil survives a crash. Methods may be called at once.
type Store interface {
	// AddDeliveries keeps those whose keys are not kept yet, whatever became of them, and gives
	// these back: of two processes that add the same at once, to one of them. After an error any of
	// them may have been kept.
	AddDeliveries(ctx context.Context, all []samleng.Delivery) ([]samleng.Delivery, error)
	// SaveDelivery puts d in place of the row of its key. The error is samleng.ErrDeliveryTaken where
	// that has the version of d, or a higher one, already: another process has changed it.
	SaveDelivery(ctx context.Context, d samleng.Delivery) error
	// OpenDeliveries gives the deliveries of a channel that are queued or sending, the earliest
	// queued first, and at most limit of them.
	OpenDeliveries(ctx context.Context, channel string, limit int) ([]samleng.Delivery, error)
	// FirstDelivery gives the sent delivery of an episode on a channel that has a receipt and
	// the lowest number. It reports false where there is none.
	FirstDelivery(ctx context.Context, episode, channel string) (samleng.Delivery, bool, error)
}

// Renderer writes cards.
type Renderer interface {
	// Card gives an alert in a format and in a language: km, en, or both. It leaves room for
	// alerts.RepeatMark. It is called for several channels at once.
	Card(a *samleng.Alert, format alerts.Format, language string) (alerts.Card, error)
	// Digest gives a digest, likewise.
	Digest(d *samleng.Digest, format alerts.Format, language string) (alerts.Card, error)
}
