package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// Judge stores what somebody says of an alert. It reports false, and stores nothing, where the
// same was said of the same episode before. Two who say it at the same moment are both told
// true, and count once all the same.
func (s *Store) Judge(ctx context.Context, f samleng.Feedback) (stored bool, err error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	var there uint64
	if err := s.conn.QueryRow(ctx, "SELECT count() FROM alert_feedback WHERE episode = ? AND verdict = ?", f.Episode, string(f.Verdict)).Scan(&there); err != nil {
		return false, fmt.Errorf("read what was said of alert %s: %w", f.Episode, classify(err))
	}
	if there > 0 {
		return false, nil
	}
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO alert_feedback (episode, verdict, rule, day)")
	if err != nil {
		return false, fmt.Errorf("store what is said of alert %s: %w", f.Episode, classify(err))
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	if err := batch.Append(f.Episode, string(f.Verdict), f.Rule, f.Day); err != nil {
		return false, fmt.Errorf("store what is said of alert %s: %w", f.Episode, classify(err))
	}
	if err := batch.Send(); err != nil {
		return false, fmt.Errorf("store what is said of alert %s: %w", f.Episode, classify(err))
	}
	return true, nil
}

// Feedback gives what was said of alerts on the day of since and later, by episode and verdict.
func (s *Store) Feedback(ctx context.Context, since time.Time) ([]samleng.Feedback, error) {
	return s.feedback(ctx, "day >= toDate(?)", dayOf(since))
}

func (s *Store) feedback(ctx context.Context, where string, args ...any) ([]samleng.Feedback, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, "SELECT episode, verdict::String, rule::String, day FROM alert_feedback FINAL WHERE "+where+" ORDER BY episode, verdict", args...)
	if err != nil {
		return nil, fmt.Errorf("read what was said of alerts: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.Feedback
	for rows.Next() {
		var f samleng.Feedback
		var verdict string
		if err := rows.Scan(&f.Episode, &verdict, &f.Rule, &f.Day); err != nil {
			return nil, fmt.Errorf("read what was said of alerts: %w", classify(err))
		}
		f.Verdict = samleng.Verdict(verdict)
		all = append(all, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read what was said of alerts: %w", classify(err))
	}
	return all, nil
}

// Silence stores a silence that the link of an episode made. It reports false, and stores
// nothing, where that link was used before.
func (s *Store) Silence(ctx context.Context, episode string, q samleng.SilenceRequest) (stored bool, err error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	var there uint64
	if err := s.conn.QueryRow(ctx, "SELECT count() FROM silences WHERE episode = ?", episode).Scan(&there); err != nil {
		return false, fmt.Errorf("read the silences of alert %s: %w", episode, classify(err))
	}
	if there > 0 {
		return false, nil
	}
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO silences (episode, rule, topic, place, kind, language, keyword, start, until, reason)")
	if err != nil {
		return false, fmt.Errorf("store a silence: %w", classify(err))
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	if err := batch.Append(episode, q.Rule, q.Topic, q.Place, string(q.Kind), q.Language, q.Keyword, q.From, q.Until, q.Reason); err != nil {
		return false, fmt.Errorf("store a silence: %w", classify(err))
	}
	if err := batch.Send(); err != nil {
		return false, fmt.Errorf("store a silence: %w", classify(err))
	}
	return true, nil
}

// SilencesAt gives the silences that hold at a moment, or later, the first to begin first.
func (s *Store) SilencesAt(ctx context.Context, at time.Time) ([]samleng.Silence, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, `SELECT episode, rule::String, topic::String, place::String, kind::String, language::String, keyword::String, start, until, ended, reason FROM silences FINAL
		WHERE until > ? AND (ended = toDateTime(0, 'UTC') OR ended > ?) ORDER BY start, episode`, at.UTC(), at.UTC())
	if err != nil {
		return nil, fmt.Errorf("read silences: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.Silence
	for rows.Next() {
		var q samleng.Silence
		var kind string
		if err := rows.Scan(&q.ID, &q.Rule, &q.Topic, &q.Place, &kind, &q.Language, &q.Keyword, &q.From, &q.Until, &q.Ended, &q.Reason); err != nil {
			return nil, fmt.Errorf("read silences: %w", classify(err))
		}
		q.Kind = samleng.Kind(kind)
		if q.Ended.Unix() == 0 { // it was not
			q.Ended = time.Time{}
		}
		all = append(all, q)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read silences: %w", classify(err))
	}
	return all, nil
}

// EndSilence ends a silence at a moment, and reports false where none of that id holds then.
func (s *Store) EndSilence(ctx context.Context, id string, at time.Time) (ended bool, err error) {
	all, err := s.SilencesAt(ctx, at)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(all, func(q samleng.Silence) bool { return q.ID == id })
	if i < 0 {
		return false, nil
	}
	q := &all[i]
	err = s.insert(ctx, "INSERT INTO silences (episode, rule, topic, place, kind, language, keyword, start, until, ended, reason)", 1, func(b driver.Batch, _ int) error {
		return b.Append(q.ID, q.Rule, q.Topic, q.Place, string(q.Kind), q.Language, q.Keyword, q.From, q.Until, at.UTC().Truncate(time.Second), q.Reason)
	})
	if err != nil {
		return false, fmt.Errorf("end a silence: %w", err)
	}
	return true, nil
}
