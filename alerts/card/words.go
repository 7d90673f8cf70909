package card

import (
	"embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"

	"samleng"
)

//go:embed words/*.tmpl
var wordFiles embed.FS

// words is a language.
type words struct {
	language string
	template *template.Template
}

func loadWords(language string) (*words, error) {
	t, err := template.New("").Option("missingkey=error").ParseFS(wordFiles, "words/"+language+".tmpl")
	if err != nil {
		return nil, fmt.Errorf("read the words: %w", err)
	}
	return &words{language, t}, nil
}

// say gives a sentence as one line.
func (w *words) say(name string, data any) (string, error) {
	var b strings.Builder
	if err := w.template.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("say %q in %s: %w", name, w.language, err)
	}
	return clean(b.String()), nil
}

// n is the data of a sentence with one number.
type n struct{ N string }

// word is say for sentences that take a number or nothing, and that a test has read: an unknown
// one is "".
func (w *words) word(name, number string) string {
	if w.template.Lookup(name) == nil {
		return ""
	}
	s, err := w.say(name, n{number})
	if err != nil {
		return ""
	}
	return s
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// largest is as many posts as a card can tell of.
const largest = 1e12

// number writes a number that is not negative, with decimals where it has any and is below
// exactly. It gives "" for what is no number.
func (w *words) number(f float64, decimals int) string {
	if !finite(f) {
		return ""
	}
	f = min(max(f, 0), largest)
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(s, ".")
	fraction = strings.TrimRight(fraction, "0")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString("." + fraction)
	}
	return w.local(b.String())
}

// amount is number with a decimal below ten.
func (w *words) amount(f float64) string {
	if f < 9.95 {
		return w.number(f, 1)
	}
	return w.number(f, 0)
}

func (w *words) count(i int) string { return w.number(float64(i), 0) }

// local writes digits and the marks among them as the language does.
func (w *words) local(s string) string {
	if w.language != samleng.Khmer {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return '០' + r - '0'
		case r == ',':
			return '.'
		case r == '.':
			return ','
		}
		return r
	}, s)
}

// percent writes a share.
func (w *words) percent(share float64) string {
	if !finite(share) {
		return ""
	}
	share = min(max(share, 0), 1)
	if share > 0 && share < .01 {
		return "<" + w.local("1") + "%"
	}
	return w.number(100*share, 0) + "%"
}

// months by language.
var months = map[string][12]string{
	samleng.English: {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	samleng.Khmer:   {"មករា", "កុម្ភៈ", "មីនា", "មេសា", "ឧសភា", "មិថុនា", "កក្កដា", "សីហា", "កញ្ញា", "តុលា", "វិច្ឆិកា", "ធ្នូ"},
}

// plausible reports whether a time can be one of an alert.
func plausible(t time.Time) bool { return t.Year() >= 1970 && t.Year() <= 2100 }

// day writes a date in Phnom Penh, "" for none.
func (w *words) day(t time.Time) string {
	if !plausible(t) {
		return ""
	}
	t = t.In(phnomPenh)
	return w.local(strconv.Itoa(t.Day())) + " " + months[w.language][t.Month()-1] + " " + w.local(strconv.Itoa(t.Year()))
}

// clock writes the time of day in Phnom Penh.
func (w *words) clock(t time.Time) string { return w.local(t.In(phnomPenh).Format("15:04")) }

// moment writes day and time.
func (w *words) moment(t time.Time) string {
	day := w.day(t)
	switch {
	case day == "":
		return ""
	case w.language == samleng.Khmer:
		return day + " ម៉ោង " + w.clock(t)
	}
	return day + ", " + w.clock(t)
}

// until writes the end of a time that began at from: the time alone on the same day.
func (w *words) until(from, to time.Time) string {
	a, b := from.In(phnomPenh), to.In(phnomPenh)
	if !plausible(to) || !to.After(from) {
		return ""
	}
	if plausible(from) && a.YearDay() == b.YearDay() && a.Year() == b.Year() {
		return w.clock(to)
	}
	return w.moment(to)
}

// length writes a duration by its largest unit or two.
func (w *words) length(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d <= 0:
		return ""
	case d < time.Minute:
		return w.word("minutes", "<"+w.local("1"))
	case d < time.Hour:
		return w.word("minutes", w.number(math.Round(d.Minutes()), 0))
	case d < 2*day:
		return w.word("hours", w.amount(d.Hours()))
	case d < 21*day:
		return w.word("days", w.number(math.Round(d.Hours()/24), 0))
	case d < 104*7*day:
		return w.word("weeks", w.number(math.Round(d.Hours()/24/7), 0))
	}
	return w.word("years", w.number(math.Round(d.Hours()/24/365.25), 0))
}

const weeksAYear = 365.25 / 7

// often says how often a peak of a score is expected: 10^(2-score) times a week.
func (w *words) often(score float64) string {
	if !finite(score) || score <= 0 {
		return ""
	}
	switch weeks := math.Pow(10, score-2); {
	case weeks < 1./7:
		return w.word("often.daily", "")
	case weeks < 1/1.5:
		return w.word("often.weekly", w.number(math.Round(1/weeks), 0))
	case weeks < 1.5:
		return w.word("often.once", "")
	case weeks < weeksAYear:
		return w.word("often.weeks", w.number(math.Round(weeks), 0))
	case weeks < 100*weeksAYear:
		return w.word("often.years", w.number(math.Round(weeks/weeksAYear), 0))
	}
	return w.word("often.never", "")
}

// rare is the time in which a peak of a score is expected once, "" below a day.
func (w *words) rare(score float64) string {
	if !finite(score) || score <= 0 {
		return ""
	}
	weeks := min(math.Pow(10, score-2), 100*weeksAYear)
	return w.length(time.Duration(weeks * 7 * 24 * float64(time.Hour)).Truncate(time.Hour))
}
