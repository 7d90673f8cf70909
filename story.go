package samleng

import "time"

// Fingerprint is what is kept of a post's text so that those who carry the same story can be
// found. No text can be had back from it.
type Fingerprint struct {
	ID        PostID
	Version   uint64    // of the post: an edit has a higher one
	Published time.Time // UTC
	Inserted  time.Time // UTC, when it reached the store
	Print     []byte    // as the classifier wrote it
}

// Assignment is the story that a post belongs to. A story is named by the id of its first
// carrier, also after that was taken down.
type Assignment struct {
	Post  PostID
	Story PostID
}

// Told is a Fingerprint with the story it was given, and when; before that, Story is zero.
type Told struct {
	Fingerprint
	Story    PostID
	Assigned time.Time // UTC
}

// Carrier is a source that carries a story: an outlet, never a person.
type Carrier struct {
	Source    string    `json:"source"`
	Kind      Kind      `json:"kind"`
	Posts     int       `json:"posts"`     // in which it carries the story
	URL       string    `json:"url"`       // of the first of them; empty once it has expired
	Published time.Time `json:"published"` // of the first of them, UTC
}
