package web

import (
	"context"
	"encoding/json"
	"io/fs"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
)

// watchroom is a store of alerts in memory.
type watchroom struct {
	mu         sync.Mutex
	records    []samleng.AlertRecord
	deliveries []samleng.Delivery
	said       []samleng.Feedback
	silences   []samleng.Silence
	series     []samleng.Series // that charts were asked of
	filters    []samleng.EpisodeFilter
	rules      []AlertRule // of these alerts, beside testRules
	away       error
}

// Episodes implements Alerts.
func (s *watchroom) Episodes(_ context.Context, f samleng.EpisodeFilter) ([]samleng.Episode, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filters = append(s.filters, f)
	var all []samleng.Episode
	for i := range s.records {
		r := &s.records[i]
		at := slices.IndexFunc(all, func(e samleng.Episode) bool { return e.ID == r.Alert.Episode })
		if at < 0 {
			all, at = append(all, samleng.Episode{}), len(all)
		}
		all[at].Add(r)
	}
	all = slices.DeleteFunc(all, func(e samleng.Episode) bool {
		return !f.Held && e.State == samleng.AlertHeld || f.Topic != "" && e.Series.Topic != f.Topic || f.Rule != "" && e.Rule != f.Rule || e.Last.Before(f.Since) && !e.Closed.IsZero()
	})
	slices.SortStableFunc(all, func(a, b samleng.Episode) int {
		if a.Closed.IsZero() != b.Closed.IsZero() {
			if a.Closed.IsZero() {
				return -1
			}
			return 1
		}
		return b.Opened.Compare(a.Opened)
	})
	return all[:min(len(all), f.Limit)], s.away
}

// EpisodeAlerts implements Alerts.
func (s *watchroom) EpisodeAlerts(_ context.Context, episode string) ([]samleng.AlertRecord, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []samleng.AlertRecord
	for _, r := range s.records {
		if r.Alert.Episode == episode {
			all = append(all, r)
		}
	}
	return all, s.away
}

// DeliveriesOf implements Alerts.
func (s *watchroom) DeliveriesOf(_ context.Context, episodes []string) ([]samleng.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.deliveries)
	return slices.DeleteFunc(all, func(d samleng.Delivery) bool { return !slices.Contains(episodes, d.Episode) }), s.away
}

// FailedDeliveries implements Alerts.
func (s *watchroom) FailedDeliveries(context.Context, time.Time, int) ([]samleng.Delivery, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.deliveries)
	return slices.DeleteFunc(all, func(d samleng.Delivery) bool { return d.State != samleng.DeliveryFailed }), s.away
}

// FeedbackOf implements Alerts.
func (s *watchroom) FeedbackOf(_ context.Context, episodes []string) ([]samleng.Feedback, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.said)
	return slices.DeleteFunc(all, func(f samleng.Feedback) bool { return !slices.Contains(episodes, f.Episode) }), s.away
}

// SeriesChart implements Alerts: two posts in each step, three of social media left out.
func (s *watchroom) SeriesChart(_ context.Context, series *samleng.Series, from, to time.Time, without []samleng.Kind, _ samleng.MinimumGroup) (samleng.SeriesChart, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.series = append(s.series, *series)
	c := samleng.SeriesChart{Step: 10 * time.Minute, Without: append([]samleng.Kind{samleng.KindSocial}, without...)}
	for at := from.Truncate(c.Step); at.Before(to); at = at.Add(c.Step) {
		n := 2
		for i := range s.records {
			if a := &s.records[i].Alert; a.Series == *series && a.State == samleng.AlertOpened && !at.Before(a.Start) && at.Before(a.End) {
				n = 12
			}
		}
		c.Points = append(c.Points, samleng.VolumePoint{Start: at, Tally: samleng.Tally{Posts: n, Stories: n, Negative: n / 2, Neutral: n - n/2}})
	}
	return c, s.away
}

// SilencesAt implements Alerts.
func (s *watchroom) SilencesAt(_ context.Context, at time.Time) ([]samleng.Silence, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.silences)
	return slices.DeleteFunc(all, func(q samleng.Silence) bool { return !q.Until.After(at) || !q.Ended.IsZero() && !q.Ended.After(at) }), s.away
}

// Judge implements Judge.
func (s *watchroom) Judge(_ context.Context, f samleng.Feedback) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil || slices.ContainsFunc(s.said, func(had samleng.Feedback) bool { return had.Episode == f.Episode && had.Verdict == f.Verdict }) {
		return false, s.away
	}
	s.said = append(s.said, f)
	return true, nil
}

// become takes over what another one holds.
func (s *watchroom) become(o *watchroom) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records, s.deliveries, s.said, s.silences, s.rules = o.records, o.deliveries, o.said, o.silences, o.rules
}

// answer says whether the store answers.
func (s *watchroom) answer(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away = nil; away {
		s.away = errAway
	}
}

// raise decides one more alert.
func (s *watchroom) raise(now time.Time) {
	r := testAlerts(now).records[0]
	r.Tick, r.Alert.At, r.Alert.Start, r.Alert.End = now, now, now.Add(-time.Hour), now
	r.Alert.Episode, r.Alert.Series = "0000000000000000000000000000000f", samleng.Series{Topic: "disasters"}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records = append(s.records, r)
}

func testRules() []AlertRule {
	return []AlertRule{
		{ID: "topics", Khmer: "ប្រធានបទ", English: "Topics", Topics: []string{}, Places: []string{}, Kinds: []samleng.Kind{}, Keywords: []string{}, CountBy: "posts", Signals: []samleng.Signal{samleng.SignalVolume, samleng.SignalNegative}, MinPosts: 5, AlertsAWeek: 2, Level: "warning", Channels: []string{"team", "phones"}, Quiet: &AlertQuiet{From: "21:00", To: "06:00", Holidays: true}, Series: 20},
		{ID: "sources", Khmer: "ប្រភព", English: "Sources", Topics: []string{}, Places: []string{}, Kinds: []samleng.Kind{}, Keywords: []string{}, CountBy: "posts", Signals: []samleng.Signal{samleng.SignalSilence}, MinPosts: 5, AlertsAWeek: 2, Level: "notice", Channels: []string{}},
	}
}

// The episodes of testAlerts.
const (
	openEpisode   = "0000000000000000000000000000000a"
	closedEpisode = "0000000000000000000000000000000b"
	heldEpisode   = "0000000000000000000000000000000c"
	silentEpisode = "0000000000000000000000000000000d"
)

// testAlerts are alerts of the hours before now: one that is open, one that is over, one that was
// held back, and sources that went silent.
func testAlerts(now time.Time) *watchroom {
	factors := map[string]float64{
		"dispersion": .12, "excess": 1.9, "quantile": .8, "lambda": 2.1, "beta": .4, "shape": 8, "ratio": 6.9, "window_minutes": 60, "coverage": 1, "threshold": 3,
	}
	volume := samleng.Change{Signal: samleng.SignalVolume, Observed: 62, Expected: 9, Low: 4, High: 15, Score: 4.2, LogP: 9.3, Factors: factors}
	negative := samleng.Change{Signal: samleng.SignalNegative, Observed: .8, Expected: .2, Low: .1, High: .3, Count: 50, Score: 5, LogP: 4.1, Factors: map[string]float64{
		"dispersion": .02, "excess": 4.1, "quantile": 1.5, "lambda": 3, "beta": .5, "shape": 7, "ratio": 4, "window_minutes": 45, "coverage": 1, "threshold": 3, "labelled": 50, "of_label": 40,
	}}
	make := func(episode string, number int, state samleng.AlertState, ago time.Duration, series samleng.Series, changes ...samleng.Change) samleng.AlertRecord {
		at := now.Add(-ago).Truncate(samleng.Bucket)
		a := samleng.Alert{
			Episode: episode, Number: number, State: state, Level: samleng.LevelWarning, Rule: "topics", Series: series, At: at, Start: at.Add(-time.Hour), End: at, Changes: changes,
			Tally: samleng.Tally{Posts: 62, Stories: 31, Negative: 40, Neutral: 20, Positive: 2}, Stories: 31, Terms: []string{"ទឹកជំនន់", "dam"},
			Sources: []samleng.ShareOf{{Value: "news", Tally: samleng.Tally{Posts: 50}}, {Value: "social", Tally: samleng.Tally{Posts: 12}}},
			Quality: samleng.DataQuality{Coverage: .93, Lag: 4 * time.Minute, Late: .02, WarmUp: 6 * 24 * time.Hour, Tested: 20, Model: "test-1"},
			History: samleng.History{Step: 30 * time.Minute, Start: at.Add(-24 * time.Hour), Observed: slices.Repeat([]float64{6}, 48), Expected: slices.Repeat([]float64{5}, 48)},
			Examples: []samleng.Example{
				{ID: samleng.NewPostID("test", "1"), Source: "daily-river", URL: "https://daily-river.example/1", Title: "Water rises", Text: "The river rose.", Published: at.Add(-20 * time.Minute), Label: samleng.Negative, Confidence: .9},
				{ID: samleng.NewPostID("test", "2"), Source: "phnom-news", URL: "javascript:alert(1)", Title: "<b>ទឹកឡើង</b>", Text: "ទឹកទន្លេឡើង", Published: at.Add(-30 * time.Minute), Label: samleng.Neutral, Confidence: .8},
			},
		}
		return samleng.AlertRecord{Tick: at.Add(10 * time.Minute), Alert: a}
	}
	land, health := samleng.Series{Topic: "land"}, samleng.Series{Topic: "health", Place: "12"}
	opened := make(openEpisode, 1, samleng.AlertOpened, 2*time.Hour, land, volume)
	opened.Channels, opened.Due = []string{"team", "phones"}, opened.Tick
	louder := make(openEpisode, 2, samleng.AlertEscalated, time.Hour, land, volume, negative)
	louder.Alert.History.Dispersions = []samleng.Dispersion{{Window: 5 * time.Minute, Value: .7}, {Window: 15 * time.Minute, Value: .5}, {Window: time.Hour, Value: .3}}
	louder.Channels, louder.Due, louder.Alert.Level = []string{"team", "phones"}, louder.Tick, samleng.LevelUrgent
	began := make(closedEpisode, 1, samleng.AlertOpened, 20*time.Hour, health, negative)
	began.Channels, began.Due = []string{"team"}, began.Tick
	over := make(closedEpisode, 2, samleng.AlertClosed, 15*time.Hour, health, negative)
	over.Alert.Examples, over.Alert.History = nil, samleng.History{}
	held := make(heldEpisode, 1, samleng.AlertHeld, 5*time.Hour, land, volume)
	held.Alert.Held, held.Alert.Examples = "too few of the sources were heard", nil
	silent := make(silentEpisode, 1, samleng.AlertOpened, 4*time.Hour, samleng.Series{}, samleng.Change{Signal: samleng.SignalSilence, Observed: .8, Expected: 1, Low: 1, High: 1, Count: 2})
	silent.Alert.Rule, silent.Alert.Level, silent.Alert.Held, silent.Alert.Silent = "sources", samleng.LevelNotice, "a notice is for the digest", []string{"Daily River", "សំឡេងភូមិ"}
	silent.Alert.Examples, silent.Alert.Terms, silent.Alert.Tally, silent.Alert.Stories, silent.Alert.Sources, silent.Alert.History = nil, nil, samleng.Tally{}, 0, nil, samleng.History{}
	delivery := func(r samleng.AlertRecord, channel string, state samleng.DeliveryState, reason string) samleng.Delivery {
		d := samleng.Delivery{DeliveryKey: samleng.DeliveryKey{Episode: r.Alert.Episode, Number: r.Alert.Number, Channel: channel}, State: state, Queued: r.Tick, Due: r.Tick, Next: r.Tick, Attempts: 1, Reason: reason}
		if !d.Open() {
			d.Done = r.Tick.Add(20 * time.Second)
		}
		return d
	}
	return &watchroom{
		records: []samleng.AlertRecord{began, over, held, silent, opened, louder},
		deliveries: []samleng.Delivery{
			delivery(began, "team", samleng.DeliverySent, ""), delivery(opened, "team", samleng.DeliverySent, ""), delivery(opened, "phones", samleng.DeliveryFailed, "403 Forbidden: the bot was removed from the group"),
			delivery(louder, "team", samleng.DeliverySent, ""), delivery(louder, "phones", samleng.DeliveryQueued, ""),
		},
		said: []samleng.Feedback{{Episode: closedEpisode, Rule: "topics", Verdict: samleng.VerdictUseful}, {Episode: closedEpisode, Rule: "topics", Verdict: samleng.VerdictKnown}},
		silences: []samleng.Silence{
			{ID: "0000000000000000000000000000000e", SilenceRequest: samleng.SilenceRequest{Rule: "topics", Topic: "land", From: now.Add(-3 * time.Hour), Until: now.Add(20 * time.Hour), Reason: "បុណ្យអុំទូក <b>"}},
		},
	}
}

// alerted is a page with those alerts.
func alerted(t *testing.T, change func(*Options)) (*Page, *watchroom) {
	t.Helper()
	store := testAlerts(noon)
	o := Options{
		Store: newMemory(nil, testSources(noon)), Version: "test", Now: func() time.Time { return noon }, Config: DefaultConfig(),
		Alerting: testAlerting(store, noon),
	}
	if change != nil {
		change(&o)
	}
	return testPage(t, o, calm()), store
}

func testAlerting(store Alerts, now time.Time) *Alerting {
	return &Alerting{
		Store: store, Places: []PlaceName{{Code: "12", Khmer: "រាជធានីភ្នំពេញ", English: "Phnom Penh"}, {Code: "17", Khmer: "សៀមរាប", English: "Siem Reap"}},
		InForce: func() RulesInForce {
			return RulesInForce{
				Rules: testRules(), Channels: []string{"team", "phones"},
				Fixed: []samleng.Silence{{SilenceRequest: samleng.SilenceRequest{Place: "17", Until: now.AddDate(100, 0, 0), Reason: "by the file"}}},
			}
		},
		// The interval shows which dispersion it was made of.
		Interval: func(mean, dispersion float64) (low, high float64) { return mean - dispersion, mean + dispersion },
		Expecting: func(episode string) (samleng.History, bool) {
			h := samleng.History{Step: 30 * time.Minute, Start: now.Add(-90 * time.Minute), Expected: []float64{5, 5, 5}, Dispersions: []samleng.Dispersion{{Window: time.Hour, Value: .9}}}
			return h, episode == openEpisode
		},
		Watching: func() Watching {
			return Watching{
				Enabled: true, Tick: now.Add(-2 * time.Minute), Series: 20, Coverage: .93,
				Rules:    []RuleState{{Rule: "topics", Series: 20, Warming: 3, Open: 1, Ready: now.Add(5 * time.Hour)}, {Rule: "sources"}},
				Channels: []ChannelState{{Channel: "team", Sent: now.Add(-time.Hour)}, {Channel: "phones", Waiting: 1, Error: "429 Too Many Requests", Class: samleng.RateLimited, Failed: 1}},
			}
		},
	}
}

func TestAlertList(t *testing.T) {
	t.Parallel()
	page, store := alerted(t, nil)
	var got alertsJSON
	get(t, page, "/api/v1/alerts", &got)
	var ids []string
	for _, e := range got.Episodes {
		ids = append(ids, e.ID)
	}
	if want := []string{openEpisode, silentEpisode, closedEpisode}; !slices.Equal(ids, want) {
		t.Fatalf("%v, want %v", ids, want)
	}
	first, last := got.Episodes[0], got.Episodes[2]
	if !first.Open || first.Level != "urgent" || len(first.Deliveries) != 4 || first.Peak != 5 || !slices.Equal(first.Signals, []samleng.Signal{samleng.SignalVolume, samleng.SignalNegative}) {
		t.Errorf("%+v", first)
	}
	if last.Open || last.Said[samleng.VerdictUseful] != 1 || last.Said[samleng.VerdictKnown] != 1 || last.Said[samleng.VerdictFalse] != 0 {
		t.Errorf("%+v", last)
	}
	if len(got.Failed) != 1 || got.Failed[0].Channel != "phones" || got.Failed[0].Done == nil || len(got.Silences) != 2 || len(got.Rules) != 2 || got.Watching.Series != 20 {
		t.Errorf("%+v, %+v, %d rules, %+v", got.Failed, got.Silences, len(got.Rules), got.Watching)
	}
	if f := store.filters[0]; !f.Since.Equal(got.From) || got.To.Sub(got.From) != 30*24*time.Hour || f.Limit != mostEpisodes+1 || f.Held {
		t.Errorf("asked %+v for %s to %s", f, got.From, got.To)
	}
	get(t, page, "/api/v1/alerts?period=7d&topic=land&rule=topics&held=1", &got)
	if len(got.Episodes) != 2 || got.Period != "7d" {
		t.Errorf("of land, held too: %d of %s", len(got.Episodes), got.Period)
	}
	for _, query := range []string{"period=9x", "topic=nothing", "rule='x", "held=yes", "language=km", "kind=news", "limit=3"} {
		if w := get(t, page, "/api/v1/alerts?"+query, nil); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", query, w.Code)
		}
	}
	page, store = alerted(t, nil)
	store.away = errAway
	if w := get(t, page, "/api/v1/alerts", nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without the store: %d", w.Code)
	}
}

// TestChartLeavesOutWhatAlertsDo: many survey answers in a day tell nothing of few in an hour.
func TestChartLeavesOutWhatAlertsDo(t *testing.T) {
	t.Parallel()
	page, store := alerted(t, nil)
	store.mu.Lock()
	for i := range store.records {
		if store.records[i].Alert.Episode == openEpisode {
			store.records[i].Alert.Without = []samleng.Kind{samleng.KindSurvey}
		}
	}
	store.mu.Unlock()
	var got detailJSON
	get(t, page, "/api/v1/alerts/"+openEpisode, &got)
	if c := got.Chart; c == nil || !slices.Equal(c.Without, []samleng.Kind{samleng.KindSocial, samleng.KindSurvey}) {
		t.Errorf("%+v", c)
	}
}

func TestAlertDetail(t *testing.T) {
	t.Parallel()
	page, store := alerted(t, nil)
	var got detailJSON
	get(t, page, "/api/v1/alerts/"+openEpisode, &got)
	if len(got.Alerts) != 2 || len(got.Alerts[1].Changes) != 2 || got.Alerts[1].Changes[0].Factors["threshold"] != 3 || got.Alerts[0].Quality.Lag != 240 {
		t.Fatalf("%+v", got.Alerts)
	}
	examples := got.Alerts[0].Examples
	if len(examples) != 2 || examples[0].SourceName != "Daily River" || examples[1].URL != "" {
		t.Errorf("%+v", examples)
	}
	c := got.Chart
	if c == nil || c.Step != 600 || len(c.Points) == 0 || !c.From.Equal(got.Episode.Start.Add(-24*time.Hour)) || c.To.After(ceil(noon)) || len(c.Without) != 1 {
		t.Fatalf("%+v", c)
	}
	// What was expected: the day of the first alert, two steps that the second one adds, and of now
	// what the engine adds, each a third as large in steps of ten minutes.
	if n := len(c.Expected); n != 3*(48+2)+6 || !c.Expected[149].Start.Equal(c.Expected[0].Start.Add(149*10*time.Minute)) || math.Abs(c.Expected[149].Posts-5./3) > 1e-9 {
		t.Errorf("%d steps of what was expected, the last %+v", n, c.Expected[n-1])
	}
	for i, want := range map[int]float64{0: .12, 149: .5, 155: .9} {
		if e := c.Expected[i]; e.Low == nil || e.High == nil || *e.Low != e.Posts-want || *e.High != e.Posts+want {
			t.Errorf("step %d: %+v, want the dispersion %v", i, e, want)
		}
	}
	if len(got.Silences) != 1 || got.Silences[0].Topic != "land" || store.series[0].Topic != "land" {
		t.Errorf("%+v, %+v", got.Silences, store.series)
	}
	got = detailJSON{}
	get(t, page, "/api/v1/alerts/"+silentEpisode, &got)
	if got.Chart != nil || len(got.Alerts[0].Silent) != 2 {
		t.Errorf("of sources: %+v", got)
	}
	for path, want := range map[string]int{strings.Repeat("f", 32): http.StatusNotFound, "x": http.StatusBadRequest, strings.Repeat("F", 32): http.StatusBadRequest} {
		if w := get(t, page, "/api/v1/alerts/"+path, nil); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

// TestAlertsAreOfNobody looks for fields by which the answers could tell of a person.
func TestAlertsAreOfNobody(t *testing.T) {
	t.Parallel()
	page, _ := alerted(t, nil)
	for _, path := range []string{"/api/v1/alerts?held=1", "/api/v1/alerts/" + openEpisode} {
		var any map[string]json.RawMessage
		w := get(t, page, path, nil)
		if err := json.Unmarshal(w.Body.Bytes(), &any); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"author", "user", "reader", "address", "receipt", "content"} {
			if strings.Contains(w.Body.String(), `"`+name) {
				t.Errorf("%s has %q", path, name)
			}
		}
	}
}

func TestNoAlerts(t *testing.T) {
	t.Parallel()
	page := apiPage(t, newMemory(nil, nil))
	for _, path := range []string{"/alerts", "/api/v1/alerts", "/api/v1/alerts/" + openEpisode} {
		if w := get(t, page, path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// TestHeldReasonsHaveWords holds that the page can say in both languages why an alert was held, or is
// not followed any more.
func TestHeldReasonsHaveWords(t *testing.T) {
	t.Parallel()
	names, err := fs.ReadFile(embedded(t), "js/alerts/names.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{
		samleng.HeldForDigest, samleng.HeldNoChannel, samleng.HeldTogether, samleng.HeldFolded, samleng.HeldGap, samleng.HeldModel, samleng.HeldCoverage,
		samleng.HeldSmall, samleng.EndedChanged, samleng.EndedGone,
	} {
		if !strings.Contains(string(names), strconv.Quote(reason)) {
			t.Errorf("names.js has no words for %q", reason)
		}
	}
}
