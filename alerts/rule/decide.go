package rule

import (
	"fmt"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/calendar"
)

// Book answers questions about valid rules. It is safe for concurrent use.
type Book struct {
	rules    []Rule
	silences []period
	calendar *calendar.Calendar
}

// period is a silence with its times read.
type period struct {
	Silence
	about       samleng.SilenceRequest // without times
	from, until time.Time
}

// NewBook reads a valid Config. Disabled rules are left out.
func NewBook(c Config) (*Book, error) {
	k, err := calendar.New(c.Holidays)
	if err != nil {
		return nil, fmt.Errorf("holidays: %w", err)
	}
	b := &Book{calendar: k}
	for _, r := range c.Rules {
		if !r.Disabled {
			b.rules = append(b.rules, r)
		}
	}
	for i := range c.Silences {
		p, err := c.Silences[i].period()
		if err != nil {
			return nil, fmt.Errorf("silences[%d]: %w", i, err)
		}
		b.silences = append(b.silences, p)
	}
	return b, nil
}

// Rules are those that are not disabled, in the order of the file.
func (b *Book) Rules() []Rule { return b.rules }

// Rule gives the rule of an id.
func (b *Book) Rule(id string) (Rule, bool) {
	i := slices.IndexFunc(b.rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Rule{}, false
	}
	return b.rules[i], true
}

// Calendar is the one of the configuration.
func (b *Book) Calendar() *calendar.Calendar { return b.calendar }

// With gives a book that knows further silences, such as those made on the page.
func (b *Book) With(silences []Silence) (*Book, error) {
	more := *b
	more.silences = slices.Clone(b.silences)
	for i := range silences {
		p, err := silences[i].period()
		if err != nil {
			return nil, fmt.Errorf("silences[%d]: %w", i, err)
		}
		more.silences = append(more.silences, p)
	}
	return &more, nil
}

// Verdict says what becomes of an alert.
type Verdict struct {
	// Held is why the alert is not told, in English; empty when it is.
	Held string
	// At is from when on it is told: the moment asked for, or the end of the quiet hours.
	At time.Time
	// Channels are those that are told, by id.
	Channels []string
}

// Decide says what becomes of the alert at a moment. An alert of a rule that is unknown, or
// that is below what its rule asks for, is held.
func (b *Book) Decide(a *samleng.Alert, at time.Time) Verdict {
	r, ok := b.Rule(a.Rule)
	switch {
	case !ok:
		return Verdict{Held: fmt.Sprintf("there is no rule %q", a.Rule)}
	case a.State == samleng.AlertHeld:
		return Verdict{Held: a.Held}
	}
	// Who was told of an episode is told of its end, so that no card stays open for ever.
	if s, ok := b.silenced(a, at); ok && a.State != samleng.AlertClosed {
		return Verdict{Held: samleng.HeldSilenced(s.until, s.Reason)}
	}
	return Verdict{At: b.Due(a, at), Channels: slices.Clone(r.Channels)}
}

// Due is from when on the alert may be told at a moment: then, or at the end of the rule's quiet
// hours.
func (b *Book) Due(a *samleng.Alert, at time.Time) time.Time {
	if r, ok := b.Rule(a.Rule); ok && r.Quiet != nil && a.Level < samleng.LevelUrgent {
		return r.Quiet.end(at, b.calendar)
	}
	return at
}

// Escalated lists the channels that are told of an episode still open at a moment, which
// opened at the time of its first alert and was not yet escalated to them.
func (b *Book) Escalated(first *samleng.Alert, at time.Time) []string {
	r, ok := b.Rule(first.Rule)
	if !ok || r.Escalate == nil || at.Sub(first.At) < r.Escalate.After {
		return nil
	}
	if _, silenced := b.silenced(first, at); silenced {
		return nil
	}
	return slices.Clone(r.Escalate.Channels)
}

func (b *Book) silenced(a *samleng.Alert, at time.Time) (period, bool) {
	for _, s := range b.silences {
		if s.about.Covers(a.Rule, &a.Series) && !at.Before(s.from) && at.Before(s.until) && (s.Ended.IsZero() || at.Before(s.Ended)) {
			return s, true
		}
	}
	return period{}, false
}

func (s *Silence) period() (period, error) {
	p := period{Silence: *s, about: samleng.SilenceRequest{Rule: s.Rule, Topic: s.Topic, Place: s.Place, Kind: s.Kind, Language: s.Language, Keyword: s.Keyword}}
	var err error
	if s.From != "" {
		if p.from, err = time.Parse(time.RFC3339, s.From); err != nil {
			return p, fmt.Errorf("from: %w", err)
		}
	}
	if p.until, err = time.Parse(time.RFC3339, s.Until); err != nil {
		return p, fmt.Errorf("until: %w", err)
	}
	return p, nil
}
