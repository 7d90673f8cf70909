package watch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"samleng"
)

// step is what is known at a tick: what the detectors are told.
type step struct {
	heard  samleng.Heard
	counts []samleng.SeriesCount
}

// feed makes steps of posts and polls. What happens at a tick is not known at it: every period ends
// before its end.
type feed struct {
	past    Past
	series  []samleng.Series
	sources []samleng.Source
	pulse   *pulse
	late    lateness
	models  labellers
	polled  time.Time                    // when a source was first polled; zero: never
	fixed   time.Duration                // grace that is configured; 0: none
	grace   time.Duration                // of the next bucket
	told    map[cell]samleng.SeriesCount // of the buckets that are not final
}

// cell names a bucket of a series.
type cell struct {
	bucket int64
	series samleng.Series
}

// feedOf is what a feed goes on from.
type feedOf struct {
	series  []samleng.Series
	sources []samleng.Source
	bucket  time.Time     // the last that was looked at
	tick    time.Time     // when
	grace   time.Duration // of the next one
	fixed   time.Duration
	model   string                // in force; empty: not known
	before  []samleng.SeriesCount // what was told of the buckets that are not final
}

// newFeed makes a feed that goes on behind a bucket.
func newFeed(ctx context.Context, past Past, o *feedOf) (*feed, error) {
	f := &feed{
		past: past, series: o.series, sources: o.sources, pulse: newPulse(o.sources), models: labellers{current: o.model},
		fixed: o.fixed, grace: o.grace, told: map[cell]samleng.SeriesCount{},
	}
	f.note(o.tick, o.before)
	var err error
	if f.polled, _, err = past.Beginnings(ctx); err != nil {
		return nil, err
	}
	polls, err := past.Polls(ctx, o.tick.Add(-forgottenAfter-2*24*time.Hour), o.tick)
	if err != nil {
		return nil, err
	}
	for i := range polls {
		f.pulse.add(&polls[i])
	}
	last, heard, err := past.LastPolls(ctx, o.tick)
	if err != nil {
		return nil, err
	}
	f.pulse.recall(last, heard)
	if err := f.readModels(ctx, o.bucket.Add(-labelPast), o.bucket.Add(samleng.Bucket)); err != nil {
		return nil, err
	}
	return f, nil
}

// readModels reads who labels the posts of a period.
func (f *feed) readModels(ctx context.Context, from, to time.Time) error {
	from = from.Truncate(time.Hour) // an hour that is read again is read as a whole
	models, err := f.past.Models(ctx, from, to)
	if err != nil {
		return err
	}
	f.models.add(models, from)
	return nil
}

// history gives the steps of the buckets [first, last], in order, from what is on record now of
// what was known when each was looked at. The grace stays as it is. It reads some days at a time.
func (f *feed) history(ctx context.Context, first, last time.Time, do func(*step) error) error {
	// Each question reads the whole table of posts once, so it asks for some days together.
	const chunk = 4 * 24 * time.Hour
	var waiting []samleng.SeriesCount // of ticks that are still to come, in order
	bucket := first
	// The buckets that are looked at again within the time come first.
	for from := firstOpen(tickOf(first, f.grace)); !bucket.After(last); {
		to := from.Truncate(chunk).Add(chunk)
		if end := last.Add(samleng.Bucket); to.After(end) {
			to = end
		}
		counts, err := f.past.SeriesHistory(ctx, f.series, from, to, f.polled, f.grace, final)
		if err != nil {
			return err
		}
		waiting = append(waiting, counts...)
		slices.SortStableFunc(waiting, func(a, b samleng.SeriesCount) int { return a.Tick.Compare(b.Tick) })
		polls, err := f.past.Polls(ctx, tickOf(bucket, f.grace).Add(-2*brokenAfter), tickOf(to.Add(-samleng.Bucket), f.grace))
		if err != nil {
			return err
		}
		f.late = lateness{}
		arrivals, err := f.past.Arrivals(ctx, bucket.Add(-lateOver), to, true)
		if err != nil {
			return err
		}
		if err := f.readModels(ctx, from, to); err != nil {
			return err
		}
		for ; bucket.Before(to); bucket = bucket.Add(samleng.Bucket) {
			tick := tickOf(bucket, f.grace)
			for len(polls) > 0 && polls[0].At.Before(tick) {
				f.pulse.add(&polls[0])
				polls = polls[1:]
			}
			for len(arrivals) > 0 && !arrivals[0].Start.After(bucket) {
				f.late.add(arrivals[0])
				arrivals = arrivals[1:]
			}
			n := 0
			for n < len(waiting) && !waiting[n].Tick.After(tick) {
				n++
			}
			s := step{heard: f.heard(bucket, tick)}
			if bucket.Equal(first) {
				// What was told live may have been less than was known.
				s.counts = f.changed(tick, latestOf(waiting[:n], tick))
			} else {
				s.counts = slices.Clone(waiting[:n])
				f.note(tick, s.counts)
			}
			waiting = waiting[n:]
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := do(&s); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}

// latestOf gives of counts in the order of ticks the last of each bucket and series, of the buckets
// that are looked at at a tick.
func latestOf(all []samleng.SeriesCount, tick time.Time) []samleng.SeriesCount {
	at := map[cell]int{}
	var latest []samleng.SeriesCount
	for _, c := range all {
		k := cell{c.Bucket.Unix(), c.Series}
		if i, ok := at[k]; ok {
			latest[i] = c
		} else if !c.Bucket.Before(firstOpen(tick)) {
			at[k] = len(latest)
			latest = append(latest, c)
		}
	}
	return latest
}

// firstOpen is where the buckets begin that are looked at at a tick, since they are not final before.
func firstOpen(tick time.Time) time.Time { return tick.Add(-final - samleng.Bucket) }

// heard says what was heard of a bucket by its tick.
func (f *feed) heard(bucket, tick time.Time) samleng.Heard {
	h := f.pulse.at(tick, bucket)
	if f.polled.IsZero() || bucket.Before(f.polled) {
		h.Coverage = 1 // nothing is on record of the sources
	} else {
		h.Late = f.late.at(bucket)
	}
	h.Model, h.Grace = f.models.at(bucket), f.grace
	return h
}

// live gives the step of a bucket from what is in the store at its tick. Counts that did not change
// since they were told are left out. Behind it the feed has the grace of the next bucket.
func (f *feed) live(ctx context.Context, bucket time.Time) (*step, error) {
	tick, to := tickOf(bucket, f.grace), bucket.Add(samleng.Bucket)
	if f.polled.IsZero() {
		var err error
		if f.polled, _, err = f.past.Beginnings(ctx); err != nil {
			return nil, err
		}
	}
	polls, err := f.past.Polls(ctx, tick.Add(-2*brokenAfter), tick)
	if err != nil {
		return nil, err
	}
	for i := range polls {
		f.pulse.add(&polls[i])
	}
	arrivals, err := f.past.Arrivals(ctx, bucket.Add(-lateOver), to, false)
	if err != nil {
		return nil, err
	}
	f.late = lateness{}
	for _, a := range arrivals {
		f.late.add(a)
	}
	if err := f.readModels(ctx, to.Add(-labelRecent), to); err != nil {
		return nil, err
	}
	counts, err := f.past.SeriesCounts(ctx, f.series, firstOpen(tick), to, time.Time{})
	if err != nil {
		return nil, err
	}
	grace, err := f.nextGrace(ctx, tick)
	if err != nil {
		return nil, err
	}
	s := &step{heard: f.heard(bucket, tick), counts: f.changed(tick, counts)}
	f.grace, s.heard.Grace = grace, grace
	return s, nil
}

// note remembers what is told at a tick.
func (f *feed) note(tick time.Time, counts []samleng.SeriesCount) {
	for _, c := range counts {
		f.told[cell{c.Bucket.Unix(), c.Series}] = c
	}
	for k, c := range f.told {
		if c.Bucket.Before(firstOpen(tick)) {
			delete(f.told, k)
		}
	}
}

// changed gives the counts that differ from what was told, those that have become zero too.
func (f *feed) changed(tick time.Time, counts []samleng.SeriesCount) []samleng.SeriesCount {
	var all []samleng.SeriesCount
	now := make(map[cell]bool, len(counts))
	for _, c := range counts {
		k := cell{c.Bucket.Unix(), c.Series}
		now[k] = true
		c.Tick = tick
		if before, ok := f.told[k]; ok {
			before.Tick = tick
			if before == c {
				continue
			}
		}
		all = append(all, c)
	}
	for k, c := range f.told {
		if !now[k] && c.Posts > 0 && !c.Bucket.Before(firstOpen(tick)) {
			all = append(all, samleng.SeriesCount{Tick: tick, Bucket: c.Bucket, Series: c.Series})
		}
	}
	f.note(tick, all)
	slices.SortFunc(all, func(a, b samleng.SeriesCount) int {
		return cmp.Or(a.Bucket.Compare(b.Bucket), compareSeries(&a.Series, &b.Series))
	})
	return all
}

func compareSeries(a, b *samleng.Series) int {
	number := func(stories bool) int {
		if stories {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Language, b.Language),
		cmp.Compare(a.Keyword, b.Keyword), number(a.Stories)-number(b.Stories))
}

// replayed gives the steps that were kept of the ticks in (after, until].
func replayed(ctx context.Context, log Log, after, until time.Time, do func(*step) error) error {
	const chunk = 24 * time.Hour
	for after.Before(until) {
		to := after.Add(chunk)
		if to.After(until) {
			to = until
		}
		counts, heard, err := log.Observations(ctx, after, to)
		if err != nil {
			return fmt.Errorf("read what was observed: %w", err)
		}
		for i := range heard {
			s := step{heard: heard[i]}
			for len(counts) > 0 && !counts[0].Tick.After(heard[i].Tick) {
				if counts[0].Tick.Equal(heard[i].Tick) {
					s.counts = append(s.counts, counts[0])
				}
				counts = counts[1:]
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := do(&s); err != nil {
				return err
			}
		}
		after = to
	}
	return nil
}
