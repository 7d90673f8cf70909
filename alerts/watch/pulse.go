package watch

import (
	"slices"
	"time"

	"samleng"
)

// pulse follows the polls of the sources: which are heard, which fail, which went silent. Polls
// are added in order.
type pulse struct {
	sources map[string]*beat
	names   []string // of sources, sorted
	last    time.Time
	since   time.Time // since when there are polls without a long break: the collectors run
}

// beat is what is known of one source.
type beat struct {
	interval time.Duration
	ok       time.Time // last success
	poll     time.Time // last poll
	failed   bool      // the last poll failed
}

const (
	// brokenAfter is a time without any poll after which the collectors were not running.
	brokenAfter = 30 * time.Minute
	// slack is what a poll may take, with its turn at a host waited for.
	slack = 5 * time.Minute
	// forgottenAfter is how long after it was last heard a source counts among those that could
	// be: what is expected has by then been learned without it.
	forgottenAfter = 7 * 24 * time.Hour
)

// newPulse follows the sources that are read.
func newPulse(sources []samleng.Source) *pulse {
	p := &pulse{sources: map[string]*beat{}}
	for i := range sources {
		if sources[i].Disabled {
			continue
		}
		p.sources[sources[i].ID] = &beat{interval: max(sources[i].Interval, samleng.MinInterval)}
		p.names = append(p.names, sources[i].ID)
	}
	slices.Sort(p.names)
	return p
}

// add takes a poll. Those of sources that are no longer read say that the collectors run.
func (p *pulse) add(c *samleng.Coverage) {
	b := p.sources[c.Source]
	if b != nil && !c.At.After(b.poll) {
		return // seen already
	}
	if c.At.Sub(p.last) > p.breakAfter() {
		p.since = c.At
	}
	if c.At.After(p.last) {
		p.last = c.At
	}
	if b == nil {
		return
	}
	b.poll, b.failed = c.At, c.Class != "" && !c.Partial
	if !b.failed {
		b.ok = c.At
	}
}

// recall takes in when sources of which nothing lately is on record were last polled, and last
// heard: a source that has been silent for weeks is silent, and not unknown, behind a restart too.
func (p *pulse) recall(polled, heard map[string]time.Time) {
	for name, b := range p.sources {
		if b.poll.IsZero() {
			b.poll = polled[name]
		}
		if b.ok.IsZero() {
			b.ok = heard[name]
			b.failed = b.poll.After(b.ok)
		}
	}
}

// breakAfter is how long a break has to be: nothing may be due for a while.
func (p *pulse) breakAfter() time.Duration {
	shortest := time.Duration(0)
	for _, b := range p.sources {
		if shortest == 0 || b.interval < shortest {
			shortest = b.interval
		}
	}
	return max(brokenAfter, 2*shortest+slack)
}

// at says what was heard of a bucket by a tick. A source was heard when it was polled well within
// two of its intervals before the bucket ended, or since.
func (p *pulse) at(tick, bucket time.Time) samleng.Heard {
	h := samleng.Heard{Tick: tick, Bucket: bucket}
	end := bucket.Add(samleng.Bucket)
	heard, counted, known := 0, 0, 0
	for _, name := range p.names {
		b := p.sources[name]
		if b.ok.IsZero() {
			continue // it was never heard: no count holds a post of it, and it cannot go silent
		}
		known++
		h.Sources++
		reach := 2*b.interval + slack
		if !b.ok.Before(end.Add(-forgottenAfter)) {
			counted++
		}
		if !b.ok.Before(end.Add(-reach)) {
			heard++
		}
		// The collectors have to have run all the while.
		ran := !p.since.After(tick.Add(-reach)) && !p.last.Before(tick.Add(-p.breakAfter()))
		switch {
		case b.ok.Before(tick.Add(-reach)) && ran:
			h.Silent = append(h.Silent, name)
		case b.failed:
			h.Failing = append(h.Failing, name)
		}
	}
	switch {
	case known == 0:
		h.Coverage = 1 // posts, if there are any, come from elsewhere, of which nothing is known
	case counted == 0:
		h.Coverage = 0
	default:
		h.Coverage = float64(heard) / float64(counted)
	}
	return h
}

// lateness follows what arrives: how much of it was published long before.
type lateness struct{ recent []samleng.Arrivals }

// lateOver is the time over which arrivals are looked at.
const lateOver = 30 * time.Minute

// lateDoubt keeps a few arrivals from saying much: so many are taken to have been in time.
const lateDoubt = 10

func (l *lateness) add(a samleng.Arrivals) {
	if n := len(l.recent); n > 0 && l.recent[n-1].Start.Equal(a.Start) {
		l.recent[n-1] = a // counted again, by now
		return
	}
	l.recent = append(l.recent, a)
}

// at gives the share of late posts among those that arrived up to the end of a bucket.
func (l *lateness) at(bucket time.Time) float64 {
	from := bucket.Add(samleng.Bucket - lateOver)
	l.recent = slices.DeleteFunc(l.recent, func(a samleng.Arrivals) bool { return a.Start.Before(from.Add(-time.Hour)) })
	posts, late := lateDoubt, 0
	for _, a := range l.recent {
		if !a.Start.Before(from) && !a.Start.After(bucket) {
			posts += a.Posts
			late += a.Late
		}
	}
	return float64(late) / float64(posts)
}
