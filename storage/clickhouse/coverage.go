package clickhouse

import (
	"context"
	"fmt"
	"time"

	"samleng"
)

// RecordCoverage stores the outcomes of polls. Storing one twice counts it once.
func (s *Store) RecordCoverage(ctx context.Context, polls []samleng.Coverage) error {
	if len(polls) == 0 {
		return nil
	}
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO coverage (source, at, duration_ms, posts, rejected, lag_ms, class, error, partial)")
	if err != nil {
		return fmt.Errorf("store coverage: %w", classify(err))
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	for _, c := range polls {
		err := batch.Append(c.Source, c.At, uint32(c.Duration.Milliseconds()), uint32(c.Posts), uint32(c.Rejected), c.Lag.Milliseconds(), //nolint:gosec // bounded by what a poll can do
			string(c.Class), c.Error, c.Partial)
		if err != nil {
			return fmt.Errorf("store coverage of %s: %w", c.Source, classify(err))
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("store coverage: %w", classify(err))
	}
	return nil
}

// SourceStates gives what is known of each source that was ever polled or has posts in
// [from, to), by its id. Name, Kind and URL are left to the caller, who has the configuration;
// LastPost is the newest post in the period.
func (s *Store) SourceStates(ctx context.Context, from, to time.Time) (map[string]samleng.SourceState, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	states := map[string]samleng.SourceState{}
	rows, err := s.conn.Query(ctx, `SELECT source::String, max(at), countIf(class = ''), maxIf(at, class = ''), argMax(error, at), argMax(class::String, at)
		FROM coverage GROUP BY source`)
	if err != nil {
		return nil, fmt.Errorf("read coverage: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		var st samleng.SourceState
		var successes uint64
		var class string
		if err := rows.Scan(&st.ID, &st.LastPoll, &successes, &st.LastSuccess, &st.Error, &class); err != nil {
			return nil, fmt.Errorf("read coverage: %w", classify(err))
		}
		if successes == 0 {
			st.LastSuccess = time.Time{}
		}
		st.Class = samleng.Class(class)
		states[st.ID] = st
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read coverage: %w", classify(err))
	}
	if err := s.countSources(ctx, from, to, states); err != nil {
		return nil, fmt.Errorf("count posts by source: %w", classify(err))
	}
	return states, nil
}

// countSources adds what posts say of their sources.
func (s *Store) countSources(ctx context.Context, from, to time.Time, states map[string]samleng.SourceState) error {
	where, args := period(from, to)
	rows, err := s.conn.Query(ctx, "SELECT source::String, any(kind::String), count(), max(published) FROM posts FINAL WHERE "+where+" GROUP BY source", args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		var source, kind string
		var posts uint64
		var last time.Time
		if err := rows.Scan(&source, &kind, &posts, &last); err != nil {
			return err
		}
		st := states[source]
		st.ID, st.Kind, st.Posts, st.LastPost = source, samleng.Kind(kind), int(posts), last //nolint:gosec // far from the limit
		states[source] = st
	}
	return rows.Err()
}

// period chooses the rows of posts FINAL that were published in [from, to). bucket_posts
// bounds what is read; published decides.
func period(from, to time.Time) (where string, args []any) {
	where = "removed = 0"
	inner, innerArgs := "1", []any(nil)
	if !from.IsZero() {
		where += " AND published >= fromUnixTimestamp64Milli(?, 'UTC')"
		args = append(args, from.UnixMilli())
		inner += " AND bucket >= toDateTime(?, 'UTC')"
		innerArgs = append(innerArgs, from.Truncate(samleng.Bucket).Unix())
	}
	if !to.IsZero() {
		where += " AND published < fromUnixTimestamp64Milli(?, 'UTC')"
		args = append(args, to.UnixMilli())
		inner += " AND bucket < fromUnixTimestamp64Milli(?, 'UTC')"
		innerArgs = append(innerArgs, to.UnixMilli())
	}
	if len(args) > 0 {
		where += " AND id IN (SELECT id FROM bucket_posts WHERE " + inner + ")"
	}
	return where, append(args, innerArgs...)
}
