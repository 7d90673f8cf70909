package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/internal/config"
)

// TestLatency measures how long after a post has arrived in Kafka the card about it is with
// Telegram: the parts of `samleng up`, by the clock on the wall, for as long as
// SAMLENG_TEST_LATENCY says, such as 45m.
func TestLatency(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	length, err := time.ParseDuration(os.Getenv("SAMLENG_TEST_LATENCY"))
	if err != nil {
		t.Skip("SAMLENG_TEST_LATENCY says for how long, such as 45m")
	}
	const phrases, history, perHour, burst = 20, 5 * 24 * time.Hour, 4.0, 40
	phrase := func(i int) string { return fmt.Sprintf("matter%02d", i) }

	var mu sync.Mutex
	cards := map[string]time.Time{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for i := range phrases {
			if _, known := cards[phrase(i)]; !known && strings.Contains(string(body), phrase(i)) {
				cards[phrase(i)] = time.Now()
			}
		}
		_, _ = fmt.Fprintf(w, `{"ok":true,"result":{"message_id":%d}}`, len(cards)+1)
	}))
	defer server.Close()

	folder := t.TempDir()
	words := make([]string, phrases)
	for i := range words {
		words[i] = phrase(i)
	}
	rules := fmt.Sprintf(`rules:
  - {id: words, name: {km: ក, en: Words}, keywords: [%s], alerts_a_week: 200, level: warning, channels: [team]}
  - {id: topics, name: {km: ខ, en: Topics}, level: notice}
  - {id: provinces, name: {km: គ, en: Provinces}, places: [each], level: notice}
channels:
  - {id: team, telegram: {token: "123456:AAAAAAAAAAAAAAAAAAAA", chat: "-1001", api: %q}}
`, strings.Join(words, ", "), server.URL)
	if err := os.WriteFile(filepath.Join(folder, "alerts.yaml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := config.Default()
	settings.Data, settings.Alerts.Rules = filepath.Join(folder, "data"), filepath.Join(folder, "alerts.yaml")
	settings.Embedded.ClickHouseListen, settings.Embedded.KafkaListen = "127.0.0.1:0", "127.0.0.1:0"
	a := &App{
		o: Options{Settings: settings, Collect: true, Version: "test"}, log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		metrics: prometheus.NewRegistry(), failed: make(chan error, 1), health: newHealth(time.Now), prepared: make(chan struct{}),
	}
	defer func() {
		if err := a.cleanups.run(); err != nil {
			t.Error(err)
		}
	}()
	a.cleanups.log = a.log
	for _, step := range []func(context.Context) error{a.readLists, a.openFolder, a.loadClassifiers, a.openKafka, a.openClickHouse, a.startWorkers} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(5, 5)) //nolint:gosec // as good as any
	now := time.Now().UTC()
	w := newTown()
	for i := range phrases {
		for at := now.Add(-history); at.Before(now); at = at.Add(time.Duration(random.ExpFloat64() / perHour * float64(time.Hour))) {
			w.post(at, random.IntN(10), "land", samleng.Neutral, "", time.Second)
			w.rows[len(w.rows)-1].Post.Text += " " + phrase(i)
		}
	}
	for n := 0; n < len(w.rows); n += 5000 {
		if err := a.store.Insert(t.Context(), "c", "history", fmt.Sprint(n), w.rows[n:min(len(w.rows), n+5000)]); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.startAlerts(t.Context()); err != nil {
		t.Fatal(err)
	}

	// What is usual goes on; each phrase has a burst of a minute, one after the other.
	type arrival struct {
		phrase string
		at     time.Time
	}
	var arrived []arrival
	n := 0
	send := func(i int) {
		n++
		at := time.Now().UTC()
		p := samleng.Post{
			Schema: samleng.PostSchema, ID: samleng.NewPostID("latency", fmt.Sprint(n)), Source: fmt.Sprintf("s%d", random.IntN(10)), Kind: samleng.KindNews,
			URL: fmt.Sprintf("https://news.example/%d", n), Title: fmt.Sprintf("Post %d", n), Text: storyText(n) + " " + phrase(i), Published: at, SeenAt: at,
		}
		if err := a.producer.Send(t.Context(), []samleng.Post{p}); err != nil {
			t.Error(err)
		}
		arrived = append(arrived, arrival{phrase(i), time.Now()})
	}
	begun := time.Now()
	gap := (length - 17*time.Minute) / phrases
	for time.Since(begun) < length {
		since := time.Since(begun)
		for i := range phrases {
			if random.Float64() < perHour/3600 {
				send(i)
			}
			if start := time.Duration(i) * gap; since >= start && since < start+time.Minute && random.Float64() < burst/60. {
				send(i)
			}
		}
		time.Sleep(time.Second)
	}

	records, err := a.store.AlertRecords(t.Context(), "words", begun.Add(-time.Minute), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var beyond, fromArrival, graces []time.Duration
	for i := range records {
		alert := &records[i].Alert
		mu.Lock()
		card, told := cards[alert.Series.Keyword]
		mu.Unlock()
		if alert.State != samleng.AlertOpened || !told {
			continue
		}
		grace := records[i].Tick.Sub(alert.At) // that was in force
		graces = append(graces, grace)
		beyond = append(beyond, card.Sub(alert.At)-grace)
		for _, p := range arrived {
			if p.phrase == alert.Series.Keyword && p.at.Before(alert.At) && !p.at.Before(alert.At.Add(-samleng.Bucket)) {
				fromArrival = append(fromArrival, card.Sub(p.at)-grace)
			}
		}
	}
	slices.Sort(beyond)
	slices.Sort(fromArrival)
	at := func(all []time.Duration, share float64) time.Duration {
		if len(all) == 0 {
			return 0
		}
		return all[int(share*float64(len(all)-1))].Round(10 * time.Millisecond)
	}
	t.Logf("%d series, %d posts arrived, %d bursts were told", 20+20+20*26, len(arrived), len(beyond))
	t.Logf("beyond the end of the bucket and the grace: median %s, 90 %% %s, longest %s", at(beyond, .5), at(beyond, .9), at(beyond, 1))
	t.Logf("from the arrival of the %d posts of those buckets in Kafka, beyond the grace: median %s, 90 %% %s, longest %s", len(fromArrival), at(fromArrival, .5), at(fromArrival, .9), at(fromArrival, 1))
	t.Logf("the grace of the buckets that told, in order: %v", graces)
	if len(beyond) < phrases/2 {
		t.Errorf("%d of %d bursts were told", len(beyond), phrases)
	}
}
