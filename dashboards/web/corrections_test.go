package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"samleng"
)

// correctable is a page with one post, which takes corrections.
func correctable(t *testing.T, change func(*Options)) (*Page, *memory, samleng.PostID) {
	t.Helper()
	p := one("land", samleng.KindNews, "daily-river", "km", samleng.Negative, noon.Add(-time.Hour), 1)
	store := newMemory([]samleng.StoredPost{p}, nil)
	o := Options{Store: store, Version: "test", Now: func() time.Time { return noon }, Corrections: store, Config: DefaultConfig()}
	o.Config.CorrectionsPerMinute = 1000
	if change != nil {
		change(&o)
	}
	return testPage(t, o, calm()), store, p.Post.ID
}

// send sends a request as the page's own script does, with headers changed.
func send(page http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8090/api/v1/corrections"+path, strings.NewReader(body))
	r.RemoteAddr = "203.0.113.7:4711"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://127.0.0.1:8090")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", "Mozilla/5.0 (somebody)")
	r.Header.Set("Cookie", "session=somebody")
	for i := 0; i+1 < len(headers); i += 2 {
		switch {
		case headers[i] == "Host":
			r.Host = headers[i+1]
		case headers[i+1] == "":
			r.Header.Del(headers[i])
		default:
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, r)
	return w
}

func TestCorrect(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	registry := prometheus.NewRegistry()
	page, store, post := correctable(t, func(o *Options) {
		o.Registerer, o.Logger = registry, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	var ids []string
	for _, c := range []string{
		`"task": "sentiment", "was": "negative", "should_be": "neutral"`,
		`"task": "sentiment", "was": "unscored", "should_be": "neutral"`,
		`"task": "language", "was": "km", "should_be": "km-Latn"`,
		`"task": "language", "was": "sw", "should_be": "other"`,
		`"task": "topic", "was": "land", "should_be": ""`,
		`"task": "topic", "was": "", "should_be": "education"`,
		`"task": "topic", "was": "of-an-earlier-list", "should_be": ""`,
	} {
		w := send(page, "POST", "", fmt.Sprintf(`{"post": %q, %s}`, post, c))
		var answer correctionJSON
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusCreated || !samleng.IsCorrectionID(answer.ID) || answer.Post != post {
			t.Fatalf("%s: %d %s, %v", c, w.Code, w.Body, err)
		}
		ids = append(ids, answer.ID)
	}
	// What is stored is exactly this: nothing of the address, the cookie or the browser.
	want := samleng.Correction{ID: ids[0], Post: post, Task: "sentiment", Was: "negative", ShouldBe: "neutral", Day: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	if diff := cmp.Diff(want, store.corrections[0]); diff != "" || len(store.corrections) != len(ids) {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
	var answer postsJSON
	get(t, page, "/api/v1/posts", &answer)
	said := []saidJSON{
		{"sentiment", "neutral", false, 2},
		{"language", "km-Latn", false, 1},
		{"language", "other", false, 1},
		{"topic", "land", true, 1},
		{"topic", "education", false, 1},
		{"topic", "of-an-earlier-list", true, 1},
	}
	if diff := cmp.Diff(said, answer.Posts[0].Said); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
	if answer.Posts[0].Sentiment.Label != samleng.Negative {
		t.Error("a correction changed the label itself")
	}
	var o overviewJSON
	get(t, page, "/api/v1/overview", &o)
	if o.Total.Negative != 1 {
		t.Error("a correction changed the figures")
	}

	if w := send(page, "DELETE", "/"+ids[0], ""); w.Code != http.StatusNoContent || len(store.corrections) != len(ids)-1 {
		t.Errorf("taking back: %d %s, %d are left", w.Code, w.Body, len(store.corrections))
	}
	counts := `
# HELP samleng_corrections_total Labels that readers of the page called wrong, by task and what became of it.
# TYPE samleng_corrections_total counter
samleng_corrections_total{outcome="stored",task="language"} 2
samleng_corrections_total{outcome="stored",task="sentiment"} 2
samleng_corrections_total{outcome="stored",task="topic"} 3
samleng_corrections_total{outcome="withdrawn",task="any"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(counts)); err != nil {
		t.Error(err)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
}

func TestCorrectRefuses(t *testing.T) {
	t.Parallel()
	page, store, post := correctable(t, func(o *Options) { o.Config.Hosts = []string{"samleng.example.org"} })
	good := fmt.Sprintf(`{"post": %q, "task": "sentiment", "was": "negative", "should_be": "neutral"}`, post)
	with := func(fields string) string { return fmt.Sprintf(`{"post": %q, %s}`, post, fields) }
	for _, test := range []struct {
		name, body string
		headers    []string
		status     int
		says       string
	}{
		{"another site", good, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403, "from this page only"},
		{"another port of this machine", good, []string{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:9999"}, 403, "from this page only"},
		{"another site, an old browser", good, []string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, 403, "from this page only"},
		{"a file", good, []string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, 403, "from this page only"},
		{"a name made to lead here", good, []string{"Host", "evil.example:8090", "Origin", "http://evil.example:8090"}, 403, "page.hosts"},
		{"such a name, an old browser", good, []string{"Host", "evil.example:8090", "Origin", "", "Sec-Fetch-Site", ""}, 403, "page.hosts"},
		{"a proxy whose name is not listed", good, []string{"Origin", "https://public.example.org"}, 403, "from this page only"},
		{"a form", good, []string{"Content-Type", "text/plain"}, 415, "application/json"},
		{"no type", good, []string{"Content-Type", ""}, 415, "application/json"},
		{"too long", with(`"task": "` + strings.Repeat("x", 2000) + `"`), nil, 413, "at most 1024 bytes"},
		{"no JSON", "task=topic", nil, 400, "is not a correction"},
		{"two objects", good + good, nil, 400, "something follows"},
		{"unknown field", with(`"task": "sentiment", "was": "negative", "should_be": "neutral", "name": "x"`), nil, 400, "unknown field"},
		{"own id", with(`"id": "x", "task": "sentiment", "was": "negative", "should_be": "neutral"`), nil, 400, "given by the answer"},
		{"no post", `{"task": "sentiment", "was": "negative", "should_be": "neutral"}`, nil, 400, "post: is missing"},
		{"bad post", `{"post": "1", "task": "sentiment", "was": "negative", "should_be": "neutral"}`, nil, 400, "32 hexadecimal digits"},
		{"another post", fmt.Sprintf(`{"post": %q, "task": "sentiment", "was": "negative", "should_be": "neutral"}`, samleng.NewPostID("test", "absent")), nil, 404, "not stored any more"},
		{"no task", with(`"was": "negative", "should_be": "neutral"`), nil, 400, "none of [language sentiment topic]"},
		{"unknown task", with(`"task": "author", "was": "a", "should_be": "b"`), nil, 400, "none of [language sentiment topic]"},
		{"same label", with(`"task": "sentiment", "was": "neutral", "should_be": "neutral"`), nil, 400, "has already"},
		{"unscored", with(`"task": "sentiment", "was": "negative", "should_be": "unscored"`), nil, 400, `"unscored" is not a label of sentiment`},
		{"nothing for a tone", with(`"task": "sentiment", "was": "negative", "should_be": ""`), nil, 400, "is not a label"},
		{"was no tone", with(`"task": "sentiment", "was": "happy", "should_be": "neutral"`), nil, 400, `was: "happy"`},
		{"no language", with(`"task": "language", "was": "km", "should_be": "klingon"`), nil, 400, `"klingon" is not a label of language`},
		{"was no language", with(`"task": "language", "was": "k'm", "should_be": "en"`), nil, 400, "was: "},
		{"no topic", with(`"task": "topic", "was": "", "should_be": "gossip"`), nil, 400, `"gossip" is not a label of topic`},
		{"was no topic", with(`"task": "topic", "was": "<b>", "should_be": ""`), nil, 400, "was: "},
		{"both", with(`"task": "topic", "was": "land", "should_be": "education"`), nil, 400, "two corrections"},
		{"neither", with(`"task": "topic", "was": "", "should_be": ""`), nil, 400, "has already"},
	} {
		w := send(page, "POST", "", test.body, test.headers...)
		var answer struct{ Error fault }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != test.status || !strings.Contains(answer.Error.Message, test.says) {
			t.Errorf("%s: %d %s, %v; want %d and %q", test.name, w.Code, w.Body, err, test.status, test.says)
		}
	}
	if len(store.corrections) > 0 {
		t.Errorf("stored in spite of it: %+v", store.corrections)
	}
	for name, headers := range map[string][]string{
		"a listed name":          {"Host", "Samleng.example.org", "Origin", "https://samleng.example.org"},
		"a proxy with that name": {"Origin", "https://samleng.example.org"},
		"localhost":              {"Host", "localhost:8090", "Origin", "http://localhost:8090"},
		"IPv6":                   {"Host", "[::1]:8090", "Origin", "http://[::1]:8090"},
		"no browser":             {"Origin", "", "Sec-Fetch-Site", ""},
	} {
		if w := send(page, "POST", "", good, headers...); w.Code != http.StatusCreated {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for id, status := range map[string]int{"x": 400, strings.Repeat("A", 26): 204} {
		if w := send(page, "DELETE", "/"+id, ""); w.Code != status {
			t.Errorf("DELETE %s: %d %s", id, w.Code, w.Body)
		}
	}
	if w := send(page, "DELETE", "/"+strings.Repeat("A", 26), "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); w.Code != http.StatusForbidden {
		t.Errorf("taking back from another site: %d", w.Code)
	}
	store.set(nil, nil, errAway)
	if w := send(page, "POST", "", good); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "connection refused") {
		t.Errorf("the store is away: %d %s", w.Code, w.Body)
	}
}

func TestCorrectionsAreBounded(t *testing.T) {
	t.Parallel()
	page, store, post := correctable(t, func(o *Options) { o.Config.CorrectionsPerMinute = 6 })
	good := fmt.Sprintf(`{"post": %q, "task": "sentiment", "was": "negative", "should_be": "neutral"}`, post)
	refused := 0
	for range 10 {
		if w := send(page, "POST", "", good); w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "" {
			refused++
		}
	}
	if refused != 7 || len(store.corrections) != 3 {
		t.Errorf("%d of 10 are refused and %d stored, want 7 and 3", refused, len(store.corrections))
	}
	if w := send(page, "DELETE", "/"+store.corrections[0].ID, ""); w.Code != http.StatusNoContent {
		t.Errorf("taking back is refused with them: %d", w.Code)
	}
}

// TestNoCorrections looks at a public display: it offers nothing and takes nothing.
func TestNoCorrections(t *testing.T) {
	t.Parallel()
	page, store, post := correctable(t, func(o *Options) { o.Corrections = nil })
	good := fmt.Sprintf(`{"post": %q, "task": "sentiment", "was": "negative", "should_be": "neutral"}`, post)
	if w := send(page, "POST", "", good); w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed || len(store.corrections) > 0 {
		t.Errorf("%d", w.Code)
	}
	var names topicsJSON
	get(t, page, "http://127.0.0.1/api/v1/topics", &names)
	if len(names.CorrectLanguages) > 0 {
		t.Error("corrections are offered")
	}
	page, _, _ = correctable(t, nil)
	get(t, page, "http://127.0.0.1/api/v1/topics", &names)
	if len(names.CorrectLanguages) == 0 {
		t.Error("corrections are not offered on this machine")
	}
	if w := get(t, page, "http://elsewhere.example/api/v1/topics", nil); w.Code != http.StatusForbidden {
		t.Errorf("by a name from which corrections are refused: %d", w.Code)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		corrections, listen string
		want                bool
	}{
		{"loopback", "127.0.0.1:8090", true},
		{"loopback", "[::1]:8090", true},
		{"loopback", "localhost:8090", true},
		{"loopback", "0.0.0.0:8090", false},
		{"loopback", ":8090", false},
		{"loopback", "192.168.1.5:8090", false},
		{"loopback", "samleng.example.org:80", false},
		{"loopback", "nonsense", false},
		{"always", "0.0.0.0:8090", true},
		{"never", "127.0.0.1:8090", false},
	} {
		c := Config{Corrections: test.corrections, SaveRules: test.corrections}
		at := Addresses{Listen: test.listen}
		if got := c.TakesCorrections(at); got != test.want || c.SavesRules(at) != got {
			t.Errorf("%s on %s: %v", test.corrections, test.listen, got)
		}
		at.Public = "https://samleng.example.org/"
		if got := c.SavesRules(at); got != (test.corrections == "always") {
			t.Errorf("%s on %s behind a proxy: %v", test.corrections, test.listen, got)
		}
		c.Hosts, at.Public = []string{"samleng.example.org"}, ""
		if got := c.SavesRules(at); got != (test.corrections == "always") {
			t.Errorf("%s on %s by another name: %v", test.corrections, test.listen, got)
		}
	}
	c := DefaultConfig()
	if !c.SavesRules(Addresses{Listen: "127.0.0.1:8090", Public: "http://localhost:8090"}) {
		t.Error("a public address of this machine is taken for another's")
	}
	good := DefaultConfig()
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	bad := Config{Corrections: "sometimes", SaveRules: "nobody", Hosts: []string{"samleng.example.org", "https://x.example", "x:80", ""}}
	err := bad.Validate()
	for _, says := range []string{`corrections: "sometimes"`, `save_rules: "nobody"`, "corrections_per_minute: 0", `hosts: "https://x.example"`, `hosts: "x:80"`, `hosts: ""`} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}

// FuzzCorrection checks that no body is stored that is not a correction of known labels.
func FuzzCorrection(f *testing.F) {
	f.Add(`{"post": "00112233445566778899aabbccddeeff", "task": "topic", "was": "land", "should_be": ""}`)
	f.Add(`{"post": "00112233445566778899aabbccddeeff", "task": "language", "was": "km", "should_be": "en"}`)
	f.Add(`{"task": null}`)
	f.Add(`[]`)
	p := &Page{topics: map[string]bool{"land": true}}
	var err error
	config := DefaultConfig()
	config.CorrectionsPerMinute = 1 << 30
	if p.corrector, err = newCorrector(config, nil, nil); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/v1/corrections", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		c, err := p.readCorrection(httptest.NewRecorder(), r)
		if err == nil && (c.Post.IsZero() || c.Was == c.ShouldBe || len(c.Was) > 64 || c.ID != "") {
			t.Errorf("%q is taken as %+v", body, c)
		}
	})
}
