package spike

// slot is how much of an hour of the day or week was seen: Sum of counts over the level, in
// hours' worth, over Hours of exposure.
type slot struct{ Sum, Hours float64 }

// season is the profile of the day and, once it is known, of the week, in the audience's local
// time. Both shrink towards their prior by 12 hours' worth: an hour of the week towards its
// hour of the day, that one towards 1.
//
// A public holiday is a day of rest on a weekday: it is expected to be like a Sunday, times a
// factor that all holidays teach together. So it neither lowers what is expected of that weekday,
// nor is itself compared with it. One factor for all hours, because holidays are few: the second
// day of Khmer New Year knows from the first.
type season struct {
	Day     [24]slot
	Week    [7 * 24]slot
	Holiday slot // Sum over the posts that a Sunday would have had, in hours' worth
}

const seasonPrior = 12

// holiday is where the hours of a public holiday begin, behind those of the week: its hour of the
// day follows.
const holiday = 7 * 24

// rest gives the hour of a Sunday that the hour of a holiday is compared with.
func rest(hour int) int { return hour - holiday }

// factor is by how much the level is multiplied in the hour of the week, Sunday 00:00 being 0, or
// of a holiday. lead is what buckets of that hour, or of any hour of holidays, will add which are
// not final yet.
func (s *season) factor(hourOfWeek int, lead slot) float64 {
	if hourOfWeek >= holiday {
		return max(.02, s.factor(rest(hourOfWeek), slot{})*(s.Holiday.Sum+lead.Sum+seasonPrior)/(s.Holiday.Hours+lead.Hours+seasonPrior))
	}
	day, week := &s.Day[hourOfWeek%24], &s.Week[hourOfWeek]
	daily := (day.Sum + lead.Sum + seasonPrior) / (day.Hours + lead.Hours + seasonPrior)
	return max(.02, (week.Sum+lead.Sum+seasonPrior*daily)/(week.Hours+lead.Hours+seasonPrior))
}

// learn takes a final bucket: its count over the level, in hours' worth, and its
// exposure in hours.
func (s *season) learn(t *tuning, hourOfWeek int, ratio, exposure float64) {
	if hourOfWeek >= holiday {
		s.Holiday.add(t.fadeHoliday, ratio, exposure)
		return
	}
	s.Day[hourOfWeek%24].add(t.fadeDay, ratio, exposure)
	s.Week[hourOfWeek].add(t.fadeWeek, ratio, exposure)
}

// weight is by how much the exposure in an hour counts: on holidays by what a Sunday expects, since
// their factor is against that.
func (s *season) weight(hourOfWeek int) float64 {
	if hourOfWeek >= holiday {
		return s.factor(rest(hourOfWeek), slot{})
	}
	return 1
}

func (s *slot) add(fade, sum, hours float64) {
	s.Sum = s.Sum*fade + sum
	s.Hours = s.Hours*fade + hours
}
