package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
	"samleng/collectors"
	"samleng/collectors/fetch"
)

// rig is a feed on a loopback server with a collector that reads it.
type rig struct {
	t         *testing.T
	collector collectors.Collector
	cursors   collectors.Cursors
	now       time.Time

	mu          sync.Mutex
	body        string
	etag        string
	status      int
	conditional []string // If-None-Match of each request

	emitted []samleng.Post
	refuse  error // what emit gives
}

// newRig serves a feed. An extractor that is nil leaves full texts out.
func newRig(t *testing.T, extractor Extractor) *rig {
	t.Helper()
	r := &rig{t: t, now: testSeen, status: http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(server.Close)
	config := fetch.DefaultConfig()
	config.HostInterval = 0
	client, err := fetch.New(fetch.Options{Config: config, Now: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	r.cursors, err = collectors.OpenCursors(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	source := testSource()
	source.URL, source.Local, source.FullText = server.URL+"/feed", true, extractor != nil
	deps := collectors.Deps{Fetch: client, Cursors: r.cursors, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return r.now }}
	build := New(func(samleng.Source, collectors.Deps) (Extractor, error) { return extractor, nil })
	if r.collector, err = build(source, deps); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) serve(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path != "/feed" {
		http.NotFound(w, req)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conditional = append(r.conditional, req.Header.Get("If-None-Match"))
	w.Header().Set("ETag", r.etag)
	if r.etag != "" && req.Header.Get("If-None-Match") == r.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/rss+xml")
	w.WriteHeader(r.status)
	_, _ = w.Write([]byte(r.body))
}

// publish puts items into the feed; each is "number|title|hours before now".
func (r *rig) publish(etag string, items ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel>`)
	for _, item := range items {
		var number, hours int
		var title string
		part := strings.Split(item, "|")
		_, _ = fmt.Sscan(part[0], &number)
		title = part[1]
		when := ""
		if len(part) > 2 {
			_, _ = fmt.Sscan(part[2], &hours)
			when = testSeen.Add(-time.Duration(hours) * time.Hour).Format(time.RFC1123Z)
		}
		fmt.Fprintf(&b, `<item><guid isPermaLink="false">%d</guid><link>https://news.example.com/%d</link><title>%s</title><description>short</description><pubDate>%s</pubDate></item>`, number, number, title, when)
	}
	b.WriteString(`</channel></rss>`)
	r.body, r.etag = b.String(), etag
}

// poll runs Collect once, an hour after the poll before, and gives what was emitted.
func (r *rig) poll() (titles []string, out collectors.Outcome, err error) {
	r.t.Helper()
	r.now = r.now.Add(time.Hour)
	r.emitted = nil
	out, err = r.collector.Collect(context.Background(), func(_ context.Context, posts []samleng.Post) error {
		if r.refuse != nil {
			return r.refuse
		}
		r.emitted = append(r.emitted, slices.Clone(posts)...)
		return nil
	})
	for _, p := range r.emitted {
		titles = append(titles, p.Title)
	}
	return titles, out, err
}

func (r *rig) want(titles ...string) {
	r.t.Helper()
	got, _, err := r.poll()
	if err != nil {
		r.t.Fatal(err)
	}
	if !slices.Equal(got, titles) {
		r.t.Fatalf("emitted %q, want %q", got, titles)
	}
}

func TestCollectsWhatIsNew(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.publish(`"1"`, "2|two|1", "1|one|2")
	r.want("one", "two") // oldest first
	first := r.emitted
	_, out, err := r.poll()
	if err != nil || !out.NotModified || r.conditional[1] != `"1"` {
		t.Fatalf("second poll: %+v, %v, If-None-Match %q", out, err, r.conditional)
	}
	r.publish(`"2"`, "3|three|0", "2|two, edited|1", "1|one|2")
	r.want("two, edited", "three")
	if r.emitted[0].ID != first[1].ID || !r.emitted[0].SeenAt.After(first[1].SeenAt) {
		t.Error("an edited entry needs the same id and a later time seen")
	}
	r.publish("", "3|three|0", "2|two, edited|1", "1|one|2")
	r.want()
}

func TestDateOfEditedEntryWithoutDate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.publish("", "1|undated")
	r.want("undated")
	first := r.emitted[0]
	r.want()
	r.publish("", "1|undated, edited")
	r.want("undated, edited")
	if got := r.emitted[0]; !got.Published.Equal(first.Published) || !got.SeenAt.After(first.SeenAt) {
		t.Errorf("published %s and seen %s, first published %s", got.Published, got.SeenAt, first.Published)
	}
}

func TestCursorMovesOnlyAfterAcknowledgement(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.publish(`"1"`, "1|one|1")
	r.refuse = errors.New("kafka is away")
	if _, _, err := r.poll(); !errors.Is(err, r.refuse) {
		t.Fatalf("error %v", err)
	}
	r.refuse = nil
	r.want("one")
}

func TestFeedErrors(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.publish(`"1"`, "1|one|1")
	r.body = strings.Replace(r.body, "</channel></rss>", "<item><title>cut", 1)
	titles, _, err := r.poll()
	if !slices.Equal(titles, []string{"one"}) || !errors.Is(err, ErrPartial) || samleng.ClassOf(err) != samleng.BadInput {
		t.Errorf("partial feed: %q, %v", titles, err)
	}
	r.body = "<!doctype html><html></html>"
	r.etag = ""
	if _, _, err := r.poll(); err == nil || !strings.Contains(err.Error(), "HTML page, not a feed") {
		t.Errorf("page: %v", err)
	}
	if r.conditional[1] != "" {
		t.Error("after a partial poll the feed is asked for conditionally")
	}
	r.status = http.StatusForbidden
	if _, _, err := r.poll(); samleng.ClassOf(err) != samleng.Unauthorised {
		t.Errorf("forbidden: %v", err)
	}
	if _, err := New(nil)(samleng.Source{ID: "x", URL: "not an address"}, collectors.Deps{}); err == nil {
		t.Error("a source without an address is accepted")
	}
}

func TestBadEntryStopsNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.publish("", "1||3", "2|two|2")
	r.body = strings.ReplaceAll(r.body, "<title></title><description>short</description>", "")
	titles, out, err := r.poll()
	if err != nil || !slices.Equal(titles, []string{"two"}) || out.Rejected != 1 || !strings.HasPrefix(out.Reasons[0], "entry 1: ") {
		t.Errorf("%q, %+v, %v", titles, out, err)
	}
}

// TestBoundedCursor reads more entries than a cursor keeps, over several documents.
func TestBoundedCursor(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for round := range 5 {
		var items []string
		for i := range 600 {
			items = append(items, fmt.Sprintf("%d|item|%d", round*600+i, 6000-round*600-i))
		}
		r.publish("", items...)
		if got, _, err := r.poll(); err != nil || len(got) != 600 {
			t.Fatalf("round %d: %d posts, %v", round, len(got), err)
		}
		if got, _, err := r.poll(); err != nil || len(got) != 0 {
			t.Fatalf("round %d again: %d posts, %v", round, len(got), err)
		}
	}
	var state cursor
	if _, err := r.cursors.Load("test", &state); err != nil || len(state.Seen) != maxMarks {
		t.Errorf("the cursor has %d marks, %v; want %d", len(state.Seen), err, maxMarks)
	}
}

// pages is an Extractor whose answers are set.
type pages struct {
	text  string
	err   error
	asked []string
}

func (p *pages) ArticleText(_ context.Context, url string) (string, error) {
	p.asked = append(p.asked, url)
	return p.text, p.err
}

func summary(p samleng.Post) bool { return slices.Contains(p.Flags, samleng.FlagSummary) }

func TestFullText(t *testing.T) {
	t.Parallel()
	site := &pages{text: "the whole article"}
	r := newRig(t, site)
	r.publish(`"1"`, "1|one|1")
	r.want("one")
	if p := r.emitted[0]; p.Text != site.text || summary(p) || !slices.Equal(site.asked, []string{"https://news.example.com/1"}) {
		t.Errorf("%+v, asked %q", p, site.asked)
	}
	r.want()
	if len(site.asked) != 1 {
		t.Error("the page of a known entry is read again")
	}
}

func TestFullTextIsTriedAgain(t *testing.T) {
	t.Parallel()
	site := &pages{err: samleng.Errorf(samleng.RetryAfter, "in trouble")}
	r := newRig(t, site)
	r.publish(`"1"`, "1|one|1")
	r.want("one")
	if p := r.emitted[0]; p.Text != "short" || !summary(p) {
		t.Errorf("first: %+v", p)
	}
	r.want() // fails again, nothing changes
	site.err, site.text = nil, "the whole article"
	r.want("one")
	if p := r.emitted[0]; p.Text != site.text || summary(p) {
		t.Errorf("completed: %+v", p)
	}
	_, out, err := r.poll()
	if err != nil || !out.NotModified {
		t.Errorf("nothing is pending, but the feed is read whole: %+v, %v", out, err)
	}
}

func TestFullTextIsGivenUp(t *testing.T) {
	t.Parallel()
	for class, tries := range map[samleng.Class]int{samleng.RetryAfter: maxTries, samleng.RateLimited: maxTries, samleng.Unauthorised: 1, samleng.Permanent: 1, samleng.BadInput: 1} {
		site := &pages{err: samleng.Errorf(class, "no")}
		r := newRig(t, site)
		r.publish("", "1|one|1")
		for range 6 {
			if _, _, err := r.poll(); err != nil {
				t.Fatal(err)
			}
		}
		if len(site.asked) != tries {
			t.Errorf("%s: %d tries, want %d", class, len(site.asked), tries)
		}
	}
}

func TestFullTextStopsAfterFaultsInARow(t *testing.T) {
	t.Parallel()
	site := &pages{err: samleng.Errorf(samleng.RetryAfter, "no")}
	r := newRig(t, site)
	r.publish("", "5|e|1", "4|d|2", "3|c|3", "2|b|4", "1|a|5")
	r.want("a", "b", "c", "d", "e")
	if len(site.asked) != maxFaults {
		t.Errorf("%d pages asked for, want %d", len(site.asked), maxFaults)
	}
	site.err, site.text = nil, "the whole article"
	r.want("a", "b", "c", "d", "e")
}

func TestProgressIsKept(t *testing.T) {
	t.Parallel()
	site := &pages{text: "the whole article"}
	r := newRig(t, site)
	var items []string
	for i := range 25 {
		items = append(items, fmt.Sprintf("%d|item|%d", i, 100-i))
	}
	r.publish("", items...)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	got := 0
	emit := func(_ context.Context, posts []samleng.Post) error {
		if got += len(posts); got == 2*fullTextGroup {
			cancel()
		}
		return nil
	}
	if _, err := r.collector.Collect(ctx, emit); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if titles, _, err := r.poll(); err != nil || len(titles) != 5 {
		t.Errorf("%d posts after the poll that was cut short, want 5: %v", len(titles), err)
	}
}
