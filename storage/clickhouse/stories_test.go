package clickhouse

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"samleng"
)

// id is that of post(n, nil).
func id(n int) samleng.PostID { return samleng.NewPostID("test", fmt.Sprint(n)) }

func printed(n int, change func(*samleng.Row)) samleng.Row {
	r := post(n, change)
	r.Print = []byte(fmt.Sprintf("print %d\x00\xff of %s", n, r.Post.Title))
	return r
}

func setStories(t testing.TB, s *Store, pairs ...samleng.Assignment) {
	t.Helper()
	if err := s.SetStories(t.Context(), pairs); err != nil {
		t.Fatal(err)
	}
}

func TestStoryOfAPost(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	var rows []samleng.Row
	for n := range 6 {
		rows = append(rows, post(n, func(r *samleng.Row) {
			r.Post.Source = fmt.Sprint("paper-", n%4)
			r.Post.Published = noon.Add(-time.Duration(60-n) * time.Minute)
		}))
	}
	insert(t, s, "a", rows...)
	setStories(t, s, samleng.Assignment{Post: id(0), Story: id(0)}, samleng.Assignment{Post: id(1), Story: id(0)}, samleng.Assignment{Post: id(4), Story: id(0)}, samleng.Assignment{Post: id(2), Story: id(2)})
	sound(t, s)

	posts, err := s.Posts(t.Context(), samleng.Filter{}, 10, Cursor{})
	if err != nil || len(posts) != 6 {
		t.Fatalf("%d posts, %v", len(posts), err)
	}
	carriers := []samleng.Carrier{
		{Source: "paper-0", Kind: samleng.KindNews, Posts: 2, URL: rows[0].Post.URL, Published: rows[0].Post.Published},
		{Source: "paper-1", Kind: samleng.KindNews, Posts: 1, URL: rows[1].Post.URL, Published: rows[1].Post.Published},
	}
	for _, p := range posts {
		story, want := p.Post.ID, []samleng.Carrier{{Source: p.Post.Source, Kind: p.Post.Kind, Posts: 1, URL: p.Post.URL, Published: p.Post.Published}}
		switch p.Post.ID {
		case id(0), id(1), id(4):
			story, want = id(0), carriers
		}
		if p.StoryID != story || !reflect.DeepEqual(p.Carriers, want) {
			t.Errorf("post %s is of story %s, carried by %+v; want %s and %+v", p.Post.ID, p.StoryID, p.Carriers, story, want)
		}
	}
	o, err := s.Overview(t.Context(), samleng.Filter{From: noon.Add(-2 * time.Hour), To: noon}, samleng.MinimumGroup{})
	if err != nil || o.Total.Posts != 6 || o.Total.Stories != 4 || o.Topics[0].Now.Stories != 4 || o.Languages[0].Stories != 4 || o.Sources[0].Stories != 4 {
		t.Errorf("overview %+v, %v; want 6 posts and 4 stories", o, err)
	}

	// The first carrier is taken down: the story keeps its name and its other carriers.
	if err := s.RemovePost(t.Context(), id(0)); err != nil {
		t.Fatal(err)
	}
	sound(t, s)
	posts, err = s.Posts(t.Context(), samleng.Filter{}, 1, Cursor{Published: rows[2].Post.Published, ID: id(2)})
	if err != nil || len(posts) != 1 || posts[0].Post.ID != id(1) || posts[0].StoryID != id(0) || len(posts[0].Carriers) != 2 || posts[0].Carriers[0].Source != "paper-1" {
		t.Errorf("after a takedown: %+v, %v", posts, err)
	}
}

func TestPrintsComeInOrder(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	began := time.Now().Add(-time.Minute)
	insert(t, s, "a", printed(3, nil), printed(1, nil), post(9, nil))
	time.Sleep(5 * time.Millisecond)
	insert(t, s, "b", printed(2, nil))
	insert(t, s, "b", printed(2, nil)) // the batch is repeated
	time.Sleep(5 * time.Millisecond)
	insert(t, s, "c", printed(1, func(r *samleng.Row) { r.Post.Title, r.Post.SeenAt = "edited", noon.Add(time.Minute) }))

	var got []samleng.Fingerprint
	cursor := PrintCursor{}
	for {
		page, err := s.Prints(t.Context(), cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		cursor = PrintCursor{Inserted: page[0].Inserted, ID: page[0].ID}
	}
	first, second := id(1), id(3)
	if strings.Compare(first.String(), second.String()) > 0 {
		first, second = second, first
	}
	want := []samleng.PostID{first, second, id(2), id(1)}
	if len(got) != len(want) {
		t.Fatalf("%d prints, want %d", len(got), len(want))
	}
	for i, f := range got {
		if f.ID != want[i] || !strings.HasPrefix(string(f.Print), "print ") || !f.Published.Equal(noon.Add(-time.Hour)) || f.Inserted.Before(began) {
			t.Errorf("print %d is %+v, want that of %s", i, f, want[i])
		}
	}
	if got[3].Version <= got[0].Version || !strings.HasSuffix(string(got[3].Print), "\x00\xff of edited") {
		t.Errorf("the edit's print is %q of version %d", got[3].Print, got[3].Version)
	}

	setStories(t, s, samleng.Assignment{Post: id(2), Story: id(2)})
	setStories(t, s, samleng.Assignment{Post: id(1), Story: id(2)})
	each := func(run func(func(samleng.Told) error) error) (ids, stories []samleng.PostID) {
		t.Helper()
		if err := run(func(told samleng.Told) error {
			ids, stories = append(ids, told.ID), append(stories, told.Story)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return ids, stories
	}
	ids, stories := each(func(f func(samleng.Told) error) error { return s.EachTold(t.Context(), began, f) })
	if want := []samleng.PostID{id(2), id(1), id(1), id(3)}; !reflect.DeepEqual(ids, want) || !reflect.DeepEqual(stories, []samleng.PostID{id(2), id(2), id(2), {}}) {
		t.Errorf("told %v of %v", ids, stories)
	}
	ids, _ = each(func(f func(samleng.Told) error) error {
		return s.EachCarrier(t.Context(), []samleng.PostID{id(2)}, f)
	})
	if want := []samleng.PostID{id(2), id(1), id(1)}; !reflect.DeepEqual(ids, want) {
		t.Errorf("carriers %v, want %v", ids, want)
	}
	if ids, _ := each(func(f func(samleng.Told) error) error { return s.EachTold(t.Context(), time.Now().Add(time.Hour), f) }); len(ids) != 0 {
		t.Errorf("told %v of the future", ids)
	}

	// Of a post that was taken down no fingerprint stays.
	if err := s.RemovePost(t.Context(), id(1)); err != nil {
		t.Fatal(err)
	}
	var left uint64
	if err := s.conn.QueryRow(t.Context(), "SELECT (SELECT count() FROM prints WHERE id = ?) + (SELECT count() FROM stories WHERE id = ?)", id(1).String(), id(1).String()).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d prints and stories of the post are left, %v", left, err)
	}
	if ids, err := s.Removals(t.Context(), began); err != nil || len(ids) != 1 || ids[0] != id(1) {
		t.Errorf("removals %v, %v", ids, err)
	}
}

// TestStoriesAreCountedExactly gives random posts random stories, interrupted now and then
// before the rollups are counted, and compares every count of stories with one from
// current_posts.
func TestStoriesAreCountedExactly(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // a reproducible test
	s := migrated(t)
	for step := range 12 {
		var rows []samleng.Row
		for i := range 8 {
			rows = append(rows, randomPost(random, int64(step*8+i)))
		}
		insert(t, s, fmt.Sprint("batch", step), rows...)
		var found []samleng.Assignment
		for range 4 {
			found = append(found, samleng.Assignment{Post: id(random.IntN(30)), Story: id(random.IntN(4))})
		}
		if step%3 == 2 {
			if err := s.insertStories(t.Context(), found); err != nil {
				t.Fatal(err)
			}
			if err := s.SettleStories(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else {
			setStories(t, s, found...)
		}
		if step == 7 {
			if err := s.RemovePost(t.Context(), id(1)); err != nil {
				t.Fatal(err)
			}
		}
		sound(t, s)
		if t.Failed() {
			t.Fatalf("after step %d", step)
		}
	}
	minimum := samleng.MinimumGroup{Posts: 4, Sources: 2}
	for _, f := range []samleng.Filter{{}, {Topic: "land"}, {Language: "km"}, {Kind: samleng.KindNews}, {Topic: "health", Kind: samleng.KindSocial}} {
		f.From, f.To = noon.Add(-30*time.Minute), noon
		o, err := s.Overview(t.Context(), f, minimum)
		if err != nil {
			t.Fatal(err)
		}
		check := func(name string, got samleng.Tally, from, to time.Time, more string) {
			t.Helper()
			where := "published >= fromUnixTimestamp64Milli(?, 'UTC') AND published < fromUnixTimestamp64Milli(?, 'UTC')" + more
			args := []any{from.UnixMilli(), to.UnixMilli()}
			where, args = restrict(where, args, samleng.Filter{Language: f.Language, Kind: f.Kind})
			// The kinds that are too small a group are left out, as in the tallies.
			var posts, stories uint64
			query := `SELECT count(), uniqExact(story_id) FROM current_posts WHERE ` + where + ` AND (kind = 'news' OR kind IN (
				SELECT kind FROM current_posts WHERE ` + where + ` GROUP BY kind HAVING count() >= 4 AND uniqExact(source) >= 2))`
			if err := s.conn.QueryRow(t.Context(), query, append(args, args...)...).Scan(&posts, &stories); err != nil {
				t.Fatal(err)
			}
			if got.Posts != int(posts) || got.Stories != int(stories) {
				t.Errorf("%+v: %s: %d posts and %d stories, want %d and %d", f, name, got.Posts, got.Stories, posts, stories)
			}
		}
		topic := ""
		if f.Topic != "" {
			topic = " AND has(topics, '" + f.Topic + "')"
		}
		check("total", o.Total, f.From, f.To, topic)
		check("before", o.Before, f.From.Add(-30*time.Minute), f.From, topic)
		for _, one := range o.Topics {
			if !one.Hidden {
				check("topic "+one.Topic, one.Now, f.From, f.To, " AND has(topics, '"+one.Topic+"')")
				check("topic before "+one.Topic, one.Before, f.From.Add(-30*time.Minute), f.From, " AND has(topics, '"+one.Topic+"')")
			}
		}
		for _, one := range o.Languages {
			check("language "+one.Value, one.Tally, f.From, f.To, topic+" AND language = '"+one.Value+"'")
		}
	}
}

func TestStoryWindow(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	for _, c := range []struct {
		window time.Duration
		want   [2]string
	}{
		{14 * 24 * time.Hour, [2]string{"toIntervalDay(15)", "toIntervalDay(16)"}}, // as made
		{36 * time.Hour, [2]string{"toIntervalHour(60)", "toIntervalHour(84)"}},
		{7 * 24 * time.Hour, [2]string{"toIntervalHour(192)", "toIntervalHour(216)"}},
	} {
		for range 2 {
			if err := s.SetStoryWindow(t.Context(), c.window); err != nil {
				t.Fatal(err)
			}
		}
		for i, table := range []string{"prints", "stories"} {
			definition, err := s.definition(t.Context(), table)
			if err != nil || strings.Count(definition, "TTL ") != 1 || !strings.Contains(definition, "+ "+c.want[i]) {
				t.Errorf("window %s: %s is %s, %v; want %s", c.window, table, definition, err, c.want[i])
			}
		}
	}
	if definition, err := s.definition(t.Context(), "stories"); err != nil || !strings.Contains(definition, "WHERE story = id") {
		t.Errorf("stories of carriers expire: %s, %v", definition, err)
	}
	// An old note about a first carrier goes, one about a carrier stays.
	if err := s.exec(t.Context(), "INSERT INTO stories VALUES (?, ?, '2020-01-01'), (?, ?, '2020-01-01')", id(1).String(), id(1).String(), id(2).String(), id(1).String()); err != nil {
		t.Fatal(err)
	}
	if err := s.exec(t.Context(), "OPTIMIZE TABLE stories FINAL"); err != nil { //nolint:misspell // SQL
		t.Fatal(err)
	}
	var left uint64
	if err := s.conn.QueryRow(t.Context(), "SELECT count() FROM stories").Scan(&left); err != nil || left != 1 {
		t.Errorf("%d rows are left, %v; want the carrier's", left, err)
	}
}

// TestMigrateCountsStories brings a store of a schema that knew no stories up to date: its
// posts are then stories of their own, in the rollups too.
func TestMigrateCountsStories(t *testing.T) {
	t.Parallel()
	s := empty(t)
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
	if _, err := provider.UpTo(t.Context(), storySchema-1); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"INSERT INTO posts (id, source, kind, published, seen_at, language, topics, sentiment, version) VALUES (lower(hex(MD5('1'))), 'a', 'news', '2026-11-22 11:00:00', '2026-11-22 11:00:00', 'km', ['land'], 'neutral', 1)",
		"INSERT INTO rollups (bucket, topic, language, kind, posts, neutral, sources, version) VALUES ('2026-11-22 11:00:00', '', 'km', 'news', 1, 1, ['a'], now64(9))",
	} {
		if err := s.exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if from, to, err := s.Migrate(t.Context()); err != nil || from != storySchema-1 || to != ProgramSchema() {
		t.Fatalf("migrated from %d to %d, %v", from, to, err)
	}
	sound(t, s)
	o, err := s.Overview(t.Context(), samleng.Filter{From: noon.Add(-2 * time.Hour), To: noon}, samleng.MinimumGroup{})
	if err != nil || o.Total.Posts != 1 || o.Total.Stories != 1 {
		t.Errorf("after the migration: %+v, %v", o.Total, err)
	}
}
