package watch

import (
	"fmt"
	"math"
	"testing"
	"time"

	"samleng"
	"samleng/alerts/rule"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func minutes(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

func sources(n int) []samleng.Source {
	all := make([]samleng.Source, n)
	for i := range all {
		all[i] = samleng.Source{ID: string(rune('a' + i)), Interval: 10 * time.Minute}
	}
	return all
}

// polled follows four sources from minute -600 on. Down says which poll failed, and absent which
// was not made.
func polled(until int, down, absent func(source string, minute int) bool) *pulse {
	p := newPulse(sources(4))
	for m := -600; m <= until; m += 10 {
		for _, s := range p.names {
			c := samleng.Coverage{Source: s, At: minutes(m)}
			if absent(s, m) {
				continue
			}
			if down(s, m) {
				c.Class = samleng.RetryAfter
			}
			p.add(&c)
		}
	}
	return p
}

func no(string, int) bool { return false }

func TestPulse(t *testing.T) {
	t.Parallel()
	from := func(source string, minute int) func(string, int) bool {
		return func(s string, m int) bool { return (source == "" || s == source) && m >= minute }
	}
	tests := []struct {
		name         string
		until        int
		down, absent func(string, int) bool
		tick         int
		coverage     float64
		silent       string
		failing      string
	}{
		{"all well", 60, no, no, 60, 1, "[]", "[]"},
		{"one failed once", 60, from("b", 60), no, 60, 1, "[]", "[b]"},
		{"one is silent after two polls", 60, from("b", 40), no, 60, 1, "[b]", "[]"},
		{"and then its buckets lack it", 90, from("b", 40), no, 90, .75, "[b]", "[]"},
		{"one is no longer polled", 90, no, from("b", 40), 90, .75, "[b]", "[]"},
		{"the program was down: nobody is silent", 40, no, from("", 10), 90, 0, "[]", "[]"},
		{"the program was down, and polls the first one", 120, no, func(s string, m int) bool { return m > 0 && (m < 120 || s != "a") }, 120, .25, "[]", "[]"},
		{"never heard from: unknown", 60, from("", -1000), no, 60, 1, "[]", "[]"},
		{"one never answered: it lowers nothing", 60, from("d", -1000), no, 60, 1, "[]", "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := polled(tt.until, tt.down, tt.absent)
			h := p.at(minutes(tt.tick), minutes(tt.tick-15))
			if h.Coverage != tt.coverage || fmt.Sprint(h.Silent) != tt.silent || fmt.Sprint(h.Failing) != tt.failing {
				t.Errorf("coverage %v, silent %v, failing %v; want %v, %s, %s", h.Coverage, h.Silent, h.Failing, tt.coverage, tt.silent, tt.failing)
			}
		})
	}
}

// TestSilentForWeeks starts anew when a source has been silent for longer than polls are read back:
// it is silent, as it was before the start, and not unknown.
func TestSilentForWeeks(t *testing.T) {
	t.Parallel()
	p := polled(60, func(s string, _ int) bool { return s == "b" || s == "c" }, func(s string, _ int) bool { return s == "d" })
	p.recall(
		map[string]time.Time{"a": minutes(60), "b": minutes(60), "c": minutes(60), "d": minutes(-15 * 1440), "gone": minutes(0)},
		map[string]time.Time{"a": minutes(60), "b": minutes(-20 * 1440), "d": minutes(-15 * 1440)}, // c was never heard
	)
	h := p.at(minutes(60), minutes(45))
	if h.Coverage != 1 || fmt.Sprint(h.Silent) != "[b d]" || h.Sources != 3 {
		t.Errorf("coverage %v, silent %v of %d; want all that could be heard, and b and d silent of 3", h.Coverage, h.Silent, h.Sources)
	}
}

func TestLateness(t *testing.T) {
	t.Parallel()
	var l lateness
	for i := range 12 {
		l.add(samleng.Arrivals{Start: minutes(5 * i), Posts: 20, Late: i % 2 * 2})
	}
	if got, want := l.at(minutes(55)), 6./130; math.Abs(got-want) > 1e-9 {
		t.Errorf("late %v, want %v", got, want)
	}
	l.add(samleng.Arrivals{Start: minutes(60), Posts: 500, Late: 480})
	if got := l.at(minutes(60)); got < .5 {
		t.Errorf("a backlog gives %v, want above one half", got)
	}
	few := lateness{}
	few.add(samleng.Arrivals{Start: noon, Posts: 3, Late: 3})
	if got := few.at(noon); got > .5 {
		t.Errorf("three late posts give %v: they say too little", got)
	}
}

func TestOutageIsToldOnce(t *testing.T) {
	t.Parallel()
	var o outage
	r := rule.Rule{ID: "sources"}
	told := func(minute int, silent, failing []string) string {
		all := o.step(&r, &samleng.Heard{Tick: minutes(minute), Silent: silent, Failing: failing})
		if len(all) == 0 {
			return ""
		}
		return fmt.Sprint(all[0].State, all[0].Number, all[0].Silent)
	}
	steps := []struct {
		silent, failing []string
		want            string
	}{
		{nil, nil, ""},
		{nil, []string{"a"}, ""},
		{[]string{"a"}, []string{"b"}, "opened1 [a b]"},
		{[]string{"a", "b"}, nil, ""}, // named already
		{[]string{"a", "b", "c"}, nil, "escalated2 [a b c]"},
		{[]string{"b"}, []string{"c"}, ""},
		{nil, []string{"d"}, "closed3 [a b c]"},
		{nil, nil, ""},
	}
	for i, s := range steps {
		if got := told(5*i, s.silent, s.failing); got != s.want {
			t.Errorf("step %d: %q, want %q", i, got, s.want)
		}
	}
}
