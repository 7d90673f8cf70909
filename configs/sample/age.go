package sample

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// age is how long before the replay's now a post came out. In JSON it is a string of days,
// then a time.Duration in hours and minutes: "13d4h12m", "2d", "42m".
type age time.Duration

// UnmarshalText reads an age from just over 0 to just under MaxAge.
func (a *age) UnmarshalText(b []byte) error {
	text := string(b)
	var total time.Duration
	days, rest, hasDays := strings.Cut(text, "d")
	if hasDays {
		n, err := strconv.ParseUint(days, 10, 8)
		if err != nil {
			return fmt.Errorf("age %q: days: %w", text, err)
		}
		total = time.Duration(n) * 24 * time.Hour
	} else {
		rest = text
	}
	if rest != "" || !hasDays {
		d, err := time.ParseDuration(rest)
		if err != nil {
			return fmt.Errorf("age %q: %w", text, err)
		}
		if d < 0 || hasDays && d >= 24*time.Hour {
			return fmt.Errorf("age %q: what follows the days must lie between 0 and 24h", text)
		}
		total += d
	}
	if total <= 0 || total >= MaxAge {
		return fmt.Errorf("age %q: must lie between 0 and %d days", text, MaxAge/(24*time.Hour))
	}
	*a = age(total)
	return nil
}
