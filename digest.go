package samleng

import "time"

// Digest sums up a day or a week for people who do not watch the page.
type Digest struct {
	Weekly   bool      `json:"weekly"` // of a week; else of a day
	From, To time.Time // UTC; the period that it is about
	// Topics and Places are what it is restricted to; empty: not restricted.
	Topics []string `json:"topics,omitempty"`
	Places []string `json:"places,omitempty"`
	Total  Tally    `json:"total"`
	Before Tally    `json:"before"` // the period of the same length before; zero where too little is known of it
	// Moved are the topics whose counts or tone changed most, the greatest change first.
	Moved []TopicTrend `json:"moved"`
	// Emerging are stories that were not told before, most carriers first.
	Emerging []EmergingStory `json:"emerging"`
	// Sparse are the topics with too few posts for anything to be said of them.
	Sparse []string `json:"sparse"`
	// Quiet are the names of the sources that were heard in the period before and not in this.
	Quiet []string `json:"quiet"`
	// Noticed are alerts that nobody was told of at once because they are for the digest, the
	// rarest first; without what is read from posts.
	Noticed []Alert `json:"noticed"`
	Alerts  int     `json:"alerts"` // episodes that were told in the period
}

// EmergingStory is a story that a digest names, by the words of an outlet.
type EmergingStory struct {
	Story   PostID `json:"story"`
	Post    PostID `json:"post"` // whose title and address these are
	Title   string `json:"title"`
	URL     string `json:"url"`
	Source  string `json:"source"`  // name of the outlet
	Sources int    `json:"sources"` // outlets that told it in the period; private people do not count
	Posts   int    `json:"posts"`   // of theirs
}

// DigestScope is what a digest counts: posts published in [From, To), UTC and multiples of Bucket.
type DigestScope struct {
	From, To time.Time
	Topics   []string // ids, any of which a post has; empty: not restricted
	Places   []string // codes of provinces, likewise
}

// DigestCounts are the counts of a digest, without groups of private people's posts that are too
// small.
type DigestCounts struct {
	Total, Before Tally
	Topics        []TopicTrend // those with any post in either period, most posts first
}

// SourceLife is what was had of a source in a period and in the one of the same length before.
type SourceLife struct {
	ID                 string
	Posts, PostsBefore int // published
	Heard, HeardBefore int // polls that went well
}
