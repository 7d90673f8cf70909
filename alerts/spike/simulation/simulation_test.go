package simulation

import (
	"math"
	"reflect"
	"testing"
)

func TestSameSeedSameSeries(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(Generate(5, 3), Generate(5, 3)) {
		t.Error("the same seed gives two series")
	}
	if reflect.DeepEqual(Generate(5, 3).Posts, Generate(6, 3).Posts) || reflect.DeepEqual(Generate(5, 3).Posts, Generate(5, 10).Posts) {
		t.Error("another seed or number gives the same series")
	}
}

// TestGenerated looks for what the generator promises.
func TestGenerated(t *testing.T) {
	t.Parallel()
	drifting, ratio := 0, 0.0
	const n = 140
	for i := range n {
		s := Generate(2, i)
		kinds := map[Kind]int{}
		for j, e := range s.Events {
			kinds[e.Kind]++
			if e.From < Unheard*perWeek || e.To > total {
				t.Fatalf("series %d: event %+v is not scored", i, e)
			}
			for _, other := range s.Events[:j] {
				if e.From < other.To+perDay/2 && other.From < e.To+perDay/2 {
					t.Fatalf("series %d: events %+v and %+v are too close", i, e, other)
				}
			}
		}
		if want := map[Kind]int{Volume: 3, Share: 3, Both: 2, Outage: 2, PartialOutage: 1}; !reflect.DeepEqual(kinds, want) {
			t.Fatalf("series %d: %v", i, kinds)
		}
		if s.Drifts {
			drifting++
		}
		posts := 0.0
		for k := range Unheard * perWeek {
			posts += s.Posts[k]
			if s.Negative[k] > s.Posts[k] {
				t.Fatalf("series %d, bucket %d: %v of %v", i, k, s.Negative[k], s.Posts[k])
			}
		}
		if s.Rate >= 1.5 {
			ratio += posts / (Unheard * 7 * 24 * s.Rate) / (n * 5.0 / 7)
		}
	}
	if share := float64(drifting) / n; math.Abs(share-.6) > .12 {
		t.Errorf("%.2f of the series drift", share)
	}
	if math.Abs(ratio-1) > .1 {
		t.Errorf("%.2f times the posts an hour that were asked for", ratio)
	}
}

// TestDistributions compares means and variances with those of theory.
func TestDistributions(t *testing.T) {
	t.Parallel()
	r := newSource(1, 1)
	for name, tt := range map[string]struct {
		draw           func() float64
		mean, variance float64
	}{
		"gamma below one":          {func() float64 { return r.gamma(.4) }, .4, .4},
		"gamma":                    {func() float64 { return r.gamma(7) }, 7, 7},
		"few posts":                {func() float64 { return r.poisson(.3) }, .3, .3},
		"many posts":               {func() float64 { return r.poisson(400) }, 400, 400},
		"few trials":               {func() float64 { return r.binomial(9, .3) }, 2.7, 1.89},
		"many trials":              {func() float64 { return r.binomial(300, .1) }, 30, 27},
		"negative binomial":        {func() float64 { return r.negativeBinomial(20, .2) }, 20, 100},
		"sparse negative binomial": {func() float64 { return r.negativeBinomial(.1, .3) }, .1, .103},
		"beta-binomial":            {func() float64 { return r.betaBinomial(50, .3, .04) }, 15, 10.5 * (1 + 49*.04)},
	} {
		const n = 40_000
		sum, squares := 0.0, 0.0
		for range n {
			v := tt.draw()
			sum += v
			squares += (v - tt.mean) * (v - tt.mean)
		}
		if mean := sum / n; math.Abs(mean-tt.mean) > 5*math.Sqrt(tt.variance/n) {
			t.Errorf("%s: mean %v, want %v", name, mean, tt.mean)
		}
		if variance := squares / n; math.Abs(variance/tt.variance-1) > .12 {
			t.Errorf("%s: variance %v, want %v", name, variance, tt.variance)
		}
	}
}

// TestReckoning counts a made-up run by hand.
func TestReckoning(t *testing.T) {
	t.Parallel()
	first := Unheard * perWeek
	s := &scores{
		volume: make([]float64, total), share: make([]float64, total), frozen: make([]bool, total),
		truth: &Series{Rate: 8, Drifts: true, Events: []Event{
			{Volume, first + 100, first + 130, 6, 0},
			{Volume, first + 500, first + 530, 3, 0},
			{Share, first + 900, first + 930, 1, .3},
			{Outage, first + 1500, first + 1520, 1, 0},
		}},
	}
	s.volume[50] = 9                              // not scored
	s.volume[first+102], s.volume[first+3] = 3, 3 // 15 min after the start; wrong
	s.volume[first+120] = 4                       // the same episode
	s.volume[first+535] = 3                       // within the hour after the end
	s.volume[first+910] = 3                       // a spike of the share: wrong for the volume
	s.share[first+905] = 4
	s.volume[first+1525] = 3 // the backlog of the outage
	v := volumeChannel()
	f := v.reckon([]*scores{s}, 2.3)
	if f.Recall != 1 || f.wrong != 3 || f.found != 2 || f.Precision != .4 || f.FalseAlarms != .5 || f.Strong != 1 || f.Outages != (Count{1, 1}) || f.Delay != 180 {
		t.Errorf("volume: %+v", f)
	}
	u := unionChannel(2.3, 3)
	if f := u.reckon([]*scores{s}, 1); f.Recall != 1 || f.wrong != 2 || f.found != 3 {
		t.Errorf("union: %+v", f)
	}
}

// TestBench runs a few of the series: far too few to measure, enough to notice a detector that
// is broken. `samleng bench spikes --check` measures.
func TestBench(t *testing.T) {
	t.Parallel()
	r, err := Bench(t.Context(), Options{Seed: 3, Series: 28, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.Union.Recall < .45 || r.Union.Precision < .85 || r.Union.FalseAlarms > .12 || r.Union.Strong < .8 {
		t.Errorf("union %+v", r.Union)
	}
	if r.Union.Outages.Some > 1 || r.Arrival.Some < r.Arrival.All/4 {
		t.Errorf("outages that alarm: %v in event time, %v on arrival", r.Union.Outages, r.Arrival)
	}
	if len(r.Targets) < 12 {
		t.Errorf("%d targets", len(r.Targets))
	}
}

// TestHolidays looks at whether a table of public holidays helps where there are some.
// `samleng bench spikes --holidays` measures.
func TestHolidays(t *testing.T) {
	t.Parallel()
	r, err := Holidays(t.Context(), Options{Seed: 31, Series: 84, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d days; without: %d false alarms, found %v, recall %.3f, %.3f false a week; with: %d, %v, %.3f, %.3f", r.Days,
		r.Without.Wrong, r.Without.Found, r.Without.Union.Recall, r.Without.Union.FalseAlarms, r.With.Wrong, r.With.Found, r.With.Union.Recall, r.With.Union.FalseAlarms)
	if r.Without.Wrong < 10 || r.With.Wrong > r.Without.Wrong*3/4 || r.With.Union.Recall < r.Without.Union.Recall-.01 {
		t.Errorf("the table does not help")
	}
}
