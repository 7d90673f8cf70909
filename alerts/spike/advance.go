package spike

import (
	"hash/fnv"
	"time"
)

// Advance tells the detector that posts up to the watermark have arrived. It gives what was
// scored because of that, in order: each bucket once when its grace is over, and again when
// late posts have changed it before it is final. Buckets that were never observed are frozen.
// The result is valid until the next call.
func (d *Detector) Advance(watermark time.Time, into []Scored) []Scored {
	s, step := &d.state, d.config.Step
	if !s.Started {
		return into
	}
	for i := s.Final + 1; i <= s.Scored; i++ {
		if p := d.pending(i); p != nil && p.Changed {
			p.Changed = false
			into = append(into, d.score(i, watermark, true))
		}
	}
	for {
		d.skip(watermark)
		score, final := s.Scored+1, s.Final+1
		scoreAt := d.start(score).Add(step + d.config.Grace)
		finalAt := d.start(final).Add(step + d.config.Final)
		if final < score && !finalAt.After(scoreAt) {
			if finalAt.After(watermark) {
				return into
			}
			d.finalise(final)
			continue
		}
		if scoreAt.After(watermark) {
			return into
		}
		into = append(into, d.score(score, scoreAt, false))
		s.Scored = score
	}
}

// farBehind is how many buckets may pass without a word before they are skipped at once.
const farBehind = 1000

// skip passes over a long time in which nothing at all was observed. Its buckets are frozen
// like any other that was not observed, but not told one by one.
func (d *Detector) skip(watermark time.Time) {
	s := &d.state
	final := d.index(watermark.Add(-d.config.Final)) - 1
	if final-s.Final < farBehind {
		return
	}
	for i := range s.Pending {
		if s.Pending[i].Index > s.Final {
			return
		}
	}
	scored := d.index(watermark.Add(-d.config.Grace)) - 1
	s.Frozen += scored - s.Scored
	s.Final, s.Scored = final, scored
}

// frozen reports whether too little is known of the bucket.
func (p *pending) frozen() bool { return p == nil || p.Coverage < .5 || p.Late > .5 }

// score scores one bucket that is not final by what is known at the given time.
func (d *Detector) score(i int64, at time.Time, again bool) Scored {
	s := &d.state
	start := d.start(i)
	end := start.Add(d.config.Step)
	out := Scored{Start: start, End: end, Again: again, Young: !again || at.Sub(end) < time.Hour, Gap: i < s.Settled, Model: i < s.NewModel}
	p := d.pending(i)
	if !again {
		d.countFrozen(i, p.frozen())
		out.Gap = i < s.Settled
	}
	if p.frozen() {
		out.Frozen = true
		return out
	}
	// The windows may reach into buckets that wait for their finalisation, and those will
	// move the quantiles and the season.
	var points [maxPending]point
	var negatives, positives [maxPending]pair
	var lead [channels][windows]float64
	var season slot
	n, hour := 0, d.hourOfWeek(i)
	for j := s.Final + 1; j < i; j++ {
		q := d.pending(j)
		if q.frozen() {
			continue
		}
		points[n] = point{q.Posts, q.Mean}
		negatives[n] = pair{float64(q.Labelled), float64(q.Negative)}
		positives[n] = pair{float64(q.Labelled), float64(q.Positive)}
		n++
		if other := d.hourOfWeek(j); other == hour || (other >= holiday && hour >= holiday) {
			season.Sum += q.Adds.Sum
			season.Hours += q.Adds.Hours
		}
		for c := range lead {
			for w := range windows {
				lead[c][w] += d.tuning.moves[c][q.Above[c]>>w&1]
			}
		}
	}
	p.Mean, _, _, p.Adds = s.Volume.expect(d.tuning, p.Posts, float64(p.Coverage), hour, season)
	points[n] = point{p.Posts, p.Mean}
	negatives[n] = pair{float64(p.Labelled), float64(p.Negative)}
	positives[n] = pair{float64(p.Labelled), float64(p.Positive)}
	n++
	out.Volume, p.Above[0] = s.Volume.score(d.tuning, points[:n], &lead[0])
	out.Negative, p.Above[1] = s.Negative.score(d.tuning, &s.Labelled, negatives[:n], d.parent(), &lead[1])
	if d.config.Positive {
		out.Positive, p.Above[2] = s.Positive.score(d.tuning, &s.Labelled, positives[:n], d.parentUp(), &lead[2])
	}
	out.Low = float64(p.Coverage) < d.config.Floor-1e-6 // a coverage is kept as a float32
	for c, t := range out.terms() {
		if t.Score > 0 && t.posts() < d.config.MinPosts {
			*t = Terms{}
		}
		if t.Score > 0 {
			t.Signal, t.Coverage = signals[c], float64(p.Coverage)
			t.Start, t.End = end.Add(-t.Window), end
		}
	}
	return out
}

// countFrozen keeps the run of frozen buckets; one that lasted longer than Gap is followed by a
// time in which alerts are held.
func (d *Detector) countFrozen(i int64, frozen bool) {
	s := &d.state
	if frozen {
		s.Frozen++
		return
	}
	if time.Duration(s.Frozen)*d.config.Step > d.config.Gap {
		s.Settled = i + int64(d.config.Settle/d.config.Step)
	}
	s.Frozen = 0
}

// finalise learns from one bucket, once, and forgets it.
func (d *Detector) finalise(i int64) {
	s := &d.state
	s.Final = i
	p := d.pending(i)
	if p == nil {
		return
	}
	defer func() { *p = pending{} }()
	if p.frozen() {
		return
	}
	n := float64(p.Labelled)
	s.Volume.learn(d.tuning, p.Posts, float64(p.Coverage), d.hourOfWeek(i))
	s.Negative.learn(d.tuning, &s.Labelled, n, float64(p.Negative), d.parent())
	if d.config.Positive {
		s.Positive.learn(d.tuning, &s.Labelled, n, float64(p.Positive), d.parentUp())
	}
	s.Labelled.push(n)
}

func (l *labelled) push(n float64) {
	l.N[l.Head] = l.Sum
	l.Sum += uint32(n)
	l.Head = (l.Head + 1) % ring
	l.Filled = min(l.Filled+1, ring)
	l.Buckets++
}

func hashOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	return h.Sum64()
}
