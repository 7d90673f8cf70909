package calendar

import (
	"fmt"
	"testing"
	"time"
)

// What the government announced for these years.
func TestYearsAsDecreed(t *testing.T) {
	t.Parallel()
	decreed := map[string][]string{
		"Visak Bochea Day":         {"2023-05-04", "2024-05-22", "2025-05-11", "2026-05-01"},
		"Royal Ploughing Ceremony": {"2023-05-08", "2024-05-26", "2025-05-15", "2026-05-05"},
		"Pchum Ben": {
			"2022-09-24", "2022-09-25", "2022-09-26", "2023-10-13", "2023-10-14", "2023-10-15",
			"2024-10-01", "2024-10-02", "2024-10-03", "2025-09-21", "2025-09-22", "2025-09-23",
			"2026-10-10", "2026-10-11", "2026-10-12",
		},
		"Water Festival": {
			"2022-11-07", "2022-11-08", "2022-11-09", "2023-11-26", "2023-11-27", "2023-11-28",
			"2024-11-14", "2024-11-15", "2024-11-16", "2025-11-04", "2025-11-05", "2025-11-06",
			"2026-11-23", "2026-11-24", "2026-11-25",
		},
		"Khmer New Year": {
			"2023-04-14", "2023-04-15", "2023-04-16",
			"2024-04-13", "2024-04-14", "2024-04-15", "2024-04-16", "2025-04-14", "2025-04-15", "2025-04-16", "2026-04-14", "2026-04-15", "2026-04-16",
		},
		"King's Birthday":       {"2023-05-14", "2024-05-14", "2025-05-14", "2026-05-14"}, // one day since 2020, three before
		"Peace Day in Cambodia": {"2025-12-29", "2026-12-29"},
	}
	k := calendar(t, Config{})
	for name, days := range decreed {
		found := map[string]bool{}
		for year := 2022; year <= 2026; year++ {
			for _, h := range k.Year(year) {
				if day := h.Date.String(); h.English == name && day > days[0][:4] { // of the years that are listed
					found[day] = true
				}
			}
		}
		for _, day := range days {
			if !found[day] {
				t.Errorf("%s is not on %s", name, day)
			}
			delete(found, day)
		}
		for day := range found {
			t.Errorf("%s is on %s", name, day)
		}
	}
	all := 0
	for _, h := range k.Year(2026) {
		if h.Date.Month != time.December {
			all++
		}
	}
	if all != 21 {
		t.Errorf("2026 has %d holidays up to November", all)
	}
}

func TestYearIsWhole(t *testing.T) {
	t.Parallel()
	k := calendar(t, Config{})
	for year := FirstYear; year <= LastYear; year++ {
		count := map[string]int{}
		last := ""
		for _, h := range k.Year(year) {
			if h.Date.Year != year || h.Khmer == "" || h.Date.String() < last {
				t.Fatalf("%d: %v after %s", year, h, last)
			}
			last = h.Date.String()
			count[h.English]++
		}
		want := map[string]int{"Pchum Ben": 3, "Water Festival": 3, "Visak Bochea Day": 1}
		for name, n := range want {
			if count[name] != n {
				t.Errorf("%d: %s on %d days, want %d", year, name, count[name], n)
			}
		}
	}
}

// A lunar month begins with the new moon: the calendar must not drift away from the sky.
func TestMonthsFollowTheMoon(t *testing.T) {
	t.Parallel()
	// The mean new moon of 6 January 2000 and the mean length of a month (Meeus, Astronomical
	// Algorithms, chapter 49).
	newMoon := time.Date(2000, 1, 6, 18, 14, 0, 0, time.UTC)
	const synodic = 29.530588861
	for year, starts := range lunarStarts() {
		for m, start := range starts {
			days := start.midnight().Add(-7*time.Hour).Sub(newMoon).Hours() / 24
			age := days - synodic*float64(int(days/synodic))
			if age < -3 {
				age += synodic
			}
			if age > 3.5 && age < synodic-3 {
				t.Errorf("%d: month %d begins on %s, %.1f days after a new moon", year, m, start, age)
			}
		}
	}
}

func TestWorkingDays(t *testing.T) {
	t.Parallel()
	k := calendar(t, Config{
		Add:    []Extra{{Date: "2026-04-17", Khmer: "ថ្ងៃឈប់សម្រាកបន្ថែម", English: "Day in lieu"}},
		Remove: []string{"2026-06-18"},
	})
	for _, c := range []struct {
		at   string
		want bool
	}{
		{"2026-04-13T12:00:00+07:00", true},
		{"2026-04-14T00:00:00+07:00", false}, // Khmer New Year begins at midnight in Phnom Penh
		{"2026-04-13T16:59:59Z", true},
		{"2026-04-13T17:00:00Z", false},
		{"2026-04-17T12:00:00+07:00", false}, // added
		{"2026-06-18T12:00:00+07:00", true},  // removed
		{"2026-11-21T12:00:00+07:00", false}, // a Saturday
		{"2026-11-24T12:00:00+07:00", false}, // the Water Festival
		{"2026-11-26T12:00:00+07:00", true},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.Working(at); got != c.want {
			t.Errorf("Working(%s) = %v, want %v", c.at, got, c.want)
		}
	}
}

func TestConfigFaults(t *testing.T) {
	t.Parallel()
	c := Config{Add: []Extra{{Date: "14 April"}}, Remove: []string{"2026-02-30"}}
	err := c.Validate()
	want := `add[0].date: "14 April": want a day as 2026-04-14` + "\n" +
		"add[0]: want a name in Khmer (km) and English (en)\n" +
		`remove[0]: "2026-02-30": want a day as 2026-04-14`
	if fmt.Sprint(err) != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func calendar(t *testing.T, c Config) *Calendar {
	t.Helper()
	k, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
