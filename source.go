package samleng

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Source is a public place that posts are read from.
type Source struct {
	ID         string        `yaml:"id"`         // lower-case letters, digits and hyphens; unique
	Name       string        `yaml:"name"`       // as the publisher writes it
	Collector  string        `yaml:"collector"`  // which collector reads it: "feed", ...
	Kind       Kind          `yaml:"kind"`       // news, government, social or survey
	Language   string        `yaml:"language"`   // declared language, ISO 639-1, or empty
	URL        string        `yaml:"url"`        // where to read
	Interval   time.Duration `yaml:"interval"`   // between two polls, at least MinInterval
	Permission string        `yaml:"permission"` // why we may read it
	FullText   bool          `yaml:"full_text"`  // follow links for the text of the article
	Local      bool          `yaml:"local"`      // allow private and loopback addresses
	Disabled   bool          `yaml:"disabled"`   // keep the entry, do not read it
}

// MinInterval is the shortest time allowed between two polls of one source that is not
// marked local.
const MinInterval = time.Minute

// sourceID is what an id looks like: it names files and labels metrics.
var sourceID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Validate reports every fault of the entry as KeyErrors.
func (s *Source) Validate() error {
	var faults []error
	if !sourceID.MatchString(s.ID) {
		faults = append(faults, Keyf("id", "%q: want lower-case letters, digits and hyphens, at most 64", s.ID))
	}
	if s.Name == "" {
		faults = append(faults, Keyf("name", "is missing"))
	}
	if s.Collector == "" {
		faults = append(faults, Keyf("collector", "is missing"))
	}
	if !s.Kind.Valid() {
		faults = append(faults, Keyf("kind", "%q is none of %v", s.Kind, Kinds()))
	}
	if u, err := url.Parse(s.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		faults = append(faults, Keyf("url", "%q: want an http or https address", s.URL))
	}
	if s.Interval < MinInterval && !s.Local {
		faults = append(faults, Keyf("interval", "%s is shorter than the minimum of %s", s.Interval, MinInterval))
	}
	if s.Interval <= 0 && s.Local {
		faults = append(faults, Keyf("interval", "is missing"))
	}
	if strings.TrimSpace(s.Permission) == "" {
		faults = append(faults, Keyf("permission", "is missing: say under which permission this source is read"))
	}
	return errors.Join(faults...)
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
