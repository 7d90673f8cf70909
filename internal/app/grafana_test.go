package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/dashboards/grafana"
	"samleng/dashboards/grafana/expand"
	"samleng/storage/clickhouse"
	"samleng/storage/embedded"
)

// TestGrafanaQueries runs every query of every dashboard on the real engine, as Grafana and
// its plugin would send it. It is not parallel: a process can hold one store open at a time.
func TestGrafanaQueries(t *testing.T) {
	address, now := grafanaStore(t)
	queries, err := grafana.Queries()
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]bool{}
	if status, body := grafanaAsk(t, address, "CREATE TABLE x (i Int8) ENGINE = MergeTree ORDER BY i"); status == http.StatusOK {
		t.Fatalf("readonly=1 lets a statement write: %s", body)
	}
	everything := map[string]expand.Variable{
		"topic":    {Values: []string{"all"}},
		"language": {Values: []string{"km", "en", "km-Latn"}, Multi: true, All: true},
		"kind":     {Values: []string{"news", "government", "social", "survey"}, Multi: true, All: true},
	}
	variables := map[string]map[string]expand.Variable{
		"everything": everything,
		"one of each": {
			"topic": {Values: []string{"land"}}, "language": {Values: []string{"km"}, Multi: true}, "kind": {Values: []string{"news"}, Multi: true},
		},
		"several":  {"topic": {Values: []string{"none"}}, "language": {Values: []string{"km", "en"}, Multi: true}, "kind": {Values: []string{"social", "survey"}, Multi: true}},
		"a quote":  {"topic": {Values: []string{"it's"}}, "language": {Values: []string{"'"}, Multi: true}, "kind": {Values: []string{"'"}, Multi: true}},
		"no value": {"topic": {Values: []string{"all"}}, "language": {Multi: true}, "kind": {Multi: true}},
	}
	for _, q := range queries {
		checked[q.Panel] = true
		t.Run(q.Panel, func(t *testing.T) {
			for name, chosen := range variables {
				intervals := []time.Duration{time.Hour}
				if q.Series {
					intervals = []time.Duration{q.MinInterval, 2 * time.Hour, 24 * time.Hour}
				}
				for _, interval := range intervals {
					a := grafanaRun(t, address, q, expand.Options{From: now.Add(-24 * time.Hour), To: now, Interval: interval, Variables: chosen})
					if q.Series {
						a.checkSeries(t, interval)
					}
					if name == "everything" && len(a.Data) == 0 {
						t.Error("no rows, though there are posts")
					}
				}
			}
			a := grafanaRun(t, address, q, expand.Options{From: now.Add(-24 * time.Hour), To: now, Interval: time.Hour, Variables: everything})
			if want, ok := grafanaWants[q.Panel]; !ok {
				t.Error("no answer is expected of this panel in this test: add one")
			} else if got := a.text(t, now, want.columns); got != want.rows {
				t.Errorf("%v:\n%s\nwant:\n%s", want.columns, got, want.rows)
			}
			// An empty period gives an empty or an all-null answer, and no error.
			grafanaRun(t, address, q, expand.Options{From: now.Add(time.Hour), To: now.Add(2 * time.Hour), Interval: time.Hour, Variables: everything})
		})
	}
	for panel := range grafanaWants {
		if !checked[panel] {
			t.Errorf("no panel %q was found", panel)
		}
	}
}

// grafanaWants are the answers to grafanaPosts, with all variables at "All" and points of an
// hour. Groups that are too small (prices-markets, jobs-labour, surveys, Khmer in Latin
// letters) do not show.
var grafanaWants = map[string]struct {
	columns []string
	rows    string
}{
	"topic":              {[]string{"value", "text"}, "all|All posts\nhealth|health\njobs-labour|jobs-labour\nland|land\nmigration|migration\nprices-markets|prices-markets\nnone|No topic"},
	"language":           {[]string{"value", "text"}, "en|English\nkm|Khmer\nkm-Latn|Khmer in Latin letters"},
	"Posts":              {[]string{"Posts"}, "43"},
	"Stories":            {[]string{"Stories"}, "33"},
	"Change":             {[]string{"Change"}, "2.58"},
	"Net sentiment":      {[]string{"Net sentiment"}, "-0.21"},
	"Data freshness":     {[]string{"Usual delay"}, "900"},
	"Posts by sentiment": {[]string{"time", "Positive", "Neutral", "Negative", "Not scored"}, "-14h|0|0|0|1\n-8h|6|0|0|0\n-5h|6|0|0|0\n-3h|0|0|20|0"},
	// The band as web.netInterval computes it.
	"Net sentiment over time": {
		[]string{"Net sentiment", "Low", "High"},
		strings.Repeat("null|null|null\n", 6) + "1|0.36|1\n" + strings.Repeat("null|null|null\n", 2) + "1|0.36|1\nnull|null|null\n-1|-1|-0.76",
	},
	"Topics":                 {[]string{"Topic", "Posts", "Stories", "Before", "Change", "Net sentiment", "Sources"}, "land|20|11|12|0.67|-1|4\nhealth|6|6|0|null|1|3\nmigration|6|6|0|null|1|3"},
	"Net sentiment by topic": {[]string{"Topic", "Net sentiment"}, "land|-1"},
	"Languages":              {[]string{"Language", "Positive", "Neutral", "Negative", "Not scored"}, "Khmer|6|0|20|0\nEnglish|6|0|0|1"},
	"Kinds of source":        {[]string{"Kind of source", "Positive", "Neutral", "Negative", "Not scored"}, "News|6|0|20|0\nSocial media|6|0|0|4\nGovernment|0|0|0|1"},
	"Sources": {[]string{"Source", "Kind", "State", "Polls", "Failed", "Posts", "Last error"}, `news-0|news|retry-after|2|1|7|the host does not answer
government-0|government|not polled|0|0|1|
idle||good|0|0|0|
news-1|news|not polled|0|0|7|
news-2|news|not polled|0|0|7|
news-3|news|not polled|0|0|5|
social-0|social|good|1|0|null|
social-1|social|not polled|0|0|null|
social-2|social|not polled|0|0|null|
social-3|social|not polled|0|0|null|
survey-0|survey|not polled|0|0|null|
survey-1|survey|not polled|0|0|null|`},
	"Polls": {[]string{"time", "Good", "Failed"}, "-2h|1|0\n-1h|1|1"},
}

// grafanaStore opens an engine with posts and polls, and gives its address and the time that
// they are about.
func grafanaStore(t *testing.T) (address string, now time.Time) {
	t.Helper()
	library, err := embedded.Locate("")
	if err != nil {
		t.Skip(err)
	}
	engine, err := embedded.Start(t.Context(), embedded.Options{Library: library, Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	config := clickhouse.DefaultConfig()
	config.DSN = engine.DSN()
	store, err := clickhouse.Open(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = time.Now().UTC().Truncate(5 * time.Minute)
	posts := grafanaPosts(now)
	// The first post was seen before, and was edited since: rollups have an older count too.
	earlier := posts[0]
	earlier.Post.SeenAt = now.Add(-time.Hour)
	earlier.Analysis = samleng.Analysis{Language: "en", Topics: []samleng.Topic{{ID: "health"}}, Sentiment: samleng.Sentiment{Label: samleng.Positive}}
	for token, rows := range map[string][]samleng.Row{"earlier": {earlier}, "all": posts} {
		if err := store.Insert(t.Context(), "test", "posts", token, rows); err != nil {
			t.Fatal(err)
		}
	}
	// Ten of the posts about land tell one story, and so does one of private people's.
	var told []samleng.Assignment
	for _, i := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 40} {
		told = append(told, samleng.Assignment{Post: posts[i].Post.ID, Story: posts[0].Post.ID})
	}
	if err := store.SetStories(t.Context(), told); err != nil {
		t.Fatal(err)
	}
	polls := []samleng.Coverage{
		{Source: "news-0", At: now.Add(-2 * time.Hour), Posts: 5, Lag: 10 * time.Minute},
		{Source: "news-0", At: now.Add(-time.Hour), Class: samleng.RetryAfter, Error: "the host does not answer"},
		{Source: "social-0", At: now.Add(-time.Hour), Posts: 2, Lag: 20 * time.Minute},
		{Source: "idle", At: now.Add(-48 * time.Hour)},
	}
	// A poll that is recorded again counts once.
	for _, recorded := range [][]samleng.Coverage{polls, polls[:3]} {
		if err := store.RecordCoverage(t.Context(), recorded); err != nil {
			t.Fatal(err)
		}
	}
	return engine.Addr(), now
}

// grafanaPosts are groups of posts, each within five minutes.
func grafanaPosts(now time.Time) []samleng.Row {
	var rows []samleng.Row
	add := func(n, sources int, kind samleng.Kind, topic, language string, tone samleng.Label, before time.Duration) {
		for i := range n {
			p := samleng.Post{
				Schema: samleng.PostSchema, ID: samleng.NewPostID("test", fmt.Sprint(len(rows))), Source: fmt.Sprintf("%s-%d", kind, i%sources), Kind: kind,
				Title: "x", Published: now.Add(-before), SeenAt: now,
			}
			a := samleng.Analysis{Language: language, Sentiment: samleng.Sentiment{Label: tone}}
			if topic != "" {
				a.Topics = []samleng.Topic{{ID: topic, Score: 1}}
			}
			rows = append(rows, samleng.Row{Post: p, Analysis: a, Offset: int64(len(rows))})
		}
	}
	hour := time.Hour
	add(20, 4, samleng.KindNews, "land", "km", samleng.Negative, 3*hour)
	add(12, 4, samleng.KindNews, "land", "km", samleng.Negative, 30*hour) // the period before
	add(6, 3, samleng.KindNews, "health", "en", samleng.Positive, 5*hour)
	add(6, 3, samleng.KindSocial, "migration", "km", samleng.Positive, 8*hour)
	add(4, 4, samleng.KindSocial, "prices-markets", "km-Latn", samleng.Unscored, 10*hour) // too few posts
	add(6, 2, samleng.KindSurvey, "jobs-labour", "en", samleng.Neutral, 12*hour)          // from too few sources
	add(1, 1, samleng.KindGovernment, "", "en", samleng.Unscored, 14*hour)                // published by an office: always counts
	return rows
}

// grafanaAnswer is ClickHouse's format JSON.
type grafanaAnswer struct {
	Meta []struct{ Name, Type string }
	Data []map[string]any
}

// text writes columns of every row, numbers with at most two decimals and the time as hours
// from now's hour.
func (a grafanaAnswer) text(t *testing.T, now time.Time, columns []string) string {
	t.Helper()
	var lines []string
	for _, row := range a.Data {
		var cells []string
		for _, c := range columns {
			switch v := row[c].(type) {
			case string:
				if c == "time" {
					at, err := time.Parse(time.DateTime, v)
					if err != nil {
						t.Fatal(err)
					}
					v = fmt.Sprintf("%+.0fh", at.Sub(now.Truncate(time.Hour)).Hours())
				}
				cells = append(cells, v)
			case nil:
				cells = append(cells, "null")
			case float64:
				cells = append(cells, strings.TrimSuffix(fmt.Sprintf("%.2f", v), ".00"))
			default:
				cells = append(cells, fmt.Sprint(v))
			}
		}
		if len(cells) > 0 {
			lines = append(lines, strings.Join(cells, "|"))
		}
	}
	return strings.Join(lines, "\n")
}

// checkSeries holds the answer against what Grafana makes time series of: a time first,
// ascending, then numbers. Days begin at midnight in Phnom Penh, which is 17:00 in UTC.
func (a grafanaAnswer) checkSeries(t *testing.T, interval time.Duration) {
	t.Helper()
	for i, m := range a.Meta {
		kind := strings.TrimSuffix(strings.TrimPrefix(m.Type, "Nullable("), ")")
		number := strings.HasPrefix(kind, "UInt") || strings.HasPrefix(kind, "Int") || strings.HasPrefix(kind, "Float")
		if i == 0 && !strings.HasPrefix(m.Type, "DateTime") || i > 0 && !number {
			t.Errorf("column %d, %s, is of type %s", i, m.Name, m.Type)
		}
	}
	previous := ""
	for _, row := range a.Data {
		at, _ := row[a.Meta[0].Name].(string)
		if at <= previous {
			t.Errorf("%s comes after %s", at, previous)
		}
		if interval == 24*time.Hour && !strings.HasSuffix(at, " 17:00:00") {
			t.Errorf("a day begins at %s UTC", at)
		}
		previous = at
	}
}

func grafanaRun(t *testing.T, address string, q grafana.Query, o expand.Options) grafanaAnswer {
	t.Helper()
	statement, err := expand.SQL(q.SQL, o)
	if err != nil {
		t.Fatal(err)
	}
	status, body := grafanaAsk(t, address, statement)
	if status != http.StatusOK {
		t.Fatalf("%s\n%s", body, statement)
	}
	var a grafanaAnswer
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return a
}

func grafanaAsk(t *testing.T, address, statement string) (status int, body string) {
	t.Helper()
	parameters := url.Values{"database": {"samleng"}, "default_format": {"JSON"}, "readonly": {"1"}, "wait_end_of_query": {"1"}}
	response, err := http.Post("http://"+address+"/?"+parameters.Encode(), "text/plain", strings.NewReader(statement))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(b)
}
