package deliver

import (
	"errors"
	"time"

	"samleng"
)

// Config is the block deliver of configs/alerts.yaml.
type Config struct {
	Timeout     time.Duration `yaml:"timeout"`      // of one attempt
	FirstWait   time.Duration `yaml:"first_wait"`   // after a first failure; doubled by each further one
	LongestWait time.Duration `yaml:"longest_wait"` // between attempts, unless the other side asks for more
	GiveUp      time.Duration `yaml:"give_up"`      // after so long, counted from when it could first be sent
	// Settle is how long the program must have been running before it repeats what a run before
	// it may have sent: one that crashes again and again shall not repeat it again and again.
	Settle time.Duration `yaml:"settle"`
	Queue  int           `yaml:"queue"` // deliveries for one channel in memory; more wait in the store alone
}

// DefaultConfig is what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{Timeout: 20 * time.Second, FirstWait: time.Second, LongestWait: 5 * time.Minute, GiveUp: 24 * time.Hour, Settle: 10 * time.Second, Queue: 1000}
}

// Validate reports every fault of the part.
func (c *Config) Validate() error {
	var faults []error
	for key, d := range map[string]time.Duration{"timeout": c.Timeout, "first_wait": c.FirstWait, "longest_wait": c.LongestWait, "give_up": c.GiveUp} {
		if d <= 0 {
			faults = append(faults, samleng.Keyf(key, "%s: must be positive", d))
		}
	}
	if c.Settle < 0 {
		faults = append(faults, samleng.Keyf("settle", "%s is negative", c.Settle))
	}
	if c.LongestWait < c.FirstWait {
		faults = append(faults, samleng.Keyf("longest_wait", "%s is shorter than first_wait, %s", c.LongestWait, c.FirstWait))
	}
	if c.Queue < 1 {
		faults = append(faults, samleng.Keyf("queue", "%d: must be at least 1", c.Queue))
	}
	return errors.Join(faults...)
}
