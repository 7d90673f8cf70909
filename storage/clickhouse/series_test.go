package clickhouse

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"samleng"
)

// about makes a post of a topic towards which it has a tone, in a bucket of noon.
func about(n int, topic string, tone samleng.Label, minute int, change func(*samleng.Row)) samleng.Row {
	return post(n, func(r *samleng.Row) {
		r.Post.Published = noon.Add(time.Duration(minute) * time.Minute)
		r.Post.SeenAt = r.Post.Published.Add(time.Minute)
		r.Analysis.Topics = []samleng.Topic{{ID: topic, Score: 1, Sentiment: samleng.Tone{Label: tone, Confidence: 1}}}
		r.Analysis.Sentiment.Label = samleng.Neutral
		if change != nil {
			change(r)
		}
	})
}

func count(s samleng.Series, tick, bucket, posts, labelled, negative, positive int) samleng.SeriesCount {
	return samleng.SeriesCount{
		Tick: noon.Add(time.Duration(tick) * time.Minute), Bucket: noon.Add(time.Duration(bucket) * time.Minute), Series: s,
		Posts: posts, Labelled: labelled, Negative: negative, Positive: positive,
	}
}

func TestSeriesCounts(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	takeo := func(r *samleng.Row) {
		r.Analysis.Places = []samleng.Place{{Code: "2101", Score: 1}, {Code: "21", Score: 1}}
	}
	insert(t, s, "a",
		about(1, "land", samleng.Negative, 0, nil),
		about(2, "land", samleng.Positive, 1, takeo),
		about(3, "land", samleng.Unscored, 6, func(r *samleng.Row) { r.Post.Kind, r.Analysis.Language = samleng.KindSocial, "en" }),
		about(4, "health", samleng.Negative, 2, func(r *samleng.Row) {
			r.Post.Text = "the Price of rice's up: អង្ករ. #Rice, C++ or AI ខ្មែរ?"
		}),
		about(5, "none-of-them", samleng.Negative, 2, nil),
		about(6, "land", samleng.Negative, 10, nil), // behind the period
	)
	land, inTakeo := samleng.Series{Topic: "land"}, samleng.Series{Topic: "land", Place: "21"}
	social, english := samleng.Series{Topic: "land", Kind: samleng.KindSocial}, samleng.Series{Topic: "land", Language: "en"}
	all, rice, khmer := samleng.Series{}, samleng.Series{Keyword: "rice"}, samleng.Series{Keyword: "អង្ករ"}
	price := samleng.Series{Keyword: "pri"}
	tag, sign, mixed, half := samleng.Series{Keyword: "#rice"}, samleng.Series{Keyword: "c++"}, samleng.Series{Keyword: "ai ខ្មែរ"}, samleng.Series{Keyword: "i ខ្មែរ"}
	got, err := s.SeriesCounts(t.Context(), []samleng.Series{land, inTakeo, social, english, all, rice, khmer, price, tag, sign, mixed, half}, noon, noon.Add(10*time.Minute), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].Tick = noon
	}
	want := []samleng.SeriesCount{
		count(rice, 0, 0, 1, 1, 0, 0), count(khmer, 0, 0, 1, 1, 0, 0), count(tag, 0, 0, 1, 1, 0, 0), count(sign, 0, 0, 1, 1, 0, 0), count(mixed, 0, 0, 1, 1, 0, 0), count(all, 0, 0, 4, 4, 0, 0),
		count(land, 0, 0, 2, 2, 1, 1), count(inTakeo, 0, 0, 1, 1, 0, 1),
		count(all, 0, 5, 1, 1, 0, 0), count(land, 0, 5, 1, 0, 0, 0), count(english, 0, 5, 1, 0, 0, 0), count(social, 0, 5, 1, 0, 0, 0),
	}
	same(t, got, want)
}

// same compares counts by series, whatever their order within a bucket.
func same(t *testing.T, got, want []samleng.SeriesCount) {
	t.Helper()
	type key struct {
		tick, bucket int64
		series       samleng.Series
	}
	index := func(all []samleng.SeriesCount) map[key][4]int {
		m := map[key][4]int{}
		for _, c := range all {
			m[key{c.Tick.Unix(), c.Bucket.Unix(), c.Series}] = [4]int{c.Posts, c.Labelled, c.Negative, c.Positive}
		}
		return m
	}
	if g, w := index(got), index(want); len(got) != len(want) || !reflect.DeepEqual(g, w) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestSeriesHistory(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	seen := func(minute int) func(*samleng.Row) {
		return func(r *samleng.Row) { r.Post.SeenAt = noon.Add(time.Duration(minute) * time.Minute) }
	}
	insert(t, s, "a",
		about(1, "land", samleng.Negative, 0, seen(1)),
		about(2, "land", samleng.Positive, 1, seen(16)),  // known at the tick of minute 20
		about(3, "land", samleng.Positive, 2, seen(20)),  // at the next one, since what comes at a tick is not there before it
		about(4, "land", samleng.Negative, 3, seen(65)),  // behind the end plus final
		about(5, "land", samleng.Negative, 4, seen(14)),  // in time
		about(6, "land", samleng.Negative, 4, seen(64)),  // just in time
		about(7, "land", samleng.Negative, 12, seen(13)), // of a later bucket
	)
	land, stories := samleng.Series{Topic: "land"}, samleng.Series{Topic: "land", Stories: true}
	ids := func(n int) samleng.PostID { return post(n, nil).Post.ID }
	if err := s.SetStories(t.Context(), []samleng.Assignment{{Post: ids(1), Story: ids(1)}, {Post: ids(2), Story: ids(1)}, {Post: ids(3), Story: ids(3)}, {Post: ids(5), Story: ids(1)}}); err != nil {
		t.Fatal(err)
	}
	got, err := s.SeriesHistory(t.Context(), []samleng.Series{land, stories}, noon, noon.Add(15*time.Minute), noon.Add(-time.Hour), 10*time.Minute, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []samleng.SeriesCount{
		count(land, 15, 0, 2, 2, 2, 0), count(land, 20, 0, 3, 3, 2, 1), count(land, 25, 0, 4, 4, 2, 2), count(land, 65, 0, 5, 5, 3, 2), count(land, 25, 10, 1, 1, 1, 0),
		count(stories, 15, 0, 1, 1, 1, 0), count(stories, 25, 0, 2, 2, 1, 1), count(stories, 65, 0, 3, 3, 2, 1), count(stories, 25, 10, 1, 1, 1, 0),
	})
	// With another grace the ticks lie elsewhere.
	got, err = s.SeriesHistory(t.Context(), []samleng.Series{land}, noon, noon.Add(15*time.Minute), noon.Add(-time.Hour), 7*time.Minute, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []samleng.SeriesCount{
		count(land, 12, 0, 1, 1, 1, 0), count(land, 17, 0, 3, 3, 2, 1), count(land, 22, 0, 4, 4, 2, 2), count(land, 22, 10, 1, 1, 1, 0),
	})
	// What came between the last of those ticks and the end plus final is seen by none.
	got, err = s.SeriesHistory(t.Context(), []samleng.Series{land}, noon, noon.Add(15*time.Minute), noon.Add(-time.Hour), 6*time.Minute, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []samleng.SeriesCount{
		count(land, 11, 0, 1, 1, 1, 0), count(land, 16, 0, 2, 2, 2, 0), count(land, 21, 0, 4, 4, 2, 2), count(land, 21, 10, 1, 1, 1, 0),
	})
	// Before the sources were first polled, posts count from their publication.
	got, err = s.SeriesHistory(t.Context(), []samleng.Series{land}, noon, noon.Add(5*time.Minute), noon.Add(time.Hour), 10*time.Minute, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []samleng.SeriesCount{count(land, 15, 0, 6, 6, 4, 2)})
}

func TestObservationsComeBackInOrder(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	land := samleng.Series{Topic: "land", Keyword: "it's \\ a ? phrase", Stories: true}
	first := []samleng.SeriesCount{count(land, 15, 0, 5, 4, 3, 1)}
	second := []samleng.SeriesCount{count(land, 20, 0, 6, 5, 4, 1), count(land, 20, 5, 1, 0, 0, 0)}
	heard := func(tick int) *samleng.Heard {
		return &samleng.Heard{Tick: noon.Add(time.Duration(tick) * time.Minute), Bucket: noon.Add(time.Duration(tick-15) * time.Minute), Coverage: 1. / 3, Late: .1, Grace: time.Duration(tick) * time.Minute, Model: "m", Sources: 3, Silent: []string{"a"}, Failing: []string{}}
	}
	for range 2 { // a tick that is kept again is the same tick
		for _, step := range []struct {
			counts []samleng.SeriesCount
			heard  *samleng.Heard
		}{{first, heard(15)}, {second, heard(20)}} {
			if err := s.Observe(t.Context(), step.counts, step.heard); err != nil {
				t.Fatal(err)
			}
		}
	}
	counts, told, err := s.Observations(t.Context(), noon, noon.Add(20*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.Concat(first, second); !reflect.DeepEqual(counts, want) {
		t.Errorf("counts\n%+v\nwant\n%+v", counts, want)
	}
	if want := []samleng.Heard{*heard(15), *heard(20)}; !reflect.DeepEqual(told, want) {
		t.Errorf("heard\n%+v\nwant\n%+v", told, want)
	}
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	for _, c := range []struct{ until, tick int }{{14, 0}, {15, 15}, {19, 15}, {60, 20}} {
		h, ok, err := s.LastHeard(t.Context(), at(c.until))
		if err != nil || ok != (c.tick > 0) || (ok && !reflect.DeepEqual(h, *heard(c.tick))) {
			t.Errorf("heard last by minute %d: %+v, %v, %v", c.until, h, ok, err)
		}
	}
	if n, err := s.Ticks(t.Context(), at(15), at(60)); err != nil || n != 1 {
		t.Errorf("%d ticks behind the first, %v", n, err)
	}
}

func TestStateOfDetectorsIsWhole(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	state := func(slot uint32, hour int) *samleng.SpikeState {
		return &samleng.SpikeState{
			Rule: "r", Slot: slot, Tick: noon.Add(time.Duration(hour) * time.Hour), Print: "p",
			Parts: []samleng.SpikePart{{Name: "a", Body: []byte{0, 255, byte(hour)}}, {Name: "b", Body: []byte("x")}},
		}
	}
	latest := func(until int, kept bool) samleng.SpikeState {
		t.Helper()
		got, _, err := s.Spikes(t.Context(), "r", "p", noon.Add(time.Duration(until)*time.Hour), kept)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, one := range []*samleng.SpikeState{state(0, 1), state(1, 2), state(100, 1), state(200, 5)} {
		if err := s.SaveSpikes(t.Context(), one, partsOf(one)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := latest(3, false), *state(1, 2); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// The program dies while it writes the next one into slot 0.
	cut, cancel := context.WithCancel(t.Context())
	next := state(0, 3)
	if err := s.exec(cut, "INSERT INTO alert_states SELECT 'r', 0, 'a', toDateTime("+"1795359600"+", 'UTC'), 'p', 2, 'y'"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if got, want := latest(30, false), *state(200, 5); !reflect.DeepEqual(got, want) {
		t.Errorf("after a write that was cut short: got %+v, want %+v", got, want)
	}
	if got, want := latest(4, false), *state(1, 2); !reflect.DeepEqual(got, want) {
		t.Errorf("after a write that was cut short: got %+v, want %+v", got, want)
	}
	if err := s.SaveSpikes(t.Context(), next, partsOf(next)); err != nil {
		t.Fatal(err)
	}
	if got := latest(4, false); !reflect.DeepEqual(got, *next) {
		t.Errorf("got %+v, want %+v", got, *next)
	}
	if got, err := s.KeptSpikes(t.Context(), "r", "p"); err != nil || !slices.Equal(got, []time.Time{noon.Add(time.Hour), noon.Add(5 * time.Hour)}) {
		t.Errorf("kept at %v, %v", got, err)
	}
	if got, want := latest(3, true), *state(100, 1); !reflect.DeepEqual(got, want) {
		t.Errorf("kept: got %+v, want %+v", got, want)
	}
	if got, want := latest(0, true), *state(100, 1); !reflect.DeepEqual(got, want) {
		t.Errorf("kept, all of them later: got %+v, want %+v", got, want)
	}
	large := &samleng.SpikeState{Rule: "large", Tick: noon, Print: "p"}
	for i := range 2*partsAtOnce + 5 {
		large.Parts = append(large.Parts, samleng.SpikePart{Name: fmt.Sprintf("%05d", i), Body: fmt.Append(nil, "memory of ", i)})
	}
	if err := s.SaveSpikes(t.Context(), large, partsOf(large)); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := s.Spikes(t.Context(), "large", "p", noon, false); err != nil || !ok || !reflect.DeepEqual(got, *large) {
		t.Errorf("of a large state %d parts came back, %v, %v", len(got.Parts), ok, err)
	}
	if _, ok, err := s.Spikes(t.Context(), "r", "other", noon.AddDate(1, 0, 0), false); ok || err != nil {
		t.Errorf("a state of another print: %v, %v", ok, err)
	}
}

func TestAlertsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	record := samleng.AlertRecord{
		Tick: noon, Line: []byte(`{"rule":"r"}`), Channels: []string{"team"}, Due: noon.Add(time.Hour),
		Alert: samleng.Alert{Episode: "e", Number: 1, State: samleng.AlertOpened, Level: samleng.LevelWarning, Rule: "r", Series: samleng.Series{Topic: "land"}, At: noon, Start: noon, End: noon, Changes: []samleng.Change{{Signal: samleng.SignalVolume, Score: 3}}},
	}
	for range 2 {
		if err := s.RecordAlerts(t.Context(), []samleng.AlertRecord{record}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.AlertRecords(t.Context(), "r", noon, noon.Add(time.Second))
	if err != nil || !reflect.DeepEqual(got, []samleng.AlertRecord{record}) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, record)
	}
}

// partsOf gives the parts of a state as they are written.
func partsOf(s *samleng.SpikeState) iter.Seq2[samleng.SpikePart, error] {
	return func(yield func(samleng.SpikePart, error) bool) {
		for _, p := range s.Parts {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func TestCandidatesAreKeptOnce(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	near := samleng.Candidate{
		Tick: noon, Rule: "r", Series: samleng.Series{Topic: "land", Place: "12"}, Start: noon.Add(-time.Hour), End: noon,
		Change: samleng.Change{Signal: samleng.SignalNegative, Observed: .5, Expected: .25, Count: 40, Score: 1.75, LogP: 4, Factors: map[string]float64{"lambda": 2, "coverage": 1}},
	}
	for range 2 {
		if err := s.RecordCandidates(t.Context(), []samleng.Candidate{near}); err != nil {
			t.Fatal(err)
		}
	}
	var n uint64
	var score, labelled, lambda float64
	if err := s.conn.QueryRow(t.Context(), "SELECT count(), any(score), any(labelled), any(lambda) FROM alert_candidates FINAL WHERE topic = 'land' AND signal = 'negative-share'").Scan(&n, &score, &labelled, &lambda); err != nil || n != 1 || score != 1.75 || labelled != 40 || lambda != 2 {
		t.Errorf("%d rows, score %v, %v labelled, lambda %v, %v", n, score, labelled, lambda, err)
	}
}

func TestModelsByTheHour(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	by := func(n, minutes int, model string) samleng.Row {
		return about(n, "land", samleng.Neutral, minutes, func(r *samleng.Row) { r.Analysis.Model = model })
	}
	insert(t, s, "a", by(1, 5, "one"), by(2, 10, "one"), by(3, 125, "two"), by(4, 130, "two"))
	insert(t, s, "b", by(5, 15, "two"), by(2, 10, "two")) // the second is one of the first hour, classified again
	got, err := s.Models(t.Context(), noon, noon.Add(6*time.Hour))
	if want := []samleng.ModelHour{{Start: noon, Model: "one", Posts: 1}, {Start: noon, Model: "two", Posts: 2}, {Start: noon.Add(2 * time.Hour), Model: "two", Posts: 2}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestScene(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	social := func(source string) func(*samleng.Row) {
		return func(r *samleng.Row) { r.Post.Kind, r.Post.Source = samleng.KindSocial, source }
	}
	insert(t, s, "a",
		about(1, "land", samleng.Negative, 0, nil), about(2, "land", samleng.Negative, 1, nil), about(3, "land", samleng.Neutral, 2, social("forum")),
		about(4, "land", samleng.Positive, -30, nil), about(5, "health", samleng.Positive, 1, nil), about(6, "land", samleng.Neutral, -40, social("forum")),
	)
	land := samleng.Series{Topic: "land"}
	window := samleng.Period{From: noon, To: noon.Add(5 * time.Minute)}
	without, err := s.SmallKinds(t.Context(), &land, []samleng.Period{window}, samleng.MinimumGroup{Posts: 5, Sources: 3})
	if err != nil || !slices.Equal(without, []samleng.Kind{samleng.KindSocial}) {
		t.Fatalf("small are %v, %v", without, err)
	}
	scene, err := s.Scene(t.Context(), &land, window.From, window.To, 10*time.Minute, without)
	if err != nil {
		t.Fatal(err)
	}
	if want := (samleng.Tally{Posts: 2, Stories: 2, Negative: 2}); scene.Tally != want || scene.Stories != 2 || len(scene.Posts) != 2 || len(scene.Before) != 1 || len(scene.Sources) != 1 || scene.Cut {
		t.Errorf("%+v", scene)
	}
	if want := []samleng.Tally{{Posts: 1, Stories: 1, Negative: 1}, {Posts: 1, Stories: 1, Negative: 1}}; !reflect.DeepEqual(scene.Largest, want) {
		t.Errorf("the largest stories are %+v", scene.Largest)
	}
	if p := scene.Posts[0]; p.Label != samleng.Negative || p.Confidence != 1 || p.Carriers != 1 || p.Source != "rfi-km" || p.Kind != samleng.KindNews || p.Text == "" || p.URL == "" {
		t.Errorf("post %+v", p)
	}
	whole, err := s.Scene(t.Context(), &land, window.From, window.To, 10*time.Minute, nil)
	if err != nil || whole.Tally.Posts != 3 || whole.Stories != 3 || len(whole.Sources) != 2 || len(whole.Posts) != 3 || len(whole.Before) != 2 {
		t.Errorf("%+v, %v", whole, err)
	}
	empty, err := s.Scene(t.Context(), &samleng.Series{Topic: "energy"}, window.From, window.To, 10*time.Minute, nil)
	if err != nil || !reflect.DeepEqual(empty, samleng.Scene{}) {
		t.Errorf("of nothing: %+v, %v", empty, err)
	}
}

// TestSmallKinds looks for groups in windows of which one holds too few, and one enough.
func TestSmallKinds(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	var rows []samleng.Row
	for i := range 12 { // three forums, a post every five minutes; a survey of one organisation
		kind, source := samleng.KindSocial, fmt.Sprint("forum", i%3)
		if i >= 6 {
			kind, source = samleng.KindSurvey, "asked"
		}
		rows = append(rows, about(i, "land", samleng.Negative, -5*(i%6), func(r *samleng.Row) { r.Post.Kind, r.Post.Source = kind, source }))
	}
	insert(t, s, "a", append(rows, about(20, "land", samleng.Neutral, 0, nil))...)
	end := noon.Add(5 * time.Minute)
	for _, c := range []struct {
		name    string
		series  samleng.Series
		windows []time.Duration
		minimum samleng.MinimumGroup
		want    []samleng.Kind
	}{
		{"enough posts, but one source of the survey", samleng.Series{Topic: "land"}, []time.Duration{30 * time.Minute}, samleng.MinimumGroup{Posts: 5, Sources: 3}, []samleng.Kind{samleng.KindSurvey}},
		{"too few in the shorter window", samleng.Series{Topic: "land"}, []time.Duration{30 * time.Minute, 5 * time.Minute}, samleng.MinimumGroup{Posts: 5, Sources: 3}, []samleng.Kind{samleng.KindSocial, samleng.KindSurvey}},
		{"of one kind", samleng.Series{Topic: "land", Kind: samleng.KindSocial}, []time.Duration{5 * time.Minute}, samleng.MinimumGroup{Posts: 5, Sources: 3}, []samleng.Kind{samleng.KindSocial}},
		{"of the press", samleng.Series{Topic: "land", Kind: samleng.KindNews}, []time.Duration{5 * time.Minute}, samleng.MinimumGroup{Posts: 5, Sources: 3}, nil},
		{"of nobody", samleng.Series{Topic: "energy"}, []time.Duration{5 * time.Minute}, samleng.MinimumGroup{Posts: 5, Sources: 3}, nil},
		{"a lower minimum", samleng.Series{Topic: "land"}, []time.Duration{30 * time.Minute}, samleng.MinimumGroup{Posts: 5, Sources: 1}, nil},
	} {
		var windows []samleng.Period
		for _, length := range c.windows {
			windows = append(windows, samleng.Period{From: end.Add(-length), To: end})
		}
		if got, err := s.SmallKinds(t.Context(), &c.series, windows, c.minimum); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	for _, stories := range []bool{false, true} {
		got, err := s.CountsWithout(t.Context(), &samleng.Series{Topic: "land", Stories: stories}, noon, end, []samleng.Kind{samleng.KindSocial, samleng.KindSurvey})
		if err != nil || len(got) != 1 || got[0].Posts != 1 || got[0].Labelled != 1 || got[0].Negative != 0 || !got[0].Bucket.Equal(noon) {
			t.Errorf("without them: %+v, %v", got, err)
		}
	}
}

// TestSceneIsBounded reads what lies behind a window with more posts than are looked at, and one for
// which there is no time.
func TestSceneIsBounded(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	rows := make([]samleng.Row, scenePosts+50)
	for i := range rows {
		rows[i] = about(i, "land", samleng.Negative, 0, nil)
	}
	insert(t, s, "a", rows...)
	land := samleng.Series{Topic: "land"}
	scene, err := s.Scene(t.Context(), &land, noon, noon.Add(5*time.Minute), 10*time.Minute, nil)
	if err != nil || !scene.Cut || len(scene.Posts) != scenePosts || scene.Tally.Posts != len(rows) || scene.Stories != len(rows) || scene.Sources[0].Posts != len(rows) {
		t.Errorf("%d of %d posts are read, cut %t, %v", len(scene.Posts), scene.Tally.Posts, scene.Cut, err)
	}
	hurried, err := s.scene(t.Context(), &sceneOf{&land, noon, noon.Add(5 * time.Minute), nil}, 10*time.Minute, time.Nanosecond)
	if err != nil || !hurried.Cut || len(hurried.Posts) != 0 || hurried.Tally.Posts != len(rows) {
		t.Errorf("without time: %d posts of %d, cut %t, %v", len(hurried.Posts), hurried.Tally.Posts, hurried.Cut, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Scene(ended, &land, noon, noon.Add(5*time.Minute), 10*time.Minute, nil); err == nil {
		t.Error("whoever asks has gone, and is told nothing of it")
	}
}

// TestBatchOverManyBuckets stores history: one batch whose posts lie in far more buckets than one
// statement can name.
func TestBatchOverManyBuckets(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	rows := make([]samleng.Row, 9_000)
	for i := range rows {
		rows[i] = about(i, "land", samleng.Neutral, -5*i, nil)
	}
	insert(t, s, "a", rows...)
	sound(t, s)
}
