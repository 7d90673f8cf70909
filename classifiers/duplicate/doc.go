// Package duplicate finds the posts that tell one story in nearly the same words: a report
// that ten outlets carry is one story with ten carriers.
//
// It owns the fingerprint of a text (Print) and an index in memory over the posts of the last
// days that gives each post its story (Index).
// Fingerprint is pure: the same title and text give the same Print on every machine.
//
// It does not own which posts are asked about, nor where their stories are kept, and it
// does not know meaning: the same event told in other words, or in another language, is
// another story.
package duplicate
