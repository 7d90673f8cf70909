// Package rule says who is told what: the rules of configs/alerts.yaml, which series they
// watch, how loud an alert is, and whether it is told now, later or not at all.
//
// It owns the meaning of rules, quiet hours, silences and escalation. It does not detect
// (package spike), it does not write or send (card, deliver), and it has no clock: every
// question says for which moment it is asked.
package rule

import (
	"slices"
	"time"

	"samleng"
	"samleng/alerts/calendar"
)

// Config is configs/alerts.yaml without the channels, which package deliver describes.
type Config struct {
	Rules    []Rule          `yaml:"rules"`
	Silences []Silence       `yaml:"silences"`
	Holidays calendar.Config `yaml:"holidays"`
}

// Name is what people are shown.
type Name struct {
	Khmer   string `yaml:"km"`
	English string `yaml:"en"`
}

// Rule says which series are watched, for what, and who is told. See configs/alerts.yaml for
// what each key means to whoever writes one.
type Rule struct {
	ID       string           `yaml:"id"`
	Name     Name             `yaml:"name"`
	Topics   []string         `yaml:"topics"`    // ids; empty: each topic
	Places   []string         `yaml:"places"`    // codes of provinces, or Each; empty: the whole country
	Kinds    []samleng.Kind   `yaml:"kinds"`     // each of these by itself; empty: all together
	Language string           `yaml:"language"`  // of the posts; empty: any
	Keywords []string         `yaml:"keywords"`  // instead of topics: posts that hold the phrase
	CountBy  Count            `yaml:"count_by"`  // posts or stories
	Signals  []samleng.Signal `yaml:"signals"`   // what is watched for
	MinPosts int              `yaml:"min_posts"` // in the window
	// AlertsAWeek is how many alerts a week the rule may be expected to give from chance
	// alone, over all its series.
	AlertsAWeek float64     `yaml:"alerts_a_week"`
	Fixed       *Fixed      `yaml:"fixed"` // thresholds instead of the detector's
	Level       string      `yaml:"level"` // notice, warning or urgent
	Channels    []string    `yaml:"channels"`
	Quiet       *Quiet      `yaml:"quiet"`
	Escalate    *Escalation `yaml:"escalate"`
	Disabled    bool        `yaml:"disabled"`
}

// Each stands for every province by itself.
const Each = "each"

// Count is what a rule counts.
type Count string

// What a rule can count.
const (
	CountPosts   Count = "posts"
	CountStories Count = "stories"
)

// Fixed are thresholds for those who insist on them: reached within Window, they alert,
// whatever is usual.
type Fixed struct {
	Posts  int           `yaml:"posts"`  // at least so many; 0: not watched
	Share  float64       `yaml:"share"`  // of negative posts, 0..1; 0: not watched
	Window time.Duration `yaml:"window"` // 5m, 15m, 1h, 3h or 6h
}

// Quiet are the hours in which only what is urgent is told; the rest waits for their end.
type Quiet struct {
	From string `yaml:"from"` // 21:00, in Phnom Penh
	To   string `yaml:"to"`   // 06:00, on the next day where it is earlier than From
	// Holidays keeps weekends and public holidays quiet all day long.
	Holidays bool `yaml:"holidays"`
}

// Escalation tells others of an episode that is still open after a while.
type Escalation struct {
	After    time.Duration `yaml:"after"`
	Channels []string      `yaml:"channels"`
}

// Silence keeps alerts from being told for a time and a reason.
type Silence struct {
	Rule     string       `yaml:"rule" json:"rule"`                   // empty: any
	Topic    string       `yaml:"topic" json:"topic"`                 // empty: any
	Place    string       `yaml:"place" json:"place"`                 // code of a province; empty: any
	Kind     samleng.Kind `yaml:"kind" json:"kind,omitempty"`         // of source; empty: any
	Language string       `yaml:"language" json:"language,omitempty"` // of a rule for one; empty: any
	Keyword  string       `yaml:"keyword" json:"keyword,omitempty"`   // a phrase of a rule; empty: any
	From     string       `yaml:"from" json:"from"`                   // RFC 3339; empty: since ever
	Until    string       `yaml:"until" json:"until"`                 // RFC 3339; a silence always ends
	Reason   string       `yaml:"reason" json:"reason"`
	// Ended is when somebody ended it before its time; zero where nobody did.
	Ended time.Time `yaml:"-" json:"-"`
}

// Default values of a rule.
const (
	defaultMinPosts    = 5
	defaultAlertsAWeek = 2
)

// Watched is what the rule watches for: volume and negative share where it names nothing.
func (r *Rule) Watched() []samleng.Signal {
	if len(r.Signals) == 0 {
		return []samleng.Signal{samleng.SignalVolume, samleng.SignalNegative}
	}
	return r.Signals
}

// Watches reports whether the rule asks for the signal.
func (r *Rule) Watches(s samleng.Signal) bool { return slices.Contains(r.Watched(), s) }

// WatchesSeries reports whether the rule watches series at all, and not the sources alone.
func (r *Rule) WatchesSeries() bool {
	return r.Fixed != nil || r.Watches(samleng.SignalVolume) || r.Watches(samleng.SignalNegative) || r.Watches(samleng.SignalPositive)
}

// Minimum is the fewest posts in the window of an alert.
func (r *Rule) Minimum() int {
	if r.MinPosts == 0 {
		return defaultMinPosts
	}
	return r.MinPosts
}

// Budget is how many alerts a week are expected from chance.
func (r *Rule) Budget() float64 {
	if r.AlertsAWeek == 0 {
		return defaultAlertsAWeek
	}
	return r.AlertsAWeek
}

// Loudness is the level of the rule's alerts, LevelWarning unless it says otherwise.
func (r *Rule) Loudness() samleng.Level {
	for _, l := range levels {
		if r.Level == l.String() {
			return l
		}
	}
	return samleng.LevelWarning
}

var levels = []samleng.Level{samleng.LevelNotice, samleng.LevelWarning, samleng.LevelUrgent}
