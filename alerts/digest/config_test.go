package digest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var known = Known{Topics: []string{"land"}, Provinces: []string{"12"}, Channels: []string{"team"}}

func TestDigestIsDueAtItsHour(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		every  Period
		on, at string
		now    string
		want   string
	}{
		{Day, "", "07:00", "2026-11-23T07:00:00+07:00", "2026-11-23T07:00:00+07:00"},
		{Day, "", "07:00", "2026-11-23T06:59:59+07:00", "2026-11-22T07:00:00+07:00"},
		{Day, "", "00:00", "2026-11-23T23:59:00+07:00", "2026-11-23T00:00:00+07:00"},
		{Day, "", "07:00", "2026-11-23T00:30:00Z", "2026-11-23T07:00:00+07:00"}, // 07:30 there
		{Day, "", "07:00", "2027-01-01T06:00:00+07:00", "2026-12-31T07:00:00+07:00"},
		{Week, "monday", "08:00", "2026-11-23T08:00:00+07:00", "2026-11-23T08:00:00+07:00"}, // a Monday
		{Week, "monday", "08:00", "2026-11-23T07:59:00+07:00", "2026-11-16T08:00:00+07:00"},
		{Week, "sunday", "18:30", "2026-11-28T12:00:00+07:00", "2026-11-22T18:30:00+07:00"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		config := Config{ID: "d", Every: c.every, On: c.on, At: c.at}
		due := config.Last(now)
		if got := due.In(zone).Format(time.RFC3339); got != c.want {
			t.Errorf("%s %s %s, at %s: due %s, want %s", c.every, c.on, c.at, c.now, got, c.want)
		}
		if scope := config.Scope(due); !scope.To.Equal(due) || !config.Last(due.Add(-time.Second)).Equal(scope.From) {
			t.Errorf("%s %s %s: it is about %s to %s", c.every, c.on, c.at, scope.From, scope.To)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	valid := Config{ID: "d", Every: Week, On: "monday", At: "07:05", Topics: []string{"land"}, Places: []string{"12"}, Channels: []string{"team"}}
	for _, c := range []struct {
		change func(*Config)
		want   string // empty: no fault
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { c.ID = "Day" }, `digests[0].id: "Day": want lower-case`},
		{func(c *Config) { c.Every = "hour" }, `digests[0].every: "hour": want day or week`},
		{func(c *Config) { c.On = "" }, `digests[0].on: "": want a weekday`},
		{func(c *Config) { c.Every = Day }, "digests[0].on: a digest of every day has no weekday"},
		{func(c *Config) { c.At = "7 am" }, `digests[0].at: "7 am": want a time`},
		{func(c *Config) { c.At = "07:03" }, `digests[0].at: "07:03": want a time as 07:00, in steps of five minutes`},
		{func(c *Config) { c.Topics = []string{"lend"} }, `digests[0].topics: "lend" is not a topic`},
		{func(c *Config) { c.Places = []string{"each"} }, `digests[0].places: "each" is not the code`},
		{func(c *Config) { c.Channels = nil }, "digests[0].channels: nobody is told"},
		{func(c *Config) { c.Channels = []string{"fax"} }, `digests[0].channels: "fax" is not a channel`},
		{func(c *Config) { c.Channels = []string{"team", "team"} }, `digests[0].channels: "team" is named twice`},
	} {
		config := valid
		c.change(&config)
		err := Validate([]Config{config}, known)
		if (c.want == "") != (err == nil) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if err := Validate([]Config{valid, valid}, known); err == nil || !strings.Contains(err.Error(), `digests[1].id: "d" is the id of an earlier digest`) {
		t.Errorf("two of one id: %v", err)
	}
}
