package clickhouse

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"samleng"
)

// forgottenEpisode is how long an episode without a word counts among those that are open. One
// that is open is told again or closed long before, unless nobody watches any more.
const forgottenEpisode = 7 * 24 * time.Hour

// Episodes gives the episodes that f chooses, those that are open first, then the last to open
// first. One that opened before f.Since is among them where something was decided of it since,
// or where it is open still.
func (s *Store) Episodes(ctx context.Context, f samleng.EpisodeFilter) ([]samleng.Episode, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	where, having := "1", "1"
	if !f.Until.IsZero() {
		where += fmt.Sprintf(" AND tick < toDateTime(%d, 'UTC')", f.Until.Unix())
	}
	if f.Topic != "" {
		where += " AND topic = " + quote(f.Topic)
	}
	if f.Rule != "" {
		where += " AND rule = " + quote(f.Rule)
	}
	const last = "argMax(state, (tick, number))"
	if !f.Since.IsZero() {
		where += fmt.Sprintf(" AND tick >= toDateTime(%d, 'UTC')", max(0, f.Since.Add(-forgottenEpisode).Unix()))
		having += fmt.Sprintf(" AND (max(tick) >= toDateTime(%d, 'UTC') OR "+last+" IN ('opened', 'escalated'))", f.Since.Unix())
	}
	if !f.Held {
		having += " AND countIf(state != 'held') > 0"
	}
	chosen := fmt.Sprintf(`SELECT episode FROM alert_log FINAL WHERE %s GROUP BY episode HAVING %s
		ORDER BY %s IN ('opened', 'escalated') DESC, min(tick) DESC, episode LIMIT %d`, where, having, last, f.Limit)
	ids, err := s.column(ctx, chosen)
	if err != nil {
		return nil, fmt.Errorf("read episodes: %w", classify(err))
	}
	if len(ids) == 0 {
		return nil, nil
	}
	records, err := s.records(ctx, "episode IN ("+quoted(ids)+")", "line")
	if err != nil {
		return nil, fmt.Errorf("read episodes: %w", err)
	}
	byID := make(map[string]*samleng.Episode, len(ids))
	all := make([]samleng.Episode, len(ids))
	for i, id := range ids {
		byID[id] = &all[i]
	}
	for i := range records {
		if e := byID[records[i].Alert.Episode]; e != nil {
			e.Add(&records[i])
		}
	}
	return all, nil
}

// EpisodeAlerts gives the alerts of an episode in the order in which they were decided, none for
// one that is not known.
func (s *Store) EpisodeAlerts(ctx context.Context, episode string) ([]samleng.AlertRecord, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	all, err := s.records(ctx, "episode = "+quote(episode), "if(alert = '', line, alert)")
	if err != nil {
		return nil, fmt.Errorf("read episode %s: %w", episode, err)
	}
	return all, nil
}

// logLine is what a line of the log says otherwise than an Alert does.
type logLine struct {
	samleng.Alert
	Coverage *float64 `json:"coverage"`
	WarmUp   string   `json:"warm_up"`
	Tested   int      `json:"tested"`
	Model    string   `json:"model"`
}

// readAlert reads an alert as it was told, or as its line in the log has it.
func readAlert(told string) (samleng.Alert, error) {
	var l logLine
	if err := json.Unmarshal([]byte(told), &l); err != nil {
		return samleng.Alert{}, fmt.Errorf("read alert: %w", err)
	}
	if l.Coverage != nil {
		l.Quality = samleng.DataQuality{Coverage: *l.Coverage, Tested: l.Tested, Model: l.Model}
		if age, err := time.ParseDuration(l.WarmUp); err == nil {
			l.Quality.WarmUp = age
		}
	}
	return l.Alert, nil
}

// records reads alerts that a condition chooses, in order; body is the column that says what each
// was.
func (s *Store) records(ctx context.Context, where, body string) ([]samleng.AlertRecord, error) {
	rows, err := s.conn.Query(ctx, "SELECT tick, channels::Array(String), due, "+body+" FROM alert_log FINAL WHERE "+where+" ORDER BY tick, rule, episode, number, state")
	if err != nil {
		return nil, classify(err)
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.AlertRecord
	for rows.Next() {
		var r samleng.AlertRecord
		var told string
		if err := rows.Scan(&r.Tick, &r.Channels, &r.Due, &told); err != nil {
			return nil, classify(err)
		}
		if r.Alert, err = readAlert(told); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, classify(err)
	}
	return all, nil
}

// column reads the one text column of a question.
func (s *Store) column(ctx context.Context, query string) ([]string, error) {
	rows, err := s.conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// quoted makes a list of literals.
func quoted(all []string) string {
	list := ""
	for i, one := range all {
		if i > 0 {
			list += ", "
		}
		list += quote(one)
	}
	return list
}

// DeliveriesOf gives how the alerts of episodes were brought to each channel, in the order of
// episodes, numbers and channels, without what was sent.
func (s *Store) DeliveriesOf(ctx context.Context, episodes []string) ([]samleng.Delivery, error) {
	if len(episodes) == 0 {
		return nil, nil
	}
	return s.outline(ctx, "episode IN (?) ORDER BY episode, number, channel", episodes)
}

// FeedbackOf gives what was said of episodes, by episode and verdict.
func (s *Store) FeedbackOf(ctx context.Context, episodes []string) ([]samleng.Feedback, error) {
	if len(episodes) == 0 {
		return nil, nil
	}
	return s.feedback(ctx, "episode IN (?)", episodes)
}

// SeriesChart counts a series over [from, to), which are rounded to buckets. Where posts of private
// people of one kind are fewer than the minimum over all of it, or from fewer sources, they are
// left out, as those of the kinds in without are, and Without says so.
func (s *Store) SeriesChart(ctx context.Context, series *samleng.Series, from, to time.Time, without []samleng.Kind, minimum samleng.MinimumGroup) (samleng.SeriesChart, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	c, err := s.seriesChart(ctx, series, from.UTC().Truncate(samleng.Bucket), to.UTC().Add(samleng.Bucket-1).Truncate(samleng.Bucket), without, minimum)
	if err != nil {
		return samleng.SeriesChart{}, fmt.Errorf("draw a series: %w", classify(err))
	}
	return c, nil
}

func (s *Store) seriesChart(ctx context.Context, series *samleng.Series, from, to time.Time, without []samleng.Kind, minimum samleng.MinimumGroup) (samleng.SeriesChart, error) {
	c := samleng.SeriesChart{Step: stepFor(from, to), Points: []samleng.VolumePoint{}}
	chosen := within(series, from, to)
	groups, err := s.conn.Query(ctx, "SELECT kind::String, toInt64(count()), toInt64(uniqExact(source)) FROM posts FINAL WHERE "+chosen+" GROUP BY kind ORDER BY kind::String")
	if err != nil {
		return c, err
	}
	defer groups.Close() //nolint:errcheck // Err has reported
	for groups.Next() {
		var kind string
		var posts, sources int64
		if err := groups.Scan(&kind, &posts, &sources); err != nil {
			return c, err
		}
		small := samleng.Kind(kind).Personal() && (posts < int64(minimum.Posts) || sources < int64(minimum.Sources))
		if small || slices.Contains(without, samleng.Kind(kind)) {
			c.Without = append(c.Without, samleng.Kind(kind))
		}
	}
	if err := groups.Err(); err != nil {
		return c, err
	}
	tone, _ := toward(series)
	seconds, offset := int64(c.Step/time.Second), int64(localOffset/time.Second)
	story, join := "''", ""
	if series.Stories {
		story = "if(empty(told.story), p.id::String, told.story::String)"
		join = "LEFT ANY JOIN (SELECT id, story FROM stories FINAL WHERE story != id) AS told ON p.id = told.id"
	}
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT intDiv(toInt64(toUnixTimestamp(bucket)) + %d, %d) * %d - %d AS start,
			toInt64(count()), toInt64(countIf(tone = 'positive')), toInt64(countIf(tone = 'neutral')), toInt64(countIf(tone = 'negative')), toInt64(uniqExact(%s))
		FROM (SELECT *, bucket, %s AS tone FROM posts FINAL WHERE %s%s) AS p %s GROUP BY start`, offset, seconds, seconds, offset, story, tone, chosen, except(c.Without), join))
	if err != nil {
		return c, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	counted := map[int64]samleng.Tally{}
	for rows.Next() {
		var start, stories int64
		var t counts
		if err := rows.Scan(&start, &t.posts, &t.positive, &t.neutral, &t.negative, &stories); err != nil {
			return c, err
		}
		point := t.tally()
		if series.Stories {
			point.Stories = int(stories)
		}
		counted[start] = point
	}
	for start := align(from, c.Step); start.Before(to); start = start.Add(c.Step) {
		c.Points = append(c.Points, samleng.VolumePoint{Start: start, Tally: counted[start.Unix()]})
	}
	return c, rows.Err()
}
