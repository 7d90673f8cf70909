package watch

import (
	"math/rand/v2"
	"testing"
	"time"

	"samleng"
)

// shift plays hours of posts, of which each model labels a share, and gives the models in force, each
// time that they changed.
func shift(l *labellers, from, hours, posts int, share func(hour, minute int) map[string]float64) (changes []string) {
	random := rand.New(rand.NewPCG(uint64(posts), 3)) //nolint:gosec // a reproducible test
	counts := map[string]int{}
	for hour := from; hour < from+hours; hour++ {
		start := noon.Add(time.Duration(hour) * time.Hour)
		clear(counts)
		for minute := 0; minute < 60; minute += 5 {
			for range posts {
				if random.IntN(12) > 0 {
					continue // so many an hour, on average
				}
				u := random.Float64()
				for _, name := range []string{"old", "new"} {
					if u -= share(hour, minute)[name]; u < 0 {
						counts[name]++
						break
					}
				}
			}
			var now []samleng.ModelHour
			for _, name := range []string{"new", "old"} {
				if counts[name] > 0 {
					now = append(now, samleng.ModelHour{Start: start, Model: name, Posts: counts[name]})
				}
			}
			l.add(now, start)
			before := l.current
			if got := l.at(start.Add(time.Duration(minute) * time.Minute)); got != before {
				changes = append(changes, got)
			}
		}
	}
	return changes
}

func only(name string) func(int, int) map[string]float64 {
	return func(int, int) map[string]float64 { return map[string]float64{name: 1} }
}

func both(share float64) func(int, int) map[string]float64 {
	return func(int, int) map[string]float64 { return map[string]float64{"new": share, "old": 1 - share} }
}

// TestModelsSettle renews workers, or leaves old and new ones to share the posts for days: the
// model in force changes once for each change that there is, and never to and fro.
func TestModelsSettle(t *testing.T) {
	t.Parallel()
	for _, posts := range []int{6, 60, 600} {
		tests := []struct {
			name  string
			hours int
			share func(int, int) map[string]float64
			most  int    // changes
			last  string // model, where it is certain
		}{
			{"nothing changes", 48, only("old"), 0, "old"},
			{"all at once", 48, only("new"), 1, "new"},
			{"one worker of two", 96, both(.5), 1, ""},
			{"one worker of four", 96, both(.25), 2, ""},
			{"one worker of ten", 96, both(.1), 2, ""},
			{"a renewal in four steps of an hour", 48, func(hour, _ int) map[string]float64 {
				return both(min(1, float64(hour-30)/4+.25))(0, 0)
			}, 1, "new"},
			{"a trial of half an hour", 48, func(hour, minute int) map[string]float64 {
				if hour == 30 && minute < 30 {
					return map[string]float64{"old": .7, "new": .3}
				}
				return map[string]float64{"old": 1}
			}, 2, "old"},
		}
		for _, tt := range tests {
			l := &labellers{}
			if got := shift(l, 0, 30, posts, only("old")); len(got) != 1 || got[0] != "old" {
				t.Fatalf("it begins with %v", got)
			}
			if got := shift(l, 30, tt.hours, posts, tt.share); len(got) > tt.most || (tt.last != "" && l.current != tt.last) {
				t.Errorf("%s, %d posts an hour: %v, want at most %d changes, to %q", tt.name, posts, got, tt.most, tt.last)
			}
		}
	}
}

// TestANewModelIsSeenAtOnce says how soon a model that takes over is in force.
func TestANewModelIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	l := &labellers{}
	shift(l, 0, 30, 120, only("old"))
	l.add([]samleng.ModelHour{{Start: noon.Add(30 * time.Hour), Model: "new", Posts: 7}, {Start: noon.Add(30 * time.Hour), Model: "old", Posts: 2}}, noon.Add(30*time.Hour))
	if got := l.at(noon.Add(30*time.Hour + 5*time.Minute)); got != "new" {
		t.Errorf("five minutes behind the change it is %q", got)
	}
	// It is taken back two days later.
	shift(l, 31, 48, 120, only("new"))
	if got := shift(l, 79, 3, 120, only("old")); len(got) != 1 || got[0] != "old" {
		t.Errorf("taken back: %v", got)
	}
}
