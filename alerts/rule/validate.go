package rule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"samleng"
)

// Known is what rules may name.
type Known struct {
	Topics    []string // ids
	Provinces []string // codes
	Channels  []string // ids
}

var ruleID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Validate reports every fault as samleng.KeyErrors.
func (c *Config) Validate(known Known) error {
	var faults []error
	seen := map[string]bool{}
	for i := range c.Rules {
		r := &c.Rules[i]
		at := fmt.Sprintf("rules[%d]", i)
		if seen[r.ID] {
			faults = append(faults, samleng.Keyf(at+".id", "%q is the id of an earlier rule too", r.ID))
		}
		seen[r.ID] = true
		faults = append(faults, r.faults(at, known)...)
	}
	for i := range c.Silences {
		faults = append(faults, c.Silences[i].faults(fmt.Sprintf("silences[%d]", i), known, seen)...)
	}
	if err := c.Holidays.Validate(); err != nil {
		faults = append(faults, fmt.Errorf("holidays: %w", err))
	}
	return errors.Join(faults...)
}

func (r *Rule) faults(at string, known Known) (faults []error) {
	fault := func(key, format string, args ...any) {
		faults = append(faults, samleng.Keyf(at+"."+key, format, args...))
	}
	if !ruleID.MatchString(r.ID) {
		fault("id", "%q: want lower-case letters, digits and hyphens, at most 64", r.ID)
	}
	if r.Name.Khmer == "" || r.Name.English == "" {
		fault("name", "want a name in Khmer (km) and English (en)")
	}
	for _, topic := range r.Topics {
		if !slices.Contains(known.Topics, topic) {
			fault("topics", "%q is not a topic of configs/topics.yaml", topic)
		}
	}
	if len(r.Keywords) > 0 && len(r.Topics) > 0 {
		fault("keywords", "a rule watches topics or keywords: make two rules")
	}
	for _, keyword := range r.Keywords {
		if strings.TrimSpace(keyword) == "" {
			fault("keywords", "an empty keyword is in every post")
		}
	}
	for _, place := range r.Places {
		if place == Each && len(r.Places) > 1 {
			fault("places", "%q stands alone", Each)
		} else if place != Each && !slices.Contains(known.Provinces, place) {
			fault("places", "%q is not the code of a province, nor %q", place, Each)
		}
	}
	for _, kind := range r.Kinds {
		if !kind.Valid() {
			fault("kinds", "%q is none of %v", kind, samleng.Kinds())
		}
	}
	if r.CountBy != "" && r.CountBy != CountPosts && r.CountBy != CountStories {
		fault("count_by", "%q: want posts or stories", r.CountBy)
	}
	for _, s := range r.Signals {
		if s != samleng.SignalVolume && s != samleng.SignalNegative && s != samleng.SignalPositive && s != samleng.SignalSilence {
			fault("signals", "%q: want volume, negative-share, positive-share or silence", s)
		}
	}
	if r.MinPosts < 0 {
		fault("min_posts", "%d is negative", r.MinPosts)
	}
	if r.AlertsAWeek < 0 {
		fault("alerts_a_week", "%g is negative", r.AlertsAWeek)
	}
	if r.Level != "" && !slices.ContainsFunc(levels, func(l samleng.Level) bool { return l.String() == r.Level }) {
		fault("level", "%q: want notice, warning or urgent", r.Level)
	}
	if len(r.Channels) == 0 && r.Loudness() > samleng.LevelNotice {
		fault("channels", "nobody is told: name a channel, or make the level notice")
	}
	for _, channel := range r.Channels {
		if !slices.Contains(known.Channels, channel) {
			fault("channels", "%q is not a channel of this file", channel)
		}
	}
	if r.Fixed != nil {
		faults = append(faults, r.Fixed.faults(at+".fixed")...)
	}
	if r.Quiet != nil {
		faults = append(faults, r.Quiet.faults(at+".quiet")...)
	}
	if e := r.Escalate; e != nil {
		if e.After < time.Minute {
			fault("escalate.after", "%s: want a minute or more", e.After)
		}
		if len(e.Channels) == 0 {
			fault("escalate.channels", "nobody is told")
		}
		for _, channel := range e.Channels {
			if !slices.Contains(known.Channels, channel) {
				fault("escalate.channels", "%q is not a channel of this file", channel)
			}
		}
	}
	return faults
}

// windows are those that the detector keeps.
var windows = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}

func (f *Fixed) faults(at string) (faults []error) {
	if f.Posts < 0 || f.Share < 0 || f.Share > 1 {
		faults = append(faults, samleng.Keyf(at, "want posts of 0 or more and a share between 0 and 1"))
	}
	if f.Posts == 0 && f.Share == 0 {
		faults = append(faults, samleng.Keyf(at, "watches nothing: set posts or share"))
	}
	if !slices.Contains(windows, f.Window) {
		faults = append(faults, samleng.Keyf(at+".window", "%s: want one of %v", f.Window, windows))
	}
	return faults
}

func (q *Quiet) faults(at string) (faults []error) {
	for _, key := range []struct{ name, value string }{{"from", q.From}, {"to", q.To}} {
		if _, err := time.Parse(clock, key.value); err != nil && (key.value != "" || !q.Holidays) {
			faults = append(faults, samleng.Keyf(at+"."+key.name, "%q: want a time as 21:00", key.value))
		}
	}
	if (q.From == "") != (q.To == "") {
		faults = append(faults, samleng.Keyf(at, "want both from and to, or neither"))
	}
	if q.From != "" && q.From == q.To {
		faults = append(faults, samleng.Keyf(at, "from and to are the same: a rule that is always quiet is better disabled"))
	}
	return faults
}

func (s *Silence) faults(at string, known Known, rules map[string]bool) (faults []error) {
	fault := func(key, format string, args ...any) {
		faults = append(faults, samleng.Keyf(at+"."+key, format, args...))
	}
	if s.Rule != "" && !rules[s.Rule] {
		fault("rule", "%q is not a rule of this file", s.Rule)
	}
	if s.Topic != "" && !slices.Contains(known.Topics, s.Topic) {
		fault("topic", "%q is not a topic of configs/topics.yaml", s.Topic)
	}
	if s.Place != "" && !slices.Contains(known.Provinces, s.Place) {
		fault("place", "%q is not the code of a province", s.Place)
	}
	if s.Kind != "" && !s.Kind.Valid() {
		fault("kind", "%q is none of %v", s.Kind, samleng.Kinds())
	}
	if s.Topic != "" && s.Keyword != "" {
		fault("keyword", "a series is of a topic or of a phrase: it would silence nothing")
	}
	if strings.TrimSpace(s.Reason) == "" {
		fault("reason", "is missing: say why, for whoever wonders")
	}
	if s.Until == "" {
		fault("until", "is missing: a silence ends")
	} else if p, err := s.period(); err != nil {
		faults = append(faults, samleng.Keyf(at, "want times as 2026-04-14T06:00:00+07:00: %w", err))
	} else if !p.until.After(p.from) {
		fault("until", "is not after from")
	}
	return faults
}
