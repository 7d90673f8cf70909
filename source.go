package samleng

import "time"

// Source is a public place that posts are read from.
type Source struct {
	ID         string        // lower-case letters, digits and hyphens; unique
	Name       string        // as the publisher writes it
	Collector  string        // which collector reads it: "feed", ...
	Kind       Kind          // news, government, social or survey
	Language   string        // declared language, ISO 639-1, or empty
	URL        string        // where to read
	Interval   time.Duration // between two polls
	Permission string        // why we may read it
	FullText   bool          // follow links for the text of the article
	Local      bool          // allow private and loopback addresses
	Disabled   bool
}

// Coverage is the outcome of one poll of one source. A topic that falls silent because its
// sources did is not a trend: this record tells the two apart.
type Coverage struct {
	Source   string        `json:"source"`
	At       time.Time     `json:"at"`       // UTC, end of the poll
	Duration time.Duration `json:"duration"` // nanoseconds in JSON
	Posts    int           `json:"posts"`    // handed to Kafka and acknowledged
	Rejected int           `json:"rejected"` // entries that could not become a post
	Lag      time.Duration `json:"lag"`      // time seen minus time published of the newest post; 0 without one
	Class    Class         `json:"class"`    // class of the error, empty when the poll went well
	Error    string        `json:"error"`    // one sentence, empty when the poll went well
	Partial  bool          `json:"partial"`  // some entries came, others did not
}

// SourceState is a source with what its recent polls say, for people to look at.
type SourceState struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Kind        Kind      `json:"kind"`
	URL         string    `json:"url"`
	LastPoll    time.Time `json:"last_poll"`    // zero: never polled
	LastSuccess time.Time `json:"last_success"` // zero: never
	LastPost    time.Time `json:"last_post"`    // publication time of its newest post; zero: none
	Posts       int       `json:"posts"`        // posts stored in the period asked for
	Error       string    `json:"error"`        // of the last poll
	Class       Class     `json:"class"`
}
