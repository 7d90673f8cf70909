package samleng

import "time"

// EpisodeFilter chooses episodes of alerts. The zero value of a field does not restrict.
type EpisodeFilter struct {
	Since, Until time.Time // of which something was decided in [Since, Until), UTC
	Topic, Rule  string
	// Held asks for what was held back before it was ever told, too: the reasons for which nobody
	// was alerted.
	Held  bool
	Limit int // at most so many, which must be positive
}

// Episode is what became of one change in what is said, from its first alert to its last. It
// holds nothing of the posts behind it.
type Episode struct {
	ID     string     `json:"id"` // as Alert.Episode
	Rule   string     `json:"rule"`
	Series Series     `json:"series"`
	State  AlertState `json:"state"` // of its last alert
	Level  Level      `json:"level"` // the loudest
	Alerts int        `json:"alerts"`
	Opened time.Time  `json:"opened"`          // when its first alert was raised, UTC
	Closed time.Time  `json:"closed,omitzero"` // when it was seen to be over, UTC; zero before
	Last   time.Time  `json:"last"`            // when its last alert was decided, UTC
	Start  time.Time  `json:"start"`           // of the window of its first alert, UTC
	End    time.Time  `json:"end"`             // of what was unusual, as far as it is known, UTC
	Peak   float64    `json:"peak"`            // highest score; 0 where there is none
	Held   string     `json:"held,omitempty"`  // why the last alert was not told at once, in English
	Burst  bool       `json:"burst,omitempty"`
	// Signals are those that joined, the first to join first.
	Signals []Signal `json:"signals"`
	Silent  []string `json:"silent,omitempty"` // sources that went silent
	// Channels are those that were told, or will be.
	Channels []string `json:"channels,omitempty"`
}

// Add takes the next alert of the episode in.
func (e *Episode) Add(r *AlertRecord) {
	a := &r.Alert
	if e.Alerts == 0 {
		*e = Episode{ID: a.Episode, Rule: a.Rule, Series: a.Series, Opened: a.At, Start: a.Start, Signals: []Signal{}}
	}
	e.Alerts++
	e.State, e.Last, e.Held, e.Silent = a.State, r.Tick, a.Held, a.Silent
	e.Level = max(e.Level, a.Level)
	e.Burst = e.Burst || a.Burst
	if a.End.After(e.End) {
		e.End = a.End
	}
	if !a.Start.IsZero() && a.Start.Before(e.Start) {
		e.Start = a.Start
	}
	if a.State == AlertClosed {
		e.Closed = r.Tick
	}
	e.Peak = max(e.Peak, a.Peak)
	for i := range a.Changes {
		c := &a.Changes[i]
		e.Peak = max(e.Peak, c.Score)
		e.Signals = appendNew(e.Signals, c.Signal)
	}
	for _, c := range r.Channels {
		e.Channels = appendNew(e.Channels, c)
	}
}

func appendNew[T comparable](all []T, one T) []T {
	for _, had := range all {
		if had == one {
			return all
		}
	}
	return append(all, one)
}

// SeriesChart is a series over a period.
type SeriesChart struct {
	Step   time.Duration
	Points []VolumePoint // ascending, without gaps; posts, or stories of a series that counts them
	// Without names the kinds whose posts are left out, because they are of private people and too
	// few, or from too few sources.
	Without []Kind
}

// Silence is a silence that is kept in the store.
type Silence struct {
	ID string // of the episode whose link made it, or of the page's own making
	SilenceRequest
	Ended time.Time // when it was ended before its time, UTC; zero where it was not
}
