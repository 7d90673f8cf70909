package spike

import (
	"slices"
	"testing"
	"time"

	"samleng"
)

// at makes a scored bucket number i of scores.
func at(i int, volume, negative float64) *Scored {
	start := epoch.Add(time.Duration(i) * 5 * time.Minute)
	s := &Scored{Start: start, End: start.Add(5 * time.Minute), Young: true}
	s.Volume.Score, s.Negative.Score = volume, negative
	return s
}

func TestEpisode(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	type step struct {
		volume, negative float64
		change           func(*Scored)
		want             samleng.AlertState
	}
	frozen := func(s *Scored) { s.Frozen = true }
	gap := func(s *Scored) { s.Gap = true }
	model := func(s *Scored) { s.Model = true }
	old := func(s *Scored) { s.Again, s.Young = true, false }
	quiet := func(n int, change func(*Scored)) []step { return slices.Repeat([]step{{change: change}}, n) }
	join := slices.Concat[[]step]
	tests := map[string][]step{
		"opens once and closes after 3 h": join(
			[]step{{2.2, 0, nil, ""}, {2.3, 0, nil, samleng.AlertOpened}, {2.9, 0, nil, ""}},
			quiet(35, nil), []step{{0, 0, nil, samleng.AlertClosed}, {2.4, 0, nil, samleng.AlertOpened}}),
		"stays open while any bucket of the last 3 h is high": join(
			[]step{{2.5, 0, nil, samleng.AlertOpened}}, quiet(35, nil), []step{{2.5, 0, nil, ""}}, quiet(35, nil), []step{{0, 0, nil, samleng.AlertClosed}}),
		"escalates when ten times rarer": {
			{2.5, 0, nil, samleng.AlertOpened}, {3.4, 0, nil, ""}, {3.5, 0, nil, samleng.AlertEscalated}, {4.4, 0, nil, ""}, {4.6, 0, nil, samleng.AlertEscalated},
		},
		"escalates when the share joins":              {{2.5, 2.9, nil, samleng.AlertOpened}, {2.5, 3, nil, samleng.AlertEscalated}, {2.5, 3.2, nil, ""}},
		"both channels at once are one alert":         {{2.5, 3.2, nil, samleng.AlertOpened}, {2.6, 3.3, nil, ""}},
		"a share within 3 h of a volume joins it":     join([]step{{2.5, 0, nil, samleng.AlertOpened}}, quiet(30, nil), []step{{0, 3.1, nil, samleng.AlertEscalated}}),
		"frozen buckets neither open nor close":       join([]step{{9, 9, frozen, ""}, {2.5, 0, nil, samleng.AlertOpened}}, quiet(100, frozen), quiet(35, nil), []step{{0, 0, nil, samleng.AlertClosed}}),
		"a series not heard of for a day closes":      join([]step{{2.5, 0, nil, samleng.AlertOpened}}, quiet(288, frozen), []step{{0, 0, frozen, samleng.AlertClosed}}),
		"held after a gap, told when it is over":      {{3, 0, gap, samleng.AlertHeld}, {3, 0, gap, ""}, {3, 0, nil, samleng.AlertOpened}},
		"held again after it fell":                    {{3, 0, gap, samleng.AlertHeld}, {0, 0, gap, ""}, {3, 0, gap, samleng.AlertHeld}},
		"a new model holds shares only":               {{0, 4, model, samleng.AlertHeld}, {2.5, 4, model, samleng.AlertOpened}},
		"a held share joins when it is free":          {{2.5, 4, model, samleng.AlertOpened}, {2.5, 6, model, ""}, {2.5, 4, nil, samleng.AlertEscalated}, {2.5, 4, nil, ""}},
		"nothing escalates while all is held":         {{2.5, 0, nil, samleng.AlertOpened}, {4, 4, gap, ""}, {4, 0, func(s *Scored) { s.Low = true }, ""}, {4, 0, nil, samleng.AlertEscalated}},
		"what is held keeps an episode open":          join([]step{{2.5, 0, nil, samleng.AlertOpened}}, quiet(35, nil), []step{{2.5, 0, gap, ""}}, quiet(35, nil), []step{{0, 0, nil, samleng.AlertClosed}}),
		"old buckets scored again do not open":        {{5, 0, old, ""}, {5, 0, func(s *Scored) { s.Again = true }, samleng.AlertOpened}},
		"below the share's threshold nothing happens": {{0, 2.99, nil, ""}, {2.29, 0, nil, ""}},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var e Episode
			for i, step := range steps {
				s := at(i, step.volume, step.negative)
				if step.change != nil {
					step.change(s)
				}
				got, held := e.Step(&config, s, config.Thresholds(1))
				if got != step.want {
					t.Fatalf("step %d: %q, want %q", i, got, step.want)
				}
				if (held != "") != (got == samleng.AlertHeld) {
					t.Fatalf("step %d: %q with the reason %q", i, got, held)
				}
			}
		})
	}
}

// An old bucket that late posts raise says nothing of the time since the last one that was high.
func TestOldBucketsDoNotProlongAnEpisode(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	var e Episode
	e.Step(&config, at(0, 2.5, 0), config.Thresholds(1))
	e.Step(&config, at(1, 2.5, 0), config.Thresholds(1))
	for i := 2; i < 37; i++ {
		if i == 10 {
			old := at(0, 2.6, 0)
			old.Again = true
			e.Step(&config, old, config.Thresholds(1))
		}
		if got, _ := e.Step(&config, at(i, 0, 0), config.Thresholds(1)); got != "" {
			t.Fatalf("bucket %d: %q", i, got)
		}
	}
	if got, _ := e.Step(&config, at(37, 0, 0), config.Thresholds(1)); got != samleng.AlertClosed {
		t.Errorf("3 h after the last high bucket: %q", got)
	}
}

func TestBudgetRaisesThresholds(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	for _, tt := range []struct {
		series int
		budget float64
		want   Thresholds
	}{
		{500, 50, Thresholds{3, 3, 3}},
		{5000, 50, Thresholds{4, 4, 4}},
		{10, 50, Thresholds{2.3, 3, 3}},
		{5000, 0, Thresholds{2.3, 3, 3}},
	} {
		config.Budget = tt.budget
		if got := config.Thresholds(tt.series); got != tt.want {
			t.Errorf("%d series, %v a week: %v, want %v", tt.series, tt.budget, got, tt.want)
		}
	}
}

func TestDiscoveries(t *testing.T) {
	t.Parallel()
	// p = 10^(2-s)/168: s 2 is .00595, s 3 .000595.
	for _, tt := range []struct {
		scores []float64
		m      int
		q      float64
		want   float64
		none   bool
	}{
		{scores: []float64{3.9, 0.5}, m: 200, q: .10, want: 3.9}, // p .000075 <= .1/200
		{scores: []float64{2.5}, m: 200, q: .10, none: true},     // p .0019 > .1/200
		{scores: slices.Repeat([]float64{2.5}, 4), m: 200, q: .10, want: 2.5},
		{scores: slices.Repeat([]float64{2.5}, 3), m: 200, q: .10, none: true},
		{scores: append(slices.Repeat([]float64{2.5}, 3), 2.4, 2.4, 2.4), m: 200, q: .10, want: 2.4},
		{scores: nil, m: 200, q: .10, none: true},
	} {
		got := discoveries(tt.scores, tt.m, tt.q)
		if tt.none && got < 100 || !tt.none && got != tt.want {
			t.Errorf("%v of %d at %v: %v", tt.scores, tt.m, tt.q, got)
		}
	}
}

func TestTermsInterval(t *testing.T) {
	t.Parallel()
	volume := Terms{Observed: 40, Expected: 10, Dispersion: .2}
	low, high := volume.Interval()
	// The negative binomial of mean 10 and variance 30.
	if low != 3 || high != 20 {
		t.Errorf("posts between %v and %v", low, high)
	}
	share := Terms{Observed: .5, Expected: .25, Dispersion: .02, Count: 100, Of: 50}
	low, high = share.Interval()
	if low < .10 || low > .16 || high < .34 || high > .40 {
		t.Errorf("share between %v and %v", low, high)
	}
	if c := share.Change(); c.Count != 100 || c.Low != low || c.Factors["of_label"] != 50 {
		t.Errorf("change %+v", c)
	}
}

// A channel that is held neither stands in what is told nor makes it louder.
func TestHeldChannelsAreNotTold(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	s := NewSet(&config)
	if err := s.Add(samleng.Series{Topic: "health"}, nil); err != nil {
		t.Fatal(err)
	}
	m := s.members[0]
	for _, held := range []bool{true, false} {
		m.detector.state.Episode = Episode{}
		m.scored = []Scored{*at(0, 2.5, 5.5)}
		m.scored[0].Model, m.last = held, &m.scored[0]
		s.judge(m, config.Thresholds(1), s.promote())
		e := s.event(m, config.Thresholds(1))
		terms, loudness := 2, samleng.LevelUrgent
		if held {
			terms, loudness = 1, samleng.LevelWarning
		}
		if e.State != samleng.AlertOpened || len(e.Terms) != terms || e.Level != loudness {
			t.Errorf("held %t: %q with %d channels, level %s", held, e.State, len(e.Terms), e.Level)
		}
	}
}
