package clickhouse

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"samleng"
)

// saved is what a save consists of.
type saved struct {
	common []byte
	series map[samleng.Series]string
}

func saveSpikes(t *testing.T, s *Store, through time.Time, what saved) {
	t.Helper()
	err := s.SaveSpikes(t.Context(), through, what.common, func(save func(samleng.Series, []byte) error) error {
		for series, state := range what.series {
			if err := save(series, []byte(state)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func loadSpikes(t *testing.T, s *Store) (saved, time.Time) {
	t.Helper()
	got := saved{series: map[samleng.Series]string{}}
	through, err := s.LoadSpikes(t.Context(), func(b []byte) error {
		got.common = bytes.Clone(b)
		return nil
	}, func(series samleng.Series, b []byte) error {
		if _, twice := got.series[series]; twice {
			t.Errorf("series %+v came twice", series)
		}
		got.series[series] = string(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, through
}

func TestSpikes(t *testing.T) {
	s := migrated(t)
	if got, through := loadSpikes(t, s); !through.IsZero() || got.common != nil || len(got.series) > 0 {
		t.Fatalf("an empty store gives %+v through %s", got, through)
	}
	binary := string([]byte{0, 1, '\'', '\\', 0xff, '\n'})
	for round := range 5 {
		want := saved{common: fmt.Appendf(nil, "round %d\x00", round), series: map[samleng.Series]string{
			{}: binary, {Topic: "land"}: fmt.Sprint("land", round), {Topic: "land", Place: "12"}: "", {Topic: "land", Kind: samleng.KindSocial}: "s",
			{Keyword: "a 'phrase'", Language: "km", Stories: true}: "k",
		}}
		for i := range round * 1500 { // the last ones take more than one insert
			want.series[samleng.Series{Keyword: fmt.Sprint(i)}] = fmt.Sprint(round, i)
		}
		at := noon.Add(time.Duration(round) * 5 * time.Minute)
		saveSpikes(t, s, at, want)
		got, through := loadSpikes(t, s)
		if !through.Equal(at) || !bytes.Equal(got.common, want.common) || len(got.series) != len(want.series) {
			t.Fatalf("round %d: %d series of %d through %s", round, len(got.series), len(want.series), through)
		}
		for series, state := range want.series {
			if got.series[series] != state {
				t.Fatalf("round %d: series %+v is %q, want %q", round, series, got.series[series], state)
			}
		}
		if round == 2 { // from here on there are fewer series, too
			saveSpikes(t, s, at, saved{common: []byte("few"), series: map[samleng.Series]string{{Topic: "land"}: "x"}})
			if got, _ := loadSpikes(t, s); len(got.series) != 1 {
				t.Fatalf("%d series after a save of one", len(got.series))
			}
		}
	}
}

// TestSpikesBrokenOff ends a save in the middle: the one before holds.
func TestSpikesBrokenOff(t *testing.T) {
	s := migrated(t)
	first := saved{common: []byte("first"), series: map[samleng.Series]string{}}
	for i := range 3000 {
		first.series[samleng.Series{Keyword: fmt.Sprint(i)}] = "first"
	}
	saveSpikes(t, s, noon, first)
	gone := errors.New("gone")
	for range 3 {
		err := s.SaveSpikes(t.Context(), noon.Add(time.Hour), []byte("second"), func(save func(samleng.Series, []byte) error) error {
			for i := range 2500 {
				if err := save(samleng.Series{Keyword: fmt.Sprint(i)}, []byte("second")); err != nil {
					return err
				}
			}
			return gone
		})
		if !errors.Is(err, gone) {
			t.Fatal(err)
		}
		got, through := loadSpikes(t, s)
		if !through.Equal(noon) || string(got.common) != "first" || len(got.series) != 3000 {
			t.Fatalf("%d series of %q through %s", len(got.series), got.common, through)
		}
		for series, state := range got.series {
			if state != "first" {
				t.Fatalf("series %+v is %q", series, state)
			}
		}
	}
}
