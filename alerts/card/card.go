// Package card writes alerts and digests as people read them: one alert in the markup of a
// channel, in Khmer, English or both, never longer than the channel takes.
//
// It owns the wording (the files in words, which anybody may edit), the look in each channel
// (the files in layout), what is left out first when room is short, and the chart. It knows no
// channel, sends nothing and decides nothing; what a topic is called and where links lead is
// told to it.
package card

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"samleng"
	"samleng/alerts"
)

// Names says what people call things. A name that is not known is "", and the id is shown.
type Names interface {
	// Topic gives the name of a topic in a language, samleng.Khmer or English.
	Topic(id, language string) string
	// Place gives the name of a province or district by its official code.
	Place(code, language string) string
}

// Links says where the links of a card lead. An empty address is left out, and one that is not
// of http or https as well.
type Links interface {
	// Page shows what the alert is about, at that time.
	Page(a *samleng.Alert) string
	// Act lets whoever reads the card say what they think of the alert, or silence it.
	Act(a *samleng.Alert, action samleng.AlertAction) string
}

// Options is what a Renderer is made of.
type Options struct {
	Names Names // required
	Links Links // nil: cards have no links
	// ClusterEnd gives the end of the letter cluster that begins at byte i of s, i < len(s).
	// Text is cut at such ends only. Required.
	ClusterEnd func(s string, i int) int
}

// Renderer writes cards. It is safe for concurrent use, and gives the same bytes for the same
// alert every time.
type Renderer struct {
	o       Options
	words   map[string]*words
	layouts map[alerts.Format]*layout
}

// Both is the language of cards in Khmer with English beneath.
const Both = "both"

// phnomPenh is the time zone of every card. Cambodia has kept UTC+7 without summer time since
// before the program's data begin, so no time zone database is needed.
var phnomPenh = time.FixedZone("Asia/Phnom_Penh", 7*60*60)

// New makes a Renderer. An error says which file of words or layout cannot be read.
func New(o Options) (*Renderer, error) {
	if o.Names == nil || o.ClusterEnd == nil {
		return nil, errors.New("make cards: names or the ends of clusters are missing")
	}
	r := &Renderer{o: o, words: map[string]*words{}, layouts: map[alerts.Format]*layout{}}
	for _, language := range []string{samleng.Khmer, samleng.English} {
		w, err := loadWords(language)
		if err != nil {
			return nil, fmt.Errorf("make cards: %w", err)
		}
		r.words[language] = w
	}
	for _, format := range Formats() {
		l, err := loadLayout(format)
		if err != nil {
			return nil, fmt.Errorf("make cards: %w", err)
		}
		r.layouts[format] = l
	}
	return r, nil
}

// Formats are those that cards are written in.
func Formats() []alerts.Format {
	return []alerts.Format{alerts.FormatPlain, alerts.FormatTelegram, alerts.FormatSlack, alerts.FormatMail}
}

// languages gives the languages that a card has one after the other.
func languages(language string) ([]string, error) {
	switch language {
	case samleng.Khmer, samleng.English:
		return []string{language}, nil
	case Both:
		return []string{samleng.Khmer, samleng.English}, nil
	}
	return nil, fmt.Errorf("%q: want km, en or both", language)
}

// Card gives an alert in a format and in a language: km, en, or Both. It leaves room for
// alerts.RepeatMark. Whatever is missing in the alert is left off.
func (r *Renderer) Card(a *samleng.Alert, format alerts.Format, language string) (alerts.Card, error) {
	all, err := languages(language)
	if err != nil {
		return alerts.Card{}, fmt.Errorf("language of the card: %w", err)
	}
	l := r.layouts[format]
	if l == nil {
		return alerts.Card{}, fmt.Errorf("format of the card: %q is none of %v", format, Formats())
	}
	c := content{more: map[string]string{}}
	for _, language := range all {
		s, err := r.section(a, language)
		if err != nil {
			return alerts.Card{}, err
		}
		c.sections = append(c.sections, s)
	}
	if err := r.rest(&c, a, all); err != nil {
		return alerts.Card{}, err
	}
	var picture []byte
	if format != alerts.FormatPlain {
		if picture, err = chart(a, all[len(all)-1] == samleng.English); err != nil {
			return alerts.Card{}, fmt.Errorf("draw the chart: %w", err)
		}
	}
	if picture != nil {
		if c.alt, err = r.alt(a, all); err != nil {
			return alerts.Card{}, err
		}
	}
	out, err := r.write(&c, l)
	out.Image = picture
	return out, err
}

// write lays the content out, shortened until it fits.
func (r *Renderer) write(c *content, l *layout) (alerts.Card, error) {
	out := alerts.Card{Title: r.clip(c.title(), maxTitle), Alt: c.alt}
	var err error
	if out.Text, err = r.fit(c, r.layouts[alerts.FormatPlain], l.textLimit); err != nil {
		return alerts.Card{}, err
	}
	if l.format != alerts.FormatPlain {
		if out.Markup, err = r.fit(c, l, l.limit); err != nil {
			return alerts.Card{}, err
		}
	}
	return out, nil
}

// fit lays the content out with as much of it as a limit allows.
func (r *Renderer) fit(c *content, l *layout, limit limit) (string, error) {
	for step := 0; ; step++ {
		text, err := l.execute(r.view(c, l, step))
		if err != nil {
			return "", fmt.Errorf("lay out a card for %s: %w", l.format, err)
		}
		if limit.holds(text) {
			return text, nil
		}
		if step == lastStep {
			// Titles, the window and one figure are bounded far below every limit.
			return "", fmt.Errorf("lay out a card for %s: it does not fit", l.format)
		}
	}
}

// title is one line for all languages.
func (c *content) title() string {
	titles := make([]string, len(c.sections))
	for i := range c.sections {
		titles[i] = c.sections[i].title
	}
	return strings.Join(titles, " · ")
}
