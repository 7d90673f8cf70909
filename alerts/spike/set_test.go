package spike

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"samleng"
)

// world is a set of topics with two provinces each, and what happens to them.
type world struct {
	series  []samleng.Series // a topic, then its provinces
	parents []int            // index of the parent, or -1
	counts  [][]float64      // posts by series and bucket
}

// newWorld gives each province some posts an hour; the topic is their sum.
func newWorld(topics, buckets int) *world {
	w := &world{}
	r := rand.New(rand.NewPCG(9, 9))
	for topic := range topics {
		name := string(rune('a' + topic))
		parent := len(w.series)
		w.series = append(w.series, samleng.Series{Topic: name})
		w.parents = append(w.parents, -1)
		w.counts = append(w.counts, make([]float64, buckets))
		for _, place := range []string{"01", "02"} {
			w.series = append(w.series, samleng.Series{Topic: name, Place: place})
			w.parents = append(w.parents, parent)
			mine := make([]float64, buckets)
			for i := range mine {
				for range 40 {
					if r.Float64() < .05 {
						mine[i]++
					}
				}
				w.counts[parent][i] += mine[i]
			}
			w.counts = append(w.counts, mine)
		}
	}
	return w
}

// burst puts posts into a series and its parent.
func (w *world) burst(series, from, to int, posts float64) {
	for i := from; i < to; i++ {
		w.counts[series][i] += posts
		if p := w.parents[series]; p >= 0 {
			w.counts[p][i] += posts
		}
	}
}

func (w *world) set(t *testing.T, config *Config) *Set {
	t.Helper()
	s := NewSet(config)
	for i, series := range w.series {
		var parent *samleng.Series
		if p := w.parents[i]; p >= 0 {
			parent = &w.series[p]
		}
		if err := s.Add(series, parent); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// play feeds buckets [from, to) and advances after each tick of so many.
func (w *world) play(t *testing.T, s *Set, from, to, every int) []Event {
	t.Helper()
	var out []Event
	for i := from; i < to; i++ {
		start := epoch.Add(time.Duration(i) * 5 * time.Minute)
		if err := s.Heartbeat(start, 1, 0); err != nil {
			t.Fatal(err)
		}
		for j, series := range w.series {
			if w.counts[j][i] == 0 {
				continue // the heartbeat says it
			}
			b := Bucket{Start: start, Posts: w.counts[j][i], Labelled: w.counts[j][i], Coverage: 1}
			if err := s.Observe(series, &b); err != nil {
				t.Fatal(err)
			}
		}
		if (i+1)%every == 0 || i == to-1 {
			out = append(out, s.Advance(start.Add(5*time.Minute))...)
		}
	}
	return out
}

func opened(events []Event) (out []Event) {
	for _, e := range events {
		if e.State == samleng.AlertOpened {
			out = append(out, e)
		}
	}
	return out
}

const day = 288

func TestChildrenFoldIntoTheirParent(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	config.Promote = false
	w := newWorld(2, 10*day)
	w.burst(1, 8*day, 8*day+24, 60)   // province a/01, so topic a as well
	w.burst(5, 8*day+2, 8*day+24, 12) // province b/02: may be too little for topic b
	events := w.play(t, w.set(t, &config), 0, 10*day, 1)
	var told []samleng.Series
	for _, e := range events {
		if e.Since.IsZero() || e.State != samleng.AlertOpened {
			continue
		}
		told = append(told, e.Series)
		if e.Series == w.series[0] && !reflect.DeepEqual(e.Folded, []samleng.Series{w.series[1]}) {
			t.Errorf("topic a stands for %v", e.Folded)
		}
		if len(e.Terms) == 0 || e.Level < samleng.LevelWarning || e.Tested != 6 || len(e.Episode) != 32 || e.Number != 1 {
			t.Errorf("event %+v", e)
		}
	}
	for _, s := range told {
		if s == w.series[1] {
			t.Error("a province was told beside its topic")
		}
	}
	if len(told) == 0 || told[0] != w.series[0] {
		t.Errorf("told of %v", told)
	}
	folded := 0
	for _, e := range events {
		if e.Held == samleng.HeldFolded {
			folded++
			if e.State != samleng.AlertHeld || e.Into != w.series[0] || e.Series != w.series[1] {
				t.Errorf("folded: %+v", e)
			}
		}
	}
	if folded != 1 {
		t.Errorf("%d episodes were folded", folded)
	}
}

// TestTicksDoNotMatter advances after every bucket, or after many at once.
func TestTicksDoNotMatter(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	w := newWorld(3, 6*day)
	for topic := range 3 {
		w.burst(3*topic+1, 4*day, 4*day+12, 30)
	}
	want := w.play(t, w.set(t, &config), 0, 6*day, 1)
	if len(opened(want)) < 3 {
		t.Fatalf("%d episodes opened: this test would show nothing", len(opened(want)))
	}
	if got := w.play(t, w.set(t, &config), 0, 6*day, 5); !reflect.DeepEqual(got, want) {
		t.Errorf("every 25 minutes: %d events, want %d", len(got), len(want))
	}
}

// TestRestoredSetTellsTheSame cuts a set's life in two.
func TestRestoredSetTellsTheSame(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	w := newWorld(3, 6*day)
	for topic := range 3 {
		w.burst(3*topic+2, 4*day, 4*day+30, 30)
	}
	whole := w.set(t, &config)
	want := w.play(t, whole, 0, 6*day, 1)
	for _, cut := range []int{1, 100, 2*day + 7, 4*day + 1, 4*day + 10, 4*day + 40} {
		first := w.set(t, &config)
		got := w.play(t, first, 0, cut, 1)
		common, err := first.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		second := w.set(t, &config)
		if err := second.UnmarshalBinary(common); err != nil {
			t.Fatal(err)
		}
		if err := first.Snapshots(second.Restore); err != nil {
			t.Fatal(err)
		}
		got = append(got, w.play(t, second, cut, 6*day, 1)...)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("cut at %d: %d events, want %d", cut, len(got), len(want))
		}
		for _, series := range w.series {
			a, errA := whole.Detector(series).MarshalBinary()
			b, errB := second.Detector(series).MarshalBinary()
			if errors.Join(errA, errB) != nil || !bytes.Equal(a, b) {
				t.Fatalf("cut at %d: series %s remembers otherwise", cut, Name(series))
			}
		}
	}
	if err := whole.UnmarshalBinary([]byte{7}); err == nil {
		t.Error("a foreign snapshot was taken")
	}
}

// TestPromotedTogether moves many series a little, each below its threshold.
func TestPromotedTogether(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	config.Volume = 6 // only what moves together may open
	w := newWorld(8, 10*day)
	for topic := range 8 {
		w.burst(3*topic, 9*day, 9*day+6, 14)
	}
	events := opened(w.play(t, w.set(t, &config), 0, 10*day, 1))
	groups := map[string]int{}
	for _, e := range events {
		if e.Group == "" || e.Level != samleng.LevelNotice {
			t.Errorf("not promoted: %+v", e)
		}
		groups[e.Group]++
	}
	largest := 0
	for _, n := range groups {
		largest = max(largest, n)
	}
	if largest < 4 {
		t.Errorf("%d episodes in groups %v, want most topics in one", len(events), groups)
	}
	config.Promote = false
	if events := opened(w.play(t, w.set(t, &config), 0, 10*day, 1)); len(events) > 0 {
		t.Errorf("without the rule: %d episodes", len(events))
	}
	config.Promote = true
	alone := newWorld(8, 10*day)
	alone.burst(0, 9*day, 9*day+6, 14)
	if events := opened(alone.play(t, alone.set(t, &config), 0, 10*day, 1)); len(events) > 0 {
		t.Errorf("one topic alone was promoted: %+v", events[0])
	}
}

// TestKilledSources silences a third of the sources for 6 hours, whose backlog then comes at once.
func TestKilledSources(t *testing.T) {
	t.Parallel()
	for name, coverage := range map[string]float64{"a third": .67, "most": .3} {
		config := DefaultConfig()
		w := newWorld(4, 12*day)
		set := w.set(t, &config)
		r := rand.New(rand.NewPCG(4, 4))
		from, to := 9*day, 9*day+72
		var told []Event
		for i := range 12 * day {
			start := epoch.Add(time.Duration(i) * 5 * time.Minute)
			heard, late := 1.0, 0.0
			if i >= from && i < to {
				heard = coverage
			}
			if i >= to && i < to+2 {
				late = .9 // the backlog: older posts into older buckets
			}
			if err := set.Heartbeat(start, heard, late); err != nil {
				t.Fatal(err)
			}
			for j, series := range w.series {
				posts := 0.0
				for range int(w.counts[j][i]) {
					if r.Float64() < heard {
						posts++
					}
				}
				if err := set.Observe(series, &Bucket{Start: start, Posts: posts, Coverage: heard, Late: late}); err != nil {
					t.Fatal(err)
				}
			}
			if i == to { // the backlog arrives: buckets that are not final become whole
				for back := 1; back <= 10; back++ {
					at := epoch.Add(time.Duration(i-back) * 5 * time.Minute)
					for j, series := range w.series {
						if err := set.Observe(series, &Bucket{Start: at, Posts: w.counts[j][i-back], Coverage: coverage}); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			told = append(told, set.Advance(start.Add(5*time.Minute))...)
		}
		for _, e := range told {
			if e.State == samleng.AlertOpened && e.At.After(epoch.Add(time.Duration(from)*5*time.Minute)) && e.At.Before(epoch.Add(time.Duration(to+day)*5*time.Minute)) {
				t.Errorf("%s: false alert %+v", name, e)
			}
		}
	}
}

func TestSetRefuses(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	s := NewSet(&config)
	a, b := samleng.Series{Topic: "a"}, samleng.Series{Topic: "b"}
	if err := s.Add(a, &b); err == nil {
		t.Error("a parent that is not there: no error")
	}
	if err := s.Add(a, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(a, nil); err == nil {
		t.Error("the same series twice: no error")
	}
	if err := s.Observe(b, &Bucket{Start: epoch}); !errors.Is(err, ErrUnwatched) {
		t.Errorf("an unknown series: %v", err)
	}
	if err := s.Restore(b, nil); !errors.Is(err, ErrUnwatched) {
		t.Errorf("the memory of an unknown series: %v", err)
	}
	if err := s.Heartbeat(epoch, 2, 0); samleng.ClassOf(err) != samleng.BadInput {
		t.Errorf("coverage of 2: %v", err)
	}
}

// TestSkippedHeartbeatsAreForgotten advances by more buckets than are gone through one by one: the
// heartbeats of those that are skipped are not carried along for ever, in memory and in each
// snapshot.
func TestSkippedHeartbeatsAreForgotten(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	s := NewSet(&config)
	if err := s.Add(samleng.Series{Topic: "a"}, nil); err != nil {
		t.Fatal(err)
	}
	heard := func(from, to int) {
		for i := from; i < to; i++ {
			if err := s.Heartbeat(epoch.Add(time.Duration(i)*config.Step), 1, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	heard(0, 1)
	s.Advance(epoch.Add(config.Step + config.Grace))
	heard(1, 200)
	jump := farBehind + 100
	s.Advance(epoch.Add(time.Duration(jump)*config.Step + config.Grace))
	if n := len(s.beats); n != 0 {
		t.Errorf("%d heartbeats are kept of buckets that were passed over", n)
	}
	heard(jump, jump+3)
	if n := len(s.beats); n != 3 {
		t.Errorf("%d heartbeats wait for their bucket, want 3", n)
	}
}

func TestCandidatesAreTold(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	w := newWorld(1, 10*day)
	w.burst(1, 8*day, 8*day+24, 20)
	s := w.set(t, &config)
	seen := 0
	s.OnCandidate = func(series samleng.Series, terms Terms) {
		seen++
		if terms.Score < CandidateScore || terms.Signal != samleng.SignalVolume || terms.Observed <= terms.Expected || terms.LogP < 3 || terms.Lambda <= 0 || terms.Quantile <= 0 || terms.End.Sub(terms.Start) != terms.Window {
			t.Errorf("%s: %+v", Name(series), terms)
		}
	}
	w.play(t, s, 0, 10*day, 1)
	if seen == 0 {
		t.Error("no candidate was told")
	}
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	good := DefaultConfig()
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for key, spoil := range map[string]func(*Config){
		"step":     func(c *Config) { c.Step = 0 },
		"location": func(c *Config) { c.Location = nil },
		"grace":    func(c *Config) { c.Grace = -1 },
		"final":    func(c *Config) { c.Final = time.Minute },
		"volume":   func(c *Config) { c.Volume = 0 },
		"share":    func(c *Config) { c.Share = 11 },
		"rest":     func(c *Config) { c.Rest = -time.Hour },
		"budget":   func(c *Config) { c.Budget = -1 },
		"warm_up":  func(c *Config) { c.WarmUp = 6 * time.Hour }, // seasons begin after a day
	} {
		c := DefaultConfig()
		spoil(&c)
		found, ok := errors.AsType[*samleng.KeyError](c.Validate())
		if !ok || found.Key != key {
			t.Errorf("%s: %v", key, c.Validate())
		}
	}
}
