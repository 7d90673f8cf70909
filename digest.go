package samleng

import "time"

// Digest sums up a day or a week for people who do not watch the page.
type Digest struct {
	Weekly   bool      `json:"weekly"` // of a week; else of a day
	From, To time.Time // UTC; the period that it is about
	Total    Tally     `json:"total"`
	Before   Tally     `json:"before"` // the period of the same length before
	// Moved are the topics whose counts or tone changed most, the greatest change first.
	Moved []TopicTrend `json:"moved"`
	// Emerging are stories that were not told in the period before, most carriers first.
	Emerging []EmergingStory `json:"emerging"`
	// Sparse are the topics with too few posts for anything to be said of them.
	Sparse []string `json:"sparse"`
	// Quiet are the names of the sources that were heard in the period before and not in this.
	Quiet  []string `json:"quiet"`
	Alerts int      `json:"alerts"` // episodes that were told in the period
}

// EmergingStory is a story that a digest names, by the words of an outlet.
type EmergingStory struct {
	Story   PostID `json:"story"`
	Post    PostID `json:"post"` // whose title and address these are
	Title   string `json:"title"`
	URL     string `json:"url"`
	Source  string `json:"source"` // name of the outlet
	Sources int    `json:"sources"`
	Posts   int    `json:"posts"`
}
