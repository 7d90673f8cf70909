// Package calendar knows the working days and public holidays of Cambodia: the fixed ones,
// those of the Khmer lunar calendar, and Khmer New Year.
//
// It owns the computation and the names. It does not read files: days that the government
// adds or moves by decree come in Config. All days are days in Asia/Phnom_Penh.
package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"samleng"
)

// Config corrects the computed holidays, since the government's yearly decree has the last
// word.
type Config struct {
	Add    []Extra  `yaml:"add"`    // days that are holidays too
	Remove []string `yaml:"remove"` // days, YYYY-MM-DD, that are not
}

// Extra is one holiday by decree.
type Extra struct {
	Date    string `yaml:"date"` // YYYY-MM-DD
	Khmer   string `yaml:"km"`
	English string `yaml:"en"`
}

// Validate reports dates that cannot be read, and additions without a name.
func (c *Config) Validate() error {
	var faults []error
	for i, extra := range c.Add {
		if _, err := time.Parse(time.DateOnly, extra.Date); err != nil {
			faults = append(faults, samleng.Keyf(fmt.Sprintf("add[%d].date", i), "%q: want a day as 2026-04-14", extra.Date))
		}
		if extra.Khmer == "" || extra.English == "" {
			faults = append(faults, samleng.Keyf(fmt.Sprintf("add[%d]", i), "want a name in Khmer (km) and English (en)"))
		}
	}
	for i, day := range c.Remove {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			faults = append(faults, samleng.Keyf(fmt.Sprintf("remove[%d]", i), "%q: want a day as 2026-04-14", day))
		}
	}
	return errors.Join(faults...)
}

// Holiday is a public holiday.
type Holiday struct {
	Date    Day
	Khmer   string
	English string
}

// Day is a date in Asia/Phnom_Penh.
type Day struct {
	Year  int
	Month time.Month
	Day   int
}

// String gives YYYY-MM-DD.
func (d Day) String() string { return d.midnight().Format(time.DateOnly) }

// midnight is the start of the day, as if it were in UTC.
func (d Day) midnight() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func (d Day) plus(days int) Day { return dayOf(d.midnight().AddDate(0, 0, days)) }

func dayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day{Year: y, Month: m, Day: d}
}

// zone is Asia/Phnom_Penh: seven hours ahead, without summer time.
var zone = time.FixedZone("Asia/Phnom_Penh", 7*60*60)

// DayOf gives the day in Phnom Penh on which t lies.
func DayOf(t time.Time) Day { return dayOf(t.In(zone)) }

// Calendar tells holidays and working days. It is safe for concurrent use.
type Calendar struct {
	name  string
	years map[int][]Holiday
	days  map[Day]Holiday
}

// New makes the calendar with the corrections of a valid Config.
func New(c Config) (*Calendar, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	k := &Calendar{name: fmt.Sprintf("Cambodia, with %q, without %q", c.Add, c.Remove), years: map[int][]Holiday{}, days: map[Day]Holiday{}}
	for year, starts := range lunarStarts() {
		k.years[year] = computed(year, starts)
	}
	for _, extra := range c.Add {
		day, err := parseDay(extra.Date)
		if err != nil {
			return nil, err
		}
		k.years[day.Year] = append(k.years[day.Year], Holiday{Date: day, Khmer: extra.Khmer, English: extra.English})
	}
	for _, text := range c.Remove {
		day, err := parseDay(text)
		if err != nil {
			return nil, err
		}
		k.years[day.Year] = slices.DeleteFunc(k.years[day.Year], func(h Holiday) bool { return h.Date == day })
	}
	for _, all := range k.years {
		slices.SortStableFunc(all, func(a, b Holiday) int { return a.Date.midnight().Compare(b.Date.midnight()) })
		for _, h := range slices.Backward(all) {
			k.days[h.Date] = h
		}
	}
	return k, nil
}

func parseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Day{}, fmt.Errorf("read holiday: %w", err)
	}
	return dayOf(t), nil
}

// Year lists the holidays of a year between FirstYear and LastYear in their order; of a year
// beyond, those added alone. The caller must not change the slice.
func (k *Calendar) Year(year int) []Holiday { return k.years[year] }

// Holiday gives the holiday on the day in Phnom Penh on which t lies, if it is one; the first
// listed where two fall together.
func (k *Calendar) Holiday(t time.Time) (Holiday, bool) {
	h, ok := k.days[DayOf(t)]
	return h, ok
}

// On reports whether t lies on a public holiday.
func (k *Calendar) On(t time.Time) bool {
	_, holiday := k.days[DayOf(t)]
	return holiday
}

// String names the table by what corrects it: calendars with the same corrections are the same.
func (k *Calendar) String() string { return k.name }

// Working reports whether t lies on a Monday to Friday that is no holiday.
func (k *Calendar) Working(t time.Time) bool {
	if weekday := t.In(zone).Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		return false
	}
	_, holiday := k.Holiday(t)
	return !holiday
}
