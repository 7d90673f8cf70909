package card

import (
	"fmt"
	"math"
	"time"

	"samleng"
	"samleng/alerts"
)

// Bounds on what a digest names.
const (
	maxMoved   = 8
	maxNoticed = 6
	maxScope   = 3 // topics, and places: this is never left out
)

// digestFacts is a digest, or one topic of it, as a sentence takes it.
type digestFacts struct {
	Weekly                        bool
	From, To                      string
	Topic, Posts, Stories, Change string
	Negative, NegativeBefore      string
	Source, Sources               string
	Sparse, Quiet, Alerts         string
	Topics, Places                string // that it is restricted to
}

// Digest gives a digest in a format and in a language, as Card does. It has no chart and no
// signed links.
func (r *Renderer) Digest(d *samleng.Digest, format alerts.Format, language string) (alerts.Card, error) {
	all, err := languages(language)
	if err != nil {
		return alerts.Card{}, fmt.Errorf("language of the digest: %w", err)
	}
	l := r.layouts[format]
	if l == nil {
		return alerts.Card{}, fmt.Errorf("format of the digest: %q is none of %v", format, Formats())
	}
	var posts []samleng.PostID
	c := content{more: map[string]string{}, head: r.both("digest.emerging.head", all)}
	for _, language := range all {
		s, err := r.digestSection(d, r.words[language])
		if err != nil {
			return alerts.Card{}, err
		}
		c.sections = append(c.sections, s)
		c.more[language] = r.words[language].word("more", "")
	}
	first := r.words[all[0]]
	for i := range d.Emerging {
		if len(c.examples) == maxExamples {
			break
		}
		s := &d.Emerging[i]
		e := example{title: r.clip(s.Title, maxHeadline), address: address(s.URL), language: languageOf(s.Title)}
		if e.title == "" {
			continue
		}
		if e.facts, err = first.say("digest.emerging", digestFacts{Source: r.clip(s.Source, maxName), Sources: first.count(s.Sources)}); err != nil {
			return alerts.Card{}, err
		}
		c.examples, posts = append(c.examples, e), append(posts, s.Post)
	}
	if r.o.Links != nil {
		about := samleng.Alert{At: d.To, Start: d.From, End: d.To}
		if len(d.Topics) == 1 {
			about.Series.Topic = d.Topics[0]
		}
		c.page = link{r.both("link.page", all), address(r.o.Links.Page(&about))}
	}
	written, err := r.write(&c, l)
	written.Posts = posts
	return written, err
}

// digestSection says a digest in one language.
func (r *Renderer) digestSection(d *samleng.Digest, w *words) (section, error) {
	f := digestFacts{Weekly: d.Weekly, Alerts: w.count(d.Alerts), Topics: r.list(r.topics(d.Topics, w), maxScope, maxName, w), Places: r.list(r.places(d.Places, w), maxScope, maxName, w)}
	if d.Alerts <= 0 {
		f.Alerts = ""
	}
	f.period(d, w)
	f.tallies(&d.Total, &d.Before, w)
	s := section{language: w.language}
	var err error
	if s.title, err = w.say("digest.title", f); err != nil {
		return s, err
	}
	s.title = r.clip(s.title, maxTitle)
	add := func(name string, drop int, f digestFacts, before string) {
		if err != nil {
			return
		}
		var text string
		if text, err = w.say(name, f); text != "" {
			s.lines = append(s.lines, line{text: before + text, drop: drop})
		}
	}
	add("digest.scope", never, f, "")
	add("digest.total", never, f, "")
	add("digest.alerts", stepRarity, f, "")
	if len(d.Moved) > 0 {
		add("digest.moved.head", stepHeld, f, "")
	}
	shown := 0
	for i := range d.Moved {
		t := &d.Moved[i]
		if t.Hidden || shown == maxMoved {
			continue // a group that is too small has no counts to show
		}
		m := digestFacts{Weekly: d.Weekly, Topic: r.topic(t.Topic, w)}
		m.tallies(&t.Now, &t.Before, w)
		drop := stepBurst
		if shown >= maxMoved/2 {
			drop = stepTwoExamples
		}
		add("digest.moved", drop, m, "• ")
		shown++
	}
	if err != nil {
		return s, err
	}
	if err = r.noticed(&s, d, w, f); err != nil {
		return s, err
	}
	f.Sparse, f.Quiet = r.list(r.topics(d.Sparse, w), maxListed, maxName, w), r.list(d.Quiet, maxListed, maxName, w)
	add("digest.sparse", stepSources, f, "")
	add("digest.quiet", stepQuality, f, "")
	return s, err
}

// noticed adds the alerts that were for the digest, each by its title.
func (r *Renderer) noticed(s *section, d *samleng.Digest, w *words, f digestFacts) error {
	if len(d.Noticed) == 0 {
		return nil
	}
	head, err := w.say("digest.noticed.head", f)
	if err != nil {
		return err
	}
	s.lines = append(s.lines, line{text: head, drop: stepHeld})
	for i := range d.Noticed[:min(len(d.Noticed), maxNoticed)] {
		facts, err := r.facts(&d.Noticed[i], w)
		if err != nil {
			return err
		}
		title, err := w.say("title", facts)
		if err != nil {
			return err
		}
		drop := stepBurst
		if i >= maxNoticed/2 {
			drop = stepTwoExamples
		}
		s.lines = append(s.lines, line{text: "• " + r.clip(title, maxTitle), drop: drop})
	}
	return nil
}

// period names the days, and the hours as well where it does not begin at midnight.
func (f *digestFacts) period(d *samleng.Digest, w *words) {
	if hour, minute, _ := d.From.In(phnomPenh).Clock(); hour != 0 || minute != 0 {
		f.From, f.To = w.moment(d.From), w.moment(d.To)
		return
	}
	f.From = w.day(d.From)
	if d.To.Sub(d.From) > 24*time.Hour {
		f.To = w.day(d.To.Add(-1))
	}
}

func (r *Renderer) topics(ids []string, w *words) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = r.topic(id, w)
	}
	return names
}

func (r *Renderer) places(codes []string, w *words) []string {
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = r.place(code, w)
	}
	return names
}

// smallBase is the fewest posts before that a change is told of in per cent, as on the page.
const smallBase = 10

// tallies fills in what was counted, and how it has changed.
func (f *digestFacts) tallies(now, before *samleng.Tally, w *words) {
	f.Posts = w.count(now.Posts)
	if now.Stories > 0 {
		f.Stories = w.count(now.Stories)
	}
	if before.Posts >= smallBase && now.Posts >= 0 {
		change := float64(now.Posts)/float64(before.Posts) - 1
		sign := "+"
		if change < 0 {
			sign = "−"
		}
		f.Change = sign + w.number(100*math.Abs(change), 0) + "%"
	}
	f.Negative, f.NegativeBefore = negative(now, w), negative(before, w)
	if f.Negative == "" {
		f.NegativeBefore = ""
	}
}

// negative writes the share of negative posts among those whose tone is known, "" where they are
// too few to tell.
func negative(t *samleng.Tally, w *words) string {
	n := float64(t.Positive) + float64(t.Neutral) + float64(t.Negative)
	if n < smallBase || t.Positive < 0 || t.Neutral < 0 || t.Negative < 0 {
		return ""
	}
	return w.percent(float64(t.Negative) / n)
}
