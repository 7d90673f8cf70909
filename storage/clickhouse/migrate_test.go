package clickhouse

import (
	"io/fs"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"samleng"
)

// TestMigrationsDownAndUp takes every migration back, one by one, in a store with posts, and then
// makes the tables anew.
func TestMigrationsDownAndUp(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	want := definitions(t, s)
	if err := s.Insert(t.Context(), "c", "posts", "t", []samleng.Row{post(1, nil), post(2, nil)}); err != nil {
		t.Fatal(err)
	}
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	db := s.standard()
	defer db.Close() //nolint:errcheck // nothing is left to lose
	provider, err := goose.NewProvider(goose.DialectClickHouse, db, folder)
	if err != nil {
		t.Fatal(err)
	}
	sources := provider.ListSources()
	for i := range sources {
		version := sources[len(sources)-1-i].Version
		if _, err := provider.Down(t.Context()); err != nil {
			t.Fatalf("from schema %d: %v", version, err)
		}
		// The views of every schema answer.
		for _, view := range []string{"current_posts", "current_rollups"} {
			if there := definitions(t, s); there[view] == "" {
				continue
			}
			if err := s.exec(t.Context(), "SELECT * FROM "+view+" FORMAT Null"); err != nil {
				t.Errorf("%s below schema %d: %v", view, version, err)
			}
		}
	}
	if left := definitions(t, s); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := definitions(t, s)
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is made as\n%s\nand was\n%s", name, got[name], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d tables, want %d", len(got), len(want))
	}
}

// TestMigrationIsTakenUpAgain cuts the migration of arrivals short, which copies posts, as the end of
// the program can: the next start does it again.
func TestMigrationIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	want := definitions(t, s)
	day := yesterday()
	arrive(t, s, day, [4]int{1, 0, 1, 2})
	if err := s.exec(t.Context(), "DELETE FROM "+versionTable+" WHERE version_id >= 13"); err != nil {
		t.Fatal(err)
	}
	if from, to, err := s.Migrate(t.Context()); err != nil || from != 12 || to != ProgramSchema() {
		t.Fatalf("from %d to %d, %v", from, to, err)
	}
	for name, text := range definitions(t, s) {
		if want[name] != text {
			t.Errorf("%s is now\n%s\nand was\n%s", name, text, want[name])
		}
	}
	all, err := s.Arrivals(t.Context(), day, day.Add(time.Hour), false)
	if err != nil || len(all) != 1 || all[0].Posts != 1 {
		t.Errorf("arrived have %+v, %v: want one post", all, err)
	}
}

// definitions gives the statement that makes each table and view, without that of goose.
func definitions(t *testing.T, s *Store) map[string]string {
	t.Helper()
	rows, err := s.conn.Query(t.Context(), "SELECT name::String, create_table_query FROM system.tables WHERE database = currentDatabase() AND name != ?", versionTable)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	all := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		all[name] = text
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
