package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"samleng"
)

// Silence implements Silencer.
func (s *watchroom) Silence(_ context.Context, id string, q samleng.SilenceRequest) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away == nil {
		s.silences = append(s.silences, samleng.Silence{ID: id, SilenceRequest: q})
	}
	return s.away == nil, s.away
}

// EndSilence implements Silencer.
func (s *watchroom) EndSilence(_ context.Context, id string, at time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.silences {
		if q := &s.silences[i]; q.ID == id && q.Ended.IsZero() && q.Until.After(at) {
			q.Ended = at
			return true, s.away
		}
	}
	return false, s.away
}

// post sends a request as the page's own script does, with headers changed.
func post(page http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8090"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://127.0.0.1:8090")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	page.ServeHTTP(w, r)
	return w
}

func hushed(t *testing.T) (*Page, *watchroom) {
	t.Helper()
	return alerted(t, func(o *Options) { o.Alerting.Silencer = o.Alerting.Store.(*watchroom) })
}

func TestSilence(t *testing.T) {
	t.Parallel()
	page, store := hushed(t)
	until := noon.Add(26 * time.Hour).Format(time.RFC3339)
	w := post(page, "POST", "/api/v1/silences", fmt.Sprintf(`{"topic": "health", "place": "17", "rule": "topics", "until": %q, "reason": "  បុណ្យ \n <i> "}`, until))
	var made silenceJSON
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated || !silenceID.MatchString(made.ID) || made.Reason != "បុណ្យ <i>" {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	var list alertsJSON
	get(t, page, "/api/v1/alerts", &list)
	if n := len(list.Silences); n != 3 || list.Silences[2].ID != made.ID || !list.Silences[2].From.Equal(noon) {
		t.Errorf("%+v", list.Silences)
	}
	if w := post(page, "DELETE", "/api/v1/silences/"+made.ID, ""); w.Code != http.StatusNoContent {
		t.Errorf("end it: %d %s", w.Code, w.Body)
	}
	if w := post(page, "DELETE", "/api/v1/silences/"+made.ID, ""); w.Code != http.StatusNotFound {
		t.Errorf("end it again: %d %s", w.Code, w.Body)
	}
	get(t, page, "/api/v1/alerts", &list)
	if len(list.Silences) != 2 {
		t.Errorf("after its end: %+v", list.Silences)
	}
	if n := len(store.silences); n != 2 || store.silences[1].Place != "17" || store.silences[1].Rule != "topics" {
		t.Errorf("%+v", store.silences)
	}
}

func TestSilenceIsRefused(t *testing.T) {
	t.Parallel()
	page, store := hushed(t)
	good := fmt.Sprintf(`{"topic": "health", "until": %q, "reason": "x"}`, noon.Add(time.Hour).Format(time.RFC3339))
	had := len(store.silences)
	for name, c := range map[string]struct {
		body    string
		headers []string
		status  int
		says    string
	}{
		"everything":         {`{"until": "2026-11-23T00:00:00Z", "reason": "x"}`, nil, 400, "everything"},
		"no reason":          {strings.Replace(good, `"x"`, `" "`, 1), nil, 400, "reason: is missing"},
		"a long reason":      {strings.Replace(good, `"x"`, `"`+strings.Repeat("ក", 201)+`"`, 1), nil, 400, "200"},
		"no end":             {`{"topic": "land", "reason": "x"}`, nil, 400, "a silence ends"},
		"over already":       {`{"topic": "land", "until": "2026-01-01T00:00:00Z", "reason": "x"}`, nil, 400, "past"},
		"for a year":         {`{"topic": "land", "until": "2027-11-01T00:00:00Z", "reason": "x"}`, nil, 400, "31 days"},
		"an unknown topic":   {strings.Replace(good, "health", "weather", 1), nil, 400, "weather"},
		"an unknown rule":    {strings.Replace(good, `"topic": "health"`, `"rule": "x"`, 1), nil, 400, "not a rule"},
		"an unknown place":   {strings.Replace(good, `"topic": "health"`, `"place": "99"`, 1), nil, 400, "province"},
		"an unknown field":   {strings.Replace(good, "{", `{"who": "me", `, 1), nil, 400, "who"},
		"another site":       {good, []string{"Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"}, 403, "this page only"},
		"another name":       {good, []string{"Host", "rebound.example", "Origin", "http://rebound.example"}, 403, "page.hosts"},
		"a form":             {"topic=health", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "application/json"},
		"more than it takes": {strings.Replace(good, `"x"`, `"`+strings.Repeat("x", maxSilenceBody)+`"`, 1), nil, 413, "at most"},
	} {
		if w := post(page, "POST", "/api/v1/silences", c.body, c.headers...); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s, want %d with %q", name, w.Code, w.Body, c.status, c.says)
		}
	}
	if len(store.silences) != had {
		t.Errorf("something was stored: %+v", store.silences)
	}
	if w := post(page, "DELETE", "/api/v1/silences/"+store.silences[0].ID, "", "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("ended from elsewhere: %d", w.Code)
	}
	if w := post(page, "DELETE", "/api/v1/silences/x", ""); w.Code != http.StatusBadRequest {
		t.Errorf("end x: %d", w.Code)
	}
	page, _ = alerted(t, nil)
	if w := post(page, "POST", "/api/v1/silences", good); w.Code != http.StatusNotFound {
		t.Errorf("on a page that takes none: %d", w.Code)
	}
	var list alertsJSON
	if get(t, page, "/api/v1/alerts", &list); list.May.Silence || list.May.Try {
		t.Errorf("it offers %+v", list.May)
	}
}

func TestManySilencesAreTooMany(t *testing.T) {
	t.Parallel()
	page, _ := hushed(t)
	refused := 0
	for range 2 * silencesPerMinute {
		w := post(page, "POST", "/api/v1/silences", fmt.Sprintf(`{"topic": "health", "until": %q, "reason": "x"}`, noon.Add(time.Hour).Format(time.RFC3339)))
		if w.Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < silencesPerMinute {
		t.Errorf("%d of %d refused", refused, 2*silencesPerMinute)
	}
}
