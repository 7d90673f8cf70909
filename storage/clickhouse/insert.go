package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// MaxBatch is the most rows of one Insert: beyond it ClickHouse could split the block, and a
// half of it could be stored without the other.
const MaxBatch = 100_000

const insertPosts = `INSERT INTO posts (id, source, kind, url, title, text, published, seen_at, declared_language, language,
	languages, topics, topic_scores, topic_sentiments, topic_sentiment_scores, topic_sentiment_confidences, sentiment, sentiment_score, sentiment_confidence, places, place_names_km, place_names_en,
	place_scores, evidence, flags, sample, model, schema, kafka_cluster, kafka_topic, kafka_partition, kafka_offset, version)`

// Insert stores rows that were read from one Kafka topic, and counts the rollups of the
// buckets they touch again. Cluster names the incarnation of the Kafka cluster, so that the
// offsets of a cluster that was thrown away are never taken for those of the next. The token
// names these rows and no others; an insert with a token that was stored already changes
// nothing in posts. On any error the caller repeats the call with the same rows and token:
// every step can be repeated. Posts that were taken down are left out.
func (s *Store) Insert(ctx context.Context, cluster, topic, token string, rows []samleng.Row) error {
	if len(rows) == 0 {
		return nil
	}
	if len(rows) > MaxBatch {
		return fmt.Errorf("insert posts: %d rows in one batch, at most %d are allowed", len(rows), MaxBatch)
	}
	removed, err := s.removals(ctx, rows)
	if err != nil {
		return err
	}
	if err := s.insertRows(ctx, cluster, topic, token, rows, removed); err != nil {
		return fmt.Errorf("insert posts: %w", classify(err))
	}
	// After the posts, so that a story is never found of a post that is not there.
	if err := s.insertPrints(ctx, token, rows, removed); err != nil {
		return err
	}
	ids := make([]samleng.PostID, len(rows))
	for i := range rows {
		ids[i] = rows[i].Post.ID
	}
	return s.refresh(ctx, ids)
}

func (s *Store) insertRows(ctx context.Context, cluster, topic, token string, rows []samleng.Row, removed map[samleng.PostID]bool) error {
	ctx, cancel := s.change(ctx, clickhouse.Settings{
		"insert_deduplicate":         1,
		"insert_deduplication_token": token,
		// The views' tables notice the repetition by themselves, so that a repeated batch
		// completes a view that an interrupted one left out.
		"deduplicate_blocks_in_dependent_materialized_views": 1, //nolint:misspell // ClickHouse's name
		"max_insert_block_size":                              2 * MaxBatch,
	})
	defer cancel()
	batch, err := s.conn.PrepareBatch(ctx, insertPosts)
	if err != nil {
		return err
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	for i := range rows {
		if removed[rows[i].Post.ID] {
			continue
		}
		if err := appendRow(batch, cluster, topic, &rows[i]); err != nil {
			return fmt.Errorf("post %s: %w", rows[i].Post.ID, err)
		}
	}
	return batch.Send()
}

// appendRow puts one post into the batch, in the order of insertPosts.
func appendRow(batch driver.Batch, cluster, topic string, r *samleng.Row) error {
	p, a := &r.Post, &r.Analysis
	topics, topicScores := make([]string, len(a.Topics)), make([]float32, len(a.Topics))
	for i, t := range a.Topics {
		topics[i], topicScores[i] = t.ID, float32(t.Score)
	}
	tones, toneScores, toneConfidences := topicTones(a.Topics)
	n := len(a.Places)
	codes, khmer, english, placeScores := make([]string, n), make([]string, n), make([]string, n), make([]float32, n)
	for i, place := range a.Places {
		codes[i], khmer[i], english[i], placeScores[i] = place.Code, place.Khmer, place.English, float32(place.Score)
	}
	languages := make(map[string]float32, len(a.Languages))
	for language, share := range a.Languages {
		languages[language] = float32(share)
	}
	flags := make([]string, len(p.Flags))
	for i, f := range p.Flags {
		flags[i] = string(f)
	}
	evidence, err := encodeEvidence(a)
	if err != nil {
		return err
	}
	return batch.Append(p.ID.String(), p.Source, string(p.Kind), p.URL, p.Title, p.Text, p.Published, p.SeenAt, p.Language, a.Language,
		languages, topics, topicScores, tones, toneScores, toneConfidences, string(a.Sentiment.Label), float32(a.Sentiment.Score), float32(a.Sentiment.Confidence), codes, khmer, english,
		placeScores, evidence, flags, p.Sample, a.Model, uint8(p.Schema), cluster, topic, r.Partition, r.Offset, version(p.SeenAt, r.Offset)) //nolint:gosec // a schema version is small
}

// topicTones gives the columns of the tone towards each topic, empty ones where the tones were
// not asked for.
func topicTones(topics []samleng.Topic) (labels []string, scores, confidences []float32) {
	labels, scores, confidences = []string{}, []float32{}, []float32{}
	for _, t := range topics {
		if t.Sentiment == (samleng.Tone{}) {
			return []string{}, []float32{}, []float32{}
		}
		labels = append(labels, string(t.Sentiment.Label))
		scores = append(scores, float32(t.Sentiment.Score))
		confidences = append(confidences, float32(t.Sentiment.Confidence))
	}
	return labels, scores, confidences
}

// offsetBits of the version hold the end of the offset, which decides between two versions
// that were seen in the same millisecond.
const offsetBits = 20

// removedVersion is above that of any post.
const removedVersion = 1<<64 - 1

// version orders the versions of a post: by the time seen, then by the place in Kafka. Of
// equal versions (a post that is classified again) the one inserted last wins.
func version(seen time.Time, offset int64) uint64 {
	ms := max(seen.UnixMilli(), 0)
	return uint64(ms)<<offsetBits | uint64(offset)&(1<<offsetBits-1) //nolint:gosec // neither is negative
}

// storedEvidence is the form of the column evidence.
type storedEvidence struct {
	Topics    map[string][]samleng.Evidence `json:"topics,omitempty"`
	Sentiment []samleng.Evidence            `json:"sentiment,omitempty"`
	Places    map[string][]samleng.Evidence `json:"places,omitempty"` // by code
	Scripts   map[string]float64            `json:"scripts,omitempty"`
	Spans     []samleng.LanguageSpan        `json:"spans,omitempty"`
}

func encodeEvidence(a *samleng.Analysis) (string, error) {
	e := storedEvidence{Sentiment: a.Sentiment.Evidence, Scripts: a.Scripts, Spans: a.Spans}
	for _, t := range a.Topics {
		if len(t.Evidence) == 0 {
			continue
		}
		if e.Topics == nil {
			e.Topics = map[string][]samleng.Evidence{}
		}
		e.Topics[t.ID] = t.Evidence
	}
	for _, p := range a.Places {
		if len(p.Evidence) == 0 {
			continue
		}
		if e.Places == nil {
			e.Places = map[string][]samleng.Evidence{}
		}
		e.Places[p.Code] = p.Evidence
	}
	b, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("encode evidence: %w", err)
	}
	return string(b), nil
}

// NextOffset gives the offset after the highest one that is stored of a partition, and
// whether there is any.
func (s *Store) NextOffset(ctx context.Context, cluster, topic string, partition int32) (next int64, ok bool, err error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var n uint64
	var highest int64
	err = s.conn.QueryRow(ctx, `SELECT count(), max(kafka_offset) FROM posts
		WHERE kafka_cluster = ? AND kafka_topic = ? AND kafka_partition = ? AND removed = 0`, cluster, topic, partition).Scan(&n, &highest)
	if err != nil {
		return 0, false, fmt.Errorf("read stored offset: %w", classify(err))
	}
	if n == 0 {
		return 0, false, nil
	}
	return highest + 1, true, nil
}
