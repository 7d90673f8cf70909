package rule

import (
	"time"

	"samleng/alerts/calendar"
)

// zone is Asia/Phnom_Penh: seven hours ahead, without summer time.
var zone = time.FixedZone("Asia/Phnom_Penh", 7*60*60)

// clock is a time of day.
const clock = "15:04"

// end gives at, or the end of the quiet hours where at lies in them. Quiet days that follow one
// another are one stretch.
func (q *Quiet) end(at time.Time, k *calendar.Calendar) time.Time {
	const longest = 31 // days, should a configuration keep every day quiet
	local := at.In(zone)
	for range 2 * longest {
		next, quiet := q.step(local, k)
		if !quiet {
			break
		}
		local = next
	}
	return local.UTC()
}

// step reports whether the moment is quiet, and until when at least.
func (q *Quiet) step(local time.Time, k *calendar.Calendar) (time.Time, bool) {
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	if q.Holidays && !k.Working(local) {
		return midnight.AddDate(0, 0, 1), true
	}
	if q.From == "" || q.To == "" {
		return local, false
	}
	from, to := midnight.Add(sinceMidnight(q.From)), midnight.Add(sinceMidnight(q.To))
	switch overnight := !to.After(from); {
	case overnight && local.Before(to):
		return to, true
	case overnight && !local.Before(from):
		return to.AddDate(0, 0, 1), true
	case !overnight && !local.Before(from) && local.Before(to):
		return to, true
	}
	return local, false
}

// sinceMidnight reads a time of day that Validate has seen.
func sinceMidnight(text string) time.Duration {
	t, err := time.Parse(clock, text)
	if err != nil {
		return 0
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}
