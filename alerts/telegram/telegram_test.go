package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/internal/fake"
)

const token = "123456:AAAAAAAAAAAAAAAAAAAA"

func open(t *testing.T, api string) *channel {
	t.Helper()
	c := Config{Token: token, Chat: "-100123", Topic: 4, API: api}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	opened, err := c.Open(alerts.Deps{HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return opened.(*channel)
}

func message(markup string, image []byte) alerts.Message {
	return alerts.Message{
		Card: alerts.Card{Title: "t", Text: "x", Markup: markup, Image: image},
		Key:  samleng.DeliveryKey{Episode: "e", Number: 1, Channel: "team"},
	}
}

func TestFates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fate   fake.Fate
		class  samleng.Class // empty: sent
		unsure bool
		wait   time.Duration
		says   string
	}{
		{fake.Take, "", false, 0, ""},
		{fake.Cut, "", false, 0, ""},
		{fake.Limit, samleng.RateLimited, false, 7 * time.Second, "429"},
		{fake.Break, samleng.RetryAfter, false, 0, "500"},
		{fake.Refuse, samleng.Permanent, false, 0, "too long"},
		{fake.Forbid, samleng.Unauthorised, false, 0, "kicked"},
		{fake.Hang, samleng.RetryAfter, true, 0, "deadline"},
		{fake.Die, samleng.RetryAfter, true, 0, "EOF"},
		{fake.Mute, samleng.RetryAfter, true, 0, "EOF"},
	} {
		log := &fake.Log{Fate: func() fake.Fate { return c.fate }, RetryAfter: "7"}
		server := fake.Telegram(log)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, err := open(t, server.URL).Send(ctx, message("<b>alert e/1</b>", nil))
		cancel()
		server.Close()
		if samleng.ClassOf(err) != c.class || alerts.IsUnsure(err) != c.unsure || samleng.WaitOf(err) != c.wait {
			t.Errorf("%s gives %v of class %q, unsure %v, wait %s", c.fate, err, samleng.ClassOf(err), alerts.IsUnsure(err), samleng.WaitOf(err))
		}
		if err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "AAAA")) {
			t.Errorf("%s says %q", c.fate, err)
		}
		if log.Requests() != 1 {
			t.Errorf("%s was asked %d times", c.fate, log.Requests())
		}
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	server := fake.Telegram(&fake.Log{})
	server.Close()
	_, err := open(t, server.URL).Send(t.Context(), message("x", nil))
	if samleng.ClassOf(err) != samleng.RetryAfter || alerts.IsUnsure(err) || strings.Contains(err.Error(), "AAAA") {
		t.Errorf("gives %v", err)
	}
}

func TestRetryAfterOfTheBody(t *testing.T) {
	t.Parallel()
	server := httpAnswer(t, 429, `{"ok":false,"description":"Too Many Requests","parameters":{"retry_after":33}}`)
	_, err := open(t, server).Send(t.Context(), message("x", nil))
	if samleng.ClassOf(err) != samleng.RateLimited || samleng.WaitOf(err) != 33*time.Second {
		t.Errorf("gives %v, wait %s", err, samleng.WaitOf(err))
	}
}

func TestGroupThatMoved(t *testing.T) {
	t.Parallel()
	server := httpAnswer(t, 400, `{"ok":false,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-100987}}`)
	c := open(t, server)
	if _, err := c.Send(t.Context(), message("x", nil)); samleng.ClassOf(err) != samleng.RetryAfter || !strings.Contains(err.Error(), "-100987") || c.chat != "-100987" {
		t.Errorf("gives %v, chat %s", err, c.chat)
	}
}

func TestChatThatIsAwayCanBeMended(t *testing.T) {
	t.Parallel()
	server := httpAnswer(t, 400, `{"ok":false,"description":"Bad Request: chat not found"}`)
	_, err := open(t, server).Send(t.Context(), message("x", nil))
	if samleng.ClassOf(err) != samleng.Unauthorised {
		t.Errorf("gives %v of class %s", err, samleng.ClassOf(err))
	}
}

func TestPhotos(t *testing.T) {
	t.Parallel()
	png := []byte("\x89PNG...")
	short, long := "<b>"+strings.Repeat("ក", MaxCaption)+"</b>", strings.Repeat("ក", MaxCaption+1)
	for _, c := range []struct {
		name    string
		markup  string
		image   []byte
		methods string
		edited  string
		edit    string // the markup that it becomes
	}{
		{"text", long, nil, "sendMessage", "editMessageText", short},
		{"photo with a caption", short, png, "sendPhoto", "editMessageMedia", short},
		{"photo after the text", long, png, "sendMessage sendPhoto", "editMessageText", long},
		{"a caption that grows", short, png, "sendPhoto", "", long},
	} {
		log := &fake.Log{}
		server := fake.Telegram(log)
		bot := open(t, server.URL)
		receipt, err := bot.Send(t.Context(), message(c.markup, c.image))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var methods []string
		for _, a := range log.Arrivals() {
			methods = append(methods, a.Method)
			if (a.Method == "sendPhoto") != (string(a.Photo) == string(png)) {
				t.Errorf("%s: %s has photo %q", c.name, a.Method, a.Photo)
			}
		}
		if got := strings.Join(methods, " "); got != c.methods || log.Arrivals()[0].Text != c.markup {
			t.Errorf("%s: calls %s", c.name, got)
		}
		err = bot.Edit(t.Context(), receipt, message(c.edit, c.image))
		if last := log.Arrivals()[len(log.Arrivals())-1]; c.edited == "" && samleng.ClassOf(err) != samleng.Permanent {
			t.Errorf("%s: edit gives %v", c.name, err)
		} else if c.edited != "" && (err != nil || last.Method != c.edited || last.Text != c.edit || !strings.HasPrefix(last.Answer, "1")) {
			t.Errorf("%s: edit calls %s with %q of %q, %v", c.name, last.Method, last.Text, last.Answer, err)
		}
		server.Close()
	}
}

func TestTextGoesWhereAPictureIsRefused(t *testing.T) {
	t.Parallel()
	fates := []fake.Fate{fake.Refuse, fake.Take}
	log := &fake.Log{Fate: func() fake.Fate {
		f := fates[0]
		fates = fates[1:]
		return f
	}}
	server := fake.Telegram(log)
	defer server.Close()
	receipt, err := open(t, server.URL).Send(t.Context(), message("x", []byte("\x89PNG")))
	if all := log.Arrivals(); err != nil || len(all) != 1 || all[0].Method != "sendMessage" || all[0].Text != "x" || receipt != `{"message":1}` {
		t.Errorf("arrived %+v, receipt %s, %v", all, receipt, err)
	}
}

// A card whose markup Telegram cannot read is not lost.
func TestPlainTextWhereMarkupIsRefused(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var fields map[string]any
		if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
			t.Error(err)
		}
		asked = append(asked, fmt.Sprint(fields["text"], " ", fields["parse_mode"]))
		if fields["parse_mode"] != nil {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"ok":false,"description":"Bad Request: can't parse entities: unclosed tag"}`))
			return
		}
		_, _ = w.Write([]byte(`{"ok":true,"result":{"message_id":5}}`))
	}))
	defer server.Close()
	receipt, err := open(t, server.URL).Send(t.Context(), message("<b>y", nil))
	if want := []string{"<b>y HTML", "x <nil>"}; err != nil || receipt != `{"message":5}` || !slices.Equal(asked, want) {
		t.Errorf("asked %q, receipt %s, %v", asked, receipt, err)
	}
}

func TestEditWithoutAChange(t *testing.T) {
	t.Parallel()
	server := httpAnswer(t, 400, `{"ok":false,"description":"Bad Request: message is not modified: specified new message content is the same"}`)
	if err := open(t, server).Edit(t.Context(), `{"message":3}`, message("x", nil)); err != nil {
		t.Error(err)
	}
	if err := open(t, server).Edit(t.Context(), "rubbish", message("x", nil)); samleng.ClassOf(err) != samleng.Permanent {
		t.Errorf("rubbish gives %v", err)
	}
}

func TestAnswerAndSilence(t *testing.T) {
	t.Parallel()
	log := &fake.Log{}
	server := fake.Telegram(log)
	defer server.Close()
	m := message("x", nil)
	m.First, m.Silent = `{"message":77}`, true
	if _, err := open(t, server.URL).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	a := log.Arrivals()[0]
	if !a.Silent || !strings.Contains(a.Answer, "77") || !strings.Contains(string(a.Body), `"message_thread_id":4`) {
		t.Errorf("arrived %s", a.Body)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Config{
		"token: is missing":              {Chat: "-1"},
		"token: token and token_file":    {Token: token, TokenFile: "f", Chat: "-1"},
		"token: does not look":           {Token: "abc", Chat: "-1"},
		"chat: \"me\"":                   {Token: token, Chat: "me"},
		"topic: -1":                      {Token: token, Chat: "@samleng", Topic: -1},
		"api: want an address as https:": {Token: token, Chat: "-1", API: "ftp://x"},
	} {
		err := c.Validate()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "abc") {
			t.Errorf("want %q, got %v", want, err)
		}
		if _, ok := errors.AsType[*samleng.KeyError](err); !ok {
			t.Errorf("%v names no key", err)
		}
	}
	missing := Config{TokenFile: t.TempDir() + "/none", Chat: "-1"}
	if _, err := missing.Open(alerts.Deps{}); err == nil {
		t.Error("a missing file of a token is no error")
	}
}

func TestWidth(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "<b>a&amp;b</b>": 3, "ក្រុង": 5, "😀": 2, `<a href="https://x">y</a>`: 1} {
		if got := width(text); got != want {
			t.Errorf("width(%q) = %d, want %d", text, got, want)
		}
	}
}
