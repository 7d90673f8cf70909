package clickhouse

import (
	"context"
	"time"

	"samleng"
)

// A story can be told in several groups, so the stories of groups do not add up: each number
// below is counted from the sets that the rollups hold, over exactly the groups it is about.

// storiesBy counts the stories of a scope for each value of a column of the rollups, leaving
// out pairs of value and kind.
func (s *Store) storiesBy(ctx context.Context, sc scope, column string, without [][2]string) (map[string]int, error) {
	where, args := sc.where()
	for _, pair := range without {
		where += " AND (value, kind) != (?, ?)"
		args = append(args, pair[0], pair[1])
	}
	rows, err := s.conn.Query(ctx, "SELECT "+column+"::String AS value, toInt64(uniqExactArray(stories)) FROM rollups FINAL WHERE "+where+" GROUP BY value", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	all := map[string]int{}
	for rows.Next() {
		var value string
		var n int64
		if err := rows.Scan(&value, &n); err != nil {
			return nil, err
		}
		all[value] = int(n)
	}
	return all, rows.Err()
}

// stories counts the stories of a scope.
func (s *Store) stories(ctx context.Context, sc scope) (int, error) {
	all, err := s.storiesBy(ctx, sc, "''", nil)
	return all[""], err
}

// topicStories counts the stories of every topic in the period of the filter and in the one
// before it, which begins at before, without the groups that are too small to be shown.
func (s *Store) topicStories(ctx context.Context, f samleng.Filter, before time.Time, groups map[groupKey]topicGroup, minimum samleng.MinimumGroup) (map[groupKey]int, error) {
	where, args := scope{f: f, from: before, to: f.To}.common()
	args = append([]any{f.From.Unix()}, args...)
	for key, g := range groups {
		if key.kind.Personal() && g.small(minimum) {
			var earlier uint8
			if key.before {
				earlier = 1
			}
			where += " AND (topic, earlier, kind) != (?, ?, ?)"
			args = append(args, key.topic, earlier, string(key.kind))
		}
	}
	rows, err := s.conn.Query(ctx, "SELECT topic::String AS id, bucket < toDateTime(?, 'UTC') AS earlier, toInt64(uniqExactArray(stories)) FROM rollups FINAL WHERE "+
		where+" AND topic NOT IN ('', 'none') GROUP BY id, earlier", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	all := map[groupKey]int{}
	for rows.Next() {
		var key groupKey
		var earlier uint8
		var n int64
		if err := rows.Scan(&key.topic, &earlier, &n); err != nil {
			return nil, err
		}
		key.before = earlier == 1
		all[key] = int(n)
	}
	return all, rows.Err()
}
