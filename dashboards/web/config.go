package web

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"samleng"
)

// Config is the part "page" of samleng.yaml.
type Config struct {
	// Corrections says whether readers may call labels wrong, and say what alerts were worth: "loopback" where the page listens
	// on this machine only and is known by no other name, "always", or "never" (a public display).
	Corrections string `yaml:"corrections"`
	// CorrectionsPerMinute is how many are taken from all readers together.
	CorrectionsPerMinute int `yaml:"corrections_per_minute"`
	// Silences says whether readers may keep alerts quiet for a while, by the same words.
	Silences string `yaml:"silences"`
	// TryRules says whether readers may run rules of their own over what is stored, by the same
	// words. Nobody is told because of it, but it costs the machine some work.
	TryRules string `yaml:"try_rules"`
	// SaveRules says whether readers may write the file of rules, which is then in force, by the
	// same words. Channels, and who is behind them, are not changed so.
	SaveRules string `yaml:"save_rules"`
	// Hosts are names that readers reach the page by, without port, as that of a proxy before
	// it. An address in numbers and localhost need no entry. By any other name the page does not
	// answer: it may be of a stranger's site that was made to lead here.
	Hosts []string `yaml:"hosts"`
}

// Values of Config.Corrections, Silences, TryRules and SaveRules.
const (
	onLoopback = "loopback"
	always     = "always"
	never      = "never"
)

// DefaultConfig is the configuration of a page without a section of its own.
func DefaultConfig() Config {
	return Config{Corrections: onLoopback, CorrectionsPerMinute: 60, Silences: onLoopback, TryRules: onLoopback, SaveRules: onLoopback}
}

// Validate reports every fault as a samleng.KeyError.
func (c *Config) Validate() error {
	var faults []error
	for _, key := range []struct{ name, value string }{{"corrections", c.Corrections}, {"silences", c.Silences}, {"try_rules", c.TryRules}, {"save_rules", c.SaveRules}} {
		if !slices.Contains([]string{onLoopback, always, never}, key.value) {
			faults = append(faults, samleng.Keyf(key.name, "%q: want loopback, always or never", key.value))
		}
	}
	if c.CorrectionsPerMinute < 1 {
		faults = append(faults, samleng.Keyf("corrections_per_minute", "%d: must be at least 1; corrections: never takes none", c.CorrectionsPerMinute))
	}
	for _, host := range c.Hosts {
		if u, err := url.Parse("http://" + host); err != nil || host == "" || u.Hostname() != host {
			faults = append(faults, samleng.Keyf("hosts", "%q: want the name of a host, as in samleng.example.org", host))
		}
	}
	return errors.Join(faults...)
}

// Addresses are those by which readers reach the page.
type Addresses struct {
	Listen string // host:port that it listens on
	Public string // URL that others know it by; empty for none
}

// TakesCorrections reports whether a page that is reached so takes corrections.
func (c *Config) TakesCorrections(a Addresses) bool { return c.allows(c.Corrections, a) }

// TakesSilences reports the same of silences.
func (c *Config) TakesSilences(a Addresses) bool { return c.allows(c.Silences, a) }

// TriesRules reports the same of rules that are tried.
func (c *Config) TriesRules(a Addresses) bool { return c.allows(c.TryRules, a) }

// SavesRules reports the same of rules that are saved.
func (c *Config) SavesRules(a Addresses) bool { return c.allows(c.SaveRules, a) }

// allows reports what one of the three words says. A page that listens on this machine and is known
// by the name of another has a proxy before it, and so readers elsewhere.
func (c *Config) allows(word string, a Addresses) bool {
	switch word {
	case always:
		return true
	case never:
		return false
	}
	host, _, err := net.SplitHostPort(a.Listen)
	if err != nil || !isLoopback(host) || slices.ContainsFunc(c.Hosts, func(h string) bool { return !isLoopback(h) }) {
		return false
	}
	u, err := url.Parse(a.Public)
	return err == nil && (a.Public == "" || isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// ours reports whether host, with or without port, is this page's: an address in numbers, a
// name of this machine, or one of Hosts. Any other name may be of a stranger's site that
// was made to lead here.
func (c *Config) ours(host string) bool {
	u, err := url.Parse("http://" + host)
	if err != nil || host == "" {
		return false
	}
	name := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(name); err == nil || name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	return slices.ContainsFunc(c.Hosts, func(h string) bool { return strings.EqualFold(h, name) })
}
