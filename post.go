package samleng

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// PostSchema is the version of the JSON form of Post on the Kafka topic "posts".
// A reader refuses a higher version than its own; a field is added without a new
// version when a reader that ignores it is still right.
const PostSchema = 1

// PostID identifies a post for ever: 128 bits of SHA-256, printed as 32
// lower-case hexadecimal digits. An edited post keeps its id.
type PostID [16]byte

// NewPostID derives the id from the namespace the post's own id lives in ("feed",
// "web", "import", "telegram", ...) and that own id. A post that is known by its
// address alone is in the namespace "web", and its own id is the canonical URL.
func NewPostID(namespace, own string) PostID {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%d:%s%s", len(namespace), namespace, own) // a hash takes everything
	var id PostID
	copy(id[:], h.Sum(nil))
	return id
}

// ParsePostID reads the 32 hexadecimal digits that String prints.
func ParsePostID(s string) (PostID, error) {
	var id PostID
	if len(s) != 2*len(id) {
		return PostID{}, fmt.Errorf("post id %q: want %d hexadecimal digits, got %d bytes", s, 2*len(id), len(s))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return PostID{}, fmt.Errorf("post id %q: %w", s, err)
	}
	return id, nil
}

// String gives 32 lower-case hexadecimal digits.
func (id PostID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether the id was never set.
func (id PostID) IsZero() bool { return id == PostID{} }

// MarshalText makes the id a JSON string, and a JSON object key.
func (id PostID) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, id[:]), nil }

// UnmarshalText is the inverse of MarshalText.
func (id *PostID) UnmarshalText(b []byte) error {
	parsed, err := ParsePostID(string(b))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// Kind says what sort of publisher a source is. Rollups are kept per kind, and the
// rule about small groups depends on it: see Kind.Personal.
type Kind string

// The kinds of source.
const (
	KindNews       Kind = "news"
	KindGovernment Kind = "government"
	KindSocial     Kind = "social"
	KindSurvey     Kind = "survey"
)

// Kinds lists every kind, in the order in which they are shown.
func Kinds() []Kind { return []Kind{KindNews, KindGovernment, KindSocial, KindSurvey} }

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool {
	switch k {
	case KindNews, KindGovernment, KindSocial, KindSurvey:
		return true
	}
	return false
}

// Personal reports whether posts of this kind are written by private people, so that
// a small group of them must not be shown.
func (k Kind) Personal() bool { return k == KindSocial || k == KindSurvey }

// Flag marks something that was put right or left open on the way of a post.
type Flag string

// The flags a post can carry.
const (
	FlagDateMissing Flag = "date-missing" // no readable date: Published is the time seen
	FlagDateFuture  Flag = "date-future"  // more than MaxAhead ahead: Published is the time seen
	FlagDateOld     Flag = "date-old"     // before OldestPlausible: Published is the time seen
	FlagTruncated   Flag = "truncated"    // the text was cut at MaxText bytes
	FlagSummary     Flag = "summary"      // the full text of the article could not be read
)

// Limits on what a post may hold. They bound the memory of every later stage.
const (
	MaxTitle = 2_000   // bytes
	MaxText  = 200_000 // bytes; leaves room under Kafka's 1 MB message after JSON escapes
)

// MaxAhead is how far a post's date may lie ahead of our clock before it is replaced.
const MaxAhead = 10 * time.Minute

// OldestPlausible is the earliest date believed of a post: Cambodia's first public
// internet connection was in 1994.
var OldestPlausible = time.Date(1994, 1, 1, 0, 0, 0, 0, time.UTC)

// Post is one public text, as it travels over Kafka. It says what was said, never who
// said it: no field for an author exists, and personal identifiers in Title and Text
// are masked before a Post leaves its collector.
type Post struct {
	Schema int    `json:"v"`  // PostSchema
	ID     PostID `json:"id"` // see NewPostID
	Source string `json:"source"`
	Kind   Kind   `json:"kind"`

	URL   string `json:"url"`   // canonical; may be empty for imported rows
	Title string `json:"title"` // plain text, UTF-8
	Text  string `json:"text"`  // plain text, UTF-8, paragraphs separated by newlines

	Published time.Time `json:"published"`          // UTC; never zero
	SeenAt    time.Time `json:"seen_at"`            // UTC; a later SeenAt wins over an earlier one
	Language  string    `json:"language,omitempty"` // what the source declares; a hint, not a finding
	Flags     []Flag    `json:"flags,omitempty"`
	Sample    bool      `json:"sample,omitempty"` // written for demonstration, not collected
}

// SetPublished stores when the post was published, or seen where the claim cannot be
// believed (see MaxAhead and OldestPlausible), and flags the replacement.
func (p *Post) SetPublished(claimed, seen time.Time) {
	p.SeenAt = seen.UTC().Truncate(time.Millisecond)
	switch {
	case claimed.IsZero():
		p.Flags = append(p.Flags, FlagDateMissing)
		claimed = seen
	case claimed.After(seen.Add(MaxAhead)):
		p.Flags = append(p.Flags, FlagDateFuture)
		claimed = seen
	case claimed.Before(OldestPlausible):
		p.Flags = append(p.Flags, FlagDateOld)
		claimed = seen
	}
	p.Published = claimed.UTC().Truncate(time.Millisecond)
}

// Validate reports what makes the post unfit for Kafka or for the pipeline, as an error
// of class BadInput that names every fault.
func (p *Post) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if p.Schema < 1 || p.Schema > PostSchema {
		fault("schema version %d: this program reads 1 to %d", p.Schema, PostSchema)
	}
	if p.ID.IsZero() {
		fault("id is missing")
	}
	if !sourceID.MatchString(p.Source) {
		fault("source %q: want lower-case letters, digits and hyphens, at most 64", p.Source)
	}
	if !p.Kind.Valid() {
		fault("kind %q is none of %v", p.Kind, Kinds())
	}
	if p.Title == "" && p.Text == "" {
		fault("title and text are both empty")
	}
	if len(p.Title) > MaxTitle {
		fault("title has %d bytes, at most %d are allowed", len(p.Title), MaxTitle)
	}
	if len(p.Text) > MaxText {
		fault("text has %d bytes, at most %d are allowed", len(p.Text), MaxText)
	}
	if p.Published.Before(OldestPlausible) || p.Published.After(p.SeenAt.Add(MaxAhead)) {
		fault("published %s is not between %s and seen_at", p.Published.Format(time.RFC3339), OldestPlausible.Format(time.DateOnly))
	}
	if p.SeenAt.Before(OldestPlausible) || p.SeenAt.Year() >= 2100 {
		fault("seen_at %s cannot be", p.SeenAt.Format(time.RFC3339))
	}
	if len(faults) == 0 {
		return nil
	}
	return WithClass(BadInput, fmt.Errorf("post %s: %w", p.ID, errors.Join(faults...)))
}
