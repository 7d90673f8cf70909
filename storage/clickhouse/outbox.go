package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// outboxColumns are those of outbox, in the order of appendDelivery and scanDelivery.
const outboxColumns = "episode, number, channel, version, state, queued, due, next, attempts, unsure, done, receipt, reason, form, content"

// AddDeliveries keeps those whose keys are not kept yet, whatever became of them, and gives these
// back: of two who add the same at once, one. After an error any of them may have been kept.
func (s *Store) AddDeliveries(ctx context.Context, all []samleng.Delivery) ([]samleng.Delivery, error) {
	if len(all) == 0 {
		return nil, nil
	}
	known, err := s.knownDeliveries(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", classify(err))
	}
	var added []samleng.Delivery
	for i := range all {
		if known[all[i].DeliveryKey] {
			continue
		}
		switch err := s.storeDelivery(ctx, &all[i]); {
		case errors.Is(err, samleng.ErrDeliveryTaken):
		case err != nil:
			return nil, err
		default:
			added = append(added, all[i])
		}
	}
	return added, nil
}

// SaveDelivery puts d in place of the row of its key. The error is samleng.ErrDeliveryTaken where
// that has the version of d, or a higher one, already: another has changed it.
func (s *Store) SaveDelivery(ctx context.Context, d samleng.Delivery) error {
	return s.storeDelivery(ctx, &d)
}

// storeDelivery inserts a version of a row, unless it is there. The token lets the server drop the
// second insert of a version; who made the first is told by what the row says.
func (s *Store) storeDelivery(ctx context.Context, d *samleng.Delivery) error {
	writer := rand.Uint64() //nolint:gosec // no secret: two are never the same
	if err := s.insertDelivery(ctx, d, writer); err != nil {
		return fmt.Errorf("store %s in the outbox: %w", d.DeliveryKey, classify(err))
	}
	mine, err := s.isWriter(ctx, d, writer)
	if err != nil {
		return fmt.Errorf("read %s in the outbox: %w", d.DeliveryKey, classify(err))
	}
	if !mine {
		return fmt.Errorf("store %s in the outbox: %w", d.DeliveryKey, samleng.ErrDeliveryTaken)
	}
	shows, err := d.Shows()
	if err != nil {
		return samleng.WithClass(samleng.BadInput, err)
	}
	return s.forgetTaken(ctx, shows)
}

func (s *Store) insertDelivery(ctx context.Context, d *samleng.Delivery, writer uint64) error {
	ctx, cancel := s.change(ctx, clickhouse.Settings{
		"insert_deduplicate":         1,
		"insert_deduplication_token": fmt.Sprintf("outbox/%s/%d", d.DeliveryKey, d.Version),
	})
	defer cancel()
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO outbox (writer, "+outboxColumns+")")
	if err != nil {
		return err
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	if err := appendDelivery(batch, d, writer); err != nil {
		return err
	}
	return batch.Send()
}

// isWriter reports whether the row of a delivery is as a writer wrote it.
func (s *Store) isWriter(ctx context.Context, d *samleng.Delivery, writer uint64) (bool, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var version, stands uint64
	err := s.conn.QueryRow(ctx, "SELECT max(version), argMax(writer, version) FROM outbox WHERE episode = ? AND number = ? AND channel = ?",
		d.Episode, uint32(d.Number), d.Channel).Scan(&version, &stands) //nolint:gosec // small and not negative
	return version == d.Version && stands == writer, err
}

func appendDelivery(batch driver.Batch, d *samleng.Delivery, writer uint64) error {
	done := d.Done
	if done.IsZero() {
		done = time.Unix(0, 0)
	}
	return batch.Append(writer, d.Episode, uint32(d.Number), d.Channel, d.Version, string(d.State), d.Queued, d.Due, d.Next, //nolint:gosec // small and not negative
		uint32(d.Attempts), uint32(d.Unsure), done, d.Receipt, d.Reason, string(d.Form), string(d.Content)) //nolint:gosec // small and not negative
}

// knownDeliveries gives the keys among all that are kept.
func (s *Store) knownDeliveries(ctx context.Context, all []samleng.Delivery) (map[samleng.DeliveryKey]bool, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	episodes := map[string]bool{}
	var names []string
	for i := range all {
		if !episodes[all[i].Episode] {
			episodes[all[i].Episode] = true
			names = append(names, all[i].Episode)
		}
	}
	rows, err := s.conn.Query(ctx, "SELECT DISTINCT episode, number, channel::String FROM outbox WHERE episode IN (?)", names)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	known := map[samleng.DeliveryKey]bool{}
	for rows.Next() {
		var k samleng.DeliveryKey
		var number uint32
		if err := rows.Scan(&k.Episode, &number, &k.Channel); err != nil {
			return nil, err
		}
		k.Number = int(number)
		known[k] = true
	}
	return known, rows.Err()
}

// OpenDeliveries gives the deliveries of a channel that are queued or sending, the earliest
// queued first, and at most limit of them.
func (s *Store) OpenDeliveries(ctx context.Context, channel string, limit int) ([]samleng.Delivery, error) {
	return s.deliveries(ctx, "channel = ? AND state IN ('queued', 'sending') ORDER BY queued, episode, number LIMIT ?", channel, limit)
}

// FirstDelivery gives the sent delivery of an episode on a channel that has a receipt and the
// lowest number. It reports false where there is none.
func (s *Store) FirstDelivery(ctx context.Context, episode, channel string) (samleng.Delivery, bool, error) {
	all, err := s.deliveries(ctx, "episode = ? AND channel = ? AND state = 'sent' AND receipt != '' ORDER BY number LIMIT 1", episode, channel)
	if err != nil || len(all) == 0 {
		return samleng.Delivery{}, false, err
	}
	return all[0], true, nil
}

// FailedDeliveries gives the deliveries that were given up since a time, the latest first, and at
// most limit of them.
func (s *Store) FailedDeliveries(ctx context.Context, since time.Time, limit int) ([]samleng.Delivery, error) {
	return s.outline(ctx, "state = 'failed' AND done >= ? ORDER BY done DESC LIMIT ?", since.UTC(), limit)
}

// deliveries reads what a condition chooses.
func (s *Store) deliveries(ctx context.Context, where string, args ...any) ([]samleng.Delivery, error) {
	return s.readDeliveries(ctx, outboxColumns, where, args...)
}

// outline reads what a condition chooses without what is sent.
func (s *Store) outline(ctx context.Context, where string, args ...any) ([]samleng.Delivery, error) {
	return s.readDeliveries(ctx, strings.TrimSuffix(outboxColumns, "content")+"'' AS content", where, args...)
}

func (s *Store) readDeliveries(ctx context.Context, columns, where string, args ...any) ([]samleng.Delivery, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, "SELECT "+columns+" FROM outbox FINAL WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.Delivery
	for rows.Next() {
		d, err := scanDelivery(rows)
		if err != nil {
			return nil, fmt.Errorf("read the outbox: %w", classify(err))
		}
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the outbox: %w", classify(err))
	}
	return all, nil
}

func scanDelivery(rows driver.Rows) (samleng.Delivery, error) {
	var d samleng.Delivery
	var number, attempts, unsure uint32
	var state, form, content string
	err := rows.Scan(&d.Episode, &number, &d.Channel, &d.Version, &state, &d.Queued, &d.Due, &d.Next, &attempts, &unsure, &d.Done,
		&d.Receipt, &d.Reason, &form, &content)
	if err != nil {
		return d, err
	}
	d.Number, d.Attempts, d.Unsure = int(number), int(attempts), int(unsure)
	d.State, d.Form = samleng.DeliveryState(state), samleng.DeliveryForm(form)
	if content != "" {
		d.Content = []byte(content)
	}
	if d.Done.Unix() == 0 {
		d.Done = time.Time{}
	}
	return d, nil
}

// TakenDown gives those of the posts that were taken down.
func (s *Store) TakenDown(ctx context.Context, posts []samleng.PostID) ([]samleng.PostID, error) {
	if len(posts) == 0 {
		return nil, nil
	}
	ctx, cancel := s.question(ctx)
	defer cancel()
	gone, err := s.ids(ctx, "SELECT id::String FROM removals FINAL WHERE id IN (?)", texts(posts))
	if err != nil {
		return nil, fmt.Errorf("read takedowns: %w", classify(err))
	}
	return gone, nil
}
