package watch

import (
	"context"
	"time"

	"samleng"
)

// A bucket is first looked at when its grace is over. It is long enough for graceShare of the posts
// to have arrived, however late in the bucket they were published, and one for all series: those
// of a rule are told together, a province with its country and what moves with what moves, and so
// have to be looked at at the same time.
const (
	leastGrace   = 5 * time.Minute
	longestGrace = 10 * time.Minute // also where nothing is known yet
	graceShare   = .8
	// gracePast is the time whose arrivals are measured, and gracePosts the fewest that say anything.
	gracePast  = 6 * time.Hour
	gracePosts = 50
	// graceStep bounds the change from one bucket to the next, so that ticks stay in order.
	graceStep = time.Minute
	// mostGrace is the longest that can be asked for: the bucket is final soon after.
	mostGrace = 30 * time.Minute
)

// firstGrace is the grace where no bucket was looked at yet.
func (c *Config) firstGrace() time.Duration {
	if c.Grace > 0 {
		return c.Grace
	}
	return longestGrace
}

// wanted is the grace for a lag that graceShare of the posts keep below.
func wantedGrace(lag time.Duration) time.Duration {
	return min(longestGrace, max(leastGrace, (lag+time.Minute-1).Truncate(time.Minute)))
}

// towards is the grace behind a bucket of which it was so long.
func towards(grace, wanted time.Duration) time.Duration {
	return max(grace-graceStep, min(grace+graceStep, wanted))
}

// nextGrace is the grace of the bucket behind a tick: what the arrivals before the tick ask for, or
// what it was where they are few.
func (f *feed) nextGrace(ctx context.Context, tick time.Time) (time.Duration, error) {
	if f.fixed > 0 {
		return towards(f.grace, f.fixed), nil
	}
	// What comes when its bucket is final is waited for by nobody.
	lag, posts, err := f.past.Lag(ctx, tick.Add(-gracePast), tick, final, graceShare)
	if err != nil {
		return 0, err
	}
	if posts < gracePosts {
		return f.grace, nil
	}
	return towards(f.grace, wantedGrace(lag)), nil
}

// tickOf is when a bucket is first looked at.
func tickOf(bucket time.Time, grace time.Duration) time.Time {
	return bucket.Add(samleng.Bucket + grace)
}

// lastBucket is the last bucket whose tick is not later than a moment.
func lastBucket(moment time.Time, grace time.Duration) time.Time {
	return moment.UTC().Add(-grace - samleng.Bucket).Truncate(samleng.Bucket)
}

// graceOf is the grace after which a bucket was looked at.
func graceOf(h *samleng.Heard) time.Duration { return h.Tick.Sub(h.Bucket) - samleng.Bucket }

// watermark is what the detectors are told when a bucket is looked at. They count in buckets: to
// them the grace is always the least one, so that what is scored and learned when depends on the
// order of buckets alone, and each is scored once whatever the grace is and becomes. A bucket is
// then learned from an hour after its end or at the next tick behind that.
func watermark(bucket time.Time) time.Time { return tickOf(bucket, leastGrace) }
