package app

import (
	"iter"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"samleng"
	"samleng/alerts/spike"
)

// TestSpikesSurviveARestart keeps a set of series in ClickHouse, restores it in the middle of a
// spike, and compares what it tells with what it would have told.
func TestSpikesSurviveARestart(t *testing.T) {
	room := newNewsroom(t)
	config := spike.DefaultConfig()
	var series []samleng.Series
	for _, topic := range []string{"land", "health", "education"} {
		series = append(series, samleng.Series{Topic: topic}, samleng.Series{Topic: topic, Place: "12"}, samleng.Series{Topic: topic, Kind: samleng.KindSocial})
	}
	set := func() *spike.Set {
		s := spike.NewSet(&config)
		for i, name := range series {
			var parent *samleng.Series
			if i%3 != 0 {
				parent = &series[i-i%3]
			}
			if err := s.Add(name, parent); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	const buckets, begins, cut = 5 * 288, 4 * 288, 4*288 + 7
	start := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -6) // the store forgets what is old
	play := func(s *spike.Set, from, to int) (told []spike.Event) {
		for i := from; i < to; i++ {
			at := start.Add(time.Duration(i) * config.Step)
			if err := s.Heartbeat(at, 1, 0); err != nil {
				t.Fatal(err)
			}
			for j, name := range series {
				posts := float64(rand.New(rand.NewPCG(uint64(i), uint64(j))).IntN(9)) //nolint:gosec // reproducible
				if i >= begins && j < 3 {
					posts += 40
				}
				if err := s.Observe(name, &spike.Bucket{Start: at, Posts: posts, Labelled: posts, Negative: float64(int(posts / 4)), Coverage: 1}); err != nil {
					t.Fatal(err)
				}
			}
			told = append(told, s.Advance(at.Add(config.Step))...)
		}
		return told
	}
	want := play(set(), 0, buckets)
	if len(want) < 2 {
		t.Fatalf("%d events: this test would show nothing", len(want))
	}
	first := set()
	got := play(first, 0, cut)
	through := start.Add(cut * config.Step)
	common, err := first.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	kept := samleng.SpikeState{Rule: "r", Tick: through, Print: "p", Parts: []samleng.SpikePart{{Name: "*", Body: common}}}
	if err := first.Snapshots(func(name samleng.Series, body []byte) error {
		kept.Parts = append(kept.Parts, samleng.SpikePart{Name: spike.Name(name), Body: slices.Clone(body)})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := room.store.SaveSpikes(t.Context(), &kept, partsOf(kept.Parts)); err != nil {
		t.Fatal(err)
	}
	state, found, err := room.store.Spikes(t.Context(), "r", "p", through, false)
	if err != nil || !found || !state.Tick.Equal(through) {
		t.Fatalf("found %v at %s, %v", found, state.Tick, err)
	}
	second := set()
	for _, part := range state.Parts {
		if part.Name == "*" {
			err = second.UnmarshalBinary(part.Body)
		} else {
			i := slices.IndexFunc(series, func(s samleng.Series) bool { return spike.Name(s) == part.Name })
			err = second.Restore(series[i], part.Body)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got = append(got, play(second, cut, buckets)...); !reflect.DeepEqual(got, want) {
		t.Errorf("%d events after the restart, want %d", len(got), len(want))
	}
}

// partsOf gives parts as they are written.
func partsOf(all []samleng.SpikePart) iter.Seq2[samleng.SpikePart, error] {
	return func(yield func(samleng.SpikePart, error) bool) {
		for _, p := range all {
			if !yield(p, nil) {
				return
			}
		}
	}
}
