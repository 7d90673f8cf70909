package digest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"samleng"
)

// Config is an entry under digests of configs/alerts.yaml.
type Config struct {
	ID       string   `yaml:"id"`       // lower-case letters, digits and hyphens; unique
	Every    Period   `yaml:"every"`    // day or week
	On       string   `yaml:"on"`       // weekday of a weekly one, as in monday
	At       string   `yaml:"at"`       // 07:00, in Phnom Penh, a multiple of five minutes
	Topics   []string `yaml:"topics"`   // ids; empty: all
	Places   []string `yaml:"places"`   // codes of provinces; empty: the whole country
	Channels []string `yaml:"channels"` // ids
	Disabled bool     `yaml:"disabled"`
}

// Period is how often a digest is sent, and how long it reaches back.
type Period string

// The periods.
const (
	Day  Period = "day"
	Week Period = "week"
)

// Known is what a digest may name.
type Known struct {
	Topics    []string // ids
	Provinces []string // codes
	Channels  []string // ids
}

var (
	digestID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
)

const clock = "15:04"

// Validate reports every fault of a list of digests as samleng.KeyErrors.
func Validate(all []Config, known Known) error {
	var faults []error
	seen := map[string]bool{}
	for i := range all {
		at := fmt.Sprintf("digests[%d]", i)
		if seen[all[i].ID] {
			faults = append(faults, samleng.Keyf(at+".id", "%q is the id of an earlier digest too", all[i].ID))
		}
		seen[all[i].ID] = true
		faults = append(faults, all[i].faults(at, known)...)
	}
	return errors.Join(faults...)
}

func (c *Config) faults(at string, known Known) (faults []error) {
	fault := func(key, format string, args ...any) {
		faults = append(faults, samleng.Keyf(at+"."+key, format, args...))
	}
	if !digestID.MatchString(c.ID) {
		fault("id", "%q: want lower-case letters, digits and hyphens, at most 64", c.ID)
	}
	switch c.Every {
	case Day:
		if c.On != "" {
			fault("on", "a digest of every day has no weekday")
		}
	case Week:
		if !slices.Contains(weekdays, c.On) {
			fault("on", "%q: want a weekday, as in monday", c.On)
		}
	default:
		fault("every", "%q: want day or week", c.Every)
	}
	if t, err := time.Parse(clock, c.At); err != nil || t.Minute()%int(samleng.Bucket/time.Minute) != 0 {
		fault("at", "%q: want a time as 07:00, in steps of five minutes", c.At)
	}
	for _, topic := range c.Topics {
		if !slices.Contains(known.Topics, topic) {
			fault("topics", "%q is not a topic of configs/topics.yaml", topic)
		}
	}
	for _, place := range c.Places {
		if !slices.Contains(known.Provinces, place) {
			fault("places", "%q is not the code of a province", place)
		}
	}
	if len(c.Channels) == 0 {
		fault("channels", "nobody is told: name a channel")
	}
	for i, channel := range c.Channels {
		if !slices.Contains(known.Channels, channel) {
			fault("channels", "%q is not a channel of this file", channel)
		} else if slices.Contains(c.Channels[:i], channel) {
			fault("channels", "%q is named twice", channel)
		}
	}
	return faults
}

// zone is Asia/Phnom_Penh: seven hours ahead, without summer time.
var zone = time.FixedZone("Asia/Phnom_Penh", 7*60*60)

// length is how far a digest reaches back.
func (c *Config) length() time.Duration {
	if c.Every == Week {
		return 7 * 24 * time.Hour
	}
	return 24 * time.Hour
}

// Last gives the latest moment, up to now, at which the digest is due. The config must be valid.
func (c *Config) Last(now time.Time) time.Time {
	at, err := time.Parse(clock, c.At)
	if err != nil {
		return time.Time{}
	}
	local := now.In(zone)
	due := time.Date(local.Year(), local.Month(), local.Day(), at.Hour(), at.Minute(), 0, 0, zone)
	if due.After(local) {
		due = due.AddDate(0, 0, -1)
	}
	for c.Every == Week && weekdays[due.Weekday()] != c.On {
		due = due.AddDate(0, 0, -1)
	}
	return due.UTC()
}

// name is what the outbox knows the digest by that is due at a moment.
func (c *Config) name(due time.Time) string {
	return "digest-" + c.ID + "-" + due.In(zone).Format(time.DateOnly)
}
