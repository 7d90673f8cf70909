package clickhouse

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"

	"samleng"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where goose notes what it has done.
const versionTable = "goose_db_version"

// storySchema is the first schema whose rollups know stories.
const storySchema = 5

// ProgramSchema is the schema version that this program writes.
func ProgramSchema() int {
	latest := 0
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		return 0 // cannot be: the folder is in the binary
	}
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), "_")
		if n, err := strconv.Atoi(number); err == nil {
			latest = max(latest, n)
		}
	}
	return latest
}

// SchemaVersion is the version of the tables in the store; 0 for an empty one.
func (s *Store) SchemaVersion(ctx context.Context) (int, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var there uint64
	if err := s.conn.QueryRow(ctx, "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = ?", versionTable).Scan(&there); err != nil {
		return 0, fmt.Errorf("read schema version: %w", classify(err))
	}
	if there == 0 {
		return 0, nil
	}
	var version int64
	if err := s.conn.QueryRow(ctx, "SELECT max(version_id) FROM "+versionTable).Scan(&version); err != nil {
		return 0, fmt.Errorf("read schema version: %w", classify(err))
	}
	return int(version), nil
}

// Migrate brings the tables to ProgramSchema; the database itself must be there. It refuses a
// store that a newer program has migrated. Only one process may migrate at a time.
func (s *Store) Migrate(ctx context.Context) (from, to int, err error) {
	to = ProgramSchema()
	if from, err = s.SchemaVersion(ctx); err != nil {
		return 0, 0, err
	}
	if from > to {
		return from, from, samleng.Errorf(samleng.Permanent,
			"the store has schema %d and this program knows schemas up to %d: use the newer samleng that wrote it", from, to)
	}
	if from == to {
		return from, to, nil
	}
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return from, from, fmt.Errorf("migrate: %w", err)
	}
	db := s.standard()
	defer db.Close() //nolint:errcheck // nothing is left to lose
	provider, err := goose.NewProvider(goose.DialectClickHouse, db, folder)
	if err != nil {
		return from, from, fmt.Errorf("migrate: %w", classify(err))
	}
	if _, err := provider.Up(ctx); err != nil {
		if partial, ok := errors.AsType[*goose.PartialError](err); ok {
			err = partial.Err
		}
		return from, from, fmt.Errorf("migrate from schema %d to %d: %w", from, to, classify(err))
	}
	if 0 < from && from < storySchema { // the rollups that are there know no stories
		if err := s.Recount(ctx); err != nil {
			return from, to, err
		}
	}
	return from, to, nil
}

// standard opens the database/sql form of the connection, which goose wants.
func (s *Store) standard() *sql.DB {
	options := *s.options
	options.Settings = settings(nil)
	// database/sql has a pool of its own and the driver complains about two.
	options.MaxOpenConns, options.MaxIdleConns, options.ConnMaxLifetime = 0, 0, 0
	return clickhouse.OpenDB(&options)
}
