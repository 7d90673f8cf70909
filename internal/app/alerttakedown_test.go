package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/deliver"
	"samleng/internal/config"
	"samleng/storage/clickhouse"
)

// shownAlert shows posts whose words are their names.
func shownAlert(number int, state samleng.AlertState, names ...string) *samleng.Alert {
	a := &samleng.Alert{
		Episode: fmt.Sprintf("%032x", 7), Number: number, State: state, Level: samleng.LevelWarning, Rule: "topics", Series: samleng.Series{Topic: "land"},
		At: time.Now().UTC(), Start: time.Now().UTC().Add(-time.Hour), End: time.Now().UTC(),
		Changes: []samleng.Change{{Signal: samleng.SignalVolume, Observed: 40, Expected: 9, Low: 4, High: 15, Score: 3}}, Tally: samleng.Tally{Posts: 40},
	}
	for _, name := range names {
		a.Examples = append(a.Examples, samleng.Example{ID: postID(name), Source: "Example Daily", Text: "The words of " + name, Published: a.At, Label: samleng.Negative, Confidence: .9})
	}
	return a
}

// holding counts the rows of the outbox and the log that hold some words, replaced versions too.
func holding(t *testing.T, store *clickhouse.Store, words string) int {
	t.Helper()
	result, err := store.Query(t.Context(), fmt.Sprintf("SELECT 'outbox' FROM outbox WHERE position(content, '%[1]s') > 0 UNION ALL SELECT 'log' FROM alert_log WHERE position(alert, '%[1]s') > 0 OR position(line, '%[1]s') > 0", words))
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close() //nolint:errcheck // the test has read it
	n := 0
	for result.Next() {
		n++
	}
	return n
}

// take takes a post down.
func take(t *testing.T, store *clickhouse.Store, name string) {
	t.Helper()
	if err := store.RemovePost(context.WithoutCancel(t.Context()), postID(name)); err != nil {
		t.Error(err)
	}
}

// TestTakenPostLeavesWaitingAlerts takes one post down while an alert waits, and one while it is
// being sent, which fails: the second attempt shows neither, and the store holds neither.
func TestTakenPostLeavesWaitingAlerts(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	bodies := make(chan string, 10)
	var attempts int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if attempts++; attempts == 1 {
			take(t, store, "second")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		bodies <- string(body)
	}))
	defer server.Close()
	d := newDeskOf(t, store, `rules:
  - {id: topics, name: {km: ក, en: Topics}, level: warning, channels: [team]}
deliver: {first_wait: 10ms, longest_wait: 10ms}
channels:
  - {id: team, webhook: {url: "`+server.URL+`", secret: 0123456789abcdef}}
`, time.Now(), time.Now())
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	settings := config.Default()
	a := &App{o: Options{Settings: settings}, log: slog.New(slog.DiscardHandler), metrics: prometheus.NewRegistry(), folder: &folder{path: t.TempDir()}, store: store, topics: topics}
	deliverer, err := a.newDeliverer(d.rules, a.metrics)
	if err != nil {
		t.Fatal(err)
	}
	alert := shownAlert(1, samleng.AlertOpened, "first", "second", "third")
	if err := deliverer.Queue(t.Context(), alert, []string{"team"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if n := holding(t, store, "words of first"); n != 1 {
		t.Fatalf("%d rows hold the alert", n)
	}
	take(t, store, "first")
	stop := runs(t, deliverer)
	for attempt, gone := range [][]string{{"first"}, {"first", "second"}} {
		body := <-bodies
		if !strings.Contains(body, "words of third") {
			t.Errorf("attempt %d is not about its posts:\n%s", attempt+1, body)
		}
		for _, name := range gone {
			if strings.Contains(body, "words of "+name) {
				t.Errorf("attempt %d shows %s:\n%s", attempt+1, name, body)
			}
		}
	}
	stop()
	// What was decided before a takedown and is kept after it.
	if err := store.RecordAlerts(t.Context(), []samleng.AlertRecord{{Tick: alert.At, Line: []byte(`{"number":1}`), Alert: *alert}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "second"} {
		if n := holding(t, store, "words of "+name); n != 0 {
			t.Errorf("%d rows hold the words of %s", n, name)
		}
	}
}

// runs lets a deliverer run until stop.
func runs(t *testing.T, d *deliver.Deliverer) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := d.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	stop = func() { cancel(); parts.Wait() }
	t.Cleanup(stop)
	return stop
}

// board is a channel that can be edited.
type board struct{ said chan alerts.Message }

func (board) Traits() alerts.Traits { return alerts.Traits{Format: alerts.FormatTelegram} }

func (b board) Send(_ context.Context, m alerts.Message) (alerts.Receipt, error) {
	b.said <- m
	return `{"message":1}`, nil
}

func (b board) Edit(_ context.Context, first alerts.Receipt, m alerts.Message) error {
	m.First = first
	b.said <- m
	return nil
}

// TestTakenPostLeavesEdits takes a post down when the alert that it opened was sent and the
// escalation, which changes that message, waits. A card that shows it is not sent.
func TestTakenPostLeavesEdits(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := newCards(topics, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := board{make(chan alerts.Message, 10)}
	made := func() *deliver.Deliverer {
		d, err := deliver.New(deliver.Options{
			Config: deliver.DefaultConfig(), Channels: []deliver.Channel{{ID: "team", Language: "both", Channel: b}}, Store: store, Renderer: renderer, Review: store.TakenDown,
		})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := made()
	stop := runs(t, first)
	if err := first.Queue(t.Context(), shownAlert(1, samleng.AlertOpened, "first", "second"), []string{"team"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if m := <-b.said; !strings.Contains(m.Markup, "words of first") || m.First != "" {
		t.Fatalf("first it said %+v", m.Card)
	}
	stop()

	second := made()
	card, err := json.Marshal(alerts.Card{Title: "The day", Text: "The words of first", Posts: []samleng.PostID{postID("first")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.AddDeliveries(t.Context(), []samleng.Delivery{{
		DeliveryKey: samleng.DeliveryKey{Episode: "digest", Number: 1, Channel: "team"}, State: samleng.DeliveryQueued, Queued: time.Now(), Due: time.Now(), Next: time.Now(),
		Form: samleng.DeliverCard, Content: card,
	}}); err != nil {
		t.Fatal(err)
	}
	if err := second.Queue(t.Context(), shownAlert(2, samleng.AlertEscalated, "first", "second"), []string{"team"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if n := holding(t, store, "words of first"); n < 2 {
		t.Fatalf("%d rows hold what waits", n)
	}
	take(t, store, "first")
	if n := holding(t, store, "words of first"); n != 0 {
		t.Errorf("%d rows hold what was taken down", n)
	}
	stop = runs(t, second)
	m := <-b.said
	if m.First == "" || strings.Contains(m.Markup+m.Text, "words of first") || !strings.Contains(m.Markup, "words of second") || len(m.Alert.Examples) != 1 {
		t.Errorf("then it said %+v", m)
	}
	for failed := []samleng.Delivery(nil); len(failed) == 0; {
		if failed, err = store.FailedDeliveries(t.Context(), time.Time{}, 10); err != nil {
			t.Fatal(err)
		}
		if len(failed) > 0 && (failed[0].Episode != "digest" || !strings.Contains(failed[0].Reason, "taken down")) {
			t.Errorf("given up was %+v", failed)
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if n := holding(t, store, "words of first"); n != 0 || len(b.said) != 0 {
		t.Errorf("%d rows hold what was taken down; %d more were said", n, len(b.said))
	}
}
