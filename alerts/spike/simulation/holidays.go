package simulation

import (
	"context"
	"time"

	"samleng/alerts/calendar"
	"samleng/alerts/spike"
)

// spring is the Monday at which the series of Holidays begin: of their scored weeks, Khmer New
// Year, Labour Day and the Royal Ploughing Ceremony of 2026 are five weekdays.
var spring = time.Date(2026, 3, 15, 17, 0, 0, 0, time.UTC)

// daysAfter are those after a holiday that are looked at by themselves: what it taught does most
// harm there.
const daysAfter = 1

// HolidayReport is what the detector does on series whose posts are fewer or more on public
// holidays, with and without the table of these.
type HolidayReport struct {
	Seed    uint64         `json:"seed"`
	Series  int            `json:"series"`
	Days    int            `json:"days"` // holidays and the days after them
	Without HolidayFigures `json:"without"`
	With    HolidayFigures `json:"with"`
}

// HolidayFigures is how the union of the channels did at the default thresholds.
type HolidayFigures struct {
	Union *Figures `json:"union"`
	// Wrong are the false alarms on holidays and the days after, Found the spikes of these days.
	Wrong int   `json:"false_alarms_on_holidays"`
	Found Count `json:"spikes_on_holidays"`
}

// Holidays generates the series of a seed with public holidays, each at .3 to 2.5 times what the
// day would have had, and lets the detector watch them with and without the table.
func Holidays(ctx context.Context, o Options) (*HolidayReport, error) {
	table, err := calendar.New(calendar.Config{})
	if err != nil {
		return nil, err
	}
	without, with := make([]*scores, o.Series), make([]*scores, o.Series)
	plain := spike.DefaultConfig()
	told := plain
	told.Holidays = table
	off := offDays(table)
	err = parallel(ctx, o.Series, o.Workers, func(i int) error {
		s := generate(o.Seed, i, off)
		var err error
		if without[i], err = run(&plain, s, spring); err != nil {
			return err
		}
		with[i], err = run(&told, s, spring)
		return err
	})
	if err != nil {
		return nil, err
	}
	r := &HolidayReport{Seed: o.Seed, Series: o.Series}
	near := make([]bool, total/perDay)
	for day := Unheard * 7; day < len(near); day++ {
		for back := 0; back <= daysAfter; back++ {
			near[day] = near[day] || off[day-back]
		}
		if near[day] {
			r.Days++
		}
	}
	channel := unionChannel(plain.Volume, plain.Share)
	r.Without, r.With = channel.holidays(without, near), channel.holidays(with, near)
	return r, nil
}

// offDays says which days of the generator are public holidays.
func offDays(table *calendar.Calendar) []bool {
	off := make([]bool, total/perDay)
	for day := range off {
		off[day] = table.On(spring.AddDate(0, 0, day))
	}
	return off
}

// holidays reckons at the default thresholds, and on some days by themselves.
func (c *channel) holidays(all []*scores, near []bool) HolidayFigures {
	f := HolidayFigures{Union: c.reckon(all, 1)}
	for _, s := range all {
		for _, t := range c.episodes(s, 1) {
			right := false
			for _, e := range s.truth.Events {
				right = right || (t >= e.From && t < e.To+perHour && c.finds(e.Kind))
			}
			if !right && near[t/perDay] {
				f.Wrong++
			}
		}
		for _, e := range s.truth.Events {
			if c.finds(e.Kind) && near[e.From/perDay] {
				f.Found.add(within(c.episodes(s, 1), e.From, e.To+perHour))
			}
		}
	}
	return f
}
