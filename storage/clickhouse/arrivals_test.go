package clickhouse

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"samleng"
)

// arrive stores posts of land that are published, seen and stored at given minutes behind a moment.
// What classifies them is of no matter, so the rows are as short as rows can be.
func arrive(t *testing.T, s *Store, origin time.Time, rows ...[4]int) {
	t.Helper()
	for i, r := range rows {
		at := func(minute int) string {
			return fmt.Sprintf("fromUnixTimestamp64Milli(%d, 'UTC')", origin.Add(time.Duration(minute)*time.Minute).UnixMilli())
		}
		if err := s.exec(t.Context(), fmt.Sprintf("INSERT INTO posts (id, published, seen_at, inserted_at, version) VALUES ('%s', %s, %s, %s, %d)",
			post(r[0], nil).Post.ID, at(r[1]), at(r[2]), at(r[3]), i)); err != nil {
			t.Fatal(err)
		}
	}
}

// yesterday is recent enough for arrivals to be kept.
func yesterday() time.Time { return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1) }

// TestAPostArrivesOnce classifies posts again, and edits one: they do not look late.
func TestAPostArrivesOnce(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	day := yesterday()
	minute := func(n int) time.Time { return day.Add(time.Duration(n) * time.Minute) }
	arrive(t, s, day,
		[4]int{1, 0, 1, 2}, [4]int{2, 3, 4, 6}, // id, published, seen, stored
		[4]int{3, 180, 181, 182},      // in time
		[4]int{4, 20, 180, 181},       // late indeed
		[4]int{1, 0, 1, 183},          // classified again, with the next two
		[4]int{2, 3, 4, 183},          //
		[4]int{3, 180, 181, 183},      //
		[4]int{2, 3, 182, 184},        // edited
		[4]int{5, 0, -15 * 1440, 181}, // long ago
	)
	if err := s.exec(t.Context(), "OPTIMIZE TABLE posts FINAL"); err != nil { //nolint:misspell // SQL
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to int
		seen     bool
		want     []samleng.Arrivals
	}{
		{175, 190, false, []samleng.Arrivals{{Start: minute(180), Posts: 2, Late: 1}}},
		{0, 190, false, []samleng.Arrivals{{Start: minute(0), Posts: 1}, {Start: minute(5), Posts: 1}, {Start: minute(180), Posts: 2, Late: 1}}},
		{175, 190, true, []samleng.Arrivals{{Start: minute(180), Posts: 2, Late: 1}}},
		{0, 190, true, []samleng.Arrivals{{Start: minute(0), Posts: 2}, {Start: minute(180), Posts: 2, Late: 1}}},
		{182, 183, false, []samleng.Arrivals{{Start: minute(180), Posts: 1}}}, // from its beginning, to before its end
		{181, 182, false, []samleng.Arrivals{{Start: minute(180), Posts: 1, Late: 1}}},
	} {
		got, err := s.Arrivals(t.Context(), minute(c.from), minute(c.to), c.seen)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("from minute %d to %d, seen %v: %+v, %v, want %+v", c.from, c.to, c.seen, got, err, c.want)
		}
	}
	if err := s.RemovePost(t.Context(), post(4, nil).Post.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Arrivals(t.Context(), minute(175), minute(190), false); err != nil || len(got) != 1 || got[0].Late != 0 {
		t.Errorf("after a takedown: %+v, %v", got, err)
	}
}

func TestLagOfPosts(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	day := yesterday()
	lag := func(ctx context.Context) (time.Duration, int) {
		t.Helper()
		d, n, err := s.Lag(ctx, day, day.Add(24*time.Hour), time.Hour, .8)
		if err != nil {
			t.Fatal(err)
		}
		return d, n
	}
	if d, n := lag(t.Context()); d != 0 || n != 0 {
		t.Errorf("of nothing: %s, %d", d, n)
	}
	var rows [][4]int
	for i := range 10 {
		rows = append(rows, [4]int{i, 100, 101, 100 + i}) // 0 to 9 minutes
	}
	rows = append(rows, [4]int{20, 100, 300, 301}, // behind everything that counts
		[4]int{21, 102, 102, 101},                                                    // from the future
		[4]int{0, 100, 101, 140}, [4]int{1, 100, 101, 140}, [4]int{2, 100, 101, 140}) // classified again
	arrive(t, s, day, rows...)
	if d, n := lag(t.Context()); d != 7*time.Minute || n != 11 {
		t.Errorf("%s of %d posts, want 7m of 11", d, n)
	}
}
