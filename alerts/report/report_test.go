package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"samleng"
)

var start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func record(episode, rule string, hour int, score float64, change func(*samleng.AlertRecord)) samleng.AlertRecord {
	tick := start.Add(time.Duration(hour) * time.Hour)
	r := samleng.AlertRecord{Tick: tick, Due: tick, Alert: samleng.Alert{
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
	// Each was to be sent at its tick; e in the morning, b is still waiting.
	sent := func(episode string, number, hour int, after time.Duration, channel string) samleng.Delivery {
		return samleng.Delivery{
			DeliveryKey: samleng.DeliveryKey{Episode: episode, Number: number, Channel: channel}, State: samleng.DeliverySent, Done: start.Add(time.Duration(hour)*time.Hour + after),
		}
	}
	records[6].Due = records[6].Tick.Add(9 * time.Hour)
	deliveries := []samleng.Delivery{
		sent("a", 1, 1, 40*time.Second, "head"), sent("a", 1, 1, 20*time.Second, "team"), sent("a", 2, 4, time.Second, "team"),
		{DeliveryKey: samleng.DeliveryKey{Episode: "b", Number: 1, Channel: "team"}, State: samleng.DeliveryQueued},
		{DeliveryKey: samleng.DeliveryKey{Episode: "b", Number: 1, Channel: "mail"}, State: samleng.DeliveryFailed, Done: start.Add(3 * time.Hour)},
		sent("c", 1, 3, 50*time.Second, "team"), sent("e", 1, 16, 30*time.Second, "team"), sent("z", 1, 3, 0, "team"),
	}
	if told := Told(records, start, start.AddDate(0, 0, 14)); !slices.Equal(told, []string{"a", "b", "c", "e"}) {
		t.Errorf("told are %q", told)
	}
	got := Sum(records, verdicts, deliveries, start, start.AddDate(0, 0, 14))
	want := []Rule{
		{Rule: "land", Episodes: 1, AWeek: .5, Sent: 1, Delay: 9*time.Hour + 8*time.Minute + 30*time.Second, Beyond: 30 * time.Second, Suggestion: Suggestion{Kind: TooFew}},
		{Rule: "topics", Episodes: 3, Held: 1, AWeek: 1.5, Useful: 1, False: 1, Known: 1, Judged: 2, Sent: 2, Delay: 2*time.Minute + 20*time.Second, Beyond: 20 * time.Second, Suggestion: Suggestion{Kind: TooFew}},
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
		"few verdicts":     {[]float64{2, 2, 2}, []float64{3, 3, 3, 3}, Suggestion{TooFew, 0, 0, 0}},
		"hardly any false": {nil, []float64{3, 3.2, 3, 3, 3, 3, 3, 4}, Suggestion{More, 3, 0, 0}}, // 20 series at 3 are 2 a week
		"hardly any false, but the detector's own threshold stands in the way": {nil, []float64{2.4, 3, 3, 3, 3, 3, 3, 4}, Suggestion{Keep, 0, 0, 0}},
		"some false":             {[]float64{2, 2}, []float64{3, 3, 3, 3, 3, 3, 3, 4}, Suggestion{Keep, 0, 0, 0}},
		"the common ones":        {[]float64{2.3, 2.4, 2.5, 2.6}, []float64{2.45, 3.3, 3.3, 3.4, 3.5, 4}, Suggestion{Fewer, 1, 4, 1}},
		"most of them":           {[]float64{2.3, 2.3, 2.4, 2.5, 2.6, 2.7, 3.1, 3.2, 4.5}, []float64{2.6, 3, 3.5, 4, 4.2, 5}, Suggestion{Fewer, 2, 6, 1}},
		"false at every score":   {[]float64{2.3, 3, 4, 5, 6}, []float64{2.3, 3, 4, 5, 6}, Suggestion{Unfit, 0, 0, 0}},
		"the right are the rare": {[]float64{2, 2.1, 2.2, 2.3, 2.4}, []float64{2, 2, 2, 2, 4}, Suggestion{Unfit, 0, 0, 0}},
		"all of them":            {[]float64{2, 2.1, 2.2, 2.3, 2.4, 3, 4, 5}, nil, Suggestion{Unfit, 0, 0, 0}},
	} {
		if got := suggested(c.no, c.right, 20); got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
	if got := suggested([]float64{0, 0, 0, 0}, []float64{0, 0, 0, 0}, 0); got.Kind != Unfit {
		t.Errorf("of a rule with fixed thresholds: %+v", got)
	}
}

// suggested is the suggestion for a rule whose episodes had these scores.
func suggested(no, right []float64, tested int) Suggestion {
	var records []samleng.AlertRecord
	var verdicts []samleng.Feedback
	add := func(scores []float64, v samleng.Verdict) {
		for i, s := range scores {
			id := fmt.Sprint(v, i)
			records = append(records, record(id, "r", 1, s, func(r *samleng.AlertRecord) { r.Alert.Quality.Tested = tested }))
			verdicts = append(verdicts, said(id, v))
		}
	}
	add(no, samleng.VerdictFalse)
	add(right, samleng.VerdictUseful)
	return Sum(records, verdicts, nil, start, start.AddDate(0, 0, 7))[0].Suggestion
}

// TestEpisodesCountByTheirPeak says that an episode which rose is not spared by a threshold below
// what it rose to.
func TestEpisodesCountByTheirPeak(t *testing.T) {
	t.Parallel()
	var records []samleng.AlertRecord
	var verdicts []samleng.Feedback
	for i := range 12 {
		id, v := fmt.Sprint(i), samleng.VerdictFalse
		records = append(records, record(id, "r", 1, 2.5, func(r *samleng.AlertRecord) { r.Alert.Quality.Tested = 10 }))
		if i%2 == 0 {
			v = samleng.VerdictUseful
			records = append(records, record(id, "r", 2, 0, func(r *samleng.AlertRecord) { r.Alert.State, r.Alert.Number, r.Alert.Peak = samleng.AlertClosed, 2, 4 }))
		}
		verdicts = append(verdicts, said(id, v))
	}
	if got, want := Sum(records, verdicts, nil, start, start.AddDate(0, 0, 7))[0].Suggestion, (Suggestion{Fewer, .1, 6, 0}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestSuggestionsServe makes histories of a rule of which 60 % of the alerts are false. Where the
// false ones come from chance, as often as their score says, and the others are rarer, what is
// suggested has to serve in the time that follows; where rarity does not tell them apart, fewer
// alerts are no remedy and are not to be suggested.
func TestSuggestionsServe(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a reproducible test
	const least, rounds, tested = 2.6, 400, 20
	chance := func() float64 { return least + random.ExpFloat64()/math.Ln10 } // 10^-score
	rarer := func() float64 { return least + .8*random.ExpFloat64() + .2 }
	draw := func(n int, right func() float64) (no, yes []float64) {
		for range n {
			if random.Float64() < .6 {
				no = append(no, chance())
			} else {
				yes = append(yes, right())
			}
		}
		return no, yes
	}
	below := func(scores []float64, s float64) (n int) {
		for _, v := range scores {
			if v < s {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		name        string
		episodes    int
		right       func() float64
		least, most float64 // share of the histories for which fewer alerts are suggested
	}{
		{"the right are rarer, 40 verdicts", 40, rarer, .9, 1},
		{"the right are rarer, 15 verdicts", 15, rarer, .5, 1},
		{"they look alike, 40 verdicts", 40, chance, 0, .08},
		{"they look alike, 15 verdicts", 15, chance, 0, .08},
	} {
		fewer, before, after, kept, right := 0, 0, 0, 0, 0
		for range rounds {
			no, yes := draw(c.episodes, c.right)
			got := suggested(no, yes, tested)
			if got.Kind != Fewer {
				continue
			}
			fewer++
			threshold := 2 + math.Log10(tested/got.AWeek)
			no, yes = draw(c.episodes, c.right) // what follows
			before, right = before+len(no), right+len(yes)
			after, kept = after+len(no)-below(no, threshold), kept+len(yes)-below(yes, threshold)
		}
		share := float64(fewer) / rounds
		t.Logf("%s: fewer alerts are suggested in %.2f of the histories; then %d of %d false ones and %d of %d others are left", c.name, share, after, before, kept, right)
		if share < c.least || share > c.most {
			t.Errorf("%s: fewer alerts are suggested in %.2f of the histories", c.name, share)
		}
		if c.least > 0 && (float64(after) > .5*float64(before) || float64(kept) < .6*float64(right)) {
			t.Errorf("%s: %d of %d false ones and %d of %d others are left", c.name, after, before, kept, right)
		}
	}
}
