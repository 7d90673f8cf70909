package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/dashboards/web"
	"samleng/internal/config"
)

// alertDesk is a page over a store in which alerts were decided: a spike of land, and one of
// health whose tone changed too.
func alertDesk(t *testing.T) (*App, *desk, http.Handler, time.Time) {
	t.Helper()
	store := newNewsroom(t).store
	live := time.Now().UTC().Truncate(time.Hour).Add(-9 * time.Hour)
	end := live.Add(8 * time.Hour)
	w := newTown()
	w.usual(live.AddDate(0, 0, -6), end, 12, soon)
	w.poll(live.AddDate(0, 0, -6), end.Add(time.Hour), never)
	w.burst(live.Add(time.Hour), 40*time.Minute, 90, "land", .2, "")
	w.burst(live.Add(6*time.Hour), time.Hour, 60, "health", .9, "21")
	w.store(t, store)
	d := newDesk(t, store, live.Add(20*time.Second), end)
	d.run()

	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	file := ruleFile{filepath.Join(t.TempDir(), "alerts.yaml")}
	if err := os.WriteFile(file.path, []byte(deskRules), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, err := openFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	a := &App{o: Options{Settings: config.Default()}, log: slog.New(slog.DiscardHandler), metrics: prometheus.NewRegistry(), store: store, topics: topics, folder: folder, rules: newRulekeeper(file, topics, d.rules, []byte(deskRules), slog.New(slog.DiscardHandler))}
	alerting, err := a.alertingPage()
	if err != nil {
		t.Fatal(err)
	}
	page, err := web.New(web.Options{
		Store: pageStore{a}, Topics: a.topicNames(), Status: func() web.Status { return web.Status{State: web.Running} }, Minimum: a.o.Settings.Privacy.Group(),
		Alerting: alerting, Config: web.Config{Corrections: "never", CorrectionsPerMinute: 1, Silences: "loopback", TryRules: "loopback", SaveRules: "loopback", Hosts: []string{"example.com"}}, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = page.Close() })
	return a, d, page, live
}

func askPage(t *testing.T, page http.Handler, path string, into any) {
	t.Helper()
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// alertAnswer is the part of the page's answers that the test looks at.
type alertAnswer struct {
	Episodes []struct {
		samleng.Episode
		Level string `json:"level"`
		Open  bool   `json:"open"`
	} `json:"episodes"`
	Rules    []web.AlertRule `json:"rules"`
	Watching web.Watching    `json:"watching"`
}

type episodeAnswer struct {
	Alerts []struct {
		State    samleng.AlertState `json:"state"`
		Changes  []samleng.Change   `json:"changes"`
		Examples []struct {
			SourceName string `json:"source_name"`
			Text       string `json:"text"`
		} `json:"examples"`
	} `json:"alerts"`
	Chart struct {
		Step     int                             `json:"step_seconds"`
		Points   []struct{ samleng.VolumePoint } `json:"points"`
		Expected []struct{ Posts float64 }       `json:"expected"`
	} `json:"chart"`
}

func TestAlertsOnThePage(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	a, d, page, live := alertDesk(t)
	var list alertAnswer
	askPage(t, page, "/api/v1/alerts?period=24h", &list)
	got := map[string]bool{}
	for _, e := range list.Episodes {
		got[e.Rule+" "+e.Series.Topic+" "+e.Series.Place] = true
		if e.Peak <= 0 && e.Rule != "floor" || e.Opened.Before(live) || e.Level != "warning" && e.Level != "urgent" && e.Level != "notice" {
			t.Errorf("%+v", e)
		}
	}
	for _, want := range []string{"topics land ", "topics health ", "floor land "} {
		if !got[want] {
			t.Errorf("no episode of %s among %v", want, got)
		}
	}
	if len(list.Rules) != 4 || list.Rules[1].Series != 2*25 || list.Rules[2].Fixed == nil || list.Watching.Enabled {
		t.Errorf("%+v, %+v", list.Rules, list.Watching)
	}
	for _, e := range list.Episodes {
		var one episodeAnswer
		askPage(t, page, "/api/v1/alerts/"+e.ID, &one)
		first := one.Alerts[0]
		if len(one.Alerts) != e.Alerts || len(first.Changes) == 0 || len(first.Examples) < 3 || first.Examples[0].SourceName == "" {
			t.Errorf("%s: %+v", e.ID, first)
		}
		if len(one.Chart.Points) == 0 || len(one.Chart.Expected) == 0 {
			t.Errorf("%s: %d points, %d expected", e.ID, len(one.Chart.Points), len(one.Chart.Expected))
		}
		if e.Rule == "topics" && (first.Changes[0].Factors["threshold"] < 2 || first.Changes[0].Score < first.Changes[0].Factors["threshold"]) {
			t.Errorf("%s: %+v", e.ID, first.Changes[0])
		}
		posts := 0
		for _, p := range one.Chart.Points {
			posts += p.Posts
		}
		if posts < 200 {
			t.Errorf("%s: %d posts in the chart of a day with 12 an hour and a spike", e.ID, posts)
		}
	}
	if diff := cmp.Diff(web.AlertRule{
		ID: "topics", Khmer: "ក", English: "Topics", Topics: []string{}, Places: []string{}, Kinds: []samleng.Kind{}, Keywords: []string{}, CountBy: "posts",
		Signals: []samleng.Signal{samleng.SignalVolume, samleng.SignalNegative}, MinPosts: 5, AlertsAWeek: 2, Level: "warning", Channels: []string{"team"}, Series: 20,
	}, list.Rules[0]); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
	t.Run("rules are tried", func(t *testing.T) { rulesAreTried(t, a, d, live) })
}

// rulesAreTried runs the rules in force beside changed ones over the same hours.
func rulesAreTried(t *testing.T, a *App, d *desk, live time.Time) {
	needs := d.needs
	needs.Store, needs.Outbox, needs.Now = a.store, nil, time.Now
	book := &rulebook{saver: ruleSaver{a.rules, []byte("key")}, needs: needs}
	open, err := book.Open()
	if err != nil || strings.Contains(open.Text, "0123456789abcdef") || open.Why != "" || open.BuiltIn {
		t.Fatalf("%+v, %v", open, err)
	}
	text := open.Text

	// By itself each rule gives what the live run decided.
	var last float64
	steps := 0
	trial, err := book.Try(t.Context(), text, live, time.Now(), func(share float64) {
		if share < last || share > 1 {
			t.Errorf("progress goes from %v to %v", last, share)
		}
		last = share
		steps++
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(trial.Now, trial.New); diff != "" || len(trial.Now) < 3 {
		t.Errorf("the same rules differ, of %d alerts:\n%s", len(trial.Now), diff)
	}
	if steps < 20 || last < .99 {
		t.Errorf("%d steps, the last %v", steps, last)
	}

	// With fewer topics, and a level for the digest, less is told.
	read, err := book.Read(text, nil)
	if err != nil || len(read.Faults) > 0 || len(read.Rules) != 4 {
		t.Fatalf("%+v, %v", read, err)
	}
	change := read.Rules[0]
	change.Topics, change.Level, change.Channels = []string{"health"}, "notice", []string{}
	if read, err = book.Read(text, &change); err != nil || len(read.Faults) > 0 || read.Rules[0].Series != 1 {
		t.Fatalf("%+v, %v", read, err)
	}
	if trial, err = book.Try(t.Context(), read.Text, live, time.Now(), func(float64) {}); err != nil {
		t.Fatal(err)
	}
	for _, x := range trial.New {
		if x.Rule == "topics" && (x.Series.Topic != "health" || !x.Due.IsZero() || len(x.Channels) > 0 || x.Held == "") {
			t.Errorf("%+v", x)
		}
	}

	if read, err = book.Read(strings.Replace(text, "land, health", "land, nothing", 1), nil); err != nil || len(read.Faults) != 1 || read.Faults[0].Line != 3 || read.Faults[0].Key != "rules[1].topics" {
		t.Errorf("%+v, %v", read.Faults, err)
	}
	if read, err = book.Read(deskRules, nil); err != nil || len(read.Faults) != 1 || !strings.Contains(read.Faults[0].Text, "[hidden 1] is missing") {
		t.Errorf("with channels: %+v, %v", read.Faults, err)
	}
	many := "rules:\n  - {id: r, name: {km: ក, en: R}, level: notice, places: [each], kinds: [news, social, government, survey], keywords: [" + strings.Repeat("a, ", 60) + "b]}\n# [hidden 1]\n"
	if _, err := book.Try(t.Context(), many, live, time.Now(), func(float64) {}); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("6,000 series: %v", err)
	}
	gone, leave := context.WithCancel(t.Context())
	if _, err := book.Try(gone, text, live.AddDate(0, 0, -30), time.Now(), func(float64) { leave() }); !errors.Is(err, context.Canceled) {
		t.Errorf("a reader who left: %v", err)
	}
}
