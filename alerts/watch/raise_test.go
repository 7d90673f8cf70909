package watch

import (
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts/rule"
	"samleng/alerts/spike"
)

// TestEachAlertTellsItsOwnWindow follows an episode that opens, is joined by a second signal when
// the first has declined, stays open, and ends.
func TestEachAlertTellsItsOwnWindow(t *testing.T) {
	t.Parallel()
	r := rule.Rule{ID: "r", Topics: []string{"land"}, Level: "warning", Channels: []string{"team"}, Escalate: &rule.Escalation{After: 30 * time.Minute, Channels: []string{"head"}}}
	book, err := rule.NewBook(rule.Config{Rules: []rule.Rule{r}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := newGroup(r, []string{"land"}, nil, .7, nil)
	if err != nil {
		t.Fatal(err)
	}
	land := samleng.Series{Topic: "land"}
	terms := func(signal samleng.Signal, score, observed float64, window time.Duration, end time.Time) spike.Terms {
		n := spike.Terms{Signal: signal, Score: score, Observed: observed, Expected: 9, Dispersion: .1, Window: window, Start: end.Add(-window), End: end}
		if signal != samleng.SignalVolume {
			n.Observed, n.Expected, n.Count, n.Of = observed, .2, 40, 40*observed
		}
		return n
	}
	tell := func(e *spike.Event) *samleng.Alert {
		e.Series, e.Episode, e.Since, e.Level = land, "e", noon, samleng.LevelWarning
		a := g.alert(e)
		rec, ok := g.decide(book, &a, e.At, behind{stories: 9})
		if !ok {
			t.Fatalf("%s is not told", e.State)
		}
		return &rec.Alert
	}
	opened := tell(&spike.Event{State: samleng.AlertOpened, Number: 1, At: noon, Peak: 2.5, Terms: []spike.Terms{terms(samleng.SignalVolume, 2.5, 30, 15*time.Minute, noon)}})
	later := noon.Add(20 * time.Minute)
	higher := tell(&spike.Event{State: samleng.AlertEscalated, Number: 2, At: later, Peak: 4, Terms: []spike.Terms{terms(samleng.SignalVolume, 3.6, 60, time.Hour, later)}})
	last := later.Add(10 * time.Minute)
	joined := tell(&spike.Event{State: samleng.AlertEscalated, Number: 3, At: last, Peak: 4.2, Terms: []spike.Terms{
		terms(samleng.SignalVolume, 2.6, 20, 15*time.Minute, last), terms(samleng.SignalNegative, 3.1, .6, 2*time.Hour, last),
	}})
	still := g.escalate(book, last)
	if len(still) != 1 {
		t.Fatalf("%d alerts of what stays", len(still))
	}
	over := tell(&spike.Event{State: samleng.AlertClosed, Number: 4, At: last.Add(4 * time.Hour), Until: last.Add(time.Hour), Peak: 4.5})

	type change struct {
		signal samleng.Signal
		value  float64
		score  float64
		start  time.Time
		end    time.Time
	}
	for _, c := range []struct {
		name    string
		a       *samleng.Alert
		peak    float64
		changes []change
		start   time.Time // of Window
	}{
		{"opened", opened, 2.5, []change{{samleng.SignalVolume, 30, 2.5, noon.Add(-15 * time.Minute), noon}}, noon.Add(-15 * time.Minute)},
		{"higher", higher, 4, []change{{samleng.SignalVolume, 60, 3.6, later.Add(-time.Hour), later}}, later.Add(-time.Hour)},
		{"joined", joined, 4.2, []change{{samleng.SignalVolume, 20, 2.6, last.Add(-15 * time.Minute), last}, {samleng.SignalNegative, .6, 3.1, last.Add(-2 * time.Hour), last}}, last.Add(-15 * time.Minute)},
		{"still", &still[0].Alert, 4.2, []change{{samleng.SignalVolume, 20, 2.6, last.Add(-15 * time.Minute), last}, {samleng.SignalNegative, .6, 3.1, last.Add(-2 * time.Hour), last}}, last.Add(-15 * time.Minute)},
		{"over", over, 4.5, []change{{samleng.SignalVolume, 60, 3.6, later.Add(-time.Hour), later}}, noon},
	} {
		if c.a.Peak != c.peak || !c.a.Since.Equal(noon) || len(c.a.Changes) != len(c.changes) {
			t.Errorf("%s: peak %g since %s, %d changes", c.name, c.a.Peak, c.a.Since, len(c.a.Changes))
			continue
		}
		for i, want := range c.changes {
			v := &c.a.Changes[i]
			if got := (change{v.Signal, v.Observed, v.Score, v.Start, v.End}); got != want {
				t.Errorf("%s: got %+v, want %+v", c.name, got, want)
			}
		}
		if start, _ := c.a.Window(); !start.Equal(c.start) {
			t.Errorf("%s: the window begins at %s, want %s", c.name, start, c.start)
		}
		rec := recordOf(c.a, last, nil, time.Time{})
		if !strings.Contains(string(rec.Line), `"since":"`) || !strings.Contains(string(rec.Line), `"peak":`) {
			t.Errorf("%s: the log does not say since when, or its peak: %s", c.name, rec.Line)
		}
	}

	// What is held before any episode has no peak: the detector still knows that of the one before.
	held := g.alert(&spike.Event{State: samleng.AlertHeld, Held: samleng.HeldCoverage, Series: land, At: last, Peak: 4.5, Terms: []spike.Terms{terms(samleng.SignalVolume, 2.5, 30, time.Hour, last)}})
	if held.Peak != 0 || !held.Since.IsZero() {
		t.Errorf("held: peak %g since %s", held.Peak, held.Since)
	}
}
