package collectors

import (
	"testing"
	"time"

	"samleng"
)

func TestDelay(t *testing.T) {
	t.Parallel()
	c := DefaultConfig()
	cases := []struct {
		name     string
		interval time.Duration
		class    samleng.Class
		wait     time.Duration
		failures int
		want     time.Duration
	}{
		{"went well", 10 * time.Minute, "", 0, 0, 10 * time.Minute},
		{"first passing fault", 10 * time.Minute, samleng.RetryAfter, 0, 1, 30 * time.Second},
		{"third", 10 * time.Minute, samleng.RetryAfter, 0, 3, 2 * time.Minute},
		{"hundredth", 10 * time.Minute, samleng.RetryAfter, 0, 100, time.Hour},
		{"with a wait", 10 * time.Minute, samleng.RetryAfter, 5 * time.Minute, 1, 5 * time.Minute},
		{"with a wait of a day", 10 * time.Minute, samleng.RetryAfter, 24 * time.Hour, 1, 24 * time.Hour},
		{"short interval", time.Second, samleng.RetryAfter, 0, 1, time.Second},
		{"long interval", 12 * time.Hour, samleng.RetryAfter, 0, 100, 12 * time.Hour},
		{"asked to slow down", 10 * time.Minute, samleng.RateLimited, 0, 1, 20 * time.Minute},
		{"asked again", 10 * time.Minute, samleng.RateLimited, 0, 2, 40 * time.Minute},
		{"asked for ever", 10 * time.Minute, samleng.RateLimited, 0, 100, 6 * time.Hour},
		{"asked by name", 10 * time.Minute, samleng.RateLimited, 2 * time.Hour, 1, 2 * time.Hour},
		{"asked less than usual", 10 * time.Minute, samleng.RateLimited, time.Second, 1, 20 * time.Minute},
		{"bad data", 10 * time.Minute, samleng.BadInput, 0, 1, 10 * time.Minute},
		{"bad data for ever", 10 * time.Minute, samleng.BadInput, 0, 100, time.Hour},
		{"refused", 10 * time.Minute, samleng.Unauthorised, 0, 1, time.Hour},
		{"refused again", 10 * time.Minute, samleng.Unauthorised, 0, 2, 2 * time.Hour},
		{"gone for ever", 10 * time.Minute, samleng.Permanent, 0, 100, 6 * time.Hour},
		{"gone, polled daily", 24 * time.Hour, samleng.Permanent, 0, 1, 24 * time.Hour},
	}
	for _, k := range cases {
		if got := c.delay(k.interval, k.class, k.wait, k.failures); got != k.want {
			t.Errorf("%s: %s, want %s", k.name, got, k.want)
		}
	}
}
