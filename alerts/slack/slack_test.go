package slack

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/internal/fake"
)

const token = "xoxb-0123456789"

func deps() alerts.Deps {
	return alerts.Deps{HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, Logger: slog.New(slog.DiscardHandler), Now: time.Now}
}

func open(t *testing.T, c Config) alerts.Channel {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	opened, err := c.Open(deps())
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func message(image []byte) alerts.Message {
	return alerts.Message{
		Card: alerts.Card{Title: "t", Text: "x", Markup: "*alert e/1*", Image: image, Alt: "a chart"},
		Key:  samleng.DeliveryKey{Episode: "e", Number: 1, Channel: "team"},
	}
}

func TestFates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fate         fake.Fate
		bot, webhook samleng.Class // empty: sent
		unsure       bool
		wait         time.Duration
	}{
		{fake.Take, "", "", false, 0},
		{fake.Cut, "", "", false, 0},
		{fake.Limit, samleng.RateLimited, samleng.RateLimited, false, 7 * time.Second},
		{fake.Break, samleng.RetryAfter, samleng.RetryAfter, false, 0},
		{fake.Refuse, samleng.Permanent, "", false, 0}, // a webhook knows statuses only
		{fake.Forbid, samleng.Unauthorised, "", false, 0},
		{fake.Hang, samleng.RetryAfter, samleng.RetryAfter, true, 0},
		{fake.Die, samleng.RetryAfter, samleng.RetryAfter, true, 0},
	} {
		for _, kind := range []string{"bot", "webhook"} {
			log := &fake.Log{Fate: func() fake.Fate { return c.fate }, RetryAfter: "7"}
			server := fake.Slack(log)
			config, want := Config{Token: token, Channel: "C0123456789", API: server.URL + "/api"}, c.bot
			if kind == "webhook" {
				config, want = Config{Webhook: samleng.Secret(server.URL + "/T000SECRET/hook")}, c.webhook
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			_, err := open(t, config).Send(ctx, message(nil))
			cancel()
			server.Close()
			if samleng.ClassOf(err) != want || alerts.IsUnsure(err) != c.unsure || samleng.WaitOf(err) != c.wait {
				t.Errorf("%s of a %s gives %v of class %q, unsure %v, wait %s", c.fate, kind, err, samleng.ClassOf(err), alerts.IsUnsure(err), samleng.WaitOf(err))
			}
			if err != nil && (strings.Contains(err.Error(), "xoxb") || strings.Contains(err.Error(), "SECRET")) {
				t.Errorf("%s of a %s says %q", c.fate, kind, err)
			}
			if log.Requests() != 1 {
				t.Errorf("%s of a %s was asked %d times", c.fate, kind, log.Requests())
			}
		}
	}
}

func TestChartThreadAndEdit(t *testing.T) {
	t.Parallel()
	log := &fake.Log{}
	server := fake.Slack(log)
	defer server.Close()
	b := open(t, Config{Token: token, Channel: "C0123456789", API: server.URL})
	receipt, err := b.Send(t.Context(), message([]byte("\x89PNG")))
	if err != nil {
		t.Fatal(err)
	}
	all := log.Arrivals()
	if len(all) != 2 || all[0].Method != "chat.postMessage" || all[1].Method != "upload" || string(all[1].Photo) != "\x89PNG" {
		t.Fatalf("arrived %+v", all)
	}
	if got := all[0].Header.Get("Authorization"); got != "Bearer "+token {
		t.Errorf("authorised by %q", got)
	}
	if err := b.(alerts.Editor).Edit(t.Context(), receipt, message(nil)); err != nil {
		t.Fatal(err)
	}
	m := message(nil)
	m.First = receipt
	if _, err := b.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	all = log.Arrivals()
	if all[2].Method != "chat.update" || all[2].Answer != "1700000000.000001" || all[3].Answer != "1700000000.000001" {
		t.Errorf("arrived %+v", all[2:])
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]samleng.Class{
		"not_in_channel": samleng.Unauthorised, "ratelimited": samleng.RateLimited, "fatal_error": samleng.RetryAfter,
		"message_not_found": samleng.Permanent, "no_text": samleng.Permanent, "": samleng.Permanent,
	} {
		if got := classOf(name); got != want {
			t.Errorf("classOf(%q) = %s, want %s", name, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Config{
		"token: is missing":        {},
		"webhook: a token is set":  {Token: token, Channel: "C0123456789", Webhook: "https://x/y"},
		"channel: \"#general\"":    {Token: token, Channel: "#general"},
		"channel: an incoming":     {Webhook: "https://x/y", Channel: "C0123456789"},
		"token: does not look":     {Token: "secret", Channel: "C0123456789"},
		"webhook: want an address": {Webhook: "secret"},
		"token: a secret and":      {Token: token, TokenFile: "f", Channel: "C0123456789"},
		"api: want an address":     {Token: token, Channel: "C0123456789", API: "x"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret\"") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
