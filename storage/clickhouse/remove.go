package clickhouse

import (
	"bytes"
	"context"
	"fmt"

	"samleng"
)

// RemovePost takes a post down: nothing of it stays, nor of what readers said of it, but its id and
// the five minutes that it was published in; the rollups no longer count it, and a later reading
// of the same post is not stored. A post that is not stored is kept out all the same. A story
// keeps the name of a post that began it, which is an id. It may be called again after an error.
func (s *Store) RemovePost(ctx context.Context, id samleng.PostID) error {
	// First the note, so that a worker that comes in between leaves the post out; then the mark
	// that wins over what a worker was inserting at this moment.
	if err := s.exec(ctx, "INSERT INTO removals (id) VALUES (?)", id.String()); err != nil {
		return fmt.Errorf("remove post %s: %w", id, classify(err))
	}
	if err := s.exec(ctx, "INSERT INTO posts (id, version, removed) VALUES (?, ?, 1)", id.String(), uint64(removedVersion)); err != nil {
		return fmt.Errorf("remove post %s: %w", id, classify(err))
	}
	if err := s.exec(ctx, "ALTER TABLE posts DELETE WHERE id = ? AND removed = 0 SETTINGS mutations_sync = 2", id.String()); err != nil {
		return fmt.Errorf("remove post %s: %w", id, classify(err))
	}
	for _, table := range []string{"arrivals", "prints", "stories"} {
		if err := s.exec(ctx, "ALTER TABLE "+table+" DELETE WHERE id = ? SETTINGS mutations_sync = 2", id.String()); err != nil {
			return fmt.Errorf("remove post %s from %s: %w", id, table, classify(err))
		}
	}
	if err := s.removeExamples(ctx, id); err != nil {
		return fmt.Errorf("remove post %s from alerts: %w", id, classify(err))
	}
	if err := s.removeCorrections(ctx, id); err != nil {
		return err
	}
	return s.refresh(ctx, []samleng.PostID{id})
}

// mostTries is how often alerts that wait are gone through: what another takedown changes in
// between is left for the next time.
const mostTries = 10

// removeExamples takes a post out of the alerts that show it: those that were decided keep what
// they keep when texts have expired, those that wait are told without the post, and a card that
// was written beforehand is not told. A message that is on its way at this moment, or was sent,
// cannot be called back.
func (s *Store) removeExamples(ctx context.Context, id samleng.PostID) error {
	if err := s.exec(ctx, "ALTER TABLE alert_log UPDATE alert = '' WHERE position(alert, ?) > 0 SETTINGS mutations_sync = 2", id.String()); err != nil {
		return err
	}
	for try := 0; ; try++ {
		waiting, err := s.deliveries(ctx, "position(content, ?) > 0", id.String())
		if err != nil {
			return err
		}
		if len(waiting) == 0 {
			break
		}
		if try == mostTries {
			return samleng.Errorf(samleng.RetryAfter, "%d alerts that wait still show the post", len(waiting))
		}
		for i := range waiting {
			if err := s.removeFrom(ctx, &waiting[i], id); err != nil {
				return err
			}
		}
	}
	// What newer versions have replaced holds content too, until it is merged away. What is the
	// newest at this moment is a worker's, who looks for takedowns when it has written it.
	return s.exec(ctx, `ALTER TABLE outbox UPDATE content = '' WHERE position(content, ?) > 0
		AND (episode, number, channel, version) NOT IN (SELECT episode, number, channel, max(version) FROM outbox GROUP BY episode, number, channel) SETTINGS mutations_sync = 2`, id.String())
}

// removeFrom takes a post out of one delivery, as long as that still says what it said.
func (s *Store) removeFrom(ctx context.Context, d *samleng.Delivery, id samleng.PostID) error {
	without, err := d.Without([]samleng.PostID{id})
	if err != nil || bytes.Contains(without, []byte(id.String())) {
		without = nil // it cannot be told without the post
	}
	return s.exec(ctx, "ALTER TABLE outbox UPDATE content = ? WHERE episode = ? AND number = ? AND channel = ? AND content = ? SETTINGS mutations_sync = 2",
		string(without), d.Episode, d.Number, d.Channel, string(d.Content))
}

// forgetTaken is called when something that shows posts has been written: a takedown that came
// before did not find it. One that comes later does.
func (s *Store) forgetTaken(ctx context.Context, shows []samleng.PostID) error {
	gone, err := s.TakenDown(ctx, shows)
	if err != nil {
		return err
	}
	for _, id := range gone {
		if err := s.removeExamples(ctx, id); err != nil {
			return fmt.Errorf("remove post %s from alerts: %w", id, classify(err))
		}
	}
	return nil
}

// PostsByURL gives the ids of the stored posts with an address, for a takedown by address.
// It reads every address that has not expired.
func (s *Store) PostsByURL(ctx context.Context, url string) ([]samleng.PostID, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	ids, err := s.ids(ctx, "SELECT DISTINCT id::String FROM posts WHERE removed = 0 AND url = ?", url)
	if err != nil {
		return nil, fmt.Errorf("find posts of %s: %w", url, classify(err))
	}
	return ids, nil
}

// removals gives which of the rows are posts that were taken down.
func (s *Store) removals(ctx context.Context, rows []samleng.Row) (map[samleng.PostID]bool, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	all, err := s.ids(ctx, "SELECT id::String FROM removals FINAL")
	if err != nil {
		return nil, fmt.Errorf("read takedowns: %w", classify(err))
	}
	if len(all) == 0 {
		return nil, nil
	}
	here := make(map[samleng.PostID]bool, len(rows))
	for i := range rows {
		here[rows[i].Post.ID] = true
	}
	removed := map[samleng.PostID]bool{}
	for _, id := range all {
		if here[id] {
			removed[id] = true
		}
	}
	return removed, nil
}

// ids runs a query for post ids.
func (s *Store) ids(ctx context.Context, query string, args ...any) ([]samleng.PostID, error) {
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.PostID
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		id, err := samleng.ParsePostID(text)
		if err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, rows.Err()
}
