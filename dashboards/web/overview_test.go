package web

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"samleng"
)

// noon is the time at which every test of the API happens, a little past a bucket.
var noon = time.Date(2026, 11, 22, 5, 2, 30, 0, time.UTC)

func calm() timing {
	return timing{gap: time.Second, beat: time.Minute, write: time.Second, watch: time.Minute}
}

func apiPage(t *testing.T, store Store) *Page {
	t.Helper()
	return testPage(t, Options{Store: store, Version: "test", Now: func() time.Time { return noon }}, calm())
}

func get(t *testing.T, h http.Handler, path string, into any) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatalf("GET %s: %d, %v: %.200s", path, w.Code, err, w.Body)
		}
	}
	return w
}

func one(topic string, kind samleng.Kind, source, language string, label samleng.Label, at time.Time, i int) samleng.StoredPost {
	return makePost(template{topic, language, label, "Title *word*", "Text *word* ~bad~"}, samleng.SourceState{ID: source, Kind: kind}, at, i)
}

func TestOverview(t *testing.T) {
	t.Parallel()
	var posts []samleng.StoredPost
	add := func(n int, topic string, kind samleng.Kind, source, language string, label samleng.Label, ago time.Duration) {
		for range n {
			posts = append(posts, one(topic, kind, source, language, label, noon.Add(-ago), len(posts)))
		}
	}
	add(6, "land", samleng.KindNews, "a", "km", samleng.Negative, time.Hour)
	add(12, "land", samleng.KindNews, "a", "km", samleng.Neutral, 30*time.Hour)
	add(4, "health", samleng.KindNews, "b", "en", samleng.Positive, 2*time.Hour)
	add(2, "health", samleng.KindNews, "b", "en", samleng.Positive, 30*time.Hour)
	add(3, "migration", samleng.KindSocial, "s", "km", samleng.Negative, time.Hour)
	add(1, "", samleng.KindNews, "b", "none", samleng.Unscored, time.Hour)
	states := []samleng.SourceState{{ID: "a", Kind: samleng.KindNews}, {ID: "b", Kind: samleng.KindNews, LastPoll: noon, Error: "away"}, {ID: "s", Kind: samleng.KindSocial, LastPoll: noon}, {ID: "new", Kind: samleng.KindNews}}
	page := apiPage(t, newMemory(posts, states))

	var o overviewJSON
	get(t, page, "/api/v1/overview", &o)
	if want := time.Date(2026, 11, 22, 5, 5, 0, 0, time.UTC); !o.To.Equal(want) || !o.From.Equal(want.Add(-24*time.Hour)) || o.Period != "24h" {
		t.Errorf("period %s to %s (%s), want 24 h to %s", o.From, o.To, o.Period, want)
	}
	if o.Total.Posts != 11 || o.Total.Unscored != 1 || o.Before.Posts != 14 || len(o.Volume) != 288 || o.StepSeconds != 300 {
		t.Errorf("total %d, unscored %d, before %d, %d points of %d s", o.Total.Posts, o.Total.Unscored, o.Before.Posts, len(o.Volume), o.StepSeconds)
	}
	if o.Hidden != 1 || len(o.Topics) != 2 || o.Topics[0].ID != "land" || o.Topics[1].ID != "health" {
		t.Fatalf("topics %+v, hidden %d; want land, health and one hidden", o.Topics, o.Hidden)
	}
	if c := o.Topics[0].Change; c.Posts != -6 || c.Percent == nil || *c.Percent != -50 {
		t.Errorf("change of land %+v, want -6 and -50 %%", c)
	}
	if c := o.Topics[1].Change; c.Posts != 2 || c.Percent != nil || c.New {
		t.Errorf("change of health %+v, want +2 without a percentage of 2 posts", c)
	}
	if o.Sources != (coverageJSON{Sources: 3, Failing: 1, Waiting: 1}) { // a was imported
		t.Errorf("coverage %+v", o.Sources)
	}
	for _, k := range o.Kinds {
		if k.Value == "social" && (!k.Few || k.Tally.Posts != 0) {
			t.Errorf("3 social posts of one source are shown: %+v", k)
		}
	}

	t.Run("topic chosen", func(t *testing.T) {
		t.Parallel()
		var o overviewJSON
		get(t, page, "/api/v1/overview?language=km-Latn", &o)
		if o.Total.Posts != 0 {
			t.Errorf("%d posts in romanised Khmer", o.Total.Posts)
		}
		get(t, page, "/api/v1/overview?topic=health&language=en&kind=news", &o)
		if o.Total.Posts != 4 || len(o.Topics) != 1 || o.Withheld {
			t.Errorf("total %d, topics %+v, withheld %v", o.Total.Posts, o.Topics, o.Withheld)
		}
		get(t, page, "/api/v1/overview?topic=health", &o)
		if o.Total.Posts != 4 || len(o.Topics) != 2 {
			t.Errorf("a chosen topic hides the others: %+v", o.Topics)
		}
	})
	t.Run("hidden topic chosen", func(t *testing.T) {
		t.Parallel()
		var o overviewJSON
		get(t, page, "/api/v1/overview?topic=migration", &o)
		total := 0
		for _, v := range o.Volume {
			total += v.Posts
		}
		if !o.Withheld || o.Total.Posts != 0 || total != 0 || len(o.Kinds) != 0 {
			t.Errorf("a hidden topic shows: withheld %v, total %d, volume %d, kinds %v", o.Withheld, o.Total.Posts, total, o.Kinds)
		}
	})
	t.Run("few private people alone", func(t *testing.T) {
		t.Parallel()
		for _, query := range []string{"kind=social", "kind=social&language=km", "kind=social&period=7d&language=km"} {
			var o overviewJSON
			get(t, page, "/api/v1/overview?"+query, &o)
			total := 0
			for _, v := range o.Volume {
				total += v.Posts
			}
			if !o.Withheld || o.Total.Posts != 0 || total != 0 || len(o.Languages) != 0 || o.Newest != nil {
				t.Errorf("%s: withheld %v, total %d, volume %d, languages %v, newest %v", query, o.Withheld, o.Total.Posts, total, o.Languages, o.Newest)
			}
			var p postsJSON
			if get(t, page, "/api/v1/posts?"+query, &p); len(p.Posts) != 0 || !p.Withheld {
				t.Errorf("%s: %d posts are listed, withheld %v", query, len(p.Posts), p.Withheld)
			}
		}
		var o overviewJSON
		if get(t, page, "/api/v1/overview?kind=survey", &o); o.Withheld {
			t.Error("nothing at all is withheld")
		}
	})
	t.Run("newest where there is nothing", func(t *testing.T) {
		t.Parallel()
		var o overviewJSON
		get(t, page, "/api/v1/overview?from=2020-01-01&to=2020-01-02", &o)
		if o.Newest == nil || !o.Newest.Equal(noon.Add(-time.Hour)) {
			t.Errorf("newest %v, want %s", o.Newest, noon.Add(-time.Hour))
		}
		if want := time.Date(2020, 1, 2, 17, 0, 0, 0, time.UTC); !o.To.Equal(want) || !o.From.Equal(want.Add(-48*time.Hour)) || o.Period != "" {
			t.Errorf("two days in Phnom Penh: %s to %s", o.From, o.To)
		}
	})
}

func TestBadParameters(t *testing.T) {
	t.Parallel()
	page := apiPage(t, newMemory(nil, nil))
	for _, test := range []struct{ name, path, parameter, says string }{
		{"unknown period", "overview?period=3x", "period", "none of 1h, 6h, 24h, 7d, 14d, 30d"},
		{"unknown name", "overview?topc=land", "topc", "is not a parameter here"},
		{"twice", "overview?topic=land&topic=health", "topic", "given 2 times"},
		{"unknown topic", "posts?topic=gossip", "topic", `"gossip" is not a topic`},
		{"bad language", "overview?language=km%27", "language", "is not a language"},
		{"bad kind", "sources?kind=rumour", "kind", "none of [news government social survey]"},
		{"from alone", "overview?from=2026-11-01", "to", "is missing beside from"},
		{"to alone", "overview?to=2026-11-01", "from", "is missing beside to"},
		{"both ways", "overview?period=1h&from=2026-11-01&to=2026-11-02", "period", "cannot be combined"},
		{"no time", "overview?from=yesterday&to=2026-11-02", "from", `"yesterday" is not a time`},
		{"turned round", "overview?from=2026-11-03&to=2026-11-02", "to", "is not later than from"},
		{"too long", "overview?from=2020-11-03&to=2026-11-02", "from", "longer than 366 days"},
		{"far off", "overview?from=0001-01-01&to=0001-01-02", "from", "outside of the years"},
		{"limit", "posts?limit=1000", "limit", "is not a number from 1 to 100"},
		{"limit in words", "posts?limit=ten", "limit", "is not a number from 1 to 100"},
		{"cursor", "posts?cursor=abc", "cursor", "is not the next of an answer before"},
		{"cursor where there is none", "overview?cursor=1", "cursor", "is not a parameter here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var answer struct{ Error fault }
			w := get(t, page, "/api/v1/"+test.path, &answer)
			if w.Code != http.StatusBadRequest || answer.Error.Parameter != test.parameter || answer.Error.Code != "bad-parameter" {
				t.Errorf("status %d, %+v; want 400 about %q", w.Code, answer.Error, test.parameter)
			}
			if !strings.Contains(answer.Error.Message, test.says) || !strings.HasPrefix(answer.Error.Message, test.parameter+": ") {
				t.Errorf("message %q, want %q after the name", answer.Error.Message, test.says)
			}
		})
	}
}

func TestStoreAway(t *testing.T) {
	t.Parallel()
	store := newMemory(nil, nil)
	store.away = errAway
	page := apiPage(t, store)
	for _, path := range []string{"overview", "posts", "sources"} {
		var answer struct{ Error fault }
		w := get(t, page, "/api/v1/"+path, &answer)
		if w.Code != http.StatusServiceUnavailable || answer.Error.Code != "store" || !strings.Contains(answer.Error.Message, "connection refused") {
			t.Errorf("%s: %d %+v", path, w.Code, answer.Error)
		}
	}
	store.set(nil, nil, nil)
	if w := get(t, page, "/api/v1/overview", nil); w.Code != http.StatusOK {
		t.Errorf("a fault is kept after the store is back: %d", w.Code)
	}
}

func TestOneQuestionForMany(t *testing.T) {
	t.Parallel()
	store := newMemory(testPosts(noon, 50), testSources(noon))
	page := apiPage(t, store)
	for range 20 {
		get(t, page, "/api/v1/overview", nil)
	}
	if n := store.questions(); n != 2 { // one for the overview, one for the sources
		t.Errorf("20 equal requests asked the store %d times, want 2", n)
	}
}

func TestZippedJSON(t *testing.T) {
	t.Parallel()
	page := apiPage(t, newMemory(nil, nil))
	for header, zipped := range map[string]bool{"": false, "gzip, deflate, br": true, "br;q=1, gzip;q=0.5": true, "gzip;q=0": false, "identity": false} {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/topics", nil)
		r.Header.Set("Accept-Encoding", header)
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		body := io.Reader(w.Body)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != zipped {
			t.Errorf("Accept-Encoding %q: gzip %v", header, got)
			continue
		}
		if zipped {
			var err error
			if body, err = gzip.NewReader(body); err != nil {
				t.Fatal(err)
			}
		}
		var topics topicsJSON
		if err := json.NewDecoder(body).Decode(&topics); err != nil || len(topics.Topics) != 20 || topics.TimeZone != "Asia/Phnom_Penh" {
			t.Errorf("Accept-Encoding %q: %v, %d topics", header, err, len(topics.Topics))
		}
	}
}

// TestNetInterval compares with the formula worked by hand and asks what every interval
// must hold.
func TestNetInterval(t *testing.T) {
	t.Parallel()
	// 20 positive, 50 neutral, 30 negative: centre -10/102, half 1.96*sqrt(51-100/102)/102.
	low, high := netInterval(samleng.Tally{Posts: 100, Positive: 20, Neutral: 50, Negative: 30})
	if math.Abs(low+0.2340) > 0.0005 || math.Abs(high-0.0379) > 0.0005 {
		t.Errorf("interval %.4f to %.4f, want -0.2340 to 0.0379", low, high)
	}
	for p := range 30 {
		for n := range 30 {
			low, high := netInterval(samleng.Tally{Positive: p, Neutral: 3, Negative: n})
			mirrorLow, mirrorHigh := netInterval(samleng.Tally{Positive: n, Neutral: 3, Negative: p})
			if low < -1 || high > 1 || low > high || math.Abs(low+mirrorHigh) > 1e-12 || math.Abs(high+mirrorLow) > 1e-12 {
				t.Fatalf("%d positive, %d negative: %v to %v, mirrored %v to %v", p, n, low, high, mirrorLow, mirrorHigh)
			}
		}
	}
	if low, high := netInterval(samleng.Tally{Posts: 1, Negative: 1}); low > 0 || high < 0 {
		t.Errorf("one negative post is said to lean: %v to %v", low, high)
	}
}

func FuzzSelection(f *testing.F) {
	for _, q := range []string{"", "period=7d", "from=2026-11-01&to=2026-11-02T10:00", "from=2026-11-01T00:00:00Z&to=2026-11-01T00:00:01%2B07:00", "topic=land&kind=news&language=km", "%zz"} {
		f.Add(q)
	}
	page, err := newPage(Options{Store: newMemory(nil, nil), Status: func() Status { return Status{} }, Topics: testTopics(), Minimum: fiveOfThree, Config: Config{Hosts: []string{"example.com"}}}, calm())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = page.Close() })
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		s, err := page.parseSelection(q, noon)
		if err != nil {
			return
		}
		width := s.To.Sub(s.From)
		if width <= 0 || width > longestPeriod+samleng.Bucket || !s.From.Equal(s.From.Truncate(samleng.Bucket)) || !s.To.Equal(s.To.Truncate(samleng.Bucket)) {
			t.Errorf("%q gives %s to %s", query, s.From, s.To)
		}
	})
}

func TestChange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		now, before int
		comparable  bool
		want        changeJSON
		percent     float64
	}{
		{"risen", 15, 10, true, changeJSON{Posts: 5}, 50},
		{"fallen to nothing", 0, 10, true, changeJSON{Posts: -10}, -100},
		{"from few", 15, 9, true, changeJSON{Posts: 6}, 0},
		{"new", 3, 0, true, changeJSON{Posts: 3, New: true}, 0},
		{"nothing at all", 0, 0, true, changeJSON{}, 0},
		{"nothing was collected before", 3, 0, false, changeJSON{Posts: 3}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := change(samleng.Tally{Posts: test.now}, samleng.Tally{Posts: test.before}, test.comparable)
			if got.Posts != test.want.Posts || got.New != test.want.New || (got.Percent != nil) != (test.percent != 0) || got.Percent != nil && *got.Percent != test.percent {
				t.Errorf("%+v, want %+v and %v %%", got, test.want, test.percent)
			}
		})
	}
}
