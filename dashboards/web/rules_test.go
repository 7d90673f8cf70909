package web

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
)

// notebook is a Rulebook whose rules give what the test says, and a RuleSaver. A text with "bad" in
// it has a fault.
type notebook struct {
	mu      sync.Mutex
	text    string // empty: noteText
	version int
	away    error // why it cannot be written

	wait  chan struct{} // a trial waits for it, where there is one
	began chan struct{}
	ended chan error
	days  time.Duration
	slow  bool // a trial takes a second, unless somebody stops it
}

const noteText = "rules:\n  - id: topics\n"

// Open implements Rulebook.
func (n *notebook) Open() (RuleFile, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f := RuleFile{Text: cmp.Or(n.text, noteText), Version: "v" + strconv.Itoa(n.version), File: "alerts.yaml"}
	if n.away != nil {
		f.Why = n.away.Error()
	}
	return f, nil
}

// Save implements RuleSaver.
func (n *notebook) Save(text, version string) (SavedRules, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch read, err := n.Read(text, nil); {
	case err != nil:
		return SavedRules{}, err
	case len(read.Faults) > 0:
		return SavedRules{Faults: read.Faults}, nil
	case version != "v"+strconv.Itoa(n.version):
		return SavedRules{}, ErrRulesChanged
	case n.away != nil:
		return SavedRules{}, n.away
	}
	n.text = text
	n.version++
	return SavedRules{Version: "v" + strconv.Itoa(n.version), File: "alerts.yaml"}, nil
}

// writable says whether it can be written.
func (n *notebook) writable(can bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away = nil; !can {
		n.away = errors.New("open alerts.yaml: read-only file system")
	}
}

// change is somebody else's change of the file.
func (n *notebook) change() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.text = cmp.Or(n.text, noteText) + "# by somebody else\n"
	n.version++
}

func (n *notebook) Read(text string, change *AlertRule) (RuleText, error) {
	if strings.Contains(text, "unreadable") {
		return RuleText{}, errors.New("not valid YAML: line 1")
	}
	out := RuleText{Text: text, Rules: testRules()}
	if change != nil {
		out.Text, out.Rules[0] = text+"# "+change.ID+" "+strings.Join(change.Topics, ",")+"\n", *change
	}
	if strings.Contains(text, "bad") {
		out.Faults = []RuleFault{{Line: 2, Key: "rules[0].topics", Text: `"bad" is not a topic of configs/topics.yaml`}}
	}
	return out, nil
}

func (n *notebook) Try(ctx context.Context, text string, since, until time.Time, progress func(float64)) (Trial, error) {
	if !n.slow { // trials of several pages would write it at once
		n.days = until.Sub(since)
	}
	progress(0)
	if n.wait != nil {
		close(n.began)
		select {
		case <-n.wait:
		case <-ctx.Done():
			n.ended <- ctx.Err()
			return Trial{}, ctx.Err()
		}
	}
	for i := 0; n.slow && i < 10; i++ {
		select {
		case <-time.After(100 * time.Millisecond):
			progress(float64(i) / 10)
		case <-ctx.Done():
			return Trial{}, ctx.Err()
		}
	}
	if strings.Contains(text, "bad") {
		return Trial{}, errors.New("alerts.yaml:2: rules[0].topics: bad")
	}
	land, health := samleng.Series{Topic: "land"}, samleng.Series{Topic: "health", Place: "12"}
	alert := func(series samleng.Series, at time.Time, channels ...string) TrialAlert {
		a := TrialAlert{Rule: "topics", Series: series, At: at, Level: "warning", Score: 4.2, Signals: []samleng.Signal{samleng.SignalVolume}, Silent: []string{}, Channels: channels, State: "opened", Again: 1}
		if len(channels) > 0 {
			a.Due = at.Add(time.Minute)
		} else {
			a.Channels, a.Held = []string{}, "a notice is for the digest"
		}
		return a
	}
	return Trial{
		Since: since, Until: until,
		Now: []TrialAlert{alert(land, since.Add(time.Hour), "team"), alert(health, since.Add(2*time.Hour), "team"), alert(land, since.Add(20*time.Hour), "team")},
		New: []TrialAlert{alert(land, since.Add(90*time.Minute), "team"), alert(health, since.Add(2*time.Hour)), alert(land, since.Add(12*time.Hour), "team")},
	}, nil
}

func trying(t *testing.T, book *notebook) *Page {
	t.Helper()
	page, _ := alerted(t, func(o *Options) { o.Alerting.Rulebook, o.Alerting.Saver = book, book })
	return page
}

func TestRulesAreRead(t *testing.T) {
	t.Parallel()
	page := trying(t, &notebook{})
	var list alertsJSON
	if get(t, page, "http://127.0.0.1:8090/api/v1/alerts", &list); !list.May.Try {
		t.Error("it does not offer to try rules")
	}
	var now rulesJSON
	if get(t, page, "/api/v1/rules", &now); now.Text != noteText || now.Version != "v0" || len(now.Rules) != 2 || len(now.Channels) != 2 {
		t.Errorf("%+v", now)
	}
	for _, c := range []struct {
		body   string
		status int
		says   string
	}{
		{`{"text": "rules: []"}`, 200, `"faults":[]`},
		{`{"text": "bad"}`, 200, `"line":2,"key":"rules[0].topics"`},
		{`{"text": "", "change": {"id": "topics", "topics": ["land"]}}`, 200, `# topics land`},
		{`{"text": "unreadable"}`, 400, "not valid YAML"},
		{`{"text": "` + strings.Repeat("x", maxRules+1) + `"}`, 400, "bytes"},
		{`{"text": "` + strings.Repeat("x", 2*maxRules+1) + `"}`, 413, "at most"},
		{`{"yaml": ""}`, 400, "yaml"},
	} {
		if w := post(page, "POST", "/api/v1/rules/read", c.body); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%.60s: %d %s, want %d with %q", c.body, w.Code, w.Body, c.status, c.says)
		}
	}
	if w := post(page, "POST", "/api/v1/rules/read", "{}", "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", w.Code)
	}
}

func TestRulesAreSaved(t *testing.T) {
	t.Parallel()
	book := &notebook{}
	page := trying(t, book)
	for _, c := range []struct {
		body    string
		headers []string
		status  int
		says    string
	}{
		{`{"text": "rules: [] # first", "version": "v0"}`, nil, 200, `"version":"v1"`},
		{`{"text": "rules: []", "version": "v0"}`, nil, 409, `"code":"changed"`},
		{`{"text": "bad", "version": "v1"}`, nil, 422, `"line":2,"key":"rules[0].topics"`},
		{`{"text": "rules: []"}`, nil, 400, "version: is missing"},
		{`{"text": "` + strings.Repeat("x", maxRules+1) + `", "version": "v1"}`, nil, 400, "bytes"},
		{`{"text": "` + strings.Repeat("x", 2*maxRules+1) + `", "version": "v1"}`, nil, 413, "at most"},
		{`{"text": "rules: []", "version": "v1", "file": "/etc/passwd"}`, nil, 400, "unknown field"},
		{`{"text": "rules: []", "version": "v1"}`, []string{"Content-Type", "text/plain"}, 415, "application/json"},
		{`{"text": "rules: []", "version": "v1"}`, []string{"Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"}, 403, `"code":"origin"`},
		{`{"text": "rules: []", "version": "v1"}`, []string{"Host", "rebound.example:8090", "Origin", "http://rebound.example:8090"}, 403, `"code":"host"`},
	} {
		if w := post(page, "PUT", "/api/v1/rules", c.body, c.headers...); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%.60s %v: %d %s, want %d with %q", c.body, c.headers, w.Code, w.Body, c.status, c.says)
		}
	}
	if book.text != "rules: [] # first" {
		t.Errorf("it is %q", book.text)
	}
	book.away = errors.New("alerts.yaml: read-only file system")
	if w := post(page, "PUT", "/api/v1/rules", `{"text": "rules: []", "version": "v1"}`); w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "read-only file system") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	without, _ := alerted(t, func(o *Options) { o.Alerting.Rulebook = book })
	if w := post(without, "PUT", "/api/v1/rules", `{"text": "rules: []", "version": "v1"}`); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("where nothing is saved: %d %s", w.Code, w.Body)
	}
	var list alertsJSON
	if get(t, without, "/api/v1/alerts", &list); list.May.Save || !list.May.Try {
		t.Errorf("%+v", list.May)
	}
	untried, _ := alerted(t, func(o *Options) { o.Alerting.Rulebook, o.Alerting.Saver, o.Alerting.Untried = book, book, true })
	if get(t, untried, "/api/v1/alerts", &list); !list.May.Save || list.May.Try {
		t.Errorf("%+v", list.May)
	}
	if w := post(untried, "POST", "/api/v1/rules/try", `{"text": "", "days": 1}`); w.Code != http.StatusNotFound {
		t.Errorf("a trial where none is offered: %d", w.Code)
	}
}

// TestStrangeNames asks for everything by names that the page does not know itself by.
func TestStrangeNames(t *testing.T) {
	t.Parallel()
	page, _ := alerted(t, func(o *Options) { o.Config.Hosts = []string{"samleng.example.org"} })
	for host, want := range map[string]int{
		"rebound.example": 403, "rebound.example:8090": 403, "127.0.0.1.rebound.example": 403, "localhost.rebound.example": 403, "": 403, "a b": 403,
		"127.0.0.1:8090": 200, "[::1]": 200, "localhost:8090": 200, "here.localhost": 200, "SAMLENG.example.org:443": 200, "10.0.0.7": 200,
	} {
		for _, path := range []string{"/", "/alerts", "/api/v1/topics", "/api/v1/alerts", "/static/x/boot.js"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			if page.ServeHTTP(w, r); w.Code != want || want == 403 && !strings.Contains(w.Body.String(), "page.hosts") {
				t.Errorf("%s by %q: %d %s, want %d", path, host, w.Code, w.Body, want)
			}
		}
	}
}

// trialLines reads the answer of a trial.
func trialLines(t *testing.T, body string) (progress int, last trialLine) {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(body))
	for lines.Scan() {
		last = trialLine{}
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if last.Progress != nil {
			progress++
		}
	}
	return progress, last
}

func TestRulesAreTried(t *testing.T) {
	t.Parallel()
	book := &notebook{}
	page := trying(t, book)
	w := post(page, "POST", "/api/v1/rules/try", `{"text": "rules: []", "days": 7}`)
	progress, last := trialLines(t, w.Body.String())
	if w.Code != http.StatusOK || progress != 1 || last.Trial == nil || book.days != 7*24*time.Hour {
		t.Fatalf("%d, %d lines of progress, %s", w.Code, progress, w.Body)
	}
	same := func(all []TrialAlert) (marks []bool) {
		for _, a := range all {
			marks = append(marks, a.Same)
		}
		return marks
	}
	// Half an hour apart is the same; told no more, or at another time, is not.
	if a, b := same(last.Trial.Now), same(last.Trial.New); !a[0] || a[1] || a[2] || !b[0] || b[1] || b[2] {
		t.Errorf("the same: %v and %v", a, b)
	}
	if _, last = trialLines(t, post(page, "POST", "/api/v1/rules/try", `{"text": "bad", "days": 1}`).Body.String()); last.Error == nil || !strings.Contains(last.Error.Message, "rules[0].topics") {
		t.Errorf("bad rules: %+v", last)
	}
	for _, body := range []string{`{"text": "", "days": 0}`, `{"text": "", "days": 91}`, `{"text": ""}`, `{"text": "` + strings.Repeat("x", maxRules+1) + `", "days": 1}`} {
		if w := post(page, "POST", "/api/v1/rules/try", body); w.Code != http.StatusBadRequest {
			t.Errorf("%.40s: %d", body, w.Code)
		}
	}
	if w := post(page, "POST", "/api/v1/rules/try", `{"text": "", "days": 1}`, "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", w.Code)
	}
}

// TestOneTrialAtATime begins a trial, is refused another one, and leaves: the trial ends.
func TestOneTrialAtATime(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(page *Page, cancel func()){
		"the reader leaves": func(_ *Page, cancel func()) { cancel() },
		"the page closes":   func(page *Page, _ func()) { _ = page.Close() },
	} {
		book := &notebook{wait: make(chan struct{}), began: make(chan struct{}), ended: make(chan error, 1)}
		page := trying(t, book)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		answered := make(chan *httptest.ResponseRecorder, 1)
		go func() {
			r := httptest.NewRequestWithContext(ctx, "POST", "http://127.0.0.1:8090/api/v1/rules/try", strings.NewReader(`{"text": "", "days": 1}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			w := httptest.NewRecorder()
			page.ServeHTTP(w, r)
			answered <- w
		}()
		<-book.began
		if w := post(page, "POST", "/api/v1/rules/try", `{"text": "", "days": 1}`); w.Code != http.StatusConflict {
			t.Errorf("%s: a second trial: %d %s", name, w.Code, w.Body)
		}
		leave(page, cancel)
		if err := <-book.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		<-answered
		if !page.trier.busy.TryLock() {
			t.Errorf("%s: the trial still holds the place", name)
		}
	}
}
