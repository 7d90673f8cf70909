package report

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"samleng"
)

var start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func record(episode, rule string, hour int, score float64, change func(*samleng.AlertRecord)) samleng.AlertRecord {
	tick := start.Add(time.Duration(hour) * time.Hour)
	r := samleng.AlertRecord{Tick: tick, Alert: samleng.Alert{
		Episode: episode, Number: 1, Rule: rule, State: samleng.AlertOpened, Start: tick.Add(-time.Duration(hour+1) * time.Minute),
		Changes: []samleng.Change{{Signal: samleng.SignalVolume, Score: score}},
	}}
	if change != nil {
		change(&r)
	}
	return r
}

func said(episode string, v samleng.Verdict) samleng.Feedback {
	return samleng.Feedback{Episode: episode, Verdict: v, Day: start}
}

func TestSum(t *testing.T) {
	t.Parallel()
	records := []samleng.AlertRecord{
		record("a", "topics", 1, 3, nil), record("b", "topics", 2, 4, nil), record("c", "topics", 3, 2.5, nil),
		record("a", "topics", 4, 5, func(r *samleng.AlertRecord) { r.Alert.State, r.Alert.Number = samleng.AlertEscalated, 2 }),
		record("a", "topics", 5, 0, func(r *samleng.AlertRecord) { r.Alert.State, r.Alert.Number = samleng.AlertClosed, 3 }),
		record("d", "topics", 6, 3, func(r *samleng.AlertRecord) { r.Alert.State, r.Alert.Held = samleng.AlertHeld, "coverage" }),
		record("e", "land", 7, 3, nil), record("f", "land", 24*14, 3, nil), record("", "land", 7, 3, nil),
	}
	verdicts := []samleng.Feedback{said("a", samleng.VerdictUseful), said("a", samleng.VerdictKnown), said("b", samleng.VerdictFalse), said("f", samleng.VerdictFalse), said("z", samleng.VerdictFalse)}
	got := Sum(records, verdicts, start, start.AddDate(0, 0, 14))
	want := []Rule{
		{Rule: "land", Episodes: 1, AWeek: .5, Delay: 8 * time.Minute, Suggestion: Suggestion{TooFew, 1, 0, 0}},
		{Rule: "topics", Episodes: 3, Held: 1, AWeek: 1.5, Useful: 1, False: 1, Known: 1, Judged: 2, Delay: 3 * time.Minute, Suggestion: Suggestion{TooFew, 1, 0, 0}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
	if share, ok := got[1].FalseShare(); !ok || share != .5 {
		t.Errorf("share of false ones %v, %v", share, ok)
	}
	if _, ok := got[0].FalseShare(); ok {
		t.Error("a share of nothing")
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		no, right []float64 // scores
		want      Suggestion
	}{
		"few verdicts":           {[]float64{2, 2, 2}, []float64{3, 3, 3, 3}, Suggestion{TooFew, 1, 0, 0}},
		"hardly any false":       {nil, []float64{2, 3, 3, 3, 3, 3, 3, 4}, Suggestion{More, 1.5, 0, 0}},
		"some false":             {[]float64{2, 2}, []float64{3, 3, 3, 3, 3, 3, 3, 4}, Suggestion{Keep, 1, 0, 0}},
		"the common ones":        {[]float64{2.3, 2.4, 2.5, 2.6}, []float64{2.45, 3.3, 3.3, 3.4, 3.5, 4}, Suggestion{Fewer, .1, 4, 1}},
		"false at every score":   {[]float64{2.3, 3, 4, 5, 6}, []float64{2.3, 3, 4, 5, 6}, Suggestion{Unfit, 1, 0, 0}},
		"the right are the rare": {[]float64{2, 2.1, 2.2, 2.3, 2.4}, []float64{2, 2, 2, 2, 4}, Suggestion{Unfit, 1, 0, 0}},
	} {
		var records []samleng.AlertRecord
		var verdicts []samleng.Feedback
		add := func(scores []float64, v samleng.Verdict) {
			for i, s := range scores {
				id := fmt.Sprint(v, i)
				records, verdicts = append(records, record(id, "r", 1, s, nil)), append(verdicts, said(id, v))
			}
		}
		add(c.no, samleng.VerdictFalse)
		add(c.right, samleng.VerdictUseful)
		got := Sum(records, verdicts, start, start.AddDate(0, 0, 7))[0].Suggestion
		got.Factor = math.Round(got.Factor*1e9) / 1e9
		if got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}
