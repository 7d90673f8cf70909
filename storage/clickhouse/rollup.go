package clickhouse

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"samleng"
)

// bucketsAtOnce bounds the list of buckets, of 11 bytes each, that one statement carries five
// times, within ClickHouse's default of 256 KiB for the text of a statement.
const bucketsAtOnce = 4_000

// recount counts the posts whose bucket satisfies %[1]s, in each of their topics, once among
// all posts (topic ”), and as "none" where they have no topic. %[2]s chooses the posts, by id.
// hash is that of the story where it has several posts, and 0 where the post is alone.
const recount = `
	SELECT
		toStartOfFiveMinutes(toDateTime(published, 'UTC')) AS bucket,
		arrayJoin(arrayConcat([''], if(empty(topics), ['none'], arrayDistinct(topics::Array(String))))) AS topic,
		language::String AS language,
		kind::String AS kind,
		count() AS posts,
		countIf(sentiment = 'positive') AS positive,
		countIf(sentiment = 'neutral') AS neutral,
		countIf(sentiment = 'negative') AS negative,
		countIf(sentiment NOT IN ('positive', 'neutral', 'negative')) AS unscored,
		sumIf(toFloat64(sentiment_score), sentiment IN ('positive', 'neutral', 'negative')) AS score_sum,
		groupUniqArray(source::String) AS sources,
		countIf(hash = 0) AS alone,
		groupUniqArrayIf(hash, hash != 0) AS shared
	FROM (
		SELECT published, topics, language, kind, sentiment, sentiment_score, source, ifNull(told.hash, 0) AS hash
		FROM (SELECT * FROM posts FINAL WHERE removed = 0 AND %[1]s AND id %[2]s) AS chosen
		LEFT ANY JOIN (
			SELECT id, argMax(hash, carries) AS hash
			FROM (
				SELECT id, cityHash64(story) AS hash, 1 AS carries FROM stories FINAL WHERE story != id AND id %[2]s
				UNION ALL
				SELECT DISTINCT story AS id, cityHash64(story) AS hash, 0 AS carries FROM story_posts WHERE story %[2]s
			)
			GROUP BY id
		) AS told USING id
	)
	GROUP BY bucket, topic, language, kind`

// every chooses every post, for %[2]s of recount.
const every = "!= ''"

// rebuild counts again and gives zeros to the groups that vanished, under the version %[3]d, which
// is Store.moment before the statement is sent. So of two counts the one of the later moment wins,
// and has seen at least what was stored before that. The statement's own now64 would not do: it may
// be told after the statement has fixed the parts that it reads.
const rebuild = `INSERT INTO rollups (bucket, topic, language, kind, posts, positive, neutral, negative, unscored, score_sum, sources, alone, shared, version)
	SELECT bucket, topic, language, kind, sum(posts), sum(positive), sum(neutral), sum(negative), sum(unscored), sum(score_sum),
		arraySort(groupUniqArrayArray(sources)), sum(alone), arraySort(groupUniqArrayArray(shared)), fromUnixTimestamp64Nano(%[3]d, 'UTC')
	FROM (` + recount + `
		UNION ALL
		SELECT DISTINCT bucket, topic::String, language::String, kind::String, 0::UInt64, 0::UInt64, 0::UInt64, 0::UInt64, 0::UInt64, 0., []::Array(String), 0::UInt64, []::Array(UInt64)
		FROM rollups WHERE %[1]s
	)
	GROUP BY bucket, topic, language, kind`

// refresh counts the rollups of every bucket again that any version of the posts was ever in.
func (s *Store) refresh(ctx context.Context, ids []samleng.PostID) error {
	buckets, err := s.bucketsOf(ctx, ids)
	if err != nil {
		return fmt.Errorf("find changed buckets: %w", classify(err))
	}
	if err := s.count(ctx, buckets); err != nil {
		return fmt.Errorf("count rollups: %w", err)
	}
	return nil
}

// mostCounts is how often a bucket is counted again because of counts at the same time.
const mostCounts = 20

// count counts the buckets again, until each shows one count and not what is left of several.
func (s *Store) count(ctx context.Context, buckets []int64) error {
	for range mostCounts {
		if len(buckets) == 0 {
			return nil
		}
		moment, err := s.moment(ctx)
		if err != nil {
			return classify(err)
		}
		var mixed []int64
		for part := range slices.Chunk(buckets, bucketsAtOnce) {
			list := bucketList(part)
			query := fmt.Sprintf(rebuild, "bucket IN ("+list+")", "IN (SELECT id FROM bucket_posts WHERE bucket IN ("+list+"))", moment)
			if err := s.exec(ctx, query); err != nil {
				return classify(err)
			}
			if mixed, err = s.mixed(ctx, mixed, "bucket IN ("+list+")", moment); err != nil {
				return classify(err)
			}
		}
		buckets = mixed
	}
	return samleng.Errorf(samleng.RetryAfter, "%d buckets were counted by others at the same time, %d times in a row", len(buckets), mostCounts)
}

// mixed appends the buckets, of those that satisfy a condition, in which groups of an older count
// stand beside a newer one, or beside none of that moment. That comes of two counts at once: a
// count can give zeros only to the groups that were there when it read, and a group that the older
// count writes later, and the newer no longer has, would stay. Whichever of the two looks last sees it.
func (s *Store) mixed(ctx context.Context, dst []int64, where string, moment int64) ([]int64, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT toInt64(toUnixTimestamp(bucket)) AS start FROM rollups FINAL WHERE %[1]s
		GROUP BY bucket HAVING countIf(posts > 0) > 0 AND minIf(version, posts > 0) < greatest(max(version), fromUnixTimestamp64Nano(%[2]d, 'UTC'))
		ORDER BY start`, where, moment))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		var b int64
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		dst = append(dst, b)
	}
	return dst, rows.Err()
}

// bucketsOf gives the buckets that versions of the posts were in, in order.
func (s *Store) bucketsOf(ctx context.Context, ids []samleng.PostID) ([]int64, error) {
	ctx, cancel := s.change(ctx, clickhouse.Settings{"max_query_size": 40*len(ids) + 10_000})
	defer cancel()
	// The ids travel as one long literal: as thousands of them, or as a parameter in the
	// address of an HTTP request, they would cost more than the question.
	rows, err := s.conn.Query(ctx, `SELECT DISTINCT toInt64(toUnixTimestamp(bucket)) AS start FROM post_buckets
		WHERE id IN (SELECT toFixedString(arrayJoin(splitByChar(',', '`+idList(ids)+`')), 32)) ORDER BY start`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []int64
	for rows.Next() {
		var b int64
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// idList renders ids, which are bytes of ours printed as hexadecimal digits, with commas.
func idList(ids []samleng.PostID) string {
	b := make([]byte, 0, 33*len(ids))
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, id[:])
	}
	return string(b)
}

// bucketList renders buckets, as seconds since 1970, for an IN clause.
func bucketList(buckets []int64) string {
	var b strings.Builder
	for i, t := range buckets {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%d", t)
	}
	return b.String()
}

// moment gives the server's clock, in nanoseconds since 1970.
func (s *Store) moment(ctx context.Context) (int64, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var ns int64
	err := s.conn.QueryRow(ctx, `SELECT toUnixTimestamp64Nano(now64(9))`).Scan(&ns)
	return ns, err
}

// exec runs a statement that changes the store.
func (s *Store) exec(ctx context.Context, query string, args ...any) error {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	return s.conn.Exec(ctx, query, args...)
}

// Recount counts every rollup again. It is right while posts are being inserted.
func (s *Store) Recount(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	moment, err := s.moment(ctx)
	if err != nil {
		return fmt.Errorf("count all rollups: %w", classify(err))
	}
	if err := s.exec(ctx, fmt.Sprintf(rebuild, "1", every, moment)); err != nil {
		return fmt.Errorf("count all rollups: %w", classify(err))
	}
	buckets, err := s.mixed(ctx, nil, "1", moment)
	if err != nil {
		return fmt.Errorf("count all rollups: %w", classify(err))
	}
	if err := s.count(ctx, buckets); err != nil {
		return fmt.Errorf("count all rollups: %w", err)
	}
	return nil
}

// CheckRollups compares the rollups with a count of all posts, and gives the number of groups
// that differ; it changes nothing. Posts inserted meanwhile can differ.
func (s *Store) CheckRollups(ctx context.Context) (differences int, err error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var n uint64
	err = s.conn.QueryRow(ctx, `SELECT count() FROM (
		SELECT bucket, topic, language, kind
		FROM (
			SELECT *, 1 AS side FROM (`+fmt.Sprintf(recount, "1", every)+`)
			UNION ALL
			SELECT bucket, topic::String, language::String, kind::String, posts, positive, neutral, negative, unscored, score_sum, sources::Array(String), alone, shared, -1 AS side
			FROM rollups FINAL WHERE posts > 0
		)
		GROUP BY bucket, topic, language, kind
		HAVING sum(side) != 0 OR sum(side * toInt64(posts)) != 0 OR sum(side * toInt64(positive)) != 0 OR sum(side * toInt64(neutral)) != 0
			OR sum(side * toInt64(negative)) != 0 OR sum(side * toInt64(unscored)) != 0 OR abs(sum(side * score_sum)) > 1e-6
			OR uniqExact(arraySort(sources)) != 1 OR sum(side * toInt64(alone)) != 0 OR uniqExact(arraySort(shared)) != 1
	)`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("compare rollups with posts: %w", classify(err))
	}
	return int(n), nil //nolint:gosec // far from the limit
}
