package spike

// slot is how much of an hour of the day or week was seen: Sum of counts over the level, in
// hours' worth, over Hours of exposure.
type slot struct{ Sum, Hours float64 }

// season is the profile of the day and, once it is known, of the week, in the audience's local
// time. Both shrink towards their prior by 12 hours' worth: an hour of the week towards its
// hour of the day, that one towards 1.
type season struct {
	Day  [24]slot
	Week [7 * 24]slot
}

const seasonPrior = 12

// factor is by how much the level is multiplied in the hour of the week, Sunday 00:00 being 0.
// lead is what buckets of that hour will add which are not final yet.
func (s *season) factor(hourOfWeek int, lead slot) float64 {
	day, week := &s.Day[hourOfWeek%24], &s.Week[hourOfWeek]
	daily := (day.Sum + lead.Sum + seasonPrior) / (day.Hours + lead.Hours + seasonPrior)
	return max(.02, (week.Sum+lead.Sum+seasonPrior*daily)/(week.Hours+lead.Hours+seasonPrior))
}

// learn takes a final bucket: its count over the level, in hours' worth, and its
// exposure in hours.
func (s *season) learn(t *tuning, hourOfWeek int, ratio, exposure float64) {
	s.Day[hourOfWeek%24].add(t.fadeDay, ratio, exposure)
	s.Week[hourOfWeek].add(t.fadeWeek, ratio, exposure)
}

func (s *slot) add(fade, sum, hours float64) {
	s.Sum = s.Sum*fade + sum
	s.Hours = s.Hours*fade + hours
}
