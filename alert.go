package samleng

import "time"

// Alert is a change in what is said about a topic that is worth a person's attention. It
// is about a topic, never about a person.
type Alert struct {
	ID       string    `json:"id"`
	Topic    string    `json:"topic"`
	Place    string    `json:"place,omitempty"` // official code of a province; empty for the whole country
	Channel  string    `json:"channel"`         // "volume", "negative-share", ...
	Start    time.Time `json:"start"`           // of the window that was observed, UTC
	End      time.Time `json:"end"`             // of the window that was observed, UTC
	Observed float64   `json:"observed"`        // posts, or share 0..1, according to Channel
	Expected float64   `json:"expected"`        // in the unit of Observed
	Score    float64   `json:"score"`           // 2 - log10(expected peaks this rare a week)
}
