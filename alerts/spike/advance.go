package spike

import (
	"hash/fnv"
	"time"

	"samleng"
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
	// The window may reach into buckets that wait for their finalisation.
	var points [maxPending]point
	var negatives, positives [maxPending]pair
	n := 0
	for j := s.Final + 1; j <= i; j++ {
		if q := d.pending(j); !q.frozen() {
			points[n] = point{q.Posts, s.Volume.mean(d.hourOfWeek(j)) * float64(q.Coverage)}
			negatives[n] = pair{float64(q.Labelled), float64(q.Negative)}
			positives[n] = pair{float64(q.Labelled), float64(q.Positive)}
			n++
		}
	}
	out.Volume = d.dated(s.Volume.score(&d.tuning, points[:n]), end, p, samleng.SignalVolume)
	out.Negative = d.dated(s.Negative.score(&d.tuning, &s.Labelled, negatives[:n], d.parent()), end, p, samleng.SignalNegative)
	if d.config.Positive {
		out.Positive = d.dated(s.Positive.score(&d.tuning, &s.Labelled, positives[:n], d.parentUp()), end, p, samleng.SignalPositive)
	}
	return out
}

func (d *Detector) dated(t Terms, end time.Time, p *pending, signal samleng.Signal) Terms {
	if t.Score > 0 {
		t.Signal, t.Coverage = signal, float64(p.Coverage)
		t.Start, t.End = end.Add(-t.Window), end
	}
	return t
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
	s.Volume.learn(&d.tuning, p.Posts, float64(p.Coverage), d.hourOfWeek(i))
	s.Negative.learn(&d.tuning, &s.Labelled, n, float64(p.Negative), d.parent())
	if d.config.Positive {
		s.Positive.learn(&d.tuning, &s.Labelled, n, float64(p.Positive), d.parentUp())
	}
	s.Labelled.push(n)
}

func (l *labelled) push(n float64) {
	l.N[l.Head] = float32(n)
	l.Head = (l.Head + 1) % ring
	l.Filled = min(l.Filled+1, ring)
	l.Buckets++
}

func hashOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	return h.Sum64()
}
