package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/all"
	"samleng/alerts/deliver"
	"samleng/alerts/webhook"
)

// TestClosedChannelsAreLeftOut queues alerts for a channel that is open and one that is not.
func TestClosedChannelsAreLeftOut(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	hook := all.Channel{ID: "open", Webhook: &webhook.Config{URL: "http://127.0.0.1:9/", Secret: "0123456789abcdef"}}
	opened, err := hook.Open(alerts.Deps{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := newCards(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	deliverer, err := deliver.New(deliver.Options{
		Config: deliver.DefaultConfig(), Store: store, Renderer: renderer, Channels: []deliver.Channel{{ID: "open", Language: all.Both, Channel: opened}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	o := openChannels{deliverer, slog.New(slog.NewTextHandler(&said, nil))}
	for number, channels := range [][]string{{"open"}, {"disabled", "open"}, {"disabled", "gone"}} {
		a := &samleng.Alert{Episode: strings.Repeat("0", 32), Number: number + 1, State: samleng.AlertOpened, Rule: "spikes"}
		if err := o.Queue(t.Context(), a, channels, time.Now()); err != nil {
			t.Errorf("%v: %v", channels, err)
		}
	}
	waiting, err := store.OpenDeliveries(t.Context(), "open", 10)
	if err != nil || len(waiting) != 2 {
		t.Errorf("%d wait: %v", len(waiting), err)
	}
	if n := strings.Count(said.String(), "disabled or gone"); n != 2 {
		t.Errorf("it says\n%s", said.String())
	}
}
