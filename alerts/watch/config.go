package watch

import (
	"errors"
	"time"

	"samleng"
)

// Config is the block alerts of samleng.yaml.
type Config struct {
	Enabled bool `yaml:"enabled"` // whether series are watched at all
	// Rules names the file with rules and channels, beside samleng.yaml; empty: the built-in one.
	Rules string `yaml:"rules"`
	// PublicURL is the address by which readers reach the page, for the links of cards.
	PublicURL string `yaml:"public_url"`
	// Floor is the coverage below which an alert is held, and says so.
	Floor float64 `yaml:"coverage_floor"`
	// Grace is how long after its end a bucket is first looked at; 0: as long as most posts take to
	// arrive, between 5 and 10 minutes.
	Grace time.Duration `yaml:"grace"`
	// History is how much of the stored past a rule learns from before it first tells anything.
	History time.Duration `yaml:"history"`
}

// DefaultConfig is what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{Enabled: true, Floor: .7, History: 8 * 7 * 24 * time.Hour}
}

// Validate reports every fault of the part.
func (c *Config) Validate() error {
	var faults []error
	if !(c.Floor >= 0 && c.Floor <= 1) {
		faults = append(faults, samleng.Keyf("coverage_floor", "%v: want a share between 0 and 1", c.Floor))
	}
	if c.Grace != 0 && (c.Grace < time.Minute || c.Grace > mostGrace || c.Grace%time.Minute != 0) {
		faults = append(faults, samleng.Keyf("grace", "%s: want whole minutes between 1m and 30m, or 0 to learn it", c.Grace))
	}
	if c.History < 0 || c.History > 400*24*time.Hour {
		faults = append(faults, samleng.Keyf("history", "%s: want between 0 and 9600h, 400 days", c.History))
	}
	return errors.Join(faults...)
}

// The steps of the engine.
const (
	final = time.Hour // after its end, a bucket is looked at no more
	// settle is how long after a tick the counts are asked for: what arrived by the tick is then
	// stored, and told to a story.
	settle = 8 * time.Second
	// saveEvery is between two states that are kept.
	saveEvery = time.Hour
	// keepEvery is between two states from which replays begin.
	keepEvery = 7 * 24 * time.Hour
)
