package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"samleng"
)

// box is a store of what readers say of alerts, and the reader of links that are words.
type box struct {
	said     []samleng.Feedback
	silences []samleng.SilenceRequest
	err      error
}

// Claim implements Claims: the token is the action.
func (b *box) Claim(token string, _ time.Time) (samleng.AlertClaim, error) {
	for _, action := range samleng.AlertActions() {
		if token == string(action) {
			return samleng.AlertClaim{Action: action, Episode: "0123", Rule: "topics", Topic: "land", Place: "17"}, nil
		}
	}
	return samleng.AlertClaim{}, errors.New("forged")
}

// Judge implements Feedback.
func (b *box) Judge(_ context.Context, f samleng.Feedback) (bool, error) {
	for _, s := range b.said {
		if s.Episode == f.Episode && s.Verdict == f.Verdict {
			return false, b.err
		}
	}
	if b.err == nil {
		b.said = append(b.said, f)
	}
	return b.err == nil, b.err
}

// Silence implements Feedback.
func (b *box) Silence(_ context.Context, _ string, q samleng.SilenceRequest) (bool, error) {
	if len(b.silences) > 0 || b.err != nil {
		return false, b.err
	}
	b.silences = append(b.silences, q)
	return true, nil
}

func click(page http.Handler, method, token, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8090/a/"+token, strings.NewReader(form))
	r.RemoteAddr = "203.0.113.7:4711"
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, r)
	return w
}

func linked(t *testing.T) (*Page, *box) {
	t.Helper()
	b := &box{}
	return testPage(t, Options{Store: newMemory(nil, nil), Version: "test", Now: func() time.Time { return noon }, Claims: b, Feedback: b}, calm()), b
}

func TestLinksAskBeforeTheyAct(t *testing.T) {
	t.Parallel()
	page, b := linked(t)
	for _, action := range samleng.AlertActions() {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := click(page, method, string(action), "")
			if w.Code != http.StatusOK || len(b.said)+len(b.silences) > 0 {
				t.Fatalf("%s %s: status %d, %d and %d stored", method, action, w.Code, len(b.said), len(b.silences))
			}
			if method == http.MethodGet && (!strings.Contains(w.Body.String(), `<form method="post">`) || !strings.Contains(w.Body.String(), "ដីធ្លី") || strings.Contains(w.Body.String(), "<script")) {
				t.Errorf("the page of %s:\n%s", action, w.Body)
			}
			if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self'") || strings.Contains(csp, "unsafe") {
				t.Errorf("policy %q", csp)
			}
			if w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", w.Header())
			}
		}
	}
}

func TestVerdictCountsOnce(t *testing.T) {
	t.Parallel()
	page, b := linked(t)
	if w := click(page, http.MethodPost, "false", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "it is noted") {
		t.Fatalf("status %d:\n%s", w.Code, w.Body)
	}
	if w := click(page, http.MethodPost, "false", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "noted before") {
		t.Errorf("a second time: %d\n%s", w.Code, w.Body)
	}
	if w := click(page, http.MethodPost, "useful", ""); w.Code != http.StatusOK {
		t.Errorf("another verdict: %d", w.Code)
	}
	day := noon.UTC().Truncate(24 * time.Hour)
	want := []samleng.Feedback{
		{Episode: "0123", Rule: "topics", Verdict: samleng.VerdictFalse, Day: day}, {Episode: "0123", Rule: "topics", Verdict: samleng.VerdictUseful, Day: day},
	}
	if diff := cmp.Diff(want, b.said); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
}

func TestSilenceByLink(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		form   string
		status int
		hours  time.Duration
		reason string
	}{
		"as it stands":  {"", 200, 24, "by the link in an alert"},
		"three days":    {"hours=72&reason=+bridge%0Aworks+", 200, 72, "bridge works"},
		"too long":      {"hours=169", 400, 0, ""},
		"never":         {"hours=0", 400, 0, ""},
		"no number":     {"hours=x", 400, 0, ""},
		"a long reason": {"reason=" + strings.Repeat("x", 201), 400, 0, ""},
		"a long body":   {"reason=" + strings.Repeat("x", 5000), 400, 0, ""},
	} {
		page, b := linked(t)
		if w := click(page, http.MethodPost, "silence", c.form); w.Code != c.status {
			t.Errorf("%s: status %d, want %d\n%s", name, w.Code, c.status, w.Body)
		}
		if c.status != 200 {
			if len(b.silences) > 0 {
				t.Errorf("%s: stored", name)
			}
			continue
		}
		want := []samleng.SilenceRequest{{Rule: "topics", Topic: "land", Place: "17", From: noon.UTC(), Until: noon.UTC().Add(c.hours * time.Hour), Reason: c.reason}}
		if diff := cmp.Diff(want, b.silences); diff != "" {
			t.Errorf("%s, want (-) got (+):\n%s", name, diff)
		}
	}
}

func TestLinksThatDoNotWork(t *testing.T) {
	t.Parallel()
	page, b := linked(t)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if w := click(page, method, "forged", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "does not work") {
			t.Errorf("%s of a forged link: %d", method, w.Code)
		}
	}
	b.err = errors.New("away")
	if w := click(page, http.MethodPost, "known", ""); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "away") {
		t.Errorf("without a store: %d\n%s", w.Code, w.Body)
	}
	b.err = nil
	full := 0
	for range 2 * actsPerMinute {
		if click(page, http.MethodPost, "known", "").Code == http.StatusTooManyRequests {
			full++
		}
	}
	if full == 0 {
		t.Error("nothing limits how often links are used")
	}
	without := testPage(t, Options{Store: newMemory(nil, nil), Version: "test"}, calm())
	if w := click(without, http.MethodGet, "useful", ""); w.Code != http.StatusNotFound {
		t.Errorf("a page without links answers %d", w.Code)
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	b := &box{}
	page, _ := alerted(t, func(o *Options) { o.Alerting.Judge = b })
	var list alertsJSON
	if get(t, page, "/api/v1/alerts", &list); !list.May.Judge {
		t.Error("it does not ask")
	}
	at := "/api/v1/alerts/" + openEpisode + "/verdicts"
	for _, c := range []struct {
		path, body string
		headers    []string
		status     int
	}{
		{at, `{"verdict": "false"}`, nil, 204},
		{at, `{"verdict": "false"}`, nil, 204}, // counts once
		{at, `{"verdict": "useful"}`, nil, 204},
		{at, `{"verdict": "silence"}`, nil, 400},
		{at, `{"verdict": "known", "who": "me"}`, nil, 400},
		{"/api/v1/alerts/" + strings.Repeat("e", 32) + "/verdicts", `{"verdict": "known"}`, nil, 404},
		{"/api/v1/alerts/x/verdicts", `{"verdict": "known"}`, nil, 400},
		{at, `{"verdict": "known"}`, []string{"Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"}, 403},
		{at, `{"verdict": "known"}`, []string{"Content-Type", "text/plain"}, 415},
	} {
		if w := post(page, "POST", c.path, c.body, c.headers...); w.Code != c.status {
			t.Errorf("%s %s %v: %d %s, want %d", c.path, c.body, c.headers, w.Code, w.Body, c.status)
		}
	}
	day := noon.Truncate(24 * time.Hour)
	if diff := cmp.Diff([]samleng.Feedback{{Episode: openEpisode, Rule: "topics", Verdict: "false", Day: day}, {Episode: openEpisode, Rule: "topics", Verdict: "useful", Day: day}}, b.said); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
	b.err = errAway
	if w := post(page, "POST", at, `{"verdict": "known"}`); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without the store: %d", w.Code)
	}
	without, _ := alerted(t, nil)
	if w := post(without, "POST", at, `{"verdict": "known"}`); w.Code != http.StatusNotFound && w.Code != http.StatusMethodNotAllowed {
		t.Errorf("where none is taken: %d", w.Code)
	}
}
