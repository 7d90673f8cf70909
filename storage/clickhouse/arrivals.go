package clickhouse

import (
	"context"
	"fmt"
	"time"

	"samleng"
)

// Arrivals counts, for each bucket of time in [from, to), the posts that reached the store then,
// and of these the ones that were published an hour or more before; buckets without any are left
// out. A post arrives once: that it is classified again, or edited, does not count. With seen, the
// time at which a collector read the post counts instead of that of its insert: that reaches back
// beyond the two weeks for which arrivals are kept, where an edit stands for the post.
func (s *Store) Arrivals(ctx context.Context, from, to time.Time, seen bool) ([]samleng.Arrivals, error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	rows, err := s.conn.Query(ctx, `SELECT toInt64(toUnixTimestamp(toStartOfFiveMinutes(toDateTime(first, 'UTC')))) AS start, count(), countIf(came < first - INTERVAL 1 HOUR)
		FROM (`+firstArrivals(from, to, seen)+`) GROUP BY start ORDER BY start`)
	if err != nil {
		return nil, fmt.Errorf("count arrivals: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.Arrivals
	for rows.Next() {
		var start int64
		var posts, late uint64
		if err := rows.Scan(&start, &posts, &late); err != nil {
			return nil, fmt.Errorf("count arrivals: %w", classify(err))
		}
		all = append(all, samleng.Arrivals{Start: time.Unix(start, 0).UTC(), Posts: int(posts), Late: int(late)}) //nolint:gosec // far from the limit
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count arrivals: %w", classify(err))
	}
	return all, nil
}

// firstArrivals gives the posts that arrived in [from, to) and never before: id, first, when they
// did, and came, when they were published.
func firstArrivals(from, to time.Time, seen bool) string {
	within := func(column string) string {
		return fmt.Sprintf("%[1]s >= fromUnixTimestamp64Milli(%[2]d, 'UTC') AND %[1]s < fromUnixTimestamp64Milli(%[3]d, 'UTC')", column, from.UnixMilli(), to.UnixMilli())
	}
	column := "arrived"
	if seen {
		column = "seen"
	}
	rows := fmt.Sprintf("SELECT id, %s AS at, published FROM arrivals WHERE %s", column, within(column))
	before := fmt.Sprintf("SELECT id FROM arrivals WHERE %s < fromUnixTimestamp64Milli(%d, 'UTC') AND id IN (SELECT id FROM (%s))", column, from.UnixMilli(), rows)
	if seen {
		rows += " UNION ALL SELECT id, seen_at AS at, published FROM posts WHERE removed = 0 AND " + within("seen_at")
	}
	return "SELECT id, min(at) AS first, min(published) AS came FROM (" + rows + ") WHERE id NOT IN (" + before + ") GROUP BY id"
}

// Lag gives the quantile of the time from the publication of a post to its arrival, over the posts
// that arrived in [from, to) within a time longest of their publication, and how many these are.
// It is 0 of none.
func (s *Store) Lag(ctx context.Context, from, to time.Time, longest time.Duration, quantile float64) (lag time.Duration, posts int, err error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var n uint64
	var ms int64
	err = s.conn.QueryRow(ctx, fmt.Sprintf(`SELECT count(), quantileExact(%v)(lag) FROM (SELECT greatest(0, dateDiff('millisecond', came, first)) AS lag FROM (%s)) WHERE lag <= %d`,
		quantile, firstArrivals(from, to, false), longest.Milliseconds())).Scan(&n, &ms)
	if err != nil {
		return 0, 0, fmt.Errorf("read how long posts take to arrive: %w", classify(err))
	}
	return time.Duration(ms) * time.Millisecond, int(n), nil //nolint:gosec // far from the limit
}

// Polls gives the outcomes of the polls that ended in [from, to), in order.
func (s *Store) Polls(ctx context.Context, from, to time.Time) ([]samleng.Coverage, error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT source::String, at, class::String, partial FROM coverage FINAL
		WHERE at >= fromUnixTimestamp64Milli(%d, 'UTC') AND at < fromUnixTimestamp64Milli(%d, 'UTC') ORDER BY at, source`, from.UnixMilli(), to.UnixMilli()))
	if err != nil {
		return nil, fmt.Errorf("read polls: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.Coverage
	for rows.Next() {
		var c samleng.Coverage
		var class string
		if err := rows.Scan(&c.Source, &c.At, &class, &c.Partial); err != nil {
			return nil, fmt.Errorf("read polls: %w", classify(err))
		}
		c.Class = samleng.Class(class)
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read polls: %w", classify(err))
	}
	return all, nil
}

// LastPolls gives of each source when it was last polled before a moment, and when that last went
// well; zero where it never did.
func (s *Store) LastPolls(ctx context.Context, before time.Time) (polled, heard map[string]time.Time, err error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT source::String, max(at), maxIf(at, class = '' OR partial), countIf(class = '' OR partial) FROM coverage
		WHERE at < fromUnixTimestamp64Milli(%d, 'UTC') GROUP BY source`, before.UnixMilli()))
	if err != nil {
		return nil, nil, fmt.Errorf("read the last polls: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	polled, heard = map[string]time.Time{}, map[string]time.Time{}
	for rows.Next() {
		var source string
		var at, ok time.Time
		var successes uint64
		if err := rows.Scan(&source, &at, &ok, &successes); err != nil {
			return nil, nil, fmt.Errorf("read the last polls: %w", classify(err))
		}
		polled[source] = at
		if successes > 0 {
			heard[source] = ok
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read the last polls: %w", classify(err))
	}
	return polled, heard, nil
}

// Beginnings gives when a source was first polled and when the earliest post was published,
// each zero where there is none.
func (s *Store) Beginnings(ctx context.Context) (polled, published time.Time, err error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var polls, posts uint64
	if err := s.conn.QueryRow(ctx, "SELECT count(), min(at) FROM coverage").Scan(&polls, &polled); err != nil {
		return polled, published, fmt.Errorf("read first poll: %w", classify(err))
	}
	var bucket time.Time
	if err := s.conn.QueryRow(ctx, "SELECT count(), min(bucket) FROM bucket_posts").Scan(&posts, &bucket); err != nil {
		return polled, published, fmt.Errorf("read first post: %w", classify(err))
	}
	if polls == 0 {
		polled = time.Time{}
	}
	if posts > 0 {
		published = bucket
	}
	return polled, published, nil
}

// Models counts the posts that were published in each hour of [from, to) by the classifiers that
// label them now, in the order of hours and names. Only the part of an hour that lies in the period
// counts.
func (s *Store) Models(ctx context.Context, from, to time.Time) ([]samleng.ModelHour, error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT toInt64(toUnixTimestamp(toStartOfHour(toDateTime(published, 'UTC')))) AS hour, model::String AS name, count() FROM posts FINAL
		WHERE removed = 0 AND published >= toDateTime(%[1]d, 'UTC') AND published < toDateTime(%[2]d, 'UTC')
			AND id IN (SELECT id FROM bucket_posts WHERE bucket >= toStartOfFiveMinutes(toDateTime(%[1]d, 'UTC')) AND bucket < toDateTime(%[2]d, 'UTC'))
		GROUP BY hour, name ORDER BY hour, name`, from.Unix(), to.Unix()))
	if err != nil {
		return nil, fmt.Errorf("read models: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.ModelHour
	for rows.Next() {
		var start int64
		var posts uint64
		var m samleng.ModelHour
		if err := rows.Scan(&start, &m.Model, &posts); err != nil {
			return nil, fmt.Errorf("read models: %w", classify(err))
		}
		m.Start, m.Posts = time.Unix(start, 0).UTC(), int(posts) //nolint:gosec // far from the limit
		all = append(all, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read models: %w", classify(err))
	}
	return all, nil
}
