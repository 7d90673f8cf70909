package clickhouse

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"samleng"
)

// Config says which ClickHouse to use. An empty DSN leaves the choice to the caller, who
// starts the embedded engine and fills it in.
type Config struct {
	// DSN is clickhouse://host:9000/database, clickhouses:// or ?secure=true for TLS, or
	// http:// or https://host:8123/database. Several hosts are separated by commas.
	DSN string `yaml:"dsn"`
	// Username overrides the one in DSN.
	Username string `yaml:"username"`
	// Password overrides the one in DSN.
	Password samleng.Secret `yaml:"password"`
	// PasswordFile names a file whose first line is the password.
	PasswordFile string `yaml:"password_file"`
	// Timeout bounds a question. Inserts may take ten times as long.
	Timeout time.Duration `yaml:"timeout"`
}

// DefaultConfig is the configuration of a store without a section of its own.
func DefaultConfig() Config {
	return Config{Timeout: 30 * time.Second}
}

// Validate reports every fault as a samleng.KeyError.
func (c *Config) Validate() error {
	var faults []error
	if c.DSN != "" {
		if _, err := parseDSN(c.DSN); err != nil {
			faults = append(faults, samleng.Keyf("dsn", "%w", err))
		}
	}
	if c.Password != "" && c.PasswordFile != "" {
		faults = append(faults, samleng.Keyf("password", "set password or password_file, not both"))
	}
	if c.Timeout <= 0 {
		faults = append(faults, samleng.Keyf("timeout", "must be longer than 0, is %v", c.Timeout))
	}
	return errors.Join(faults...)
}

// parseDSN is clickhouse.ParseDSN with errors that do not repeat a password.
func parseDSN(dsn string) (*clickhouse.Options, error) {
	scheme, rest, ok := strings.Cut(dsn, "://")
	if !ok || rest == "" {
		return nil, errors.New("is not of the form clickhouse://host:9000/database or http://host:8123/database")
	}
	switch scheme {
	case "clickhouse", "tcp", "native", "http":
	case "https":
		dsn = "https://" + withTLS(rest)
	case "clickhouses":
		dsn = "clickhouse://" + withTLS(rest)
	default:
		return nil, fmt.Errorf("has the scheme %q; use clickhouse, clickhouses, http or https", scheme)
	}
	options, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		return nil, errors.New("is not a valid address with parameters")
	}
	if len(options.Addr) == 0 || options.Addr[0] == "" {
		return nil, errors.New("names no host")
	}
	return options, nil
}

// withTLS adds the parameter that the driver wants for TLS, unless it is there.
func withTLS(rest string) string {
	switch {
	case strings.Contains(rest, "secure="):
		return rest
	case strings.Contains(rest, "?"):
		return rest + "&secure=true"
	}
	return rest + "?secure=true"
}

// options turns the configuration into the driver's.
func (c *Config) options() (*clickhouse.Options, error) {
	options, err := parseDSN(c.DSN)
	if err != nil {
		return nil, samleng.Keyf("dsn", "%w", err)
	}
	password, err := samleng.ReadSecret(c.Password, c.PasswordFile)
	if err != nil {
		return nil, samleng.Keyf("password_file", "%w", err)
	}
	if c.Username != "" {
		options.Auth.Username = c.Username
	}
	if password != "" {
		options.Auth.Password = password.Reveal()
	}
	if options.Compression == nil {
		options.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	options.DialTimeout = 10 * time.Second
	options.ReadTimeout = 10 * c.Timeout
	options.MaxOpenConns = 16
	options.MaxIdleConns = 8
	options.ClientInfo.Products = append(options.ClientInfo.Products, struct{ Name, Version string }{"samleng", "1"})
	return options, nil
}
