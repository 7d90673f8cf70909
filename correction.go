package samleng

import (
	"crypto/rand"
	"strings"
	"time"
)

// Task is a kind of label: what can be corrected, learnt and measured.
type Task string

// The tasks.
const (
	TaskLanguage  Task = "language"
	TaskSentiment Task = "sentiment"
	TaskTopic     Task = "topic"
)

// Tasks lists every task, in the order in which they are shown.
func Tasks() []Task { return []Task{TaskLanguage, TaskSentiment, TaskTopic} }

// Correction is what one reader says of one label of a post. It says nothing of the reader,
// and no field for that exists: no name, address, session or exact time.
type Correction struct {
	// ID is drawn at random for each correction (see NewCorrectionID), so that the page that
	// sent it can take it back; two corrections of one reader have nothing in common.
	ID   string
	Post PostID
	Task Task
	// Was is the label that the reader saw, and ShouldBe the one the reader gives instead: an
	// Analysis.Language, a Label, or the id of a topic. Of topics, an empty ShouldBe says that
	// the post is not about Was, and an empty Was that it is about ShouldBe, which is missing.
	Was, ShouldBe string
	Day           time.Time // midnight UTC of the day it was made
}

// correctionIDLength is that of crypto/rand.Text: 130 bits in base 32.
const correctionIDLength = 26

// NewCorrectionID draws the id of a correction: 26 letters A-Z and digits 2-7.
func NewCorrectionID() string { return rand.Text() }

// IsCorrectionID reports whether s has the form of NewCorrectionID.
func IsCorrectionID(s string) bool {
	return len(s) == correctionIDLength && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// Said is how many readers say the same of one label of a post.
type Said struct {
	Post PostID
	Task Task
	// Label is what the post's language or tone is, or a topic.
	Label string
	// Not says that the post is not about the topic Label. It is false of the other tasks.
	Not   bool
	Votes int
	Last  time.Time // midnight UTC of the day of the latest
	Loss  Loss      // why it cannot be used; empty: it can
}

// Loss is why a correction cannot be used: the words that it is about are not there.
type Loss string

// The losses.
const (
	LossExpired Loss = "expired" // the text has expired
	LossEdited  Loss = "edited"  // the post was edited since
	LossGone    Loss = "gone"    // the post is not stored
)

// CorrectedPost is a stored post with everything that readers say of it. Its text is masked,
// as all stored text is.
type CorrectedPost struct {
	StoredPost
	Said []Said // by task, then label
}
