package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"samleng/alerts/report"
)

func TestReportInWords(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	rules := []report.Rule{
		{Rule: "land", Episodes: 2, AWeek: 1, Suggestion: report.Suggestion{Kind: report.TooFew}},
		{Rule: "topics", Episodes: 12, Held: 3, AWeek: 6, Useful: 5, False: 4, Known: 2, Judged: 10, Sent: 11, Delay: 95 * time.Minute, Beyond: 14 * time.Second, Suggestion: report.Suggestion{Kind: report.Fewer, AWeek: .25, Spared: 4, Lost: 1}},
	}
	if err := writeReport(&b, rules, day, day.AddDate(0, 0, 14)); err != nil {
		t.Fatal(err)
	}
	want := `Alerts between 2026-11-01 and 2026-11-15

rule    told  a week  held  useful  false  known  silent  share false  delay  beyond
land    2     1.0     0     0       0      0      2       -            -      -
topics  12    6.0     3     5       4      2      2       40%          1h35m  14s

land: readers judged 0 episodes, too few to suggest anything.
topics: set alerts_a_week to 0.25. It would have spared 4 false alarms, and lost 1 other alert.
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
	for _, c := range []struct{ since, until, want string }{
		{"x", "", "--since"}, {"", "x", "--until"}, {"2026-11-02", "2026-11-02", "not before"},
	} {
		if _, _, err := reportPeriod(c.since, c.until, day); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if since, until, err := reportPeriod("", "", day); err != nil || until != day || until.Sub(since) != defaultReport {
		t.Errorf("%s to %s, %v", since, until, err)
	}
}
