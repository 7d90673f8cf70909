package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"samleng"
)

// settleSpan is longer than the insert of one SetStories takes. A process that is killed between
// that and the count of the rollups leaves them without what it set last.
const settleSpan = 5 * time.Second

// insertPrints stores the fingerprints of a batch under its token, and deletes those of posts
// that were taken down meanwhile. removed are those that are left out.
func (s *Store) insertPrints(ctx context.Context, token string, rows []samleng.Row, removed map[samleng.PostID]bool) error {
	if !slices.ContainsFunc(rows, func(r samleng.Row) bool { return len(r.Print) > 0 && !removed[r.Post.ID] }) {
		return nil
	}
	if err := s.sendPrints(ctx, token, rows, removed); err != nil {
		return fmt.Errorf("insert fingerprints: %w", classify(err))
	}
	return s.dropPrints(ctx, rows, removed)
}

func (s *Store) sendPrints(ctx context.Context, token string, rows []samleng.Row, removed map[samleng.PostID]bool) error {
	ctx, cancel := s.change(ctx, clickhouse.Settings{
		"insert_deduplicate":         1,
		"insert_deduplication_token": token,
		"max_insert_block_size":      2 * MaxBatch,
	})
	defer cancel()
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO prints (id, version, published, print)")
	if err != nil {
		return err
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	for i := range rows {
		r := &rows[i]
		if len(r.Print) == 0 || removed[r.Post.ID] {
			continue
		}
		if err := batch.Append(r.Post.ID.String(), version(r.Post.SeenAt, r.Offset), r.Post.Published, string(r.Print)); err != nil {
			return fmt.Errorf("post %s: %w", r.Post.ID, err)
		}
	}
	return batch.Send()
}

// dropPrints deletes the fingerprints of those rows that were taken down while they were
// being inserted. removed are those that were left out.
func (s *Store) dropPrints(ctx context.Context, rows []samleng.Row, removed map[samleng.PostID]bool) error {
	now, err := s.removals(ctx, rows)
	if err != nil {
		return err
	}
	for id := range now {
		if removed[id] {
			continue
		}
		if err := s.exec(ctx, "ALTER TABLE prints DELETE WHERE id = ? SETTINGS mutations_sync = 2", id.String()); err != nil {
			return fmt.Errorf("remove the fingerprint of post %s: %w", id, classify(err))
		}
	}
	return nil
}

// PrintCursor is a place in the order of Prints. The zero PrintCursor is before the oldest.
type PrintCursor struct {
	Inserted time.Time
	ID       samleng.PostID
}

// Prints gives at most limit fingerprints behind the cursor, in the order in which they were
// inserted and, at one time, of their ids. Those of an insert that is under way can turn up
// before a cursor that was given already.
func (s *Store) Prints(ctx context.Context, after PrintCursor, limit int) ([]samleng.Fingerprint, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	at := max(after.Inserted.UnixMilli(), 0)
	rows, err := s.conn.Query(ctx, `SELECT id::String, version, published, inserted_at, print FROM prints
		WHERE inserted_at >= fromUnixTimestamp64Milli(?, 'UTC') AND (inserted_at, id) > (fromUnixTimestamp64Milli(?, 'UTC'), ?)
		ORDER BY inserted_at, id, version LIMIT ?`, at, at, after.ID.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("read fingerprints: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.Fingerprint
	for rows.Next() {
		var f samleng.Fingerprint
		var id, print string
		if err := rows.Scan(&id, &f.Version, &f.Published, &f.Inserted, &print); err != nil {
			return nil, fmt.Errorf("read fingerprints: %w", classify(err))
		}
		if f.ID, err = samleng.ParsePostID(id); err != nil {
			return nil, fmt.Errorf("read fingerprints: %w", err)
		}
		f.Print = []byte(print)
		all = append(all, f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read fingerprints: %w", classify(err))
	}
	return all, nil
}

// told selects fingerprints with the stories of their posts. %s chooses among them. What
// has no story yet comes last, in the order of Prints; before it, in the order in which the
// stories were found, an edit counting from when it was inserted.
const told = `SELECT p.id::String, p.version, p.published, p.inserted_at, p.print, s.story::String, greatest(s.assigned_at, p.inserted_at) AS at
	FROM prints AS p
	LEFT ANY JOIN (SELECT id, story, assigned_at FROM stories FINAL WHERE id IN (SELECT id FROM prints WHERE %[1]s)) AS s ON p.id = s.id
	WHERE %[2]s ORDER BY empty(s.story), if(empty(s.story), p.inserted_at, at), p.inserted_at, p.id, p.version`

// EachTold calls f for every fingerprint that was inserted since, with the story of its post:
// first those that have one, in the order in which it was found, then the others, in the
// order of Prints. An error of f ends it.
func (s *Store) EachTold(ctx context.Context, since time.Time, f func(samleng.Told) error) error {
	from := max(since.Unix(), 0)
	return s.eachTold(ctx, fmt.Sprintf(told, "inserted_at >= toDateTime(?, 'UTC')", "p.inserted_at >= toDateTime(?, 'UTC')"), f, from, from)
}

// EachCarrier is EachTold for the posts of the stories alone.
func (s *Store) EachCarrier(ctx context.Context, stories []samleng.PostID, f func(samleng.Told) error) error {
	names := "splitByChar(',', '" + idList(stories) + "')"
	of := fmt.Sprintf("id IN (SELECT id FROM story_posts WHERE has(%[1]s, story::String)) OR has(%[1]s, id::String)", names)
	return s.eachTold(ctx, fmt.Sprintf(told, of, "p.id IN (SELECT id FROM prints WHERE "+of+")"), f)
}

func (s *Store) eachTold(ctx context.Context, query string, f func(samleng.Told) error, args ...any) error {
	// Of the length of an insert: a whole window can be long, and so can a list of stories.
	ctx, cancel := s.change(ctx, clickhouse.Settings{"max_query_size": len(query) + 300_000})
	defer cancel()
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read stories: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		var t samleng.Told
		var id, print, story string
		if err := rows.Scan(&id, &t.Version, &t.Published, &t.Inserted, &print, &story, &t.Assigned); err != nil {
			return fmt.Errorf("read stories: %w", classify(err))
		}
		if t.ID, err = samleng.ParsePostID(id); err != nil {
			return fmt.Errorf("read stories: %w", err)
		}
		if story != "" {
			if t.Story, err = samleng.ParsePostID(story); err != nil {
				return fmt.Errorf("read stories: %w", err)
			}
		}
		t.Print = []byte(print)
		if err := f(t); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read stories: %w", classify(err))
	}
	return nil
}

// SetStories stores the stories of posts and counts the rollups again that they change. On
// any error the caller repeats the call: every step can be repeated.
func (s *Store) SetStories(ctx context.Context, found []samleng.Assignment) error {
	if len(found) == 0 {
		return nil
	}
	moved, err := s.carrying(ctx, found)
	if err != nil {
		return fmt.Errorf("read stories: %w", classify(err))
	}
	if err := s.insertStories(ctx, found); err != nil {
		return fmt.Errorf("store stories: %w", classify(err))
	}
	for _, a := range found {
		if a.Story != a.Post { // a post that has no story yet is counted as one of its own
			moved = append(moved, a.Post, a.Story) // the first carrier is no longer alone
		}
	}
	if len(moved) == 0 {
		return nil
	}
	return s.refresh(ctx, moved)
}

// carrying gives those of the posts that have been found to carry another post's story.
func (s *Store) carrying(ctx context.Context, found []samleng.Assignment) ([]samleng.PostID, error) {
	ids := make([]samleng.PostID, len(found))
	for i, a := range found {
		ids[i] = a.Post
	}
	ctx, cancel := s.change(ctx, clickhouse.Settings{"max_query_size": 40*len(ids) + 10_000})
	defer cancel()
	return s.ids(ctx, "SELECT DISTINCT id::String FROM stories WHERE story != id AND id IN (SELECT toFixedString(arrayJoin(splitByChar(',', '"+idList(ids)+"')), 32))")
}

func (s *Store) insertStories(ctx context.Context, found []samleng.Assignment) error {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO stories (id, story)")
	if err != nil {
		return err
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	for _, a := range found {
		if err := batch.Append(a.Post.String(), a.Story.String()); err != nil {
			return fmt.Errorf("post %s: %w", a.Post, err)
		}
	}
	return batch.Send()
}

// SettleStories counts the rollups again of the stories that were stored last: whoever
// stored them may have been killed before it could.
func (s *Store) SettleStories(ctx context.Context) error {
	ids, err := s.latestStories(ctx)
	if err != nil {
		return fmt.Errorf("read the latest stories: %w", classify(err))
	}
	if len(ids) == 0 {
		return nil
	}
	return s.refresh(ctx, ids)
}

func (s *Store) latestStories(ctx context.Context) ([]samleng.PostID, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	return s.ids(ctx, "SELECT DISTINCT arrayJoin([id, story])::String FROM stories WHERE assigned_at >= (SELECT max(assigned_at) FROM stories) - toIntervalSecond(?)",
		int(settleSpan/time.Second))
}

// Removals gives the posts that were taken down since a time, which is rounded down to a
// second.
func (s *Store) Removals(ctx context.Context, since time.Time) ([]samleng.PostID, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	ids, err := s.ids(ctx, "SELECT id::String FROM removals FINAL WHERE removed_at >= toDateTime(?, 'UTC')", max(since.Unix(), 0))
	if err != nil {
		return nil, fmt.Errorf("read takedowns: %w", classify(err))
	}
	return ids, nil
}

// MaxCarriers is the most sources of one story that come with a post, those that published
// it first.
const MaxCarriers = 200

// carriers gives the sources that carry each of the stories.
func (s *Store) carriers(ctx context.Context, stories []samleng.PostID) (map[samleng.PostID][]samleng.Carrier, error) {
	slices.SortFunc(stories, func(a, b samleng.PostID) int { return slices.Compare(a[:], b[:]) })
	list := "splitByChar(',', '" + idList(slices.Compact(stories)) + "')"
	ids := "SELECT toFixedString(arrayJoin(" + list + "), 32)"
	rows, err := s.conn.Query(ctx, `SELECT if(empty(s.story), p.id, s.story)::String AS name, p.source::String AS carrier, p.kind::String AS sort,
			toInt64(count()), argMin(p.url, p.published), min(p.published) AS first
		FROM (SELECT id, source, kind, url, published FROM posts FINAL WHERE removed = 0 AND id IN (`+ids+` UNION ALL SELECT id FROM story_posts WHERE story IN (`+ids+`))) AS p
		LEFT ANY JOIN (SELECT id, story FROM stories FINAL WHERE story != id AND id IN (SELECT id FROM story_posts WHERE story IN (`+ids+`))) AS s ON p.id = s.id
		GROUP BY name, carrier, sort ORDER BY name, first, carrier LIMIT ? BY name`, MaxCarriers)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	all := map[samleng.PostID][]samleng.Carrier{}
	for rows.Next() {
		var name, kind string
		var n int64
		var c samleng.Carrier
		if err := rows.Scan(&name, &c.Source, &kind, &n, &c.URL, &c.Published); err != nil {
			return nil, err
		}
		id, err := samleng.ParsePostID(name)
		if err != nil {
			return nil, err
		}
		c.Kind, c.Posts = samleng.Kind(kind), int(n)
		all[id] = append(all[id], c)
	}
	return all, rows.Err()
}

// storiesOf gives the story of each of the posts.
func (s *Store) storiesOf(ctx context.Context, posts []samleng.StoredPost) (map[samleng.PostID]samleng.PostID, error) {
	ids := make([]samleng.PostID, len(posts))
	for i := range posts {
		ids[i] = posts[i].Post.ID
	}
	rows, err := s.conn.Query(ctx, `SELECT id::String, story::String FROM stories FINAL
		WHERE story != id AND id IN (SELECT toFixedString(arrayJoin(splitByChar(',', '`+idList(ids)+`')), 32))`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	all := map[samleng.PostID]samleng.PostID{}
	for rows.Next() {
		var post, story string
		if err := rows.Scan(&post, &story); err != nil {
			return nil, err
		}
		id, err := samleng.ParsePostID(post)
		if err != nil {
			return nil, err
		}
		if all[id], err = samleng.ParsePostID(story); err != nil {
			return nil, err
		}
	}
	return all, rows.Err()
}

// addStories gives each of the posts its story and the sources that carry it.
func (s *Store) addStories(ctx context.Context, posts []samleng.StoredPost) error {
	if len(posts) == 0 {
		return nil
	}
	of, err := s.storiesOf(ctx, posts)
	if err != nil {
		return err
	}
	names := make([]samleng.PostID, len(posts))
	for i := range posts {
		p := &posts[i]
		p.StoryID = p.Post.ID
		if story, ok := of[p.Post.ID]; ok {
			p.StoryID = story
		}
		names[i] = p.StoryID
	}
	carriers, err := s.carriers(ctx, slices.Clone(names))
	if err != nil {
		return err
	}
	for i := range posts {
		posts[i].Carriers = carriers[names[i]]
	}
	return nil
}
