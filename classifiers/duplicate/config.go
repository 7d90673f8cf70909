package duplicate

import (
	"errors"
	"time"

	"samleng"
)

// Config is what a deployment chooses about stories.
type Config struct {
	// Window is how far apart two carriers of a story can be published, and for how long a
	// post is known after it was stored.
	Window time.Duration `yaml:"window"`
	// MaxPosts bounds the memory of the index, at BytesPerPost each.
	MaxPosts int `yaml:"max_posts"`
}

// Bounds of Config. Prints are kept in the store for the window and a day.
const (
	minWindow      = time.Hour
	maxWindow      = 90 * 24 * time.Hour
	minConfigPosts = 10_000
)

// DefaultConfig is 14 days and at most 250,000 posts, in 130 MB.
func DefaultConfig() Config {
	return Config{Window: DefaultWindow, MaxPosts: DefaultMaxPosts}
}

// Validate reports every fault as a samleng.KeyError.
func (c *Config) Validate() error {
	var faults []error
	if c.Window < minWindow || c.Window > maxWindow {
		faults = append(faults, samleng.Keyf("window", "%s is not between %s and %s", c.Window, minWindow, maxWindow))
	}
	if c.MaxPosts < minConfigPosts || c.MaxPosts > maxPosts {
		faults = append(faults, samleng.Keyf("max_posts", "%d is not between %d and %d", c.MaxPosts, minConfigPosts, maxPosts))
	}
	return errors.Join(faults...)
}
