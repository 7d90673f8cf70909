package clickhouse

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Store is a ClickHouse database with samleng's tables. Its methods may be called at once.
type Store struct {
	conn    driver.Conn
	options *clickhouse.Options
	timeout time.Duration
	log     *slog.Logger
}

// Open makes a store without connecting, so that a server that is away can be waited for:
// see Ping. Call Migrate before anything else that needs the tables. A nil logger logs nothing.
func Open(c Config, logger *slog.Logger) (*Store, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse: %w", classify(err))
	}
	return &Store{conn: conn, options: options, timeout: c.Timeout, log: logger}, nil
}

// Address names the server, without user and password.
func (s *Store) Address() string { return strings.Join(s.options.Addr, ",") }

// Ping asks the server for a sign of life.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if err := s.conn.Ping(ctx); err != nil {
		return fmt.Errorf("reach ClickHouse at %s: %w", s.options.Addr[0], classify(err))
	}
	return nil
}

// Close closes the connections. Calls that are under way end with an error.
func (s *Store) Close() error {
	if err := s.conn.Close(); err != nil {
		return fmt.Errorf("close ClickHouse: %w", err)
	}
	return nil
}

// question gives a context for a read: bounded here and on the server.
func (s *Store) question(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings(nil))), cancel
}

// change gives a context for a write.
func (s *Store) change(ctx context.Context, extra clickhouse.Settings) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, 10*s.timeout)
	return clickhouse.Context(ctx, clickhouse.WithSettings(settings(extra))), cancel
}

// settings are those of every statement, and extra ones. Nothing is left to a server's
// defaults that decides whether a post is counted.
func settings(extra clickhouse.Settings) clickhouse.Settings {
	all := clickhouse.Settings{
		"async_insert":     0,
		"session_timezone": "UTC",
		"join_use_nulls":   0,
	}
	maps.Copy(all, extra)
	return all
}
