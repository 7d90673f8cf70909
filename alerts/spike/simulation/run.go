package simulation

import (
	"fmt"
	"time"

	"samleng/alerts/spike"
)

// scores is what the detector said of each bucket when it first scored it.
type scores struct {
	volume, share []float64
	frozen        []bool
	truth         *Series
}

// flood is the time over which the backlog of an outage comes in.
const flood = 45 * time.Minute / Step

// run lets the detector watch a series as it arrives: posts in the bucket in which they were
// written, but for those of an outage, which come in afterwards all at once and belong to
// their own, long final buckets. The series begins at start.
func run(config *spike.Config, s *Series, start time.Time) (*scores, error) {
	d := spike.New(config)
	out := &scores{
		volume: make([]float64, total), share: make([]float64, total),
		frozen: make([]bool, total), truth: s,
	}
	silent, late := s.arrivals()
	var scored []spike.Scored
	for t := range total {
		at := start.Add(time.Duration(t) * Step)
		b := spike.Bucket{Start: at, Posts: s.Posts[t], Labelled: s.Posts[t], Negative: s.Negative[t], Coverage: 1}
		if silent[t] {
			b = spike.Bucket{Start: at}
		} else if late[t] > 0 {
			b.Late = late[t] / (late[t] + s.Posts[t])
		}
		if err := d.Observe(&b); err != nil {
			return nil, fmt.Errorf("series of %v posts an hour, bucket %d: %w", s.Rate, t, err)
		}
		scored = d.Advance(at.Add(Step), scored[:0])
		for i := range scored {
			if b := &scored[i]; !b.Again {
				n := int(b.Start.Sub(start) / Step)
				out.volume[n], out.share[n], out.frozen[n] = b.Volume.Score, b.Negative.Score, b.Frozen
			}
		}
	}
	return out, nil
}

// runArrival is the common way, for comparison: posts are counted when they arrive, an outage is
// a time without posts and its backlog a flood.
func runArrival(config *spike.Config, s *Series) (*scores, error) {
	silent, late := s.arrivals()
	counted := &Series{Rate: s.Rate, Posts: make([]float64, total), Negative: s.Negative, Events: s.Events}
	for t := range total {
		if !silent[t] {
			counted.Posts[t] = s.Posts[t] + float64(int(late[t]))
		}
	}
	d := spike.New(config)
	out := &scores{volume: make([]float64, total), share: make([]float64, total), frozen: make([]bool, total), truth: s}
	var scored []spike.Scored
	for t := range total {
		at := start.Add(time.Duration(t) * Step)
		if err := d.Observe(&spike.Bucket{Start: at, Posts: counted.Posts[t], Coverage: 1}); err != nil {
			return nil, fmt.Errorf("series of %v posts an hour, bucket %d: %w", s.Rate, t, err)
		}
		scored = d.Advance(at.Add(Step), scored[:0])
		for i := range scored {
			out.volume[int(scored[i].Start.Sub(start)/Step)] = scored[i].Volume.Score
		}
	}
	return out, nil
}

// arrivals says in which buckets nothing is heard, and how many posts of an outage come in in
// each bucket after it.
func (s *Series) arrivals() (silent []bool, late []float64) {
	silent, late = make([]bool, total), make([]float64, total)
	for _, e := range s.Events {
		if e.Kind != Outage {
			continue
		}
		backlog := 0.0
		for t := e.From; t < e.To; t++ {
			silent[t] = true
			backlog += s.Posts[t]
		}
		for t := e.To; t < min(total, e.To+int(flood)); t++ {
			late[t] = backlog / float64(flood)
		}
	}
	return silent, late
}
