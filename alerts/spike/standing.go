package spike

import "time"

// Standing is how the series of a set stand.
type Standing struct {
	Series  int
	Warming int // too young, or with too few posts, for their volume to be scored
	Held    int // above a threshold now, and held back
	Open    int // with an episode
	// Ready is how long it takes until the last of those that are too young is old enough.
	Ready time.Duration
}

// Standing counts how the series stand.
func (s *Set) Standing() Standing {
	out := Standing{Series: len(s.members)}
	for _, m := range s.members {
		d := m.detector
		if !d.state.Volume.warm(d.tuning) {
			out.Warming++
			out.Ready = max(out.Ready, s.config.WarmUp-d.Age())
		}
		e := &d.state.Episode
		switch {
		case e.Open:
			out.Open++
		case e.Holding:
			out.Held++
		}
	}
	return out
}
