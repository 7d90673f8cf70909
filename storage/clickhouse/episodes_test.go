package clickhouse

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"samleng"
)

// decided is an alert as it is kept, with a line as the engine writes it.
func decided(t *testing.T, episode string, number int, state samleng.AlertState, at time.Time, change func(*samleng.AlertRecord)) samleng.AlertRecord {
	t.Helper()
	r := samleng.AlertRecord{Tick: at.Add(10 * time.Minute), Alert: samleng.Alert{
		Episode: episode, Number: number, State: state, Level: samleng.LevelWarning, Rule: "topics", Series: samleng.Series{Topic: "land"},
		At: at, Start: at.Add(-time.Hour), End: at, Changes: []samleng.Change{{Signal: samleng.SignalVolume, Observed: 40, Expected: 9, Score: 3.5, Factors: map[string]float64{"threshold": 2.3}}},
		Quality: samleng.DataQuality{Coverage: .9, WarmUp: 48 * time.Hour, Tested: 20, Model: "m"},
	}}
	if change != nil {
		change(&r)
	}
	a := &r.Alert
	line, err := json.Marshal(map[string]any{
		"tick": r.Tick, "rule": a.Rule, "episode": a.Episode, "number": a.Number, "state": a.State, "level": a.Level.String(), "series": a.Series, "at": a.At, "start": a.Start,
		"end": a.End, "changes": a.Changes, "held": a.Held, "coverage": a.Quality.Coverage, "warm_up": a.Quality.WarmUp.String(), "tested": a.Quality.Tested, "model": a.Quality.Model,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Line = line
	return r
}

func TestEpisodes(t *testing.T) { //nolint:paralleltest // the engine is shared
	s := migrated(t)
	ids := []string{"00000000000000000000000000000001", "00000000000000000000000000000002", "00000000000000000000000000000003", "00000000000000000000000000000004"}
	over, open, held, old := ids[0], ids[1], ids[2], ids[3]
	err := s.RecordAlerts(t.Context(), []samleng.AlertRecord{
		decided(t, over, 1, samleng.AlertOpened, noon, func(r *samleng.AlertRecord) { r.Channels, r.Due = []string{"team"}, noon }),
		decided(t, over, 2, samleng.AlertEscalated, noon.Add(time.Hour), func(r *samleng.AlertRecord) {
			r.Channels, r.Alert.Level = []string{"head", "team"}, samleng.LevelUrgent
			r.Alert.Changes = append(r.Alert.Changes, samleng.Change{Signal: samleng.SignalNegative, Observed: .6, Expected: .2, Count: 30, Score: 5.25})
		}),
		decided(t, over, 3, samleng.AlertClosed, noon.Add(5*time.Hour), nil),
		decided(t, open, 1, samleng.AlertOpened, noon.Add(-2*time.Hour), func(r *samleng.AlertRecord) {
			r.Alert.Held, r.Alert.Level, r.Alert.Series.Topic = "a notice is for the digest", samleng.LevelNotice, "health"
		}),
		decided(t, held, 1, samleng.AlertHeld, noon.Add(time.Hour), func(r *samleng.AlertRecord) { r.Alert.Held = "too few of the sources were heard" }),
		decided(t, old, 1, samleng.AlertOpened, noon.Add(-30*24*time.Hour), nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{over: "over", open: "open", held: "held", old: "old"}
	for name, c := range map[string]struct {
		f    samleng.EpisodeFilter
		want []string
	}{
		"a day":                    {samleng.EpisodeFilter{Since: noon.Add(-time.Hour), Until: noon.Add(24 * time.Hour), Limit: 10}, []string{"open", "over"}},
		"with what was held":       {samleng.EpisodeFilter{Since: noon.Add(-time.Hour), Held: true, Limit: 10}, []string{"open", "held", "over"}},
		"one of them":              {samleng.EpisodeFilter{Since: noon.Add(-time.Hour), Held: true, Limit: 1}, []string{"open"}},
		"a topic":                  {samleng.EpisodeFilter{Topic: "land", Limit: 10}, []string{"old", "over"}},
		"a rule that there is not": {samleng.EpisodeFilter{Rule: "'; DROP", Limit: 10}, nil},
		"before anything":          {samleng.EpisodeFilter{Until: noon.Add(-60 * 24 * time.Hour), Limit: 10}, nil},
		"later: still open":        {samleng.EpisodeFilter{Since: noon.Add(48 * time.Hour), Limit: 10}, []string{"open"}},
		"long after: forgotten":    {samleng.EpisodeFilter{Since: noon.Add(10 * 24 * time.Hour), Limit: 10}, nil},
	} {
		all, err := s.Episodes(t.Context(), c.f)
		var got []string
		for i := range all {
			got = append(got, names[all[i].ID])
		}
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v, want (-) got (+):\n%s", name, err, diff)
		}
	}
	all, err := s.Episodes(t.Context(), samleng.EpisodeFilter{Since: noon, Topic: "land", Limit: 1})
	want := []samleng.Episode{{
		ID: over, Rule: "topics", Series: samleng.Series{Topic: "land"}, State: samleng.AlertClosed, Level: samleng.LevelUrgent, Alerts: 3,
		Opened: noon, Closed: noon.Add(5*time.Hour + 10*time.Minute), Last: noon.Add(5*time.Hour + 10*time.Minute), Start: noon.Add(-time.Hour), End: noon.Add(5 * time.Hour),
		Peak: 5.25, Signals: []samleng.Signal{samleng.SignalVolume, samleng.SignalNegative}, Channels: []string{"team", "head"},
	}}
	if diff := cmp.Diff(want, all); err != nil || diff != "" {
		t.Errorf("%v, want (-) got (+):\n%s", err, diff)
	}
	told, err := s.EpisodeAlerts(t.Context(), over)
	if err != nil || len(told) != 3 || told[1].Alert.Level != samleng.LevelUrgent || told[1].Alert.Changes[0].Factors["threshold"] != 2.3 || told[2].Alert.State != samleng.AlertClosed {
		t.Errorf("%+v, %v", told, err)
	}
	if none, err := s.EpisodeAlerts(t.Context(), "' OR 1"); err != nil || len(none) != 0 {
		t.Errorf("an episode that there is not: %v, %v", none, err)
	}
}

// TestAlertsOutliveTheirTexts reads alerts of which the texts have expired: what their lines say
// is left.
func TestAlertsOutliveTheirTexts(t *testing.T) { //nolint:paralleltest // the engine is shared
	s := migrated(t)
	r := decided(t, "0000000000000000000000000000000a", 1, samleng.AlertOpened, noon, func(r *samleng.AlertRecord) {
		r.Alert.Examples = []samleng.Example{{ID: id(1), Text: "what expires"}}
	})
	if err := s.RecordAlerts(t.Context(), []samleng.AlertRecord{r}); err != nil {
		t.Fatal(err)
	}
	if err := s.exec(t.Context(), "ALTER TABLE alert_log UPDATE alert = '' WHERE 1 SETTINGS mutations_sync = 2"); err != nil {
		t.Fatal(err)
	}
	all, err := s.AlertRecords(t.Context(), "", noon, noon.Add(time.Hour))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d alerts, %v", len(all), err)
	}
	want := r.Alert
	want.Examples = nil
	if diff := cmp.Diff(want, all[0].Alert); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
}

func TestDeliveriesOfEpisodes(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	first, second, other := delivery("a", 1, nil), delivery("a", 2, nil), delivery("b", 1, nil)
	if _, err := s.AddDeliveries(t.Context(), []samleng.Delivery{second, other, first}); err != nil {
		t.Fatal(err)
	}
	got, err := s.DeliveriesOf(t.Context(), []string{"a", "c"})
	first.Content, second.Content = nil, nil
	if diff := cmp.Diff([]samleng.Delivery{first, second}, got); err != nil || diff != "" {
		t.Errorf("%v, want (-) got (+):\n%s", err, diff)
	}
	if none, err := s.DeliveriesOf(t.Context(), nil); err != nil || none != nil {
		t.Errorf("of none: %v, %v", none, err)
	}
}

func TestSeriesChart(t *testing.T) { //nolint:paralleltest // the engine is shared
	s := migrated(t)
	var rows []samleng.Row
	add := func(kind samleng.Kind, source string, at time.Time, label samleng.Label, topic string) {
		n := len(rows)
		r := samleng.Row{
			Post:     samleng.Post{Schema: samleng.PostSchema, ID: id(n), Source: source, Kind: kind, Text: fmt.Sprint("text ", n), Published: at, SeenAt: at},
			Analysis: samleng.Analysis{Language: "en", Sentiment: samleng.Sentiment{Label: samleng.Neutral}, Topics: []samleng.Topic{{ID: topic, Score: 1, Sentiment: samleng.Tone{Label: label}}}, Model: "m"},
			Offset:   int64(n),
		}
		rows = append(rows, r)
	}
	for i := range 6 {
		add(samleng.KindNews, "n", noon.Add(time.Duration(i)*10*time.Minute), samleng.Negative, "land")
	}
	for i := range 4 {
		add(samleng.KindSocial, fmt.Sprint("s", i), noon.Add(5*time.Minute), samleng.Positive, "land")
	}
	add(samleng.KindNews, "n", noon, samleng.Negative, "health")
	if err := s.Insert(t.Context(), "c", "posts", "0", rows); err != nil {
		t.Fatal(err)
	}
	land := samleng.Series{Topic: "land"}
	c, err := s.SeriesChart(t.Context(), &land, noon, noon.Add(time.Hour), nil, samleng.MinimumGroup{Posts: 5, Sources: 3})
	if err != nil || c.Step != samleng.Bucket || len(c.Points) != 12 {
		t.Fatalf("%d points of %s, %v", len(c.Points), c.Step, err)
	}
	sum := func(c samleng.SeriesChart) (posts, negative int) {
		for _, p := range c.Points {
			posts += p.Posts
			negative += p.Negative
		}
		return posts, negative
	}
	if posts, negative := sum(c); posts != 6 || negative != 6 || len(c.Without) != 1 || c.Without[0] != samleng.KindSocial {
		t.Errorf("%d posts, %d negative, without %v: want the 6 of news alone", posts, negative, c.Without)
	}
	if c, err = s.SeriesChart(t.Context(), &land, noon, noon.Add(time.Hour), nil, samleng.MinimumGroup{Posts: 4, Sources: 3}); err != nil {
		t.Fatal(err)
	}
	if posts, _ := sum(c); posts != 10 || len(c.Without) != 0 {
		t.Errorf("%d posts, without %v: want all 10", posts, c.Without)
	}
	// What an alert leaves out is left out, however much of it there is.
	if c, err = s.SeriesChart(t.Context(), &land, noon, noon.Add(time.Hour), []samleng.Kind{samleng.KindSocial, samleng.KindSurvey}, samleng.MinimumGroup{Posts: 4, Sources: 3}); err != nil {
		t.Fatal(err)
	}
	if posts, _ := sum(c); posts != 6 || len(c.Without) != 1 || c.Without[0] != samleng.KindSocial {
		t.Errorf("%d posts, without %v: want the 6 of news alone", posts, c.Without)
	}
	stories := samleng.Series{Topic: "land", Stories: true}
	if c, err = s.SeriesChart(t.Context(), &stories, noon, noon.Add(time.Hour), nil, samleng.MinimumGroup{Posts: 1, Sources: 1}); err != nil || c.Points[0].Stories != 1 {
		t.Errorf("stories: %+v, %v", c.Points[:1], err)
	}
}
