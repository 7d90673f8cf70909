// Package webhook tells a program of somebody else's: it posts each alert as JSON, signed, with
// a key by which the receiver knows a repeat.
//
// It owns the body, the headers and the signature, which docs/alerts.md describes for whoever
// receives them. It does not write the texts in the body.
package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"samleng"
	"samleng/alerts"
)

// Config is where alerts are posted to.
type Config struct {
	URL     samleng.Secret `yaml:"url"` // a secret, because many addresses hold one
	URLFile string         `yaml:"url_file"`
	// Secret is the key that bodies are signed with, shared with the receiver.
	Secret     samleng.Secret            `yaml:"secret"`
	SecretFile string                    `yaml:"secret_file"`
	Headers    map[string]samleng.Secret `yaml:"headers"` // further ones, such as Authorization
}

// minSecret is how long a key is at least, in bytes: that of the hash would be 32.
const minSecret = 16

// Validate reports every fault of the part.
func (c *Config) Validate() error {
	var faults []error
	switch {
	case c.URL == "" && c.URLFile == "":
		faults = append(faults, samleng.Keyf("url", "is missing: set url or url_file"))
	case c.URL != "" && c.URLFile != "":
		faults = append(faults, samleng.Keyf("url", "url and url_file are both set: keep one"))
	case c.URL != "" && !isAddress(c.URL):
		faults = append(faults, samleng.Keyf("url", "want an address that begins with https:// or http://"))
	}
	switch {
	case c.Secret == "" && c.SecretFile == "":
		faults = append(faults, samleng.Keyf("secret", "is missing: set secret or secret_file, so that the receiver can tell who posts"))
	case c.Secret != "" && c.SecretFile != "":
		faults = append(faults, samleng.Keyf("secret", "secret and secret_file are both set: keep one"))
	case c.Secret != "" && len(c.Secret) < minSecret:
		faults = append(faults, samleng.Keyf("secret", "is too short: want %d characters or more", minSecret))
	}
	for name, value := range c.Headers {
		key := textproto.CanonicalMIMEHeaderKey(name)
		if !isToken(name) || strings.ContainsAny(value.Reveal(), "\r\n") {
			faults = append(faults, samleng.Keyf("headers."+name, "is not a header"))
		} else if slices.Contains(reserved, key) {
			faults = append(faults, samleng.Keyf("headers."+name, "is set by samleng itself"))
		}
	}
	return errors.Join(faults...)
}

// Open makes the channel.
func (c *Config) Open(deps alerts.Deps) (alerts.Channel, error) {
	address, err := samleng.ReadSecret(c.URL, c.URLFile)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	if !isAddress(address) {
		return nil, samleng.Keyf("url_file", "does not hold an address that begins with https:// or http://")
	}
	secret, err := samleng.ReadSecret(c.Secret, c.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	if len(secret) < minSecret {
		return nil, samleng.Keyf("secret_file", "holds too short a secret: want %d characters or more", minSecret)
	}
	header := http.Header{}
	for name, value := range c.Headers {
		header.Set(name, value.Reveal())
	}
	return &channel{address: address, secret: []byte(secret.Reveal()), header: header, deps: deps}, nil
}

func isAddress(address samleng.Secret) bool {
	u, err := url.Parse(address.Reveal())
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// isToken reports whether a name can be that of a header.
func isToken(name string) bool {
	return name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
