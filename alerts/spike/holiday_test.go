package spike

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// off is a table of holidays.
type off map[string]bool

func (o off) On(at time.Time) bool { return o[at.Format(time.DateOnly)] }
func (o off) String() string       { return fmt.Sprint(map[string]bool(o)) }

// TestHolidaysAreTheirOwn gives a detector a month in which weekdays have 60 posts an hour, Sundays
// 30, and the last Monday and Tuesday, both holidays, 15. What it then expects is compared with
// what it would without the holidays.
func TestHolidaysAreTheirOwn(t *testing.T) {
	t.Parallel()
	days := off{"2026-02-02": true, "2026-02-03": true}
	first := time.Date(2026, 1, 4, 17, 0, 0, 0, time.UTC) // Monday in Phnom Penh
	config := DefaultConfig()
	after := func(table Holidays, holidays off) func(day string) float64 {
		c := config
		c.Holidays = table
		d := New(&c)
		for at := first; at.Before(first.AddDate(0, 0, 30)); at = at.Add(c.Step) {
			local, posts := at.In(c.Location), 5.0
			switch {
			case holidays.On(local):
				posts = 1.25
			case local.Weekday() == time.Sunday:
				posts = 2.5
			}
			if err := d.Observe(&Bucket{Start: at, Posts: posts, Coverage: 1}); err != nil {
				t.Fatal(err)
			}
			d.Advance(at.Add(c.Step), nil)
		}
		d.Advance(first.AddDate(0, 0, 30).Add(2*time.Hour), nil)
		return func(day string) float64 {
			at, err := time.ParseInLocation("2006-01-02 15:04", day+" 12:00", config.Location)
			if err != nil {
				t.Fatal(err)
			}
			return d.Expected(at)
		}
	}
	const later = "2026-02-09" // a holiday, a Monday, that is yet to come
	table := off{"2026-02-02": true, "2026-02-03": true, later: true}
	usual, without, with := after(nil, off{}), after(nil, days), after(table, days)
	for _, day := range []string{"2026-02-04", "2026-02-07", "2026-02-08", "2026-02-16", "2026-02-17"} {
		if a, b := math.Abs(math.Log(without(day)/usual(day))), math.Abs(math.Log(with(day)/usual(day))); a < .15 || b > .05 {
			t.Errorf("%s: %.2f posts are expected with the table, %.2f without it, %.2f had there been no holidays", day, with(day), without(day), usual(day))
		}
	}
	if a, b, c := with(later), without(later), usual(later); a > .5*c || b < 1.5*a {
		t.Errorf("the next holiday: %.2f posts are expected with the table, %.2f without it, on any Monday %.2f", a, b, c)
	}
}

// TestHolidaysDecideTheMemory says that memory is of use to those with the same table only.
func TestHolidaysDecideTheMemory(t *testing.T) {
	t.Parallel()
	a, b := DefaultConfig(), DefaultConfig()
	a.Holidays, b.Holidays = off{"2026-02-02": true}, off{"2026-02-03": true}
	if x, y := fmt.Sprintf("%+v", a), fmt.Sprintf("%+v", b); x == y || x != fmt.Sprintf("%+v", a) {
		t.Errorf("two tables look alike, or one does not: %s", x)
	}
}
