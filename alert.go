package samleng

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Signal is what an alert says has changed.
type Signal string

// The signals. SignalSilence is about the sources and not about what people say.
const (
	SignalVolume   Signal = "volume"         // more posts than expected
	SignalNegative Signal = "negative-share" // a larger share of negative posts than expected
	SignalPositive Signal = "positive-share" // a larger share of positive posts than expected
	SignalSilence  Signal = "silence"        // sources went silent
)

// Level is how loudly an alert is told, the louder the higher.
type Level int

// The levels.
const (
	LevelNotice  Level = iota + 1 // for the digest
	LevelWarning                  // for the channel
	LevelUrgent                   // also within quiet hours
)

// String gives "notice", "warning" or "urgent".
func (l Level) String() string {
	switch l {
	case LevelNotice:
		return "notice"
	case LevelWarning:
		return "warning"
	case LevelUrgent:
		return "urgent"
	}
	return "none"
}

// UnmarshalJSON reads the number that a Level is written as, or its name, which stands in the log
// of alerts.
func (l *Level) UnmarshalJSON(b []byte) error {
	for _, level := range []Level{LevelNotice, LevelWarning, LevelUrgent} {
		if string(b) == strconv.Quote(level.String()) {
			*l = level
			return nil
		}
	}
	var n int
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("level of an alert: %s is neither notice, warning, urgent nor a number", b)
	}
	*l = Level(n)
	return nil
}

// AlertState is where in its episode an alert stands.
type AlertState string

// The states. An episode opens once, may escalate or be held, and closes once.
const (
	AlertOpened    AlertState = "opened"
	AlertEscalated AlertState = "escalated" // ten times rarer than when it was last told, or a second signal joined; or see Alert.Still
	AlertHeld      AlertState = "held"      // not told, for the reason in Held
	AlertClosed    AlertState = "closed"
)

// The reasons for which nobody is told of an alert at once, as Alert.Held has them. A silence is one
// of HeldSilenced.
const (
	HeldForDigest = "a notice is for the digest"
	HeldNoChannel = "the rule names no channel"
	HeldTogether  = "it is part of the alert of several series that move together"
	HeldFolded    = "it is part of the alert of the series above"
	HeldGap       = "the sources were silent until a moment ago"
	HeldModel     = "the model that labels posts has changed"
	HeldCoverage  = "too few of the sources were heard"
	HeldSmall     = "its posts are of private people and too few to be shown"
)

// The reasons for which an episode ended before what it is about did, as Alert.Ended has them.
const (
	EndedChanged = "its rule, or what that watches, was changed"
	EndedGone    = "its rule was taken away or switched off"
)

// heldSilenced begins the reason of an alert that a silence holds.
const heldSilenced = "silenced until "

// HeldSilenced is the reason of an alert that is silenced for a while.
func HeldSilenced(until time.Time, reason string) string {
	return heldSilenced + until.Format(time.RFC3339) + ": " + reason
}

// Silenced takes the text of HeldSilenced apart. It reports false for another text.
func Silenced(held string) (until time.Time, reason string, ok bool) {
	rest, ok := strings.CutPrefix(held, heldSilenced)
	if !ok {
		return time.Time{}, "", false
	}
	moment, reason, ok := strings.Cut(rest, ": ")
	until, err := time.Parse(time.RFC3339, moment)
	return until, reason, ok && err == nil
}

// Series names a stream of counts that is watched. The zero value of a field does not
// restrict; the zero Series is everything.
type Series struct {
	Topic    string `json:"topic,omitempty"`    // as in configs/topics.yaml
	Place    string `json:"place,omitempty"`    // official code of a province
	Kind     Kind   `json:"kind,omitempty"`     // of source
	Language string `json:"language,omitempty"` // as in Analysis.Language
	Keyword  string `json:"keyword,omitempty"`  // a phrase of a rule
	Stories  bool   `json:"stories,omitempty"`  // counts stories instead of posts
}

// Alert is a change in what is said about a topic that is worth a person's attention. It is
// about a topic, never about a person.
type Alert struct {
	Episode string     `json:"episode"` // 32 hexadecimal digits; the alerts of one episode share it
	Number  int        `json:"number"`  // of the alert within its episode, from 1
	State   AlertState `json:"state"`
	Held    string     `json:"held,omitempty"` // why it is held, in English
	// Ended is why a closed episode is not followed any more, in English; empty where it is over.
	Ended  string    `json:"ended,omitempty"`
	Level  Level     `json:"level"`
	Rule   string    `json:"rule"` // id of the rule in configs/alerts.yaml
	Series Series    `json:"series"`
	At     time.Time `json:"at"` // event time at which it was raised, UTC
	// Start is where the longest window of Changes begins, UTC; of a closed episode, where it did.
	Start time.Time `json:"start"`
	End   time.Time `json:"end"` // just past the windows, or the episode, UTC
	// Since is when the episode opened, UTC; zero where there is no episode.
	Since time.Time `json:"since,omitzero"`
	// Still says that it is told because its episode stays open, to those who are to know then: of
	// the episode as it was last told.
	Still bool `json:"still,omitempty"`
	// Peak is the highest score of the episode so far, which may be above those of Changes; 0 where
	// there is no episode or no score.
	Peak float64 `json:"peak,omitempty"`

	// Changes are what was seen that is told now, one for each signal that joined, the first to join
	// first. Of a closed episode they are what was told of it when it was highest.
	Changes []Change `json:"changes"`
	// Folded lists the series below this one whose episodes it stands for.
	Folded []Series `json:"folded,omitempty"`

	// Without names the kinds of private people's posts that are left out of all that is said here,
	// because they are too few or of too few sources (see MinimumGroup).
	Without []Kind `json:"without,omitempty"`
	// Cut says that not all posts of the window were looked at for Terms and Examples.
	Cut bool `json:"cut,omitempty"`

	Tally    Tally       `json:"tally"`              // of the window
	Stories  int         `json:"stories"`            // distinct stories in the window
	Burst    bool        `json:"burst,omitempty"`    // few stories, many copies
	Terms    []string    `json:"terms,omitempty"`    // new words, the most unusual first
	Sources  []ShareOf   `json:"sources,omitempty"`  // by kind of source
	Examples []Example   `json:"examples,omitempty"` // three to five posts, most telling first
	Silent   []string    `json:"silent,omitempty"`   // names of the sources that went silent
	Quality  DataQuality `json:"quality"`
	History  History     `json:"history"`
}

// Window is what the first of Changes was seen in, or where that is not known, or the episode is
// over, what the alert is about.
func (a *Alert) Window() (start, end time.Time) {
	if len(a.Changes) > 0 && a.State != AlertClosed && !a.Changes[0].Start.IsZero() {
		return a.Changes[0].Start, a.Changes[0].End
	}
	return a.Start, a.End
}

// Change is how far one signal is from what was expected.
type Change struct {
	Signal   Signal  `json:"signal"`
	Observed float64 `json:"observed"` // posts, or share 0..1
	Expected float64 `json:"expected"` // in the unit of Observed
	Low      float64 `json:"low"`      // 90 % interval of what was expected
	High     float64 `json:"high"`
	Count    int     `json:"count,omitempty"` // posts that Observed is a share of; 0 for volume
	// Start and End are the window of Observed, UTC; zero where it is that of the alert.
	Start time.Time `json:"start,omitzero"`
	End   time.Time `json:"end,omitzero"`
	// Score is 2 - log10(peaks this rare that are expected a week).
	Score float64 `json:"score"`
	// LogP is -log10 of the probability of the window under the baseline.
	LogP float64 `json:"log_p"`
	// Factors are the terms of Score by name, for whoever asks why.
	Factors map[string]float64 `json:"factors,omitempty"`
}

// Example is a post that an alert shows: never its author.
type Example struct {
	ID         PostID    `json:"id"`
	Source     string    `json:"source"` // name of the source
	URL        string    `json:"url,omitempty"`
	Title      string    `json:"title,omitempty"`
	Text       string    `json:"text"`
	Published  time.Time `json:"published"`
	Label      Label     `json:"label"`
	Confidence float64   `json:"confidence"` // 0..1
}

// DataQuality says how far an alert can be trusted.
type DataQuality struct {
	Coverage float64       `json:"coverage"` // share of the sources that were heard, 0..1
	Lag      time.Duration `json:"lag"`      // from publication to storage, the middle one
	Late     float64       `json:"late"`     // share of the posts that came after the grace, 0..1
	WarmUp   time.Duration `json:"warm_up"`  // for how long the series has been watched
	Tested   int           `json:"tested"`   // series that were looked at, at the same time
	Model    string        `json:"model"`    // of the classifiers
}

// Dispersion says how far counts over a window spread: one of mean m has the variance m + Value*m².
type Dispersion struct {
	Window time.Duration `json:"window"`
	Value  float64       `json:"value"`
}

// History is the series around an alert, for a small chart.
type History struct {
	Step     time.Duration `json:"step"`
	Start    time.Time     `json:"start"`    // of the first value, UTC
	Observed []float64     `json:"observed"` // posts in each step, a day up to the alert
	// Expected is what was expected in as many steps, posts. An alert that ends an episode has this alone.
	Expected []float64 `json:"expected"`
	// Dispersions are those of what was expected, one for each length of window that is watched.
	Dispersions []Dispersion `json:"dispersions,omitempty"`
	// LastAlert is when an episode of this series was told before; zero when never.
	LastAlert time.Time `json:"last_alert,omitzero"`
	LastScore float64   `json:"last_score,omitempty"`
}
