// Package mail tells people by e-mail, over SMTP.
//
// It owns the form of a mail (plain text, HTML and the chart in one), its threads, and what a
// server's answers mean. It does not write cards, and it receives nothing.
package mail

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"os"
	"slices"
	"time"

	"samleng"
	"samleng/alerts"
)

// Encryption is how the connection to the server is kept private.
type Encryption string

// The ways. EncryptionNone is for a server on this machine: no password goes over it.
const (
	EncryptionStartTLS Encryption = "starttls" // from the start of the conversation; usually port 587
	EncryptionTLS      Encryption = "tls"      // from the first byte; usually port 465
	EncryptionNone     Encryption = "none"     // usually port 25
)

// Config is the server that mails are handed to, and who gets them.
type Config struct {
	Host         string         `yaml:"host"`
	Port         int            `yaml:"port"`       // 0: the usual one of Encryption
	Encryption   Encryption     `yaml:"encryption"` // empty: starttls
	CAFile       string         `yaml:"ca_file"`    // certificates to trust beside those of the system
	User         string         `yaml:"user"`       // empty: without logging in
	Password     samleng.Secret `yaml:"password"`
	PasswordFile string         `yaml:"password_file"`
	From         string         `yaml:"from"` // an address, with a name or without
	To           []string       `yaml:"to"`
}

// ports are the usual ones; the empty Encryption is EncryptionStartTLS.
var ports = map[Encryption]int{"": 587, EncryptionStartTLS: 587, EncryptionTLS: 465, EncryptionNone: 25}

// Validate reports every fault of the part.
func (c *Config) Validate() error {
	var faults []error
	if c.Host == "" {
		faults = append(faults, samleng.Keyf("host", "is missing: name the mail server"))
	}
	if c.Port < 0 || c.Port > 65535 {
		faults = append(faults, samleng.Keyf("port", "%d: want 1 to 65535, or 0 for the usual one", c.Port))
	}
	if ports[c.Encryption] == 0 {
		faults = append(faults, samleng.Keyf("encryption", "%q: want starttls, tls or none", c.Encryption))
	}
	password := c.Password != "" || c.PasswordFile != ""
	switch {
	case c.Password != "" && c.PasswordFile != "":
		faults = append(faults, samleng.Keyf("password", "password and password_file are both set: keep one"))
	case c.User != "" && !password:
		faults = append(faults, samleng.Keyf("password", "is missing: set password or password_file, or no user"))
	case c.User == "" && password:
		faults = append(faults, samleng.Keyf("user", "is missing: a password is set"))
	case password && c.Encryption == EncryptionNone:
		faults = append(faults, samleng.Keyf("encryption", "a password would go over the network in clear: use starttls or tls"))
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		faults = append(faults, samleng.Keyf("from", "%q: want an address, such as samleng <alerts@example.org>", c.From))
	}
	if len(c.To) == 0 {
		faults = append(faults, samleng.Keyf("to", "is missing: list the addresses that get the alerts"))
	}
	for i, to := range c.To {
		if _, err := mail.ParseAddress(to); err != nil {
			faults = append(faults, samleng.Keyf(fmt.Sprintf("to[%d]", i), "%q is not an address", to))
		}
	}
	return errors.Join(faults...)
}

// Open makes the channel.
func (c *Config) Open(deps alerts.Deps) (alerts.Channel, error) {
	password, err := samleng.ReadSecret(c.Password, c.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	opened := &channel{config: *c, password: password, deps: deps, to: slices.Clone(c.To)}
	if opened.config.Port == 0 {
		opened.config.Port = ports[c.Encryption]
	}
	if opened.from, err = mail.ParseAddress(c.From); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if c.CAFile != "" {
		if opened.roots, err = roots(c.CAFile); err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
	}
	return opened, nil
}

// roots are the certificates of the system and those of a file.
func roots(file string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the certificates of the system: %w", err)
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return pool, nil
}

// limits are a courtesy to the server: it has none that are the same everywhere.
func limits() []alerts.Limit { return []alerts.Limit{{Messages: 30, Period: time.Minute}} }
