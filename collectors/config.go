package collectors

import (
	"errors"
	"time"

	"samleng"
)

// Config is how the scheduler polls. How often a source is polled is the source's own
// Interval; after an error its class decides:
//
//   - retry-after: from RetryDelay (or the interval, if shorter) doubling up to MaxRetryDelay;
//   - rate-limited: twice the interval, doubling up to MaxSlowDelay;
//   - unauthorised and permanent: SlowDelay, doubling up to MaxSlowDelay;
//   - bad-input: the interval, doubling up to MaxRetryDelay.
//
// A wait that the other side named is honoured where it is longer, and no source is given up.
// Apart from retry-after, no delay is shorter than the interval.
type Config struct {
	Concurrency   int           `yaml:"concurrency"`     // polls at the same time
	PollTimeout   time.Duration `yaml:"poll_timeout"`    // for one poll, waiting for the pace of a host included
	Spread        time.Duration `yaml:"spread"`          // over which the first polls are spread
	Jitter        float64       `yaml:"jitter"`          // 0..0.5: share by which each delay is varied up or down
	RetryDelay    time.Duration `yaml:"retry_delay"`     // see above
	MaxRetryDelay time.Duration `yaml:"max_retry_delay"` // see above
	SlowDelay     time.Duration `yaml:"slow_delay"`      // see above
	MaxSlowDelay  time.Duration `yaml:"max_slow_delay"`  // see above
}

// DefaultConfig suits dozens of sources on one machine.
func DefaultConfig() Config {
	return Config{
		Concurrency:   8,
		PollTimeout:   10 * time.Minute,
		Spread:        3 * time.Second,
		Jitter:        0.1,
		RetryDelay:    30 * time.Second,
		MaxRetryDelay: time.Hour,
		SlowDelay:     time.Hour,
		MaxSlowDelay:  6 * time.Hour,
	}
}

// Validate reports every fault as KeyErrors.
func (c *Config) Validate() error {
	var faults []error
	if c.Concurrency < 1 || c.Concurrency > 1000 {
		faults = append(faults, samleng.Keyf("concurrency", "%d: want 1 to 1000", c.Concurrency))
	}
	if c.PollTimeout < time.Second {
		faults = append(faults, samleng.Keyf("poll_timeout", "%s is shorter than 1s", c.PollTimeout))
	}
	if c.Spread < 0 {
		faults = append(faults, samleng.Keyf("spread", "%s is negative", c.Spread))
	}
	if !(c.Jitter >= 0 && c.Jitter <= 0.5) { // also refuses not-a-number
		faults = append(faults, samleng.Keyf("jitter", "%v: want 0 to 0.5", c.Jitter))
	}
	if c.RetryDelay <= 0 {
		faults = append(faults, samleng.Keyf("retry_delay", "%s: want more than 0", c.RetryDelay))
	}
	if c.MaxRetryDelay < c.RetryDelay {
		faults = append(faults, samleng.Keyf("max_retry_delay", "%s is shorter than retry_delay", c.MaxRetryDelay))
	}
	if c.SlowDelay <= 0 {
		faults = append(faults, samleng.Keyf("slow_delay", "%s: want more than 0", c.SlowDelay))
	}
	if c.MaxSlowDelay < c.SlowDelay {
		faults = append(faults, samleng.Keyf("max_slow_delay", "%s is shorter than slow_delay", c.MaxSlowDelay))
	}
	return errors.Join(faults...)
}

// delay gives the time to the next poll of a source with the given interval, after a poll
// that ended with class ("" for a good one), the wait that the other side named, and the
// number of polls that failed in a row, this one included.
func (c *Config) delay(interval time.Duration, class samleng.Class, wait time.Duration, failures int) time.Duration {
	var d time.Duration
	switch class {
	case "":
		return interval
	case samleng.RetryAfter:
		d = doubled(min(c.RetryDelay, interval), failures, max(c.MaxRetryDelay, interval))
	case samleng.RateLimited:
		d = doubled(2*interval, failures, max(c.MaxSlowDelay, 2*interval))
	case samleng.BadInput:
		d = doubled(interval, failures, max(c.MaxRetryDelay, interval))
	default:
		d = max(interval, doubled(c.SlowDelay, failures, c.MaxSlowDelay))
	}
	return max(d, wait)
}

// doubled doubles d for every failure after the first, up to limit.
func doubled(d time.Duration, failures int, limit time.Duration) time.Duration {
	for ; failures > 1 && d < limit; failures-- {
		d *= 2
	}
	return min(d, limit)
}
