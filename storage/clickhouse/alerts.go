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

// The bounds of a Scene.
const (
	scenePosts  = 300
	sceneBefore = 1000
	sceneDays   = 7
)

// Scene gives what lies behind the window [from, to) of a series. Posts of private people that
// are fewer than the minimum, or from fewer sources, are neither shown nor counted by kind.
func (s *Store) Scene(ctx context.Context, series *samleng.Series, from, to time.Time, grace time.Duration, minimum samleng.MinimumGroup) (samleng.Scene, error) {
	var scene samleng.Scene
	fail := func(err error) (samleng.Scene, error) {
		return scene, fmt.Errorf("read what lies behind an alert: %w", classify(err))
	}
	ctx, cancel := s.question(ctx)
	defer cancel()
	tone, confidence := toward(series)
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT p.id::String, if(empty(told.story), p.id::String, told.story::String) AS story, toInt64(count() OVER (PARTITION BY story)),
			source::String, kind::String, url, title, text, published, tone, confidence, toInt64(dateDiff('millisecond', published, inserted_at))
		FROM (SELECT *, %s AS tone, %s AS confidence FROM posts FINAL WHERE %s) AS p
		LEFT ANY JOIN (SELECT id, story FROM stories FINAL WHERE story != id) AS told ON p.id = told.id
		ORDER BY published DESC, p.id`, tone, confidence, within(series, from, to)))
	if err != nil {
		return fail(err)
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var posts []samleng.ScenePost
	var lags []time.Duration
	for rows.Next() {
		var p samleng.ScenePost
		var id, story, kind, label string
		var carriers, lag int64
		var sure float32
		if err := rows.Scan(&id, &story, &carriers, &p.Source, &kind, &p.URL, &p.Title, &p.Text, &p.Published, &label, &sure, &lag); err != nil {
			return fail(err)
		}
		if p.ID, err = samleng.ParsePostID(id); err != nil {
			return fail(err)
		}
		if p.Story, err = samleng.ParsePostID(story); err != nil {
			return fail(err)
		}
		p.Carriers, p.Kind, p.Label, p.Confidence = int(carriers), samleng.Kind(kind), samleng.Label(label), wide(sure)
		posts, lags = append(posts, p), append(lags, time.Duration(lag)*time.Millisecond)
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	sumScene(&scene, posts, lags, grace, minimum)
	if scene.Before, err = s.textsBefore(ctx, series, from); err != nil {
		return fail(err)
	}
	return scene, nil
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

// textsBefore gives texts of the days before the window, spread over them.
func (s *Store) textsBefore(ctx context.Context, series *samleng.Series, from time.Time) ([]string, error) {
	rows, err := s.conn.Query(ctx, fmt.Sprintf("SELECT concat(title, '\\n', text) FROM posts FINAL WHERE %s AND text != '' ORDER BY cityHash64(id) LIMIT %d",
		within(series, from.AddDate(0, 0, -sceneDays), from), sceneBefore))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
