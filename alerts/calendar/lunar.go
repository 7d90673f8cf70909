package calendar

// The years for which the lunar calendar is computed.
const (
	FirstYear = 1990
	LastYear  = 2100
)

// month is a month of the Khmer lunar calendar.
type month int

// The months in their order. A leap year has two of Asadh.
const (
	migasir month = iota
	boss
	meak
	phalkun
	cheit
	pisakh
	jesth
	asadh
	srap
	phatrabot
	assoch
	kadeuk
	firstAsadh
	secondAsadh
)

// The Khmer lunisolar calendar (chhankitek), after the arithmetic of Roath Kim Soeun,
// Pratitin Soryakkatik-Chankatik 1900-1999, as it is in common use. Years are Buddhist: the
// one that a Gregorian year y enters in April or May is y + 544.

// aharkun is the number of days elapsed at the start of a year, and its remainder in
// eight-hundredths of a day.
func aharkun(year int) (days, rest int) {
	t := year*292207 + 499
	return t/800 + 4, t % 800
}

// avoman is the excess of lunar days, of 692.
func avoman(year int) int {
	days, _ := aharkun(year)
	return (11*days + 25) % 692
}

// bodithey is the age of the moon at the start of a year, of 30.
func bodithey(year int) int {
	days, _ := aharkun(year)
	return ((11*days+25)/692 + days + 29) % 30
}

// leap is what is added to a lunar year.
type leap int

const (
	noLeap leap = iota
	leapMonth
	leapDay
	leapBoth // by the moon; the calendar puts the day into the next year
)

// astronomical is what the moon asks for.
func astronomical(year int) leap {
	b, a := bodithey(year), avoman(year)
	wantsMonth := b >= 25 || b <= 5
	switch {
	case b == 25 && bodithey(year+1) == 5:
		wantsMonth = false
	case b == 24 && bodithey(year+1) == 6:
		wantsMonth = true
	}
	_, rest := aharkun(year)
	var wantsDay bool
	if longSolarYear := 800-rest <= 207; longSolarYear {
		wantsDay = a <= 126
	} else if a <= 137 {
		wantsDay = avoman(year+1) != 0
	}
	switch {
	case wantsMonth && wantsDay:
		return leapBoth
	case wantsMonth:
		return leapMonth
	case wantsDay:
		return leapDay
	}
	return noLeap
}

// leapOf is what the calendar adds: never a month and a day in one year.
func leapOf(year int) leap {
	switch l := astronomical(year); {
	case l == leapBoth:
		return leapMonth
	case l != noLeap:
		return l
	case astronomical(year-1) == leapBoth:
		return leapDay
	}
	return noLeap
}

// monthsOf lists the months from Boss, which begins in December or January of the Gregorian year, to Migasir.
func monthsOf(year int) (months []month, days []int) {
	l := leapOf(year + 544)
	for m := boss; m <= kadeuk; m++ {
		length := 29 + int(m)%2
		switch {
		case m == jesth && l == leapDay:
			length = 30
		case m == asadh && l == leapMonth:
			months, days = append(months, firstAsadh, secondAsadh), append(days, 30, 30)
			continue
		}
		months, days = append(months, m), append(days, length)
	}
	return append(months, migasir), append(days, 29)
}

// lunarStarts gives, for each year from FirstYear to LastYear, the first day (1 keit) of each
// month of its lunar year, Boss to Migasir.
func lunarStarts() map[int]map[month]Day {
	years := make(map[int]map[month]Day, LastYear-FirstYear+1)
	day := Day{Year: 1900, Month: 1, Day: 1} // 1 keit of Boss
	for year := 1900; year <= LastYear; year++ {
		months, days := monthsOf(year)
		starts := make(map[month]Day, len(months))
		for i, m := range months {
			starts[m] = day
			day = day.plus(days[i])
		}
		if year >= FirstYear {
			years[year] = starts
		}
	}
	return years
}
