package watch

import (
	"testing"
	"time"
)

func TestWantedGrace(t *testing.T) {
	t.Parallel()
	for lag, want := range map[time.Duration]time.Duration{
		0: 5 * time.Minute, 5 * time.Minute: 5 * time.Minute, 5*time.Minute + time.Millisecond: 6 * time.Minute,
		7 * time.Minute: 7 * time.Minute, 9*time.Minute + time.Second: 10 * time.Minute, 50 * time.Minute: 10 * time.Minute,
	} {
		if got := wantedGrace(lag); got != want {
			t.Errorf("of a lag of %s it is %s, want %s", lag, got, want)
		}
	}
}

// TestTicksStayInOrder lets the grace go from each length to each other: of every bucket there is
// one tick, later than that of the bucket before, and a bucket is told until an hour has passed
// since its end, however the grace moves.
func TestTicksStayInOrder(t *testing.T) {
	t.Parallel()
	for from := time.Minute; from <= mostGrace; from += time.Minute {
		for to := time.Minute; to <= mostGrace; to += time.Minute {
			grace, bucket := from, noon
			for range 40 {
				tick := tickOf(bucket, grace)
				if got := lastBucket(tick, grace); !got.Equal(bucket) {
					t.Fatalf("at the tick of %s %s is looked at", bucket, got)
				}
				if got := lastBucket(tick.Add(-time.Second), grace); got.Equal(bucket) {
					t.Fatalf("%s is looked at before its tick", bucket)
				}
				grace = towards(grace, to)
				bucket = bucket.Add(5 * time.Minute)
				if next := tickOf(bucket, grace); next.Sub(tick) < 4*time.Minute || next.Sub(tick) > 6*time.Minute {
					t.Fatalf("from %s to %s: ticks are %s apart", from, to, next.Sub(tick))
				}
			}
			if grace != to {
				t.Errorf("from %s it went to %s, want %s", from, grace, to)
			}
		}
	}
}

func TestConfigOfGrace(t *testing.T) {
	t.Parallel()
	for grace, valid := range map[time.Duration]bool{0: true, time.Minute: true, 7 * time.Minute: true, 30 * time.Minute: true, 90 * time.Second: false, 31 * time.Minute: false, -time.Minute: false} {
		c := DefaultConfig()
		c.Grace = grace
		if err := c.Validate(); (err == nil) != valid {
			t.Errorf("%s: %v", grace, err)
		}
	}
}
