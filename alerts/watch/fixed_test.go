package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts/rule"
)

// TestFixedThresholdsAreHeld lets both thresholds of a rule be reached while too few of the sources
// are heard, and while labels of two models are in use.
func TestFixedThresholdsAreHeld(t *testing.T) {
	t.Parallel()
	land := samleng.Series{Topic: "land"}
	r := rule.Rule{ID: "r", Topics: []string{"land"}, Fixed: &rule.Fixed{Posts: 40, Share: .5, Window: time.Hour}, Level: "warning", Channels: []string{"team"}}
	usual := func(int) samleng.Heard { return samleng.Heard{Coverage: 1, Model: "a", Sources: 10} }
	for _, c := range []struct {
		name  string
		posts int // in each bucket from the tenth on, half of them negative where there are more than 20
		heard func(n int) samleng.Heard
		want  []string // by bucket: state, reason and signals
	}{
		{"all are heard", 50, usual, []string{"10 opened  [volume negative-share]"}},
		{"few are heard for a while", 50, func(n int) samleng.Heard {
			h := usual(n)
			if n >= 9 && n < 14 {
				h.Coverage = .6
			}
			return h
		}, []string{"10 held too few of the sources were heard [volume negative-share]", "14 opened  [volume negative-share]"}},
		{"a flood of late posts", 50, func(n int) samleng.Heard {
			h := usual(n)
			if n < 12 {
				h.Late = .8
			}
			return h
		}, []string{"10 held too few of the sources were heard [volume negative-share]", "12 opened  [volume negative-share]"}},
		{"a new model", 50, func(n int) samleng.Heard {
			h := usual(n)
			if n >= 5 {
				h.Model = "b"
			}
			return h
		}, []string{"10 opened  [volume]"}},
		{"a new model, and tone alone", 1, func(n int) samleng.Heard {
			h := usual(n)
			if n >= 5 {
				h.Model = "b"
			}
			return h
		}, []string{"14 held the model that labels posts has changed [negative-share]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g, err := newGroup(r, []string{"land"}, nil, .7, nil)
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
			var got []string
			for n := range 20 {
				h := c.heard(n)
				h.Bucket = begin.Add(time.Duration(n) * samleng.Bucket)
				h.Tick = tickOf(h.Bucket, longestGrace)
				var counts []samleng.SeriesCount
				if n >= 10 {
					counts = append(counts, samleng.SeriesCount{Tick: h.Tick, Bucket: h.Bucket, Series: land, Posts: c.posts, Labelled: c.posts, Negative: (c.posts + 1) / 2})
				}
				raised, err := g.step(&h, counts)
				if err != nil {
					t.Fatal(err)
				}
				for i := range raised {
					a := &raised[i]
					var signals []samleng.Signal
					for _, change := range a.Changes {
						signals = append(signals, change.Signal)
					}
					got = append(got, fmt.Sprintf("%d %s %s %v", n, a.State, a.Held, signals))
					if a.Quality.Coverage != h.Coverage || (a.State == samleng.AlertHeld) != (a.Held != "") || len(a.Episode) != 32 {
						t.Errorf("raised %+v", a)
					}
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}
