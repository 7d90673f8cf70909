package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/deliver"
	"samleng/alerts/link"
	"samleng/alerts/webhook"
	"samleng/internal/config"
)

// TestCardReachesTheWebhook follows a spike from the store to a webhook, with everything between
// as in samleng up, and says how long after the grace the card is there.
func TestCardReachesTheWebhook(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	tick := time.Date(2026, 11, 18, 19, 0, 0, 0, time.UTC) // of which the grace ends with the spike
	w := newTown()
	w.usual(tick.AddDate(0, 0, -5), tick, 12, soon)
	w.burst(tick.Add(-15*time.Minute), 5*time.Minute, 60, "land", .9, "12")
	w.store(t, store)

	type received struct {
		at   time.Time
		body string
	}
	got := make(chan received, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- received{time.Now(), string(body)}
	}))
	defer server.Close()

	d := newDesk(t, store, tick, tick)
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	links, err := link.New("https://samleng.example", make([]byte, link.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := newCards(topics, links)
	if err != nil {
		t.Fatal(err)
	}
	settings := &webhook.Config{URL: samleng.Secret(server.URL), Secret: "0123456789abcdef"}
	channel, err := settings.Open(alerts.Deps{HTTP: server.Client(), Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	// The clock is that of the machine, moved so that the tick is near.
	const ahead = 12 * time.Second
	began := time.Now()
	now := func() time.Time { return tick.Add(-ahead).Add(time.Since(began)) }
	deliverer, err := deliver.New(deliver.Options{Config: deliver.DefaultConfig(), Store: store, Renderer: renderer, Now: now, Channels: []deliver.Channel{
		{ID: "team", Language: "both", Channel: channel}, {ID: "head", Language: "km", Channel: channel},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.needs.Store, d.needs.Outbox, d.needs.Now = store, deliverer, now
	engine, err := d.rules.engine(d.needs)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var parts sync.WaitGroup
	defer parts.Wait()
	defer cancel()
	parts.Go(func() { _ = deliverer.Run(ctx) })
	parts.Go(func() {
		if err := engine.Run(ctx, func() bool { return true }, func() {}); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	select {
	case r := <-got:
		after := tick.Add(-ahead).Add(r.at.Sub(began)).Sub(tick)
		t.Logf("the card is there %s after the grace", after)
		for _, want := range []string{`"land"`, "ដី", "samleng.example"} {
			if !strings.Contains(r.body, want) {
				t.Errorf("the body lacks %s:\n%s", want, r.body)
			}
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("no card")
	}
}
