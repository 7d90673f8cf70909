package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
)

// stage is a page whose state the browser test changes over HTTP.
type stage struct {
	page   *Page
	store  *memory
	alerts *watchroom
	book   *notebook
	server *httptest.Server

	mu     sync.Mutex
	status Status
	cut    bool
	added  int
}

func (s *stage) now() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// play puts the page into the state that the browser test names.
func (s *stage) play(act string) {
	now := time.Now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = false
	s.alerts.answer(act == "away")
	switch act {
	case "full":
		s.store.set(testPosts(now, 2600), testSources(now), nil)
		s.alerts.become(testAlerts(now))
		s.status = Status{State: Running, Sources: Reach{Configured: 15, Polled: 13, Reached: 12, NextPoll: now.Add(4 * time.Minute)}}
	case "empty":
		states := testSources(now)[:3]
		for i := range states {
			states[i].LastPoll, states[i].LastSuccess = time.Time{}, time.Time{}
		}
		s.store.set(nil, states, nil)
		s.status = Status{State: Running, Activity: "Polling the first of 3 sources", Sources: Reach{Configured: 3, NextPoll: now.Add(3 * time.Minute)}}
	case "unreachable":
		states := testSources(now)[:3]
		for i := range states {
			states[i].LastSuccess, states[i].Error, states[i].Class = time.Time{}, "dial tcp: lookup "+states[i].ID+".example: no such host", samleng.RetryAfter
		}
		s.store.set(nil, states, nil)
		s.status = Status{State: Waiting, Sources: Reach{Configured: 3, Polled: 3, Reason: "the machine has no network: no such host", NextPoll: now.Add(3 * time.Minute)}}
	case "rules changed":
		s.book.change()
	case "private":
		s.alerts.become(privateAlerts(now))
	case "read-only", "writable":
		s.book.writable(act == "writable")
	case "no alerts":
		s.alerts.become(&watchroom{})
	case "alert":
		s.alerts.raise(now)
	case "old":
		s.store.set([]samleng.StoredPost{makePost(templates()[0], testSources(now)[0], now.AddDate(-1, 0, 0), 1)}, testSources(now)[:1], nil)
	case "away":
		s.store.set(nil, nil, errAway)
		s.status = Status{State: Waiting, Problems: []Problem{{Part: "database", Reason: "connection refused", Waiting: true, Since: now.Add(-time.Minute)}, {Part: "kafka", Reason: "The broker at 127.0.0.1:9092 does not answer.", Waiting: true, Since: now.Add(-time.Minute)}}}
	case "cut":
		s.cut = true
		go s.server.CloseClientConnections()
	case "hostile":
		bad := template{"land", "en", samleng.Negative, `<img src=x onerror=alert(1)> *land* ~<script>alert(2)</script>~`, "</p><svg onload=alert(3)> ~\"'><b>~ *&lt;i&gt;*\u202e 🤬 *land*"}
		p := makePost(bad, testSources(now)[0], now, 900000)
		p.Post.URL = "javascript:alert(4)"
		s.store.add(p)
	case "story":
		var carriers []samleng.StoredPost
		for i, source := range testSources(now)[:9] {
			carriers = append(carriers, makePost(templates()[2], source, now.Add(time.Duration(i-10)*time.Second), 700000+i))
		}
		s.store.add(tell(carriers)...)
	case "post":
		s.added++
		p := makePost(templates()[4], testSources(now)[0], now, 500000+s.added)
		p.Post.Title = fmt.Sprintf("Fresh post %d", s.added)
		p.Analysis.Topics, p.Analysis.Sentiment.Evidence = nil, nil
		s.store.add(p)
	}
	s.page.Notify()
}

func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if act, ok := strings.CutPrefix(r.URL.Path, "/test/"); ok {
		s.play(act)
		return
	}
	s.mu.Lock()
	cut := s.cut
	s.mu.Unlock()
	if cut {
		panic(http.ErrAbortHandler) // net/http's way to cut a connection
	}
	s.page.ServeHTTP(w, r)
}

// newStage starts a page on a loopback address.
func newStage(t *testing.T, sample bool) *stage {
	t.Helper()
	s := &stage{store: newMemory(nil, nil), alerts: &watchroom{}, book: &notebook{slow: true}}
	alerting := testAlerting(s.alerts, time.Now())
	of := alerting.InForce
	alerting.Silencer, alerting.Judge, alerting.Rulebook, alerting.Saver = s.alerts, s.alerts, s.book, s.book
	alerting.Interval = func(mean, dispersion float64) (low, high float64) {
		wide := 1.6 * math.Sqrt(mean+dispersion*mean*mean)
		return max(0, math.Floor(mean-wide)), math.Ceil(mean + wide)
	}
	alerting.InForce = func() RulesInForce {
		now := of()
		now.Fixed = nil
		s.alerts.mu.Lock()
		defer s.alerts.mu.Unlock()
		now.Rules = append(now.Rules, s.alerts.rules...)
		return now
	}
	config := DefaultConfig()
	config.CorrectionsPerMinute = 600
	s.page = testPage(t, Options{Store: s.store, Status: s.now, Sample: sample, Version: "test", Corrections: s.store, Config: config, Alerting: alerting},
		timing{gap: 200 * time.Millisecond, beat: 2 * time.Second, write: 5 * time.Second, watch: 100 * time.Millisecond})
	s.server = httptest.NewServer(s)
	t.Cleanup(s.server.Close)
	t.Cleanup(func() { _ = s.page.Close() }) // first: Close of the server waits for streams
	s.play("full")
	return s
}

// TestBrowser runs browser_test/page.mjs in Chromium. It needs node, a Chromium, and the
// npm package playwright-core in the folder that SAMLENG_PLAYWRIGHT names. SAMLENG_SHOTS
// names a folder to leave screenshots in, SAMLENG_VISITS by a regular expression the visits to make.
func TestBrowser(t *testing.T) {
	modules := os.Getenv("SAMLENG_PLAYWRIGHT")
	if modules == "" {
		t.Skip("SAMLENG_PLAYWRIGHT is not set: it names the folder in which `npm install playwright-core` was run")
	}
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			chromium = found
			break
		}
	}
	if chromium == "" {
		t.Skip("no Chromium is installed")
	}
	full, sample := newStage(t, false), newStage(t, true)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("browser_test", "page.mjs"))
	cmd.Env = append(os.Environ(), "CHROMIUM="+chromium, "PLAYWRIGHT="+modules, "PAGE="+full.server.URL, "SAMPLE="+sample.server.URL)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
}
