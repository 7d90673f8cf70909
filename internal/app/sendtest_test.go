package app

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/all"
	"samleng/alerts/telegram"
	"samleng/alerts/webhook"
)

func TestSendTest(t *testing.T) {
	t.Parallel()
	status, answer, said := 200, `{"ok":true,"result":{"message_id":7}}`, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		said = string(b)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	log := slog.New(slog.DiscardHandler)
	hook := all.Channel{ID: "crm", Language: all.Khmer, Webhook: &webhook.Config{URL: samleng.Secret(server.URL), Secret: "0123456789abcdef"}}
	got, err := SendTest(t.Context(), &hook, log)
	if err != nil || got.Err != nil || got.Editable || !strings.Contains(said, "សារសាកល្បង") || strings.Contains(said, "test message") {
		t.Errorf("gives %+v, %v; arrived %s", got, err, said)
	}
	chat := all.Channel{ID: "team", Telegram: &telegram.Config{Token: "123456:AAAAAAAAAAAAAAAAAAAA", Chat: "-1", API: server.URL}}
	if got, err = SendTest(t.Context(), &chat, log); err != nil || got.Err != nil || !got.Editable || !strings.Contains(said, "test message") {
		t.Errorf("gives %+v, %v; arrived %s", got, err, said)
	}
	status, answer = 403, `{"ok":false,"description":"Forbidden: bot was kicked"}`
	if got, err = SendTest(t.Context(), &chat, log); err != nil || samleng.ClassOf(got.Err) != samleng.Unauthorised || got.Unsure {
		t.Errorf("gives %+v, %v", got, err)
	}
	hook.Webhook = &webhook.Config{URLFile: t.TempDir() + "/none", Secret: "0123456789abcdef"}
	if _, err := SendTest(t.Context(), &hook, log); err == nil {
		t.Error("a missing file of a secret is no error")
	}
}

func TestTestCardIsThereInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, format := range []alerts.Format{alerts.FormatPlain, alerts.FormatTelegram, alerts.FormatSlack, alerts.FormatMail} {
		c := testCard(format, all.Both, "a<b&c")
		if c.Title == "" || c.Text == "" || (c.Markup == "") != (format == alerts.FormatPlain) || strings.Contains(c.Markup, "<b&") {
			t.Errorf("%s: %+v", format, c)
		}
	}
}
