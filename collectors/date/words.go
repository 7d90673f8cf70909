package date

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Zone is what a date without a zone is in, given the addresses that it came with:
// Cambodian time where one of them is Cambodian by its domain, else UTC.
func Zone(addresses ...string) *time.Location {
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err == nil && strings.HasSuffix(strings.ToLower(u.Hostname()), ".kh") {
			return Cambodia()
		}
	}
	return time.UTC
}

// Cambodia is UTC+7, without summer time since 1955.
func Cambodia() *time.Location { return time.FixedZone("ICT", 7*3600) }

// monthNumber gives 1 to 12 for an English month name or its abbreviation, else 0.
func monthNumber(s string) int {
	s = strings.Trim(s, ".")
	if len(s) < 3 {
		return 0
	}
	for m := time.January; m <= time.December; m++ {
		if name := strings.ToLower(m.String()); s == name || s == name[:3] || (s == "sept" && m == time.September) {
			return int(m)
		}
	}
	return 0
}

func weekday(s string) bool {
	s = strings.Trim(s, ".")
	if len(s) < 2 {
		return false
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		name := strings.ToLower(d.String())
		if s == name || s == name[:3] || len(s) <= 5 && len(s) >= 3 && strings.HasPrefix(name, s) {
			return true
		}
	}
	return false
}

// ordinal reads "22" and "22nd".
func ordinal(s string) (int, bool) {
	for _, suffix := range []string{"st", "nd", "rd", "th"} {
		if cut, ok := strings.CutSuffix(s, suffix); ok && cut != "" {
			s = cut
			break
		}
	}
	if len(s) > 4 {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0
}

// century completes a two-digit year as POSIX does.
func century(year int) int {
	if year < 69 {
		return 2000 + year
	}
	return 1900 + year
}

// zoneHours gives the hours east of Greenwich of a zone name. Where a name is used in two
// parts of the world, North America has it, as RFC 822 says.
func zoneHours(name string) (float64, bool) {
	switch strings.ToLower(name) {
	case "z", "ut", "utc", "gmt", "wet", "gmt+0", "gmt-0":
		return 0, true
	case "ict", "wib", "asia/phnom_penh", "asia/bangkok", "indochina time":
		return 7, true
	case "mmt":
		return 6.5, true
	case "ist":
		return 5.5, true
	case "hkt", "sgt", "myt", "pht", "wita", "awst", "china standard time":
		return 8, true
	case "jst", "kst":
		return 9, true
	case "aest":
		return 10, true
	case "aedt":
		return 11, true
	case "bst", "cet", "west", "met":
		return 1, true
	case "cest", "eet", "mest", "sast":
		return 2, true
	case "eest", "msk":
		return 3, true
	case "ast", "edt":
		return -4, true
	case "est", "cdt":
		return -5, true
	case "cst", "mdt":
		return -6, true
	case "mst", "pdt":
		return -7, true
	case "pst", "akdt":
		return -8, true
	}
	return 0, false
}
