package calendar

import "time"

// computed gives the holidays of a year that need no decree of their own, in no order.
func computed(year int, starts map[month]Day) []Holiday {
	var all []Holiday
	add := func(d Day, km, en string) { all = append(all, Holiday{Date: d, Khmer: km, English: en}) }
	for _, f := range fixed {
		if year >= f.since {
			add(Day{Year: year, Month: f.month, Day: f.day}, f.khmer, f.english)
		}
	}
	first := 14
	if isLeapYear(year) {
		first = 13 // the sun enters Aries on the 13th, and the holiday has a day more
	}
	for d := first; d <= 16; d++ {
		add(Day{Year: year, Month: time.April, Day: d}, "ពិធីបុណ្យចូលឆ្នាំថ្មី ប្រពៃណីជាតិ", "Khmer New Year")
	}
	for _, l := range lunar {
		for offset := l.from; offset <= l.to; offset++ {
			if year >= l.since {
				add(starts[l.month].plus(offset), l.khmer, l.english)
			}
		}
	}
	return all
}

func isLeapYear(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// fixed are the holidays of the Gregorian calendar, by the decrees of 2020 and later; since
// is the first year of a younger one.
var fixed = []struct {
	since          int
	month          time.Month
	day            int
	khmer, english string
}{
	{0, time.January, 1, "ទិវាចូលឆ្នាំសកល", "International New Year's Day"},
	{0, time.January, 7, "ទិវាជ័យជម្នះលើរបបប្រល័យពូជសាសន៍", "Victory over Genocide Day"},
	{0, time.March, 8, "ទិវាអន្តរជាតិនារី", "International Women's Day"},
	{0, time.May, 1, "ទិវាពលកម្មអន្តរជាតិ", "International Labour Day"},
	{2005, time.May, 14, "ព្រះរាជពិធីបុណ្យចម្រើនព្រះជន្មព្រះមហាក្សត្រ", "King's Birthday"},
	{0, time.June, 18, "ព្រះរាជពិធីបុណ្យចម្រើនព្រះជន្មសម្តេចព្រះមហាក្សត្រី ព្រះវររាជមាតា", "Queen Mother's Birthday"},
	{1993, time.September, 24, "ទិវាប្រកាសរដ្ឋធម្មនុញ្ញ", "Constitution Day"},
	{2013, time.October, 15, "ទិវាប្រារព្ធពិធីគោរពព្រះវិញ្ញាណក្ខន្ធព្រះបរមរតនកោដ្ឋ", "Commemoration Day of the King Father"},
	{2005, time.October, 29, "ព្រះរាជពិធីគ្រងព្រះបរមរាជសម្បត្តិ", "King's Coronation Day"},
	{0, time.November, 9, "ពិធីបុណ្យឯករាជ្យជាតិ", "Independence Day"},
	{2025, time.December, 29, "ទិវាសន្តិភាពនៅកម្ពុជា", "Peace Day in Cambodia"},
}

// lunar are the holidays of the Khmer calendar: days from the first of a month (1 keit is 0,
// the full moon of 15 keit is 14, 1 roch is 15).
var lunar = []struct {
	since          int
	month          month
	from, to       int
	khmer, english string
}{
	{0, pisakh, 14, 14, "ពិធីបុណ្យវិសាខបូជា", "Visak Bochea Day"},
	{0, pisakh, 18, 18, "ព្រះរាជពិធីច្រត់ព្រះនង្គ័ល", "Royal Ploughing Ceremony"},
	{0, phatrabot, 28, 30, "ពិធីបុណ្យភ្ជុំបិណ្ឌ", "Pchum Ben"},
	{0, kadeuk, 13, 15, "ព្រះរាជពិធីបុណ្យអុំទូក បណ្តែតប្រទីប និងសំពះព្រះខែ អកអំបុក", "Water Festival"},
}
