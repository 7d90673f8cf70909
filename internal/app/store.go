package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"samleng/internal/config"
	"samleng/storage/clickhouse"
)

// TableSchema is the version of the tables that this program writes.
func TableSchema() (int, error) {
	version := clickhouse.ProgramSchema()
	if version == 0 {
		return 0, errors.New("the program carries no migrations")
	}
	return version, nil
}

// Store is the store as a command uses it: the configured server, the engine of a samleng
// that is running on the same data folder, or an engine opened for this command alone.
type Store struct {
	*clickhouse.Store
	cleanups cleanups
}

// OpenStore opens the store that the settings name, or the sample store. It does not
// migrate.
func OpenStore(ctx context.Context, s config.Settings, sample bool, log *slog.Logger) (*Store, error) {
	out := &Store{cleanups: cleanups{log: log}}
	settings := s.ClickHouse
	if settings.DSN == "" {
		dsn, err := out.localDSN(ctx, s, sample, log)
		if err != nil {
			return nil, errors.Join(err, out.cleanups.run())
		}
		settings.DSN = dsn
	}
	store, err := clickhouse.Open(settings, log)
	if err == nil {
		err = store.Ping(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, out.cleanups.run())
	}
	out.Store = store
	out.cleanups.add("store", 5*time.Second, func(context.Context) error { return store.Close() })
	return out, nil
}

// localDSN finds the engine of the instance that runs on the data folder, or starts one.
func (s *Store) localDSN(ctx context.Context, settings config.Settings, sample bool, log *slog.Logger) (string, error) {
	path := settings.Data
	if sample {
		path = filepath.Join(path, "sample")
	}
	f, err := openFolder(path)
	if errors.Is(err, errHeld) {
		r, err := readRunning(path)
		return r.ClickHouse, err
	}
	if err != nil {
		return "", err
	}
	s.cleanups.add("data folder", time.Second, func(context.Context) error { return f.Close() })
	// The command needs no fixed address, and must not take the one a running instance with
	// another folder may want.
	settings.Embedded.ClickHouseListen = "127.0.0.1:0"
	engine, err := startEngine(ctx, settings.Embedded, f.file("clickhouse"), log)
	if err != nil {
		return "", fmt.Errorf("open the store in %s: %w", f.path, err)
	}
	s.cleanups.add("embedded ClickHouse", 15*time.Second, func(context.Context) error { return engine.Close() })
	return engine.DSN(), nil
}

// Close closes the connection and whatever was started for it.
func (s *Store) Close() error { return s.cleanups.run() }
