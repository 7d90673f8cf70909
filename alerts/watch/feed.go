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

// feed makes steps of posts and polls.
type feed struct {
	past    Past
	series  []samleng.Series
	sources []samleng.Source
	pulse   *pulse
	late    lateness
	polled  time.Time // when a source was first polled; zero: never
	model   string
	told    map[cell]samleng.SeriesCount // of the buckets that are not final
}

// cell names a bucket of a series.
type cell struct {
	bucket int64
	series samleng.Series
}

// bucketOf is the bucket that is first looked at at a tick.
func bucketOf(tick time.Time) time.Time { return tick.Add(-grace - samleng.Bucket) }

// newFeed makes a feed that goes on behind a tick: what was told of the buckets that are not
// final is in before.
func newFeed(ctx context.Context, past Past, series []samleng.Series, sources []samleng.Source, after time.Time, before []samleng.SeriesCount) (*feed, error) {
	f := &feed{past: past, series: series, sources: sources, pulse: newPulse(sources), told: map[cell]samleng.SeriesCount{}}
	for _, c := range before {
		f.told[cell{c.Bucket.Unix(), c.Series}] = c
	}
	var err error
	if f.polled, _, err = past.Beginnings(ctx); err != nil {
		return nil, err
	}
	polls, err := past.Polls(ctx, after.Add(-forgottenAfter-2*24*time.Hour), after)
	if err != nil {
		return nil, err
	}
	for i := range polls {
		f.pulse.add(&polls[i])
	}
	return f, nil
}

// history gives the steps of the ticks in (after, until], in order, from what is on record now of
// what was known then. It reads some days at a time.
func (f *feed) history(ctx context.Context, after, until time.Time, do func(*step) error) error {
	// Each question reads the whole table of posts once, so it asks for some days together.
	const chunk = 4 * 24 * time.Hour
	var waiting []samleng.SeriesCount // of ticks that are still to come, in order
	tick := after.Add(samleng.Bucket)
	// The buckets that are looked at again within the time come first.
	for from := bucketOf(tick).Add(grace - final); !from.After(bucketOf(until)); {
		to := from.Truncate(chunk).Add(chunk)
		if last := bucketOf(until).Add(samleng.Bucket); to.After(last) {
			to = last
		}
		end := to.Add(grace) // the last tick of which everything is known
		counts, err := f.past.SeriesHistory(ctx, f.series, from, to, f.polled, grace, final)
		if err != nil {
			return err
		}
		waiting = append(waiting, counts...)
		slices.SortStableFunc(waiting, func(a, b samleng.SeriesCount) int { return a.Tick.Compare(b.Tick) })
		polls, err := f.past.Polls(ctx, tick.Add(-samleng.Bucket), end)
		if err != nil {
			return err
		}
		arrivals, err := f.past.Arrivals(ctx, bucketOf(tick).Add(-lateOver), to, true)
		if err != nil {
			return err
		}
		models, err := f.past.Models(ctx, from, to)
		if err != nil {
			return err
		}
		for ; !tick.After(end); tick = tick.Add(samleng.Bucket) {
			for len(polls) > 0 && !polls[0].At.After(tick) {
				f.pulse.add(&polls[0])
				polls = polls[1:]
			}
			for len(arrivals) > 0 && !arrivals[0].Start.After(bucketOf(tick)) {
				f.late.add(arrivals[0])
				arrivals = arrivals[1:]
			}
			for len(models) > 0 && !models[0].Start.After(bucketOf(tick)) {
				f.model = models[0].Model
				models = models[1:]
			}
			s := step{heard: f.heard(tick)}
			for len(waiting) > 0 && !waiting[0].Tick.After(tick) {
				if waiting[0].Tick.Equal(tick) {
					s.counts = append(s.counts, waiting[0])
				}
				waiting = waiting[1:]
			}
			f.note(tick, s.counts)
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

// heard says what was heard of the bucket of a tick.
func (f *feed) heard(tick time.Time) samleng.Heard {
	bucket := bucketOf(tick)
	h := f.pulse.at(tick, bucket)
	if f.polled.IsZero() || bucket.Before(f.polled) {
		h.Coverage = 1 // nothing is on record of the sources
	} else {
		h.Late = f.late.at(bucket)
	}
	h.Model = f.model
	return h
}

// live gives the step of a tick from what is in the store, of which it takes what had arrived by
// a moment; zero for everything. Counts that did not change since they were told are left out.
func (f *feed) live(ctx context.Context, tick, by time.Time) (*step, error) {
	from, to := tick.Add(-final-samleng.Bucket), tick.Add(-grace)
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
	arrivals, err := f.past.Arrivals(ctx, bucketOf(tick).Add(-lateOver), to, false)
	if err != nil {
		return nil, err
	}
	f.late = lateness{}
	for _, a := range arrivals {
		f.late.add(a)
	}
	model, err := f.past.CurrentModel(ctx, from, to)
	if err != nil {
		return nil, err
	}
	if model != "" {
		f.model = model
	}
	counts, err := f.past.SeriesCounts(ctx, f.series, from, to, by)
	if err != nil {
		return nil, err
	}
	return &step{heard: f.heard(tick), counts: f.changed(tick, from, counts)}, nil
}

// note remembers what is told at a tick.
func (f *feed) note(tick time.Time, counts []samleng.SeriesCount) {
	for _, c := range counts {
		f.told[cell{c.Bucket.Unix(), c.Series}] = c
	}
	for k, c := range f.told {
		if c.Bucket.Before(tick.Add(-final - samleng.Bucket)) {
			delete(f.told, k)
		}
	}
}

// changed gives the counts that differ from what was told, those that have become zero too.
func (f *feed) changed(tick, from time.Time, counts []samleng.SeriesCount) []samleng.SeriesCount {
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
		if !now[k] && c.Posts > 0 && !c.Bucket.Before(from) {
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
