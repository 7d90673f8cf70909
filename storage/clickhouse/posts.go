package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// Cursor is the place of a post in the order of Posts. The zero Cursor is before the newest.
type Cursor struct {
	Published time.Time
	ID        samleng.PostID
}

// MaxPosts is the most posts that one call of Posts gives.
const MaxPosts = 1_000

const postColumns = `id::String, source::String, kind::String, url, title, text, published, seen_at, declared_language::String, language::String,
	languages::Map(String, Float32), topics::Array(String), topic_scores,
	topic_sentiments::Array(String), topic_sentiment_scores, topic_sentiment_confidences, sentiment::String, sentiment_score, sentiment_confidence,
	places::Array(String), place_names_km::Array(String), place_names_en::Array(String), place_scores, evidence, flags::Array(String), sample, model::String, schema`

// Posts gives the newest posts of the filter behind the cursor, newest first, at most limit
// of them. Posts of which the text has expired come without title, text and evidence. It shows
// what single posts say: whoever shows it to people applies the rule about small groups.
func (s *Store) Posts(ctx context.Context, f samleng.Filter, limit int, after Cursor) ([]samleng.StoredPost, error) {
	limit = min(limit, MaxPosts)
	if limit <= 0 {
		return nil, nil
	}
	ctx, cancel := s.question(ctx)
	defer cancel()
	posts, err := s.posts(ctx, f, limit, after)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", classify(err))
	}
	return posts, nil
}

func (s *Store) posts(ctx context.Context, f samleng.Filter, limit int, after Cursor) ([]samleng.StoredPost, error) {
	if !after.Published.IsZero() {
		if end := after.Published.Add(time.Millisecond); f.To.IsZero() || end.Before(f.To) {
			f.To = end
		}
	}
	start, ok, err := s.reach(ctx, f, limit, after)
	if err != nil || !ok {
		return nil, err
	}
	if start.After(f.From) {
		f.From = start
	}
	where, args := period(f.From, f.To)
	where, args = restrict(where, args, f)
	if !after.Published.IsZero() {
		where += " AND (published, id) < (fromUnixTimestamp64Milli(?, 'UTC'), ?)"
		args = append(args, after.Published.UnixMilli(), after.ID.String())
	}
	args = append(args, limit)
	rows, err := s.conn.Query(ctx, "SELECT "+postColumns+" FROM posts FINAL WHERE "+where+" ORDER BY published DESC, id DESC LIMIT ?", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.StoredPost
	for rows.Next() {
		p, err := scanPost(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return all, s.addStories(ctx, all)
}

// restrict adds the filter's topic, language and kind.
func restrict(where string, args []any, f samleng.Filter) (string, []any) {
	switch f.Topic {
	case allPosts:
	case noTopic:
		where += " AND empty(topics)"
	default:
		where += " AND has(topics, ?)"
		args = append(args, f.Topic)
	}
	if f.Language != "" {
		where += " AND language = ?"
		args = append(args, f.Language)
	}
	if f.Kind != "" {
		where += " AND kind = ?"
		args = append(args, string(f.Kind))
	}
	return where, args
}

// reach asks the rollups how far back the limit's posts go, so that only these are read. The
// bucket of the cursor may hold posts that come before it, so it does not count.
func (s *Store) reach(ctx context.Context, f samleng.Filter, limit int, after Cursor) (start time.Time, ok bool, err error) {
	sc := scope{f: f, from: time.Unix(0, 0), to: time.Unix(1<<32-1, 0)}
	if !f.From.IsZero() {
		sc.from = f.From.Truncate(samleng.Bucket)
	}
	if !f.To.IsZero() {
		sc.to = f.To
	}
	where, args := sc.where()
	args = append(args, limit+2)
	rows, err := s.conn.Query(ctx, "SELECT bucket, toInt64(sum(posts)) FROM rollups FINAL WHERE "+where+" GROUP BY bucket ORDER BY bucket DESC LIMIT ?", args...)
	if err != nil {
		return time.Time{}, false, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	cursor := after.Published.Truncate(samleng.Bucket)
	first := true
	for left := int64(limit); left > 0 && rows.Next(); {
		var n int64
		if err := rows.Scan(&start, &n); err != nil {
			return time.Time{}, false, err
		}
		ok = true
		// Neither the cursor's bucket nor the newest of a bounded period is wholly inside.
		if (after.Published.IsZero() || !start.Equal(cursor)) && (!first || f.To.IsZero()) {
			left -= n
		}
		first = false
	}
	return start.UTC(), ok, rows.Err()
}

// scanPost reads one row of postColumns, and what was asked for after them into more.
func scanPost(rows driver.Rows, more ...any) (samleng.StoredPost, error) {
	var (
		p                                     samleng.StoredPost
		id, kind, label, evidence             string
		languages                             map[string]float32
		topics, places, khmer, english, flags []string
		tones                                 []string
		topicScores, placeScores              []float32
		toneScores, toneConfidences           []float32
		sentimentScore, sentimentConfidence   float32
		schema                                uint8
		post, analysis                        = &p.Post, &p.Analysis
	)
	err := rows.Scan(append([]any{
		&id, &post.Source, &kind, &post.URL, &post.Title, &post.Text, &post.Published, &post.SeenAt, &post.Language, &analysis.Language,
		&languages, &topics, &topicScores, &tones, &toneScores, &toneConfidences, &label, &sentimentScore, &sentimentConfidence, &places, &khmer, &english, &placeScores, &evidence, &flags,
		&post.Sample, &analysis.Model, &schema,
	}, more...)...)
	if err != nil {
		return p, err
	}
	if post.ID, err = samleng.ParsePostID(id); err != nil {
		return p, err
	}
	var e storedEvidence
	if evidence != "" {
		if err := json.Unmarshal([]byte(evidence), &e); err != nil {
			return p, fmt.Errorf("evidence of post %s: %w", id, err)
		}
	}
	post.Schema, post.Kind = int(schema), samleng.Kind(kind)
	for _, f := range flags {
		post.Flags = append(post.Flags, samleng.Flag(f))
	}
	analysis.Languages = make(map[string]float64, len(languages))
	for language, share := range languages {
		analysis.Languages[language] = wide(share)
	}
	for i, t := range topics {
		analysis.Topics = append(analysis.Topics, samleng.Topic{
			ID: t, Score: wide(at(topicScores, i)), Evidence: e.Topics[t],
			Sentiment: samleng.Tone{Label: samleng.Label(at(tones, i)), Score: wide(at(toneScores, i)), Confidence: wide(at(toneConfidences, i))},
		})
	}
	analysis.Sentiment = samleng.Sentiment{Label: samleng.Label(label), Score: wide(sentimentScore), Confidence: wide(sentimentConfidence), Evidence: e.Sentiment}
	for i, code := range places {
		analysis.Places = append(analysis.Places, samleng.Place{Code: code, Khmer: at(khmer, i), English: at(english, i), Score: wide(at(placeScores, i)), Evidence: e.Places[code]})
	}
	analysis.Scripts, analysis.Spans = e.Scripts, e.Spans
	return p, nil
}

// at is all[i], or zero where an array is shorter than its sisters.
func at[T any](all []T, i int) (v T) {
	if i < len(all) {
		v = all[i]
	}
	return v
}
