package simulation

import (
	"math"
	"time"
)

// The calendar of the generator.
const (
	Step    = 5 * time.Minute
	perHour = 12
	perDay  = 24 * perHour
	perWeek = 7 * perDay
	Weeks   = 8           // generated
	Unheard = 2           // of them at the start are not scored
	total   = 8 * perWeek // buckets
)

// Rates are the mean posts per hour of the series, dealt in turn.
var rates = [...]float64{.05, .3, 1.5, 8, 40, 150, 500}

// Start is Monday 00:00 in Cambodia.
var start = time.Date(2026, 1, 4, 17, 0, 0, 0, time.UTC)

// Kind is what an event changes.
type Kind int

// The kinds of event: spikes to be found, and what must not alert.
const (
	Volume Kind = iota
	Share
	Both
	Outage
	PartialOutage
)

// Event is one event of a series, in buckets [From, To).
type Event struct {
	Kind     Kind
	From, To int
	Times    float64 // factor on the volume
	Plus     float64 // added to the share
}

// Series is one generated series: in each bucket posts, those of them that are negative, and
// when they arrive.
type Series struct {
	Rate     float64 // nominal posts an hour
	Drifts   bool
	Posts    []float64
	Negative []float64
	Events   []Event
}

// Generate makes series number i of a seed.
func Generate(seed uint64, i int) *Series { return generate(seed, i, nil) }

// generate is Generate with days off, by the day from the start; nil: none. All else is the same.
func generate(seed uint64, i int, off []bool) *Series {
	r := newSource(seed, uint64(i))
	s := &Series{
		Rate: rates[i%len(rates)], Drifts: r.Float64() < .6,
		Posts: make([]float64, total), Negative: make([]float64, total),
	}
	s.placeEvents(r)
	level, logit := s.background(r)
	dispersion, rho := r.between(.05, .30), r.between(.01, .05)
	for _, e := range s.Events {
		for t := e.From; t < e.To; t++ {
			level[t] *= e.Times
		}
	}
	plus := make([]float64, total)
	for _, e := range s.Events {
		for t := e.From; t < e.To; t++ {
			plus[t] += e.Plus
		}
	}
	if off != nil {
		s.takeOff(newSource(seed, uint64(i)+1<<32), level, off)
	}
	for t := range total {
		s.Posts[t] = r.negativeBinomial(level[t], dispersion)
		p := 1/(1+math.Exp(-logit[t])) + plus[t]
		s.Negative[t] = r.betaBinomial(s.Posts[t], min(.98, max(.01, p)), rho)
	}
	return s
}

// takeOff gives the days off their level: a series has fewer or more posts on all of them, and each
// is a little different.
func (s *Series) takeOff(r source, level []float64, off []bool) {
	usual := r.ratio(.3, 2.5)
	for day, is := range off {
		times := usual * r.ratio(.85, 1/.85)
		if !is {
			continue
		}
		for t := day * perDay; t < (day+1)*perDay; t++ {
			level[t] *= times
		}
	}
}

// placeEvents deals the spikes and outages over the scored weeks, never two within 12 hours.
func (s *Series) placeEvents(r source) {
	place := func(kind Kind, hours, times, plus float64) {
		n := max(1, int(math.Round(hours*perHour)))
		for {
			from := Unheard*perWeek + r.IntN(total-Unheard*perWeek-n-perDay/2)
			free := true
			for _, e := range s.Events {
				if from < e.To+perDay/2 && e.From < from+n+perDay/2 {
					free = false
				}
			}
			if free {
				s.Events = append(s.Events, Event{kind, from, from + n, times, plus})
				return
			}
		}
	}
	for range 3 {
		place(Volume, r.between(1, 6), r.ratio(3, 20), 0)
	}
	for range 3 {
		place(Share, r.between(1, 6), 1, r.between(.15, .50))
	}
	for range 2 {
		place(Both, r.between(1, 6), r.ratio(2, 10), r.between(.15, .50))
	}
	for range 2 {
		place(Outage, r.between(1, 12), 1, 0)
	}
	place(PartialOutage, r.between(2, 8), .4, .05)
}

// background is the mean count of each bucket and the logit of its share, without events.
func (s *Series) background(r source) (level, logit []float64) {
	level, logit = make([]float64, total), make([]float64, total)
	rate := s.Rate * r.between(.7, 1.3) / perHour
	first, second := r.between(.3, .7), r.between(.1, .3)
	phase, phase2 := r.between(0, 24), r.between(0, 12)
	weekend := r.between(.6, 1.2)
	sigma := r.between(.15, .35)
	base := r.between(.08, .40)
	daily, dailyPhase := r.between(.05, .20), r.between(0, 24)
	noise, shareNoise := r.autocorrelated(sigma, 4), r.autocorrelated(.15, 12)
	volumeDrift, shareDrift := r.drift(s.Drifts, math.Log(.4), math.Log(2.5), 3), r.drift(s.Drifts, -.12, .12, 5)
	for t := range total {
		hour := float64(t%perDay) / perHour
		cycle := max(.05, 1+first*math.Cos(2*math.Pi*(hour-phase)/24)+second*math.Cos(4*math.Pi*(hour-phase2)/24))
		if t/perDay%7 >= 5 {
			cycle *= weekend
		}
		level[t] = rate * cycle * math.Exp(noise[t]-sigma*sigma/2+volumeDrift[t])
		p := min(.9, max(.02, base+shareDrift[t]))
		logit[t] = math.Log(p/(1-p)) + daily*math.Cos(2*math.Pi*(hour-dailyPhase)/24) + shareNoise[t]
	}
	for range int(r.poisson(3 * Weeks)) {
		from, n, times := r.IntN(total), int(math.Round(r.between(.25, 1)*perHour)), r.between(1.2, 2.2)
		for t := from; t < min(total, from+n); t++ {
			level[t] *= times
		}
	}
	return level, logit
}

// autocorrelated is an AR(1) process with the given deviation and time constant in hours.
func (r source) autocorrelated(sigma, hours float64) []float64 {
	out := make([]float64, total)
	keep := math.Exp(-1 / (hours * perHour))
	fresh := sigma * math.Sqrt(1-keep*keep)
	v := sigma * r.NormFloat64()
	for t := range out {
		v = keep*v + fresh*r.NormFloat64()
		out[t] = v
	}
	return out
}

// drift moves from 0 to a value between low and high over least to 10 days, somewhere in the
// scored weeks, and stays there.
func (r source) drift(drifts bool, low, high, least float64) []float64 {
	out := make([]float64, total)
	to, days := r.between(low, high), r.between(least, 10)
	from := Unheard*perWeek + r.IntN(total-Unheard*perWeek-10*perDay)
	if !drifts {
		return out
	}
	for t := from; t < total; t++ {
		out[t] = to * min(1, float64(t-from)/(days*perDay))
	}
	return out
}
