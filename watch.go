package samleng

import "time"

// SeriesCount is what was known of one bucket of one series at a moment. The counts are totals:
// a later one of the same bucket replaces the earlier.
type SeriesCount struct {
	Tick     time.Time `json:"tick"`   // when it was known, UTC
	Bucket   time.Time `json:"bucket"` // start of the bucket of publication, UTC
	Series   Series    `json:"series"`
	Posts    int       `json:"posts"` // or stories, of a series that counts stories
	Labelled int       `json:"labelled"`
	Negative int       `json:"negative"` // of Labelled, in the tone towards the topic
	Positive int       `json:"positive"` // of Labelled, likewise
}

// Heard is what was heard of the sources when a bucket was first looked at: it decides how far
// the counts of that bucket can be believed, and does not change afterwards. Each bucket has one
// tick, its end and the grace that then held.
type Heard struct {
	Tick     time.Time `json:"tick"`     // when it was known, UTC, whole minutes
	Bucket   time.Time `json:"bucket"`   // start of the bucket, UTC
	Coverage float64   `json:"coverage"` // share of the sources that were heard, 0..1
	Late     float64   `json:"late"`     // share of the posts arriving then that were published an hour or more before, 0..1
	// Grace is how long after its end the next bucket is first looked at: what follows from how long
	// posts took to arrive up to this tick.
	Grace   time.Duration `json:"grace"`
	Model   string        `json:"model"`   // of the classifiers that label posts now
	Sources int           `json:"sources"` // that could have been heard at the tick, the silent and failing ones among them; 0: not on record
	Silent  []string      `json:"silent"`  // ids of the sources that went silent, sorted
	Failing []string      `json:"failing"` // ids of those whose last poll failed, sorted; the silent ones not among them
}

// Arrivals counts the posts that reached the store in one bucket of time.
type Arrivals struct {
	Start time.Time // UTC
	Posts int
	Late  int // published an hour or more before
}

// ModelHour counts the posts published in an hour that some classifiers have labelled.
type ModelHour struct {
	Start time.Time // UTC
	Model string
	Posts int
}

// SpikeState is what the detectors of one rule remember, at a moment.
type SpikeState struct {
	Rule  string
	Slot  uint32      // 0 and 1 take turns; above them a state that is kept, for replays
	Tick  time.Time   // up to which it has seen everything, UTC
	Print string      // of what decides how the rule detects: a state is of use to the same only
	Parts []SpikePart // as it is read; it is written part by part
}

// SpikePart is one part of a SpikeState: the memory of a series, or what all of them share.
type SpikePart struct {
	Name string // unique in its state, never empty
	Body []byte
}

// AlertRecord is one alert as it was decided.
type AlertRecord struct {
	Tick time.Time // at which it was decided, UTC, whole minutes
	// Line is the alert and what became of it as one line of JSON, which a replay of the same
	// observations gives byte for byte. It holds no text of any post.
	Line []byte
	// Alert is the alert as it was told, examples included. Its texts expire with those of posts.
	Alert Alert
	// Channels are those that are told, from Due on.
	Channels []string
	Due      time.Time
}

// Candidate is a score that was nearly an alert, or was one.
type Candidate struct {
	Tick       time.Time // at which it was known, UTC
	Rule       string    // id
	Series     Series
	Start, End time.Time // of the window, UTC
	Change     Change
}

// Period is a time, from From until just before To.
type Period struct{ From, To time.Time }

// Scene is what lies behind a window of a series: the posts that an alert is about.
type Scene struct {
	Stories int           // distinct ones
	Largest []Tally       // of the two stories with most posts
	Tally   Tally         // of all posts
	Sources []ShareOf     // by kind of source
	Lag     time.Duration // from publication to storage, the middle one
	Late    float64       // share that came more than the grace after it was published, 0..1
	Posts   []ScenePost   // the latest of them
	Before  []string      // texts of the same series before the window
	// Cut says that Posts are not all, or that Largest, Posts or Before could not be read in time.
	Cut bool
}

// ScenePost is a post of a Scene.
type ScenePost struct {
	ID         PostID
	Story      PostID
	Carriers   int // posts in the window that tell the story
	Source     string
	Kind       Kind
	URL        string
	Title      string
	Text       string
	Published  time.Time
	Label      Label // towards the topic, where there is such a finding
	Confidence float64
}
