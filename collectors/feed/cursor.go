package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"samleng"
)

// maxMarks is how many entries a cursor remembers, unless one document holds more. Feeds
// show 10 to 100 entries, so it covers weeks.
const maxMarks = 2_000

// cursor is what is remembered of a feed between polls.
type cursor struct {
	URL          string `json:"url"` // that the validators belong to
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
	Seen         []mark `json:"seen"` // the entries met last come last

	limit int
}

// mark is an entry that was emitted and acknowledged.
type mark struct {
	ID    string `json:"id"`
	Hash  string `json:"hash"`            // of what the feed said, not of the page
	First int64  `json:"first"`           // Unix seconds when it was first seen
	Tries int    `json:"tries,omitempty"` // polls that could not read its page; maxTries: given up
}

// retry reports whether the page of the entry should be tried again.
func (m mark) retry() bool { return m.Tries > 0 && m.Tries < maxTries }

// pending reports whether some page should be tried again, for which the entries are
// needed: the feed is then asked for even if it did not change.
func (c *cursor) pending() bool {
	for _, m := range c.Seen {
		if m.retry() {
			return true
		}
	}
	return false
}

// bound sets how many marks are kept, given the entries in the present document. All of
// these are kept, or the ones forgotten would come again with each poll.
func (c *cursor) bound(entries int) { c.limit = max(maxMarks, entries) }

func (c *cursor) index() map[string]mark {
	index := make(map[string]mark, len(c.Seen))
	for _, m := range c.Seen {
		index[m.ID] = m
	}
	return index
}

// remember puts the mark at the end, in place of an older one of the same entry, and
// forgets the mark that was not met for the longest time.
func (c *cursor) remember(m mark) {
	c.Seen = append(c.Seen, m)
	if len(c.Seen) > 2*c.limit+group {
		c.compact()
	}
}

// giveUpGone ends the tries of entries that are not in the document any more: nothing is
// left to complete them with.
func (c *cursor) giveUpGone(posts []samleng.Post) {
	here := make(map[string]bool, len(posts))
	for i := range posts {
		here[posts[i].ID.String()] = true
	}
	for i := range c.Seen {
		if m := &c.Seen[i]; m.retry() && !here[m.ID] {
			m.Tries = maxTries
		}
	}
}

// compact keeps the last mark of each entry, and c.limit entries.
func (c *cursor) compact() {
	last := make(map[string]int, len(c.Seen))
	for i, m := range c.Seen {
		last[m.ID] = i
	}
	kept := c.Seen[:0]
	for i, m := range c.Seen {
		if last[m.ID] == i {
			kept = append(kept, m)
		}
	}
	if over := len(kept) - c.limit; over > 0 {
		kept = append(kept[:0], kept[over:]...)
	}
	c.Seen = kept
}

// contentHash is a hash of what the feed says about the entry. A date that was replaced
// by the time seen is left out: it differs with each poll.
func contentHash(p *samleng.Post) string {
	date := ""
	if !hasReplacedDate(p) {
		date = p.Published.Format(time.RFC3339)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", p.Title, p.Text, p.URL, date))
	return hex.EncodeToString(sum[:8])
}
