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

// TestEditsAreNoNewPosts edits a post two hours later: in history it was known from the beginning.
func TestEditsAreNoNewPosts(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	day := yesterday()
	land := samleng.Series{Topic: "land"}
	at := func(minute int) time.Time { return day.Add(time.Duration(minute) * time.Minute) }
	version := func(seen int) samleng.Row {
		return about(1, "land", samleng.Negative, 0, func(r *samleng.Row) { r.Post.Published, r.Post.SeenAt, r.Offset = at(1), at(seen), int64(seen) })
	}
	insert(t, s, "a", version(2))
	insert(t, s, "b", version(125))
	got, err := s.SeriesHistory(t.Context(), []samleng.Series{land}, day, at(10), at(-600), 10*time.Minute, time.Hour)
	if want := (samleng.SeriesCount{Tick: at(15), Bucket: day, Series: land, Posts: 1, Labelled: 1, Negative: 1}); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestLastPolls(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	if err := s.RecordCoverage(t.Context(), []samleng.Coverage{
		{Source: "a", At: at(0)},
		{Source: "a", At: at(10), Class: samleng.RetryAfter},
		{Source: "a", At: at(20)},
		{Source: "b", At: at(0), Class: samleng.RetryAfter},
		{Source: "c", At: at(5), Class: samleng.BadInput, Partial: true},
		{Source: "d", At: at(30)},
	}); err != nil {
		t.Fatal(err)
	}
	polled, heard, err := s.LastPolls(t.Context(), at(20))
	wantPolled := map[string]time.Time{"a": at(10), "b": at(0), "c": at(5)}
	wantHeard := map[string]time.Time{"a": at(0), "c": at(5)}
	if err != nil || !reflect.DeepEqual(polled, wantPolled) || !reflect.DeepEqual(heard, wantHeard) {
		t.Errorf("polled %v, heard %v, %v", polled, heard, err)
	}
}
