package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// RecordAlerts keeps alerts as they were decided. Keeping one again changes nothing.
func (s *Store) RecordAlerts(ctx context.Context, all []samleng.AlertRecord) error {
	err := s.insert(ctx, "INSERT INTO alert_log (tick, rule, episode, number, state, level, topic, place, kind, score, held, channels, due, line, alert)", len(all),
		func(b driver.Batch, i int) error {
			r := &all[i]
			a := &r.Alert
			score := 0.0
			for _, c := range a.Changes {
				score = max(score, c.Score)
			}
			told, err := json.Marshal(a)
			if err != nil {
				return fmt.Errorf("write alert %s: %w", a.Episode, err)
			}
			due := r.Due
			if due.IsZero() {
				due = r.Tick
			}
			return b.Append(r.Tick, a.Rule, a.Episode, uint32(a.Number), string(a.State), a.Level.String(), a.Series.Topic, a.Series.Place, string(a.Series.Kind), score, //nolint:gosec // small
				a.Held, list(r.Channels), due, string(r.Line), string(told))
		})
	if err != nil {
		return fmt.Errorf("keep alerts: %w", err)
	}
	var shows []samleng.PostID
	for i := range all {
		for j := range all[i].Alert.Examples {
			shows = append(shows, all[i].Alert.Examples[j].ID)
		}
	}
	return s.forgetTaken(ctx, shows)
}

// AlertRecords gives the alerts that were decided in [since, until), in the order in which they
// were; an empty rule stands for all. Of an alert whose texts have expired, Alert is what Line
// says.
func (s *Store) AlertRecords(ctx context.Context, rule string, since, until time.Time) ([]samleng.AlertRecord, error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	where := fmt.Sprintf("tick >= toDateTime(%d, 'UTC') AND tick < toDateTime(%d, 'UTC')", since.Unix(), until.Unix())
	if rule != "" {
		where += " AND rule = " + quote(rule)
	}
	rows, err := s.conn.Query(ctx, "SELECT tick, channels::Array(String), due, line, alert FROM alert_log FINAL WHERE "+where+" ORDER BY tick, rule, episode, number, state")
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.AlertRecord
	for rows.Next() {
		var r samleng.AlertRecord
		var line, told string
		if err := rows.Scan(&r.Tick, &r.Channels, &r.Due, &line, &told); err != nil {
			return nil, fmt.Errorf("read alerts: %w", classify(err))
		}
		r.Line = []byte(line)
		if told == "" {
			told = line
		}
		if r.Alert, err = readAlert(told); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read alerts: %w", classify(err))
	}
	return all, nil
}

// toward gives the columns of the tone of a post and of how sure it is: towards the topic of the
// series, where there is such a finding.
func toward(series *samleng.Series) (tone, confidence string) {
	if series.Topic == "" {
		return "sentiment::String", "sentiment_confidence"
	}
	at := "indexOf(topics, " + quote(series.Topic) + ")"
	return "if(empty(topic_sentiments), sentiment::String, topic_sentiments[" + at + "]::String)",
		"if(empty(topic_sentiments), sentiment_confidence, topic_sentiment_confidences[" + at + "])"
}

// within chooses the posts of a series in a period.
func within(series *samleng.Series, from, to time.Time) string {
	where := fmt.Sprintf("removed = 0 AND bucket >= toDateTime(%[1]d, 'UTC') AND bucket < toDateTime(%[2]d, 'UTC') AND id IN (SELECT id FROM bucket_posts WHERE bucket >= toDateTime(%[1]d, 'UTC') AND bucket < toDateTime(%[2]d, 'UTC'))",
		from.Unix(), to.Unix())
	if series.Topic != "" {
		where += " AND has(topics, " + quote(series.Topic) + ")"
	}
	if series.Keyword != "" {
		where += " AND " + holds(series.Keyword)
	}
	if series.Place != "" {
		where += " AND arrayExists(p -> startsWith(p, " + quote(series.Place) + "), places)"
	}
	if series.Kind != "" {
		where += " AND kind = " + quote(string(series.Kind))
	}
	if series.Language != "" {
		where += " AND language = " + quote(series.Language)
	}
	return where
}
