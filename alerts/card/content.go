package card

import (
	"strings"

	"samleng"
)

// content is all that a card says, before it is laid out: plain text in its languages.
type content struct {
	sections []section
	head     string // above the examples
	examples []example
	page     link
	actions  []link
	more     map[string]string // by language: what says that something was left out
	alt      string
}

// section is what is said in one language.
type section struct {
	language string
	title    string
	lines    []line
}

// line is a sentence, and the step of shortening from which on it is left out.
type line struct {
	text, short string // short: from fewer on; "": text
	fewer, drop int
}

type example struct {
	language              string
	title, excerpt, facts string
	address               string
}

type link struct{ text, address string }

// Steps of shortening: each leaves out what it names as well as all that the steps before it
// do. What people need least to judge an alert goes first.
const (
	stepBasis = iota + 1
	stepExcerpts
	stepThreeExamples
	stepBefore
	stepTally
	stepTwoExamples // and fewer new words
	stepSources
	stepOneExample
	stepFolded
	stepNoExamples
	stepTerms
	stepQuality
	stepSecond // of two languages, all but the title and the figures
	stepSilent
	stepBurst
	stepHeld
	stepActions
	stepRarity
	lastStep // titles, the window and the first figure in the first language are left

	never = lastStep + 1
)

// section says an alert in one language.
func (r *Renderer) section(a *samleng.Alert, language string) (section, error) {
	w := r.words[language]
	f, err := r.facts(a, w)
	if err != nil {
		return section{}, err
	}
	s := section{language: language}
	if s.title, err = w.say("title", f); err != nil {
		return s, err
	}
	s.title = r.clip(s.title, maxTitle)
	add := func(name string, drop int, data any) {
		if err != nil {
			return
		}
		var text string
		if text, err = w.say(name, data); text != "" {
			s.lines = append(s.lines, line{text: text, drop: drop})
		}
	}
	add("held", stepHeld, f)
	add("closed", stepHeld, f)
	add("escalated", stepBurst, f)
	add("window", never, f)
	if f.Observed != "" {
		add("change", never, sentence{f.change, f.Unit})
	}
	for _, c := range f.secondary {
		if c.Observed != "" {
			add("change", stepRarity, sentence{c, f.Unit})
		}
	}
	if a.State != samleng.AlertClosed {
		add("rarity", stepRarity, f)
	}
	add("burst", stepBurst, f)
	add("silent", stepSilent, f)
	add("tally", stepTally, f)
	f.Terms = r.list(a.Terms, maxTerms, maxWord, w)
	add("terms", stepTerms, f)
	if len(a.Terms) > fewTerms && f.Terms != "" && err == nil {
		f.Terms = r.list(a.Terms, fewTerms, maxWord, w)
		last := &s.lines[len(s.lines)-1]
		last.fewer = stepTwoExamples
		last.short, err = w.say("terms", f)
	}
	add("cut", stepTerms, f)
	add("sources", stepSources, f)
	add("without", stepQuality, f)
	add("folded", stepFolded, f)
	add("before", stepBefore, f)
	add("quality", stepQuality, f)
	add("basis", stepBasis, f)
	return s, err
}

// rest fills in what is said once, in all languages together.
func (r *Renderer) rest(c *content, a *samleng.Alert, all []string) error {
	c.head = r.both("examples", all)
	for _, language := range all {
		c.more[language] = r.words[language].word("more", "")
	}
	first := r.words[all[0]]
	for i := range a.Examples {
		if len(c.examples) == maxExamples {
			break
		}
		if e, ok := r.example(&a.Examples[i], first, all); ok {
			c.examples = append(c.examples, e)
		}
	}
	if r.o.Links == nil {
		return nil
	}
	c.page = link{r.both("link.page", all), address(r.o.Links.Page(a))}
	for _, action := range samleng.AlertActions() {
		if to := address(r.o.Links.Act(a, action)); to != "" {
			c.actions = append(c.actions, link{r.both("link."+string(action), all), to})
		}
	}
	return nil
}

// both is a word in every language of the card.
func (r *Renderer) both(name string, all []string) string {
	parts := make([]string, len(all))
	for i, language := range all {
		parts[i] = r.words[language].word(name, "")
	}
	return strings.Join(parts, " / ")
}

// example is a post: its words, where it is from, and how it was labelled. Not who wrote it.
func (r *Renderer) example(e *samleng.Example, first *words, all []string) (example, bool) {
	out := example{title: r.clip(e.Title, maxHeadline), excerpt: r.clip(e.Text, maxExcerpt), address: address(e.URL)}
	if out.title == "" {
		out.title, out.excerpt = out.excerpt, ""
	}
	if out.title == "" {
		return out, false
	}
	out.language = languageOf(out.title)
	labels := make([]string, 0, len(all))
	for _, language := range all {
		w := r.words[language]
		if name := w.word("label."+string(e.Label), ""); name != "" {
			labels = append(labels, name)
		}
	}
	parts := []string{r.clip(e.Source, maxName), first.moment(e.Published)}
	if len(labels) > 0 {
		data := struct{ Label, Confidence string }{Label: strings.Join(labels, " / ")}
		if e.Label != samleng.Unscored && e.Confidence > 0 {
			data.Confidence = first.percent(e.Confidence)
		}
		if said, err := first.say("sure", data); err == nil {
			parts = append(parts, said)
		}
	}
	var facts []string
	for _, p := range parts {
		if p != "" {
			facts = append(facts, p)
		}
	}
	out.facts = strings.Join(facts, " · ")
	return out, true
}

// alt says what the chart shows.
func (r *Renderer) alt(a *samleng.Alert, all []string) (string, error) {
	parts := make([]string, len(all))
	for i, language := range all {
		f, err := r.facts(a, r.words[language])
		if err != nil {
			return "", err
		}
		f.Length = r.words[language].length(span(&a.History))
		if parts[i], err = r.words[language].say("chart", f); err != nil {
			return "", err
		}
	}
	return r.clip(strings.Join(parts, " "), maxAlt), nil
}

// maxAlt is below the 1,000 characters that Slack takes of a description.
const maxAlt = 900

// languageOf is the language that a text is marked with, by its letters.
func languageOf(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r >= 0x1780 && r <= 0x17FF }) {
		return samleng.Khmer
	}
	return samleng.English
}
