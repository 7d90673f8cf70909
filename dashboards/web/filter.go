package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"samleng"
)

// phnomPenh is the time zone of everything shown. Cambodia has kept UTC+7 without summer
// time since before the program's data begin, so no time zone database is needed.
var phnomPenh = time.FixedZone("Asia/Phnom_Penh", 7*60*60)

// periods are the periods that end now, in the order shown.
var periods = []struct {
	name  string
	width time.Duration
}{
	{"1h", time.Hour},
	{"6h", 6 * time.Hour},
	{"24h", 24 * time.Hour},
	{"7d", 7 * 24 * time.Hour},
	{"14d", 14 * 24 * time.Hour},
	{"30d", 30 * 24 * time.Hour},
}

const (
	defaultPeriod = "24h"
	longestPeriod = 366 * 24 * time.Hour // bounds what one question may cost the database
)

// paramError is a fault in one parameter of a request.
type paramError struct {
	parameter string
	message   string
}

func (e *paramError) Error() string { return e.parameter + ": " + e.message }

func paramErrorf(parameter, format string, args ...any) error {
	return &paramError{parameter, fmt.Sprintf(format, args...)}
}

// selection is the posts that a request is about.
type selection struct {
	samleng.Filter
	period string // empty when from and to were given
}

// parseSelection reads the parameters that choose posts. Names in also are allowed beside
// them; any other name is a fault, so that a misspelt filter is never silently ignored.
func (p *Page) parseSelection(q url.Values, now time.Time, also ...string) (selection, error) {
	known := append([]string{"period", "from", "to", "topic", "language", "kind"}, also...)
	for name, values := range q {
		if !slices.Contains(known, name) {
			return selection{}, paramErrorf(name, "is not a parameter here; these are: %s", strings.Join(known, ", "))
		}
		if len(values) > 1 {
			return selection{}, paramErrorf(name, "is given %d times, at most once is allowed", len(values))
		}
	}
	s, err := parsePeriod(q, now)
	if err != nil {
		return selection{}, err
	}
	if s.Topic = q.Get("topic"); s.Topic != "" && !p.topics[s.Topic] {
		return selection{}, paramErrorf("topic", "%q is not a topic of configs/topics.yaml", s.Topic)
	}
	if s.Language = q.Get("language"); !plainWord(s.Language) {
		return selection{}, paramErrorf("language", "%q is not a language: want an ISO 639-1 code such as km or en, or mixed, other, none", s.Language)
	}
	if s.Kind = samleng.Kind(q.Get("kind")); s.Kind != "" && !s.Kind.Valid() {
		return selection{}, paramErrorf("kind", "%q is none of %v", s.Kind, samleng.Kinds())
	}
	return s, nil
}

func parsePeriod(q url.Values, now time.Time) (selection, error) {
	period, from, to := q.Get("period"), q.Get("from"), q.Get("to")
	if from == "" && to == "" {
		if period == "" {
			period = defaultPeriod
		}
		names := make([]string, len(periods))
		for i, c := range periods {
			names[i] = c.name
			if c.name == period {
				end := ceil(now)
				return selection{Filter: samleng.Filter{From: end.Add(-c.width), To: end}, period: period}, nil
			}
		}
		return selection{}, paramErrorf("period", "%q is none of %s; or give from and to", period, strings.Join(names, ", "))
	}
	switch {
	case period != "":
		return selection{}, paramErrorf("period", "cannot be combined with from and to: keep one")
	case from == "":
		return selection{}, paramErrorf("from", "is missing beside to")
	case to == "":
		return selection{}, paramErrorf("to", "is missing beside from")
	}
	start, _, err := parseTime("from", from)
	if err != nil {
		return selection{}, err
	}
	end, day, err := parseTime("to", to)
	if err != nil {
		return selection{}, err
	}
	if day {
		end = end.AddDate(0, 0, 1)
	}
	start, end = start.UTC().Truncate(samleng.Bucket), ceil(end)
	if !start.Before(end) {
		return selection{}, paramErrorf("to", "%s is not later than from, %s", to, from)
	}
	if end.Sub(start) > longestPeriod {
		return selection{}, paramErrorf("from", "%s to %s is longer than %d days", from, to, longestPeriod/(24*time.Hour))
	}
	return selection{Filter: samleng.Filter{From: start, To: end}}, nil
}

// parseTime reads a time or, as day tells, a date alone.
func parseTime(parameter, text string) (t time.Time, day bool, err error) {
	if t, err = time.Parse(time.RFC3339, text); err == nil {
		return checkYear(parameter, text, t, false)
	}
	if t, err = time.ParseInLocation("2006-01-02T15:04", text, phnomPenh); err == nil {
		return checkYear(parameter, text, t, false)
	}
	if t, err = time.ParseInLocation(time.DateOnly, text, phnomPenh); err == nil {
		return checkYear(parameter, text, t, true)
	}
	return time.Time{}, false, paramErrorf(parameter, "%q is not a time: want 2006-01-02, 2006-01-02T15:04 (Phnom Penh) or RFC 3339", text)
}

// checkYear refuses years that a database's time type may not hold.
func checkYear(parameter, text string, t time.Time, day bool) (time.Time, bool, error) {
	if t.Year() < 1970 || t.Year() > 2100 {
		return time.Time{}, false, paramErrorf(parameter, "%s is outside of the years 1970 to 2100", text)
	}
	return t, day, nil
}

// ceil is the first multiple of a bucket that is not before t.
func ceil(t time.Time) time.Time {
	down := t.UTC().Truncate(samleng.Bucket)
	if down.Equal(t) {
		return down
	}
	return down.Add(samleng.Bucket)
}

// plainWord reports whether s is empty or at most 16 letters and hyphens, as language tags
// are: km, km-Latn.
func plainWord(s string) bool {
	if len(s) > 16 {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}
