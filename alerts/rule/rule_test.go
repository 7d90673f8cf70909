package rule

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts/calendar"
)

var known = Known{
	Topics:    []string{"land", "health"},
	Provinces: []string{"01", "12"},
	Channels:  []string{"telegram", "mail"},
}

func valid() Rule {
	return Rule{ID: "r", Name: Name{Khmer: "ក", English: "R"}, Channels: []string{"telegram"}}
}

func TestSeries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rule Rule
		want []samleng.Series
	}{
		{"every topic", Rule{}, []samleng.Series{{Topic: "land"}, {Topic: "health"}}},
		{"one topic in each province", Rule{Topics: []string{"land"}, Places: []string{Each}}, []samleng.Series{{Topic: "land", Place: "01"}, {Topic: "land", Place: "12"}}},
		{
			"by kind, stories",
			Rule{Topics: []string{"land"}, Kinds: []samleng.Kind{"news", "social"}, CountBy: CountStories},
			[]samleng.Series{{Topic: "land", Kind: "news", Stories: true}, {Topic: "land", Kind: "social", Stories: true}},
		},
		{"keywords", Rule{Keywords: []string{"ដាច់ភ្លើង"}, Language: "km"}, []samleng.Series{{Keyword: "ដាច់ភ្លើង", Language: "km"}}},
	} {
		if got := c.rule.Series(known.Topics, known.Provinces); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestThreshold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		budget float64
		series int
		want   float64
	}{
		{50, 500, 3.0}, // ten series share one alert a week
		{2, 1, 2.3},    // the detector's own is higher
		{2, 20, 3.0},
		{0, 2, 2.3}, // the default budget
	} {
		r := Rule{AlertsAWeek: c.budget}
		if got := r.Threshold(c.series, 2.3); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("Threshold(%d) at %g a week = %g, want %g", c.series, c.budget, got, c.want)
		}
	}
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	k, err := calendar.New(calendar.Config{})
	if err != nil {
		t.Fatal(err)
	}
	night := Quiet{From: "21:00", To: "06:00"}
	noon := Quiet{From: "11:30", To: "13:30"}
	holidays := Quiet{From: "18:00", To: "08:00", Holidays: true}
	for _, c := range []struct {
		name     string
		quiet    Quiet
		at, want string
	}{
		{"by day", night, "2026-11-26T20:59:00+07:00", "2026-11-26T20:59:00+07:00"},
		{"in the evening", night, "2026-11-26T21:00:00+07:00", "2026-11-27T06:00:00+07:00"},
		{"in the night", night, "2026-11-27T02:00:00+07:00", "2026-11-27T06:00:00+07:00"},
		{"at the end", night, "2026-11-27T06:00:00+07:00", "2026-11-27T06:00:00+07:00"},
		{"at noon", noon, "2026-11-26T12:00:00+07:00", "2026-11-26T13:30:00+07:00"},
		{"asked in UTC", night, "2026-11-26T15:00:00Z", "2026-11-27T06:00:00+07:00"},
		// Friday evening to Monday morning.
		{"a weekend", holidays, "2026-11-27T18:30:00+07:00", "2026-11-30T08:00:00+07:00"},
		// Saturday and Sunday, then the three days of the Water Festival.
		{"holidays after a weekend", holidays, "2026-11-21T10:00:00+07:00", "2026-11-26T08:00:00+07:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.quiet.end(at, k).In(zone).Format(time.RFC3339); got != c.want {
			t.Errorf("%s: quiet until %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	r := valid()
	r.Quiet = &Quiet{From: "21:00", To: "06:00"}
	r.Escalate = &Escalation{After: 2 * time.Hour, Channels: []string{"mail"}}
	off := valid()
	off.ID, off.Disabled = "off", true
	book, err := NewBook(Config{
		Rules:    []Rule{r, off},
		Silences: []Silence{{Topic: "land", Place: "12", Until: "2026-11-26T14:00:00Z", Reason: "a known march"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	evening := time.Date(2026, 11, 26, 15, 0, 0, 0, time.UTC) // 22:00 in Phnom Penh
	morning := time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC) // 06:00 on the next day
	alert := func(change func(*samleng.Alert)) *samleng.Alert {
		a := &samleng.Alert{Rule: "r", Level: samleng.LevelWarning, Series: samleng.Series{Topic: "land"}, At: evening}
		change(a)
		return a
	}
	for _, c := range []struct {
		name  string
		alert *samleng.Alert
		at    time.Time
		held  string // part of the reason
		when  time.Time
	}{
		{"waits for the morning", alert(func(*samleng.Alert) {}), evening, "", morning},
		{"urgent does not wait", alert(func(a *samleng.Alert) { a.Level = samleng.LevelUrgent }), evening, "", evening},
		{"unknown rule", alert(func(a *samleng.Alert) { a.Rule = "x" }), evening, `no rule "x"`, time.Time{}},
		{"disabled rule", alert(func(a *samleng.Alert) { a.Rule = "off" }), evening, `no rule "off"`, time.Time{}},
		{"held by the detector", alert(func(a *samleng.Alert) { a.State, a.Held = samleng.AlertHeld, "coverage" }), evening, "coverage", time.Time{}},
		{"silenced", alert(func(a *samleng.Alert) { a.Series.Place = "12" }), evening.Add(-2 * time.Hour), "a known march", time.Time{}},
		{"no longer silenced", alert(func(a *samleng.Alert) { a.Series.Place = "12" }), evening, "", morning},
	} {
		v := book.Decide(c.alert, c.at)
		if (v.Held == "") != (c.held == "") || !strings.Contains(v.Held, c.held) || !v.At.Equal(c.when) {
			t.Errorf("%s: got %+v", c.name, v)
		}
		if v.Held == "" && !slices.Equal(v.Channels, r.Channels) {
			t.Errorf("%s: tells %v", c.name, v.Channels)
		}
	}
	first := alert(func(*samleng.Alert) {})
	if got := book.Escalated(first, evening.Add(119*time.Minute)); got != nil {
		t.Errorf("escalated early to %v", got)
	}
	if got := book.Escalated(first, evening.Add(2*time.Hour)); !slices.Equal(got, []string{"mail"}) {
		t.Errorf("escalated to %v", got)
	}
	quieter, err := book.With([]Silence{{Rule: "r", Until: "2027-01-01T00:00:00Z", Reason: "made on the page"}})
	if err != nil {
		t.Fatal(err)
	}
	if v := quieter.Decide(first, evening); !strings.Contains(v.Held, "made on the page") {
		t.Errorf("got %+v", v)
	}
	if v := book.Decide(first, evening); v.Held != "" {
		t.Errorf("the first book changed: %+v", v)
	}
}

// TestASilenceIsAboutWhatItNames silences the series of one alert by its link, and sees of which
// others nothing is heard either.
func TestASilenceIsAboutWhatItNames(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 5, 0, 0, 0, time.UTC)
	type series = samleng.Series
	for _, c := range []struct {
		name  string
		about Silence
		quiet []series
		loud  []series
	}{
		{"a rule", Silence{Rule: "r"}, []series{{}, {Topic: "land"}, {Keyword: "bridge"}}, nil},
		{"a topic", Silence{Rule: "r", Topic: "land"}, []series{{Topic: "land"}, {Topic: "land", Place: "12"}, {Topic: "land", Kind: samleng.KindNews}}, []series{{}, {Topic: "health"}, {Keyword: "land"}}},
		{"a place", Silence{Rule: "r", Place: "12"}, []series{{Topic: "land", Place: "12"}}, []series{{Topic: "land"}, {Topic: "land", Place: "21"}}},
		{"a topic in a place", Silence{Rule: "r", Topic: "land", Place: "12"}, []series{{Topic: "land", Place: "12"}}, []series{{Topic: "land"}, {Topic: "health", Place: "12"}}},
		{"a kind", Silence{Rule: "r", Topic: "land", Kind: samleng.KindNews}, []series{{Topic: "land", Kind: samleng.KindNews}}, []series{{Topic: "land"}, {Topic: "land", Kind: samleng.KindSocial}}},
		{"a language", Silence{Rule: "r", Language: "km"}, []series{{Language: "km"}, {Topic: "land", Language: "km"}}, []series{{}, {Language: "en"}}},
		{"a phrase", Silence{Rule: "r", Keyword: "ស្ពាន"}, []series{{Keyword: "ស្ពាន"}, {Keyword: "ស្ពាន", Place: "12"}}, []series{{Keyword: "bridge"}, {}, {Topic: "land"}}},
		{"a phrase in a place", Silence{Rule: "r", Keyword: "bridge", Place: "12"}, []series{{Keyword: "bridge", Place: "12"}}, []series{{Keyword: "bridge"}, {Keyword: "ស្ពាន", Place: "12"}}},
		{"another rule", Silence{Rule: "other", Topic: "land"}, nil, []series{{Topic: "land"}}},
	} {
		c.about.Until, c.about.Reason = "2026-11-27T00:00:00Z", "known"
		other := valid()
		other.ID = "other"
		book, err := NewBook(Config{Rules: []Rule{valid(), other}, Silences: []Silence{c.about}})
		if err != nil {
			t.Fatal(err)
		}
		held := func(s series) bool {
			return book.Decide(&samleng.Alert{Rule: "r", Level: samleng.LevelWarning, Series: s, At: at}, at).Held != ""
		}
		for _, s := range c.quiet {
			if !held(s) {
				t.Errorf("%s: %+v is told", c.name, s)
			}
		}
		for _, s := range c.loud {
			if held(s) {
				t.Errorf("%s: %+v is held", c.name, s)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	silence := Silence{Until: "2026-12-01T00:00:00Z", Reason: "x"}
	for _, c := range []struct {
		change func(*Config)
		want   string // empty: no fault
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { c.Rules[0].ID = "Ünfit" }, `rules[0].id: "Ünfit": want`},
		{func(c *Config) { c.Rules = append(c.Rules, c.Rules[0]) }, `rules[1].id: "r" is the id of an earlier rule`},
		{func(c *Config) { c.Rules[0].Name.Khmer = "" }, "rules[0].name: want a name"},
		{func(c *Config) { c.Rules[0].Topics = []string{"lend"} }, `rules[0].topics: "lend" is not a topic`},
		{func(c *Config) { c.Rules[0].Places = []string{"each", "01"} }, `"each" stands alone`},
		{func(c *Config) { c.Rules[0].Places = []string{"99"} }, `rules[0].places: "99"`},
		{func(c *Config) { c.Rules[0].Kinds = []samleng.Kind{"radio"} }, `rules[0].kinds: "radio"`},
		{func(c *Config) { c.Rules[0].Signals = []samleng.Signal{"anger"} }, `rules[0].signals: "anger"`},
		{func(c *Config) { c.Rules[0].AlertsAWeek = -1 }, "rules[0].alerts_a_week: -1 is negative"},
		{func(c *Config) { c.Rules[0].Level = "loud" }, `rules[0].level: "loud"`},
		{func(c *Config) { c.Rules[0].Channels = nil }, "rules[0].channels: nobody is told"},
		{func(c *Config) { c.Rules[0].Channels, c.Rules[0].Level = nil, "notice" }, ""},
		{func(c *Config) { c.Rules[0].Channels = []string{"fax"} }, `"fax" is not a channel`},
		{func(c *Config) { c.Rules[0].Fixed = &Fixed{Window: time.Hour} }, "rules[0].fixed: watches nothing"},
		{func(c *Config) { c.Rules[0].Fixed = &Fixed{Posts: 5, Window: time.Minute} }, "rules[0].fixed.window: 1m0s"},
		{func(c *Config) { c.Rules[0].Quiet = &Quiet{From: "9 pm", To: "06:00"} }, `rules[0].quiet.from: "9 pm"`},
		{func(c *Config) { c.Rules[0].Quiet = &Quiet{Holidays: true} }, ""},
		{func(c *Config) { c.Rules[0].Escalate = &Escalation{After: time.Hour} }, "rules[0].escalate.channels: nobody"},
		{func(c *Config) { c.Silences = []Silence{silence} }, ""},
		{func(c *Config) { s := silence; s.Until = ""; c.Silences = []Silence{s} }, "silences[0].until: is missing"},
		{func(c *Config) { s := silence; s.Until = "tomorrow"; c.Silences = []Silence{s} }, "silences[0]: want times as"},
		{func(c *Config) { s := silence; s.Reason = ""; c.Silences = []Silence{s} }, "silences[0].reason: is missing"},
		{func(c *Config) { s := silence; s.From = s.Until; c.Silences = []Silence{s} }, "silences[0].until: is not after from"},
		{func(c *Config) { s := silence; s.Rule = "none"; c.Silences = []Silence{s} }, `silences[0].rule: "none"`},
		{func(c *Config) { s := silence; s.Kind = "radio"; c.Silences = []Silence{s} }, `silences[0].kind: "radio"`},
		{func(c *Config) { s := silence; s.Topic, s.Keyword = "land", "bridge"; c.Silences = []Silence{s} }, "silences[0].keyword: a series is of a topic or of a phrase"},
		{func(c *Config) { c.Holidays.Remove = []string{"x"} }, `holidays: remove[0]: "x"`},
	} {
		config := Config{Rules: []Rule{valid()}}
		c.change(&config)
		err := config.Validate(known)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("got %v, want no fault", err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
