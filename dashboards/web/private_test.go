package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
)

// The episodes of privateAlerts.
const (
	endedEpisode = "00000000000000000000000000000010"
	smallEpisode = "00000000000000000000000000000011"
)

// phraseSeries is restricted in every way that a series can be.
func phraseSeries() samleng.Series {
	return samleng.Series{Keyword: "ទឹកជំនន់", Place: "12", Kind: samleng.KindNews, Language: "km"}
}

// privateAlerts are an episode of which a kind was left out and whose rule was changed before it was
// over, and one that was held because its group is too small, with the figures that the engine takes
// out of such a one.
func privateAlerts(now time.Time) *watchroom {
	store := testAlerts(now)
	like := func(episode string, number int, state samleng.AlertState, ago time.Duration, series samleng.Series) samleng.AlertRecord {
		r := store.records[4] // the first alert of the open episode
		r.Channels, r.Due = []string{"team"}, now.Add(-ago)
		r.Tick, r.Alert.At, r.Alert.Start, r.Alert.End = now.Add(-ago), now.Add(-ago), now.Add(-ago-time.Hour), now.Add(-ago)
		r.Alert.Episode, r.Alert.Number, r.Alert.State, r.Alert.Rule, r.Alert.Series = episode, number, state, "phrases", series
		return r
	}
	opened := like(endedEpisode, 1, samleng.AlertOpened, 3*time.Hour, phraseSeries())
	opened.Alert.Without, opened.Alert.Cut = []samleng.Kind{samleng.KindSocial, samleng.KindSurvey}, true
	over := like(endedEpisode, 2, samleng.AlertClosed, time.Hour, phraseSeries())
	over.Alert.Ended, over.Alert.Examples, over.Alert.Terms, over.Alert.Tally = samleng.EndedChanged, nil, nil, samleng.Tally{}
	small := like(smallEpisode, 1, samleng.AlertHeld, 2*time.Hour, samleng.Series{Topic: "health", Kind: samleng.KindSocial})
	small.Channels, small.Due = nil, time.Time{}
	small.Alert.Rule, small.Alert.Held, small.Alert.Without, small.Alert.Peak = "topics", samleng.HeldSmall, []samleng.Kind{samleng.KindSocial}, 4.4
	return &watchroom{
		records: []samleng.AlertRecord{opened, over, small}, rules: []AlertRule{phraseRule()},
		silences: []samleng.Silence{{ID: "00000000000000000000000000000012", SilenceRequest: samleng.SilenceRequest{
			Rule: "phrases", Place: "12", Kind: samleng.KindNews, Language: "km", Keyword: "ទឹកជំនន់", From: now.Add(-2 * time.Hour), Until: now.Add(20 * time.Hour), Reason: "a drill",
		}}},
	}
}

func phraseRule() AlertRule {
	return AlertRule{
		ID: "phrases", Khmer: "ពាក្យ", English: "Phrases", Topics: []string{}, Places: []string{"12"}, Kinds: []samleng.Kind{samleng.KindNews}, Language: "km",
		Keywords: []string{"ទឹកជំនន់"}, CountBy: "posts", Signals: []samleng.Signal{samleng.SignalVolume}, MinPosts: 5, AlertsAWeek: 2, Level: "warning", Channels: []string{"team"}, Series: 1,
	}
}

// withPhrases is a page with those alerts.
func withPhrases(t *testing.T) (*Page, *watchroom) {
	t.Helper()
	store := privateAlerts(noon)
	page, _ := alerted(t, func(o *Options) {
		o.Alerting = testAlerting(store, noon)
		of := o.Alerting.InForce
		o.Alerting.InForce = func() RulesInForce {
			now := of()
			now.Rules = append(now.Rules, phraseRule())
			return now
		}
		o.Alerting.Silencer = store
	})
	return page, store
}

func TestWhatIsLeftOutIsTold(t *testing.T) {
	t.Parallel()
	page, _ := withPhrases(t)
	var got detailJSON
	get(t, page, "/api/v1/alerts/"+endedEpisode, &got)
	first, last := got.Alerts[0], got.Alerts[1]
	if !slices.Equal(first.Without, []samleng.Kind{samleng.KindSocial, samleng.KindSurvey}) || !first.Cut || first.Ended != "" || first.Tally.Posts != 62 {
		t.Errorf("%+v", first)
	}
	if last.Ended != samleng.EndedChanged || last.Cut || last.Without == nil || got.Chart == nil || got.Episode.Open {
		t.Errorf("%+v, chart %+v", last, got.Chart)
	}
	if n := len(got.Silences); n != 1 || got.Silences[0].Keyword != "ទឹកជំនន់" || got.Silences[0].Kind != samleng.KindNews || got.Silences[0].Language != "km" {
		t.Errorf("%+v", got.Silences)
	}
}

// TestSmallGroupsHaveNoFigure looks for what the posts of too small a group made.
func TestSmallGroupsHaveNoFigure(t *testing.T) {
	t.Parallel()
	page, _ := withPhrases(t)
	var got detailJSON
	body := get(t, page, "/api/v1/alerts/"+smallEpisode, &got).Body.String()
	if a := got.Alerts[0]; a.Held != samleng.HeldSmall || len(a.Without) != 1 || a.Tally != (samleng.Tally{}) || a.Stories != 0 || len(a.Changes)+len(a.Terms)+len(a.Sources)+len(a.Examples) != 0 {
		t.Errorf("%+v", a)
	}
	if got.Chart != nil || got.Episode.Peak != 0 {
		t.Errorf("chart %+v, peak %v", got.Chart, got.Episode.Peak)
	}
	var list alertsJSON
	all := get(t, page, "/api/v1/alerts?held=1&topic=health", &list).Body.String()
	if len(list.Episodes) != 1 || list.Episodes[0].Peak != 0 || len(list.Episodes[0].Signals) != 0 {
		t.Errorf("%+v", list.Episodes)
	}
	all, _, _ = strings.Cut(all, `"rules":`)
	for _, figure := range []string{"62", "31", "4.4", "4.2", "ទឹកជំនន់"} {
		if strings.Contains(clockless(body), figure) || strings.Contains(clockless(all), figure) {
			t.Errorf("%s is in %s and %s", figure, body, all)
		}
	}
}

// clockless is an answer without its times, which hold digits of their own.
func clockless(body string) string {
	var kept []string
	for part := range strings.SplitSeq(body, ",") {
		if !strings.Contains(part, "T") || !strings.Contains(part, "Z") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ",")
}

// TestSilenceOfOneSeries makes the silence that the form makes of an episode, and holds it against
// series that differ from that in one thing.
func TestSilenceOfOneSeries(t *testing.T) {
	t.Parallel()
	page, store := withPhrases(t)
	store.silences = nil
	s := phraseSeries()
	asked := map[string]any{"rule": "phrases", "topic": "", "place": s.Place, "kind": s.Kind, "language": s.Language, "keyword": s.Keyword, "until": noon.Add(time.Hour), "reason": "x"}
	ask := func(change string, value any) (int, string) {
		all := maps.Clone(asked)
		if change != "" {
			all[change] = value
		}
		b, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		w := post(page, "POST", "/api/v1/silences", string(b))
		return w.Code, w.Body.String()
	}
	for name, value := range map[string]string{"kind": "rumour", "language": "k'm", "keyword": "another"} {
		if code, body := ask(name, value); code != http.StatusBadRequest || !strings.Contains(body, name) {
			t.Errorf("%s %s: %d %s", name, value, code, body)
		}
	}
	code, body := ask("", nil)
	var made silenceJSON
	if err := json.Unmarshal([]byte(body), &made); err != nil || code != http.StatusCreated || made.Kind != s.Kind || made.Language != s.Language || made.Keyword != s.Keyword || made.Place != s.Place {
		t.Fatalf("%d %s, %v", code, body, err)
	}
	if len(store.silences) != 1 {
		t.Fatalf("%+v", store.silences)
	}
	q := &store.silences[0]
	if !q.Covers("phrases", &s) || q.Covers("topics", &s) {
		t.Errorf("%+v is not about the series of its rule alone", q)
	}
	for name, change := range map[string]func(*samleng.Series){
		"topic":    func(s *samleng.Series) { s.Keyword, s.Topic = "", "land" },
		"keyword":  func(s *samleng.Series) { s.Keyword = "ស្រូវ" },
		"place":    func(s *samleng.Series) { s.Place = "17" },
		"kind":     func(s *samleng.Series) { s.Kind = samleng.KindSocial },
		"language": func(s *samleng.Series) { s.Language = "en" },
	} {
		other := s
		if change(&other); q.Covers("phrases", &other) {
			t.Errorf("another %s is silenced too", name)
		}
	}
	var list alertsJSON
	get(t, page, "/api/v1/alerts", &list)
	if found := slices.ContainsFunc(list.Silences, func(x silenceJSON) bool { return x.ID == made.ID && x.Keyword == s.Keyword && x.Kind == s.Kind }); !found {
		t.Errorf("%+v", list.Silences)
	}
	alone := fmt.Sprintf(`{"kind": "social", "until": %q, "reason": "x"}`, noon.Add(time.Hour).Format(time.RFC3339))
	if w := post(page, "POST", "/api/v1/silences", alone); w.Code != http.StatusCreated {
		t.Errorf("of a kind: %d %s", w.Code, w.Body)
	}
}
