package shoutrrr

import (
	"context"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/internal/fake"
)

func open(t *testing.T, address string) alerts.Channel {
	t.Helper()
	c := Config{URL: samleng.Secret(address)}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	opened, err := c.Open(alerts.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func message() alerts.Message {
	return alerts.Message{Card: alerts.Card{Title: "t", Text: "alert e/1"}}
}

func TestFates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fate   fake.Fate
		class  samleng.Class // empty: sent
		unsure bool
	}{
		{fake.Take, "", false},
		{fake.Limit, samleng.RateLimited, false},
		{fake.Break, samleng.RetryAfter, false},
		{fake.Refuse, samleng.Permanent, false},
		{fake.Forbid, samleng.Unauthorised, false},
		{fake.Hang, samleng.RetryAfter, true},
		{fake.Die, samleng.RetryAfter, true},
	} {
		log := &fake.Log{Fate: func() fake.Fate { return c.fate }, Patience: 3 * time.Second}
		server := fake.Webhook(log)
		channel := open(t, "generic://"+strings.TrimPrefix(server.URL, "http://")+"/hidden-token?disabletls=yes")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := channel.Send(ctx, message())
		cancel()
		if samleng.ClassOf(err) != c.class || alerts.IsUnsure(err) != c.unsure {
			t.Errorf("%s gives %v of class %q, unsure %v", c.fate, err, samleng.ClassOf(err), alerts.IsUnsure(err))
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s says %q", c.fate, err)
		}
		if c.fate == fake.Hang {
			if _, err := channel.Send(t.Context(), message()); err == nil || alerts.IsUnsure(err) {
				t.Errorf("a second attempt beside the first gives %v", err)
			}
		}
		server.Close()
	}
}

func TestArrives(t *testing.T) {
	t.Parallel()
	log := &fake.Log{}
	server := fake.Webhook(log)
	defer server.Close()
	if _, err := open(t, "ntfy://"+strings.TrimPrefix(server.URL, "http://")+"/alerts?scheme=http").Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	if got := string(log.Arrivals()[0].Body); got != "alert e/1" {
		t.Errorf("arrived %q", got)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Config{
		"is missing":               {},
		"both set":                 {URL: "ntfy://x/y", URLFile: "f"},
		"use the kind telegram":    {URL: "telegram://hidden@telegram?chats=1"},
		"use the kind mail":        {URL: "smtp://user:hidden@host/?from=a@b&to=c@d"},
		"begins with no service":   {URL: "nonsense://hidden"},
		"is not an address of dis": {URL: "discord://hidden"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestHide(t *testing.T) {
	t.Parallel()
	const address = "discord://to-ken_value@1234567890?username=Sam"
	for _, text := range []string{
		`Post "https://discord.com/api/webhooks/1234567890/to-ken_value": dial tcp`,
		"token to-ken_value of 1234567890 is wrong",
		"bad " + address,
	} {
		if got := hide(text, address); strings.Contains(got, "ken_value") || strings.Contains(got, "1234567890") {
			t.Errorf("%q", got)
		}
	}
}
