package webhook

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/internal/fake"
)

const secret = "0123456789abcdef"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, c Config) alerts.Channel {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	opened, err := c.Open(alerts.Deps{
		HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func message() alerts.Message {
	return alerts.Message{
		Card:  alerts.Card{Title: "ចំណងជើង", Text: "alert e/2 of <topic>"},
		Key:   samleng.DeliveryKey{Episode: "e", Number: 2, Channel: "crm"},
		Alert: &samleng.Alert{Episode: "e", Number: 2, Rule: "r"},
	}
}

func TestBodyAndSignature(t *testing.T) {
	t.Parallel()
	log := &fake.Log{}
	server := fake.Webhook(log)
	defer server.Close()
	c := open(t, Config{URL: samleng.Secret(server.URL), Secret: secret, Headers: map[string]samleng.Secret{"authorization": "Bearer me"}})
	if _, err := c.Send(t.Context(), message().Repeated()); err != nil {
		t.Fatal(err)
	}
	a := log.Arrivals()[0]
	if err := Verify([]byte(secret), a.Header, a.Body, noon.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if err := Verify([]byte(secret), a.Header, a.Body, noon.Add(time.Hour)); err == nil {
		t.Error("an old request is taken")
	}
	if err := Verify([]byte("another"), a.Header, a.Body, noon); err == nil {
		t.Error("another secret is taken")
	}
	if err := Verify([]byte(secret), a.Header, append(a.Body, ' '), noon); err == nil {
		t.Error("another body is taken")
	}
	if err := Verify([]byte(secret), http.Header{}, a.Body, noon); err == nil {
		t.Error("no signature is taken")
	}
	var b Body
	if err := json.Unmarshal(a.Body, &b); err != nil {
		t.Fatal(err)
	}
	if b.Schema != Schema || b.Key != "e/2/crm" || !b.Repeat || b.Alert.Rule != "r" || !strings.HasSuffix(b.Title, "ចំណងជើង") {
		t.Errorf("the body is %+v", b)
	}
	if a.Header.Get("Idempotency-Key") != "e/2/crm" || a.Header.Get("Authorization") != "Bearer me" {
		t.Errorf("the headers are %v", a.Header)
	}
}

func TestFates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fate   fake.Fate
		class  samleng.Class // empty: sent
		unsure bool
		wait   time.Duration
	}{
		{fake.Take, "", false, 0},
		{fake.Cut, "", false, 0},
		{fake.Limit, samleng.RateLimited, false, 7 * time.Second},
		{fake.Break, samleng.RetryAfter, false, 0},
		{fake.Refuse, samleng.Permanent, false, 0},
		{fake.Forbid, samleng.Unauthorised, false, 0},
		{fake.Hang, samleng.RetryAfter, true, 0},
		{fake.Die, samleng.RetryAfter, true, 0},
	} {
		log := &fake.Log{Fate: func() fake.Fate { return c.fate }, RetryAfter: "7"}
		server := fake.Webhook(log)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err := open(t, Config{URL: samleng.Secret(server.URL + "/hidden"), Secret: secret}).Send(ctx, message())
		cancel()
		server.Close()
		if samleng.ClassOf(err) != c.class || alerts.IsUnsure(err) != c.unsure || samleng.WaitOf(err) != c.wait {
			t.Errorf("%s gives %v of class %q, unsure %v, wait %s", c.fate, err, samleng.ClassOf(err), alerts.IsUnsure(err), samleng.WaitOf(err))
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s says %q", c.fate, err)
		}
		if log.Requests() != 1 {
			t.Errorf("%s was asked %d times: the transport must not repeat by itself", c.fate, log.Requests())
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := samleng.Secret("https://example.org/x")
	for want, c := range map[string]Config{
		"url: is missing":                 {Secret: secret},
		"url: want an address":            {URL: "example.org", Secret: secret},
		"url: url and url_file":           {URL: good, URLFile: "f", Secret: secret},
		"secret: is missing":              {URL: good},
		"secret: is too short":            {URL: good, Secret: "short"},
		"secret: secret and secret_file":  {URL: good, Secret: secret, SecretFile: "f"},
		"headers.idempotency-key: is set": {URL: good, Secret: secret, Headers: map[string]samleng.Secret{"idempotency-key": "x"}},
		"headers.X y: is not a header":    {URL: good, Secret: secret, Headers: map[string]samleng.Secret{"X y": "x"}},
		"headers.X-Line: is not a header": {URL: good, Secret: secret, Headers: map[string]samleng.Secret{"X-Line": "a\r\nb: c"}},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
