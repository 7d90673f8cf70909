package samleng

import "time"

// Bucket is the width of a rollup's time bucket, aligned to UTC.
const Bucket = 5 * time.Minute

// Filter chooses posts. The zero value of a field does not restrict.
type Filter struct {
	From, To time.Time // published in [From, To), UTC
	Topic    string
	Language string
	Kind     Kind
}

// Tally counts posts by sentiment. Posts includes the unscored ones. Stories counts the
// different stories that the posts tell, so that what ten outlets carry counts once; of two
// groups that share a story, the stories do not add up.
type Tally struct {
	Posts    int `json:"posts"`
	Stories  int `json:"stories"`
	Positive int `json:"positive"`
	Neutral  int `json:"neutral"`
	Negative int `json:"negative"`
}

// Net is the net sentiment, (positive - negative) / (positive + neutral + negative), in
// -1..1, and whether there was any scored post to compute it from.
func (t Tally) Net() (net float64, ok bool) {
	n := t.Positive + t.Neutral + t.Negative
	if n == 0 {
		return 0, false
	}
	return float64(t.Positive-t.Negative) / float64(n), true
}

// VolumePoint is the tally of one time bucket.
type VolumePoint struct {
	Start time.Time `json:"start"` // UTC
	Tally
}

// TopicTrend is a topic in the chosen period beside the period of the same length before.
type TopicTrend struct {
	Topic  string `json:"topic"`
	Now    Tally  `json:"now"`
	Before Tally  `json:"before"`
	// Sources counts the distinct sources in the chosen period.
	Sources int `json:"sources"`
	// Hidden says that the group is too small to be shown (see MinimumGroup); the tallies
	// are then zero.
	Hidden bool `json:"hidden,omitempty"`
}

// ShareOf is the tally of one value of a dimension, such as a language.
type ShareOf struct {
	Value string `json:"value"`
	Tally
	// Partial says that posts of private people are left out, because they are too small a
	// group (see MinimumGroup).
	Partial bool `json:"partial,omitempty"`
}

// Overview answers what the live page and a first look ask.
type Overview struct {
	Total     Tally         `json:"total"`
	Before    Tally         `json:"before"` // the period of the same length before
	Step      time.Duration `json:"step"`   // width of a volume point, a multiple of Bucket
	Volume    []VolumePoint `json:"volume"` // ascending, without gaps
	Topics    []TopicTrend  `json:"topics"` // most posts first
	Languages []ShareOf     `json:"languages"`
	Sources   []ShareOf     `json:"sources"` // by source kind
}

// MinimumGroup is the smallest group of private people's posts that may be shown.
type MinimumGroup struct {
	Posts   int
	Sources int
}

// StoredPost is a post with its analysis, as kept.
type StoredPost struct {
	Post     Post     `json:"post"`
	Analysis Analysis `json:"analysis"`
	// StoryID is the story that the post tells: its own id unless another post told it first.
	StoryID PostID `json:"story_id"`
	// Carriers are the sources of all posts of the story, this one among them, the first to
	// publish first. Whoever shows them applies the rule about small groups.
	Carriers []Carrier `json:"carriers"`
}
