package spike

import (
	"errors"
	"fmt"
	"math"
	"time"

	"samleng"
)

// Bucket is what is known of one bucket of event time. The counts are totals, not increments: a
// later observation of the same bucket replaces the earlier one.
type Bucket struct {
	Start    time.Time // anywhere within the bucket
	Posts    float64   // at least 0; whole for posts
	Labelled float64   // posts that have a label; whole, at most 16 million
	Negative float64   // of Labelled
	Positive float64   // of Labelled
	// Coverage is the share of the sources that were heard, 0..1. Below one half the bucket
	// is frozen: it is neither scored nor learned from. The zero value freezes.
	Coverage float64
	// Late is the share of the posts arriving in that time which belong to other buckets, an
	// hour or more back. Above one half the bucket is frozen: a backlog is coming in.
	Late float64
}

// Scored is what a bucket scored in each channel.
type Scored struct {
	Start    time.Time // of the bucket, UTC
	End      time.Time
	Volume   Terms
	Negative Terms
	Positive Terms
	Frozen   bool // not scored: too little was heard
	Again    bool // it was scored before; late posts have changed it
	Young    bool // within an hour of its end, so that an episode may open
	// Gap and Model say that episodes are held: after a gap all of them, after a change of
	// model those of a share.
	Gap, Model bool
	// Low says that episodes are held because the coverage is below Config.Floor.
	Low bool
}

// kinds, signals and Scored.terms give the channels in the same order.
var (
	kinds   = [channels]*tailKind{&excessOf, &surprise, &surprise}
	signals = [channels]samleng.Signal{samleng.SignalVolume, samleng.SignalNegative, samleng.SignalPositive}
)

// terms gives the channels in the order of channel.
func (s *Scored) terms() [channels]*Terms {
	return [channels]*Terms{&s.Volume, &s.Negative, &s.Positive}
}

// Detector watches one series. It is not safe for concurrent use.
type Detector struct {
	config *Config // those of a Set have both in common
	tuning *tuning
	state  State
	hours  [2]hour // asked for last: that of the bucket scored and that of the one learned
}

// New makes a detector without memory. The config must be valid.
func New(config *Config) *Detector {
	own := *config
	t := newTuning(&own)
	return &Detector{config: &own, tuning: &t}
}

// ErrFinal is given for a bucket that is final already: what comes so late counts in storage alone.
// Neither baseline takes it, since what is scored is what is there within the hour.
var ErrFinal = errors.New("the bucket is final")

// index numbers the buckets from 1970.
func (d *Detector) index(at time.Time) int64 {
	return floor(at.Unix(), int64(d.config.Step/time.Second))
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// start is when a bucket begins.
func (d *Detector) start(index int64) time.Time {
	return time.Unix(index*int64(d.config.Step/time.Second), 0).UTC()
}

// hourOfWeek is the local hour in which a bucket begins, Sunday 00:00 being 0, and holiday that
// hour of a public holiday.
func (d *Detector) hourOfWeek(index int64) int {
	seconds := index * int64(d.config.Step/time.Second)
	h := &d.hours[seconds/3600&1]
	if seconds >= h.from && seconds < h.to {
		return h.ofWeek
	}
	local := time.Unix(seconds, 0).In(d.config.Location)
	from := seconds - int64(local.Minute()*60+local.Second())
	*h = hour{from, from + 3600, int(local.Weekday())*24 + local.Hour()}
	if d.config.Holidays != nil && d.config.Holidays.On(local) {
		h.ofWeek = holiday + local.Hour()
	}
	return h.ofWeek
}

// hour is a local hour whose place in the week is known.
type hour struct {
	from, to int64 // Unix seconds
	ofWeek   int
}

// Observe takes what is known of a bucket by now. The first bucket ever observed is where the
// detector begins. It gives ErrFinal for a bucket that is final, an error of class
// samleng.BadInput for counts that cannot be, and an error for a bucket that lies more than
// 24 buckets beyond the last final one: Advance first.
func (d *Detector) Observe(b *Bucket) error {
	if err := b.check(); err != nil {
		return err
	}
	s, i := &d.state, d.index(b.Start)
	if !s.Started {
		s.Started, s.Final, s.Scored = true, i-1, i-1
	}
	switch {
	case i <= s.Final:
		return ErrFinal
	case i > s.Final+maxPending:
		return fmt.Errorf("bucket %s is too far ahead of the last final one, %s", d.start(i).Format(time.RFC3339), d.start(s.Final).Format(time.RFC3339))
	}
	next := pending{
		Index: i, Posts: b.Posts, Labelled: float32(b.Labelled), Negative: float32(b.Negative), Positive: float32(b.Positive),
		Coverage: float32(b.Coverage), Late: float32(b.Late),
	}
	slot := &s.Pending[i%maxPending]
	if slot.Index == i {
		next.Changed, next.Mean, next.Adds, next.Above = slot.Changed, slot.Mean, slot.Adds, slot.Above
	}
	if *slot == next {
		return nil
	}
	next.Changed = i <= s.Scored
	*slot = next
	return nil
}

func (b *Bucket) check() error {
	within := func(v, most float64) bool { return v >= 0 && v <= most }
	switch {
	case !within(b.Posts, 1e12):
		return samleng.Errorf(samleng.BadInput, "%v posts", b.Posts)
	case !within(b.Labelled, 1<<24) || !within(b.Negative, b.Labelled) || !within(b.Positive, b.Labelled):
		return samleng.Errorf(samleng.BadInput, "%v negative and %v positive of %v labelled posts", b.Negative, b.Positive, b.Labelled)
	case b.Labelled != math.Trunc(b.Labelled) || b.Negative != math.Trunc(b.Negative) || b.Positive != math.Trunc(b.Positive):
		return samleng.Errorf(samleng.BadInput, "labelled posts %v, %v, %v: want whole numbers", b.Labelled, b.Negative, b.Positive)
	case !within(b.Coverage, 1) || !within(b.Late, 1):
		return samleng.Errorf(samleng.BadInput, "coverage %v, late share %v: want 0 to 1", b.Coverage, b.Late)
	}
	return nil
}

// Observed reports whether the bucket that holds at is waiting with counts.
func (d *Detector) Observed(at time.Time) bool { return d.pending(d.index(at)) != nil }

func (d *Detector) pending(i int64) *pending {
	if p := &d.state.Pending[((i%maxPending)+maxPending)%maxPending]; p.Index == i && d.state.Started {
		return p
	}
	return nil
}

// SetParent gives the detector the shares expected in the series above it, of negative and of
// positive posts, to which its own are drawn while it has seen little.
func (d *Detector) SetParent(negative, positive float64) {
	d.state.Parent, d.state.ParentUp = clampShare(negative), clampShare(positive)
}

func clampShare(p float64) float64 { return min(.99, max(.01, p)) }

// Dispersions gives those of counts over the windows that are watched, the shortest first.
func (d *Detector) Dispersions() []samleng.Dispersion {
	all := make([]samleng.Dispersion, windows)
	for w := range all {
		all[w] = samleng.Dispersion{Window: d.tuning.volumeLength[w], Value: d.state.Volume.dispersion(d.tuning, w)}
	}
	return all
}

// Shares gives the shares of negative and positive posts that are expected now.
func (d *Detector) Shares() (negative, positive float64) {
	return d.state.Negative.base(d.parent()), d.state.Positive.base(d.parentUp())
}

func (d *Detector) parent() float64 {
	if d.state.Parent > 0 {
		return d.state.Parent
	}
	return sharePrior
}

func (d *Detector) parentUp() float64 {
	if d.state.ParentUp > 0 {
		return d.state.ParentUp
	}
	return sharePrior
}

// SetModel tells which model labels the posts from now on. When it is another one than before,
// the shares expected are forgotten (their rarity is not) and share alerts are held while
// they are learned again.
func (d *Detector) SetModel(name string) {
	s, hash := &d.state, hashOf(name)
	if s.Model == hash {
		return
	}
	known := s.Model != 0
	s.Model = hash
	if !known {
		return
	}
	s.Negative.A, s.Negative.B, s.Positive.A, s.Positive.B = 0, 0, 0, 0
	s.NewModel = s.Scored + 1 + int64(d.config.NewModel/d.config.Step)
}

// Episode is where the series' episode stands. Of a series outside of a Set it is empty: who
// follows that one keeps its Episode.
func (d *Detector) Episode() Episode { return d.state.Episode }

// Age is for how long the series has been learned from.
func (d *Detector) Age() time.Duration {
	return time.Duration(d.state.Volume.Buckets) * d.config.Step
}

// Expected is the mean count of the bucket that holds at, as the baseline stands.
func (d *Detector) Expected(at time.Time) float64 {
	return d.state.Volume.Level * d.state.Volume.Season.factor(d.hourOfWeek(d.index(at)), slot{})
}
