// Package date reads the dates that feeds, pages and survey files carry.
//
// It does not judge them: whether a date is plausible is for samleng.Post.SetPublished.
package date

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxDate is the longest text, in bytes, that is looked at for a date.
const maxDate = 200

// Parse reads a date as feeds, pages and survey files write it: RFC 822 and its many
// misspellings, ISO 8601 in every precision, asctime, day-first numbers (month first where
// the day says so), seconds or milliseconds since 1970, and Khmer month names and digits
// ("២២ វិច្ឆិកា ២០២៦"). Two-digit years below 69 are 20xx. A date without a zone is in
// local; without a time of day it is the start of the day. It reports false for anything
// that is no date of the calendar.
func Parse(s string, local *time.Location) (time.Time, bool) {
	if len(s) > maxDate {
		return time.Time{}, false
	}
	s = strings.TrimSpace(western.Replace(s))
	if s == "" {
		return time.Time{}, false
	}
	if local == nil {
		local = time.UTC
	}
	for _, read := range []func(string, *time.Location) (time.Time, bool){isoDate, epoch, wordDate, numberDate} {
		if t, ok := read(s, local); ok {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// western turns Khmer digits and month names into those that the other rules know, and
// removes the words of a Khmer date that carry nothing.
var western = strings.NewReplacer(
	"០", "0", "១", "1", "២", "2", "៣", "3", "៤", "4", "៥", "5", "៦", "6", "៧", "7", "៨", "8", "៩", "9",
	"មករា", " Jan ", "កុម្ភៈ", " Feb ", "កុម្ភះ", " Feb ", "កុម្ភ:", " Feb ", "មីនា", " Mar ", "មិនា", " Mar ", "មេសា", " Apr ",
	"ឧសភា", " May ", "មិថុនា", " Jun ", "មិថុន", " Jun ", "កក្កដា", " Jul ", "កក្តដា", " Jul ", "សីហា", " Aug ", "កញ្ញា", " Sep ",
	"តុលា", " Oct ", "វិច្ឆិការ", " Nov ", "វិច្ឆិកា", " Nov ", "ធ្នូ", " Dec ",
	"ថ្ងៃទី", " ", "ថ្ងៃ", " ", "ទី", " ", "ខែ", " ", "ឆ្នាំ", " ", "ម៉ោង", " ", "នាទី", " ",
	"ព្រឹក", " am ", "ល្ងាច", " pm ", "រសៀល", " pm ", "យប់", " pm ",
	"ព្រហស្បតិ៍", " ", "អាទិត្យ", " ", "ចន្ទ", " ", "អង្គារ", " ", "ពុធ", " ", "សុក្រ", " ", "សៅរ៍", " ",
	"គ.ស.", " ", "គ.ស", " ", "\u200b", "", "\u00a0", " ",
)

var (
	isoForm = regexp.MustCompile(`^(\d{4})(?:-(\d{3})|-(\d{1,2})(?:-(\d{1,2}))?|(\d{2})(\d{2})|/(\d{1,2})/(\d{1,2}))?` +
		`(?:(?:[Tt\s,]|\s+at\s+)\s*(\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?)?\s*(.*)$`)
	clock      = regexp.MustCompile(`^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?(am|pm|a\.m\.?|p\.m\.?)?(.*)$`)
	offset     = regexp.MustCompile(`^(?:gmt|utc|ut|z)?\s*([+-])-?(\d{1,2}):?(\d{2})?(?::?\d{2})?$`)
	numberForm = regexp.MustCompile(`^(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[\s,-]+(.*))?$`)
	numberOnly = regexp.MustCompile(`^\d{9,13}$`)
)

// isoDate reads ISO 8601 and the forms that begin with a four-digit year.
func isoDate(s string, local *time.Location) (time.Time, bool) {
	m := isoForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	n := func(i int) int { v, _ := strconv.Atoi(m[i]); return v }
	d := moment{year: n(1), month: max(n(3), n(5), n(7), 1), day: max(n(4), n(6), n(8), 1), hour: n(9), minute: n(10), second: n(11)}
	if m[2] != "" {
		first := time.Date(d.year, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n(2)-1)
		if first.Year() != d.year {
			return time.Time{}, false
		}
		d.month, d.day = int(first.Month()), first.Day()
	}
	if !d.rest(strings.Fields(strings.ToLower(m[12]))) {
		return time.Time{}, false
	}
	return d.time(local)
}

// epoch reads seconds or milliseconds since 1970.
func epoch(s string, _ *time.Location) (time.Time, bool) {
	if !numberOnly.MatchString(s) {
		return time.Time{}, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	if len(s) > 11 {
		return time.UnixMilli(n), true
	}
	return time.Unix(n, 0), true
}

// wordDate reads dates with the name of a month, whatever the order of their parts.
func wordDate(s string, local *time.Location) (time.Time, bool) {
	d := moment{year: -1, day: -1}
	fields := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' || r == '។' })
	var left []string
	for _, f := range fields {
		if parts := strings.Split(f, "-"); len(parts) == 3 && monthNumber(parts[1]) > 0 {
			// 22-Nov-26, as RFC 850 has it.
			left = append(left, parts...)
			continue
		}
		left = append(left, f)
	}
	for i, f := range left {
		if half(f) == "" {
			f = strings.Trim(f, ".")
		}
		number, isNumber := ordinal(f)
		switch {
		case d.month == 0 && monthNumber(f) > 0:
			d.month = monthNumber(f)
		case number > 99 && len(f) == 4 && d.year < 0:
			d.year = number
		case isNumber && d.day < 0:
			d.day = number
		case isNumber && d.year < 0 && len(f) <= 2:
			d.year = century(number)
		case weekday(f):
		case d.clock(f):
		default:
			// What is left is a zone, which may take two words, with the year behind it
			// in the form of asctime and date(1).
			tail := left[i:]
			if last := tail[len(tail)-1]; d.year < 0 && len(last) == 4 {
				if y, err := strconv.Atoi(last); err == nil {
					d.year = y
					tail = tail[:len(tail)-1]
				}
			}
			if d.month == 0 || d.day < 0 || d.year < 0 || !d.rest(tail) {
				return time.Time{}, false
			}
			return d.time(local)
		}
	}
	if d.month == 0 || d.day < 0 || d.year < 0 {
		return time.Time{}, false
	}
	return d.time(local)
}

// numberDate reads 22/11/2026, 22.11.26 and 11/22/2026, with a time behind it or not.
func numberDate(s string, local *time.Location) (time.Time, bool) {
	m := numberForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	day, _ := strconv.Atoi(m[1])
	month, _ := strconv.Atoi(m[2])
	year, _ := strconv.Atoi(m[3])
	if month > 12 && day <= 12 {
		day, month = month, day
	}
	if len(m[3]) == 2 {
		year = century(year)
	}
	d := moment{year: year, month: month, day: day}
	if !d.rest(strings.Fields(strings.ToLower(m[4]))) {
		return time.Time{}, false
	}
	return d.time(local)
}

// moment is a date under construction.
type moment struct {
	year, month, day, hour, minute, second int
	zone                                   *time.Location
}

// rest reads what may stand behind a date: a time of day, am or pm, a zone.
func (d *moment) rest(fields []string) bool {
	for i, f := range fields {
		switch {
		case weekday(f) || f == "-" || f == "at":
		case d.clock(f):
		case d.setZone(strings.Join(fields[i:], " ")):
			return true
		case d.setZone(f):
			// A zone with its name behind it: "+0700 (ICT)".
			return true
		default:
			return false
		}
	}
	return true
}

// clock reads a time of day with what is glued to it, or a lone am or pm.
func (d *moment) clock(f string) bool {
	if half(f) != "" {
		return d.halfDay(half(f))
	}
	m := clock.FindStringSubmatch(f)
	if m == nil {
		return false
	}
	d.hour, _ = strconv.Atoi(m[1])
	d.minute, _ = strconv.Atoi(m[2])
	d.second, _ = strconv.Atoi(m[3])
	if m[4] != "" && !d.halfDay(half(m[4])) {
		return false
	}
	return m[5] == "" || d.setZone(m[5])
}

func half(f string) string {
	switch strings.ReplaceAll(f, ".", "") {
	case "am":
		return "am"
	case "pm":
		return "pm"
	}
	return ""
}

func (d *moment) halfDay(h string) bool {
	switch {
	case h == "pm" && d.hour < 12:
		d.hour += 12
	case h == "am" && d.hour == 12:
		d.hour = 0
	}
	return true
}

// setZone reads an offset or the name of a zone. A name that is not known is not a zone:
// guessing would move the date silently.
func (d *moment) setZone(f string) bool {
	f = strings.Trim(f, "() .")
	if hours, ok := zoneHours(f); ok {
		d.zone = time.FixedZone("", int(hours*3600))
		return true
	}
	m := offset.FindStringSubmatch(f)
	if m == nil {
		return false
	}
	hours, _ := strconv.Atoi(m[2])
	minutes, _ := strconv.Atoi(m[3])
	if hours > 15 || minutes > 59 {
		return false
	}
	seconds := hours*3600 + minutes*60
	if m[1] == "-" {
		seconds = -seconds
	}
	d.zone = time.FixedZone("", seconds)
	return true
}

// time gives the moment, if it exists in the calendar.
func (d *moment) time(local *time.Location) (time.Time, bool) {
	if d.year < 1 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1 || d.hour > 24 || d.minute > 59 || d.second > 60 {
		return time.Time{}, false
	}
	if d.zone == nil {
		d.zone = local
	}
	if day := time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC); day.Day() != d.day {
		return time.Time{}, false
	}
	return time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, d.zone), true
}
