package clickhouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// outboxColumns are those of outbox, in the order of appendDelivery and scanDelivery.
const outboxColumns = "episode, number, channel, version, state, queued, due, next, attempts, unsure, done, receipt, reason, form, content"

// AddDeliveries keeps those whose keys are not kept yet, whatever became of them, and gives these
// back. After an error any of them may have been kept.
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
		if !known[all[i].DeliveryKey] {
			added = append(added, all[i])
		}
	}
	if err := s.storeDeliveries(ctx, added); err != nil {
		return nil, err
	}
	return added, nil
}

// SaveDelivery puts d in place of the row of its key, unless that has a higher version.
func (s *Store) SaveDelivery(ctx context.Context, d samleng.Delivery) error {
	return s.storeDeliveries(ctx, []samleng.Delivery{d})
}

// storeDeliveries inserts rows. A row that was inserted with an error and is inserted again is
// the same row.
func (s *Store) storeDeliveries(ctx context.Context, all []samleng.Delivery) error {
	if len(all) == 0 {
		return nil
	}
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO outbox ("+outboxColumns+")")
	if err != nil {
		return fmt.Errorf("store in the outbox: %w", classify(err))
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	for i := range all {
		if err := appendDelivery(batch, &all[i]); err != nil {
			return fmt.Errorf("store %s in the outbox: %w", all[i].DeliveryKey, classify(err))
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("store in the outbox: %w", classify(err))
	}
	var shows []samleng.PostID
	for i := range all {
		posts, err := all[i].Shows()
		if err != nil {
			return samleng.WithClass(samleng.BadInput, err)
		}
		shows = append(shows, posts...)
	}
	return s.forgetTaken(ctx, shows)
}

func appendDelivery(batch driver.Batch, d *samleng.Delivery) error {
	done := d.Done
	if done.IsZero() {
		done = time.Unix(0, 0)
	}
	return batch.Append(d.Episode, uint32(d.Number), d.Channel, d.Version, string(d.State), d.Queued, d.Due, d.Next, //nolint:gosec // small and not negative
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
