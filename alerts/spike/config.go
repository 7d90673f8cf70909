package spike

import (
	"errors"
	"math"
	"time"

	"samleng"
)

// Config is what can be chosen about detection. DefaultConfig gives the measured values.
type Config struct {
	Step     time.Duration  `yaml:"step"` // width of a bucket; 5 min unless the counts come otherwise
	Location *time.Location `yaml:"-"`    // the audience's local time, for the hours of day and week
	// Holidays says which days are public holidays in Location; nil: none are known. It is part of
	// what a memory depends on, and says so by String.
	Holidays Holidays      `yaml:"-"`
	Grace    time.Duration `yaml:"grace"`    // a bucket is scored once the watermark is this far past its end
	Final    time.Duration `yaml:"final"`    // and learned from, once, at this distance; at least Grace
	Volume   float64       `yaml:"volume"`   // lowest score at which a volume episode opens
	Share    float64       `yaml:"share"`    // the same for a share
	Rest     time.Duration `yaml:"rest"`     // an episode closes after this long below the threshold
	Settle   time.Duration `yaml:"settle"`   // alerts are held for this long after a gap
	Gap      time.Duration `yaml:"gap"`      // a run of frozen buckets longer than this is a gap
	NewModel time.Duration `yaml:"model"`    // share alerts are held for this long after a change of model
	Budget   float64       `yaml:"budget"`   // nominal alerts a week, of each channel over all series; 0 does not restrict
	Promote  bool          `yaml:"promote"`  // whether series that move together may open below the threshold
	Positive bool          `yaml:"positive"` // whether the positive share is watched beside the negative one
	WarmUp   time.Duration `yaml:"warm_up"`  // no score before the series is this old; at least 24 h, which the hours of the day need
	// MinPosts is the fewest posts in a window, labelled ones of a share, that score.
	MinPosts float64 `yaml:"min_posts"`
	// Floor is the coverage below which an episode does not open, and a hold is told instead;
	// 0 holds nothing.
	Floor float64 `yaml:"floor"`
	// Unwatched signals are scored, for they lead windows and rarity, and never tell anything.
	// The positive share has Positive instead.
	Unwatched []samleng.Signal `yaml:"unwatched"`
}

// Holidays is a table of public holidays.
type Holidays interface {
	// On reports whether a moment lies on a public holiday.
	On(at time.Time) bool
	// String names the table: equal tables give equal names, others others.
	String() string
}

// DefaultConfig gives the settings under which the figures of docs/figures.md were measured.
func DefaultConfig() Config {
	return Config{
		Step: samleng.Bucket, Location: time.FixedZone("Asia/Phnom_Penh", 7*60*60),
		Grace: 10 * time.Minute, Final: time.Hour,
		Volume: 2.3, Share: 3.0, Rest: 3 * time.Hour, Settle: 30 * time.Minute, Gap: 30 * time.Minute,
		NewModel: 24 * time.Hour, Promote: true, WarmUp: 24 * time.Hour,
	}
}

// Validate reports every fault of the configuration as KeyErrors.
func (c *Config) Validate() error {
	var faults []error
	fault := func(key, format string, args ...any) { faults = append(faults, samleng.Keyf(key, format, args...)) }
	if c.Step < time.Second || c.Step > 24*time.Hour || c.Step%time.Second != 0 {
		fault("step", "%s: want whole seconds between 1s and 24h", c.Step)
	}
	if c.Location == nil {
		fault("location", "is missing")
	}
	if c.Grace < 0 {
		fault("grace", "%s is negative", c.Grace)
	}
	if c.Final < c.Grace {
		fault("final", "%s is shorter than the grace of %s", c.Final, c.Grace)
	}
	if c.Step > 0 && c.Final/c.Step > maxPending-4 {
		fault("final", "%s is longer than %d buckets", c.Final, maxPending-4)
	}
	score := func(key string, v float64) {
		if !(v >= 1 && v <= 10) {
			fault(key, "%v: want a score between 1 and 10", v)
		}
	}
	span := func(key string, d time.Duration) {
		if d < 0 || d > 28*24*time.Hour {
			fault(key, "%s: want between 0 and 28 days", d)
		}
	}
	score("volume", c.Volume)
	score("share", c.Share)
	span("rest", c.Rest)
	span("settle", c.Settle)
	span("gap", c.Gap)
	span("model", c.NewModel)
	if c.WarmUp < leastWarmUp || c.WarmUp > 28*24*time.Hour {
		fault("warm_up", "%s: want between %d hours, in which each hour of the day is seen once, and 28 days", c.WarmUp, int(leastWarmUp.Hours()))
	}
	if !(c.MinPosts >= 0) || !(c.Floor >= 0 && c.Floor <= 1) {
		fault("min_posts", "%v posts, floor %v: want 0 or more posts, and a share", c.MinPosts, c.Floor)
	}
	if !(c.Budget >= 0) || math.IsInf(c.Budget, 0) {
		fault("budget", "%v: want alerts a week, or 0", c.Budget)
	}
	return errors.Join(faults...)
}

// leastWarmUp is how long a series is learned from before seasons and rarity begin: what happens at
// an hour of the day is not known before it was seen, so that a shorter warm-up cannot be had.
const leastWarmUp = 24 * time.Hour

// maxPending is how many buckets may wait for their finalisation.
const maxPending = 24

// ring is how many final buckets the longest window looks back over: 6 h of 5 min.
const ring = 72

// windows is how many windows each channel looks at.
const windows = 4

// tuning is what follows from a Config once: window lengths in buckets and the factors by which
// memories fade over one bucket.
type tuning struct {
	hours        float64      // of a bucket
	volume       [windows]int // lengths in buckets
	share        [windows]int
	volumeLength [windows]time.Duration
	shareLength  [windows]time.Duration
	gain4d       float64 // 1 - fade with a half-life of 4 days
	fade4d       float64
	fade10d      float64
	fade8w       float64
	fadeDay      float64              // of an hour-of-day slot, over a bucket spent in it
	fadeWeek     float64              // of an hour-of-week slot
	fadeHoliday  float64              // of the holidays' slot: half of it is of the last three days
	warm         float64              // hours
	moves        [channels][2]float64 // of settled quantiles by a bucket below, above
}

func newTuning(c *Config) tuning {
	h := c.Step.Hours()
	half := func(hours float64) float64 { return math.Exp2(-h / hours) }
	t := tuning{
		hours: h, fade4d: half(4 * 24), fade10d: half(10 * 24), fade8w: half(8 * 7 * 24),
		fadeDay: math.Pow(.97, h), fadeWeek: math.Pow(.90, h), fadeHoliday: math.Pow(.99, h), warm: c.WarmUp.Hours(),
	}
	t.gain4d = 1 - t.fade4d
	buckets := func(d time.Duration) int { return min(ring, max(1, int((d+c.Step/2)/c.Step))) }
	for w, d := range [windows]time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour} {
		t.volume[w] = buckets(d)
		t.volumeLength[w] = time.Duration(t.volume[w]) * c.Step
	}
	for w, d := range [windows]time.Duration{15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour} {
		t.share[w] = buckets(d)
		t.shareLength[w] = time.Duration(t.share[w]) * c.Step
	}
	for c, kind := range kinds {
		t.moves[c] = [2]float64{kind.move(false, h), kind.move(true, h)}
	}
	return t
}
