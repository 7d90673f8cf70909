package clickhouse

import (
	"context"
	"fmt"
	"time"

	"samleng"
)

// fingerprint tells two versions of a post's words apart. It is of 64 bits, so that nothing of
// the words can be read from it.
const fingerprint = "cityHash64(title, text)"

// said is what a row of corrections says, as samleng.Said has it.
const said = "if(should_be = '', was, should_be) AS label, should_be = '' AS denied"

// Correct stores what a reader says of a label of a post, beside the version of the model that
// labelled it. It reports false, and stores nothing, where the post is not stored or was taken
// down. Each call is one vote; after an error it is not known whether it counted.
func (s *Store) Correct(ctx context.Context, c samleng.Correction) (stored bool, err error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	model, words, there, err := s.words(ctx, c.Post)
	if err != nil || !there {
		return false, err
	}
	// A block, and not a statement with the values in it: those may be logged by the server.
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO corrections (id, post, task, was, should_be, model, words, day)")
	if err != nil {
		return false, fmt.Errorf("store correction: %w", classify(err))
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	if err := batch.Append(c.ID, c.Post.String(), string(c.Task), c.Was, c.ShouldBe, model, words, c.Day); err != nil {
		return false, fmt.Errorf("store correction: %w", classify(err))
	}
	if err := batch.Send(); err != nil {
		return false, fmt.Errorf("store correction: %w", classify(err))
	}
	// A takedown notes the post first and removes its corrections last: one that came in between
	// is seen here.
	taken, err := s.ids(ctx, "SELECT id::String FROM removals FINAL WHERE id = ?", c.Post.String())
	if err != nil {
		return false, fmt.Errorf("read takedowns: %w", classify(err))
	}
	if len(taken) > 0 {
		return false, s.removeCorrections(ctx, c.Post)
	}
	return true, nil
}

// words gives the model that labelled a post, and the fingerprint of its words.
func (s *Store) words(ctx context.Context, id samleng.PostID) (model string, words uint64, there bool, err error) {
	rows, err := s.conn.Query(ctx, "SELECT model::String, "+fingerprint+" FROM posts FINAL WHERE id = ? AND removed = 0", id.String())
	if err != nil {
		return "", 0, false, fmt.Errorf("read post %s: %w", id, classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		if err := rows.Scan(&model, &words); err != nil {
			return "", 0, false, fmt.Errorf("read post %s: %w", id, classify(err))
		}
		there = true
	}
	if err := rows.Err(); err != nil {
		return "", 0, false, fmt.Errorf("read post %s: %w", id, classify(err))
	}
	return model, words, there, nil
}

// Withdraw takes a correction back: nothing of it stays. One that is not stored is no error.
func (s *Store) Withdraw(ctx context.Context, id string) error {
	if err := s.exec(ctx, "ALTER TABLE corrections DELETE WHERE id = ? SETTINGS mutations_sync = 2", id); err != nil {
		return fmt.Errorf("withdraw correction: %w", classify(err))
	}
	return nil
}

// removeCorrections removes all that readers said of a post.
func (s *Store) removeCorrections(ctx context.Context, post samleng.PostID) error {
	if err := s.exec(ctx, "ALTER TABLE corrections DELETE WHERE post = ? SETTINGS mutations_sync = 2", post.String()); err != nil {
		return fmt.Errorf("remove the corrections of post %s: %w", post, classify(err))
	}
	return nil
}

// SaidOf gives what readers say of posts, by post, task and label. Corrections of words that
// were edited since are left out.
func (s *Store) SaidOf(ctx context.Context, posts []samleng.PostID) ([]samleng.Said, error) {
	if len(posts) == 0 {
		return nil, nil
	}
	ctx, cancel := s.question(ctx)
	defer cancel()
	ids := texts(posts)
	rows, err := s.conn.Query(ctx, "SELECT post::String, task::String, "+said+`, count(), max(day) FROM corrections
		WHERE post IN (?) AND (post, words) IN (SELECT id, `+fingerprint+` FROM posts FINAL WHERE id IN (?) AND removed = 0)
		GROUP BY post, task, label, denied ORDER BY post, task, label, denied`, ids, ids)
	if err != nil {
		return nil, fmt.Errorf("read corrections: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.Said
	for rows.Next() {
		var post, task string
		var v samleng.Said
		var denied uint8
		var votes uint64
		if err := rows.Scan(&post, &task, &v.Label, &denied, &votes, &v.Last); err != nil {
			return nil, fmt.Errorf("read corrections: %w", classify(err))
		}
		if v.Post, err = samleng.ParsePostID(post); err != nil {
			return nil, fmt.Errorf("read corrections: %w", err)
		}
		v.Task, v.Not, v.Votes = samleng.Task(task), denied != 0, int(votes) //nolint:gosec // far from the limit
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read corrections: %w", classify(err))
	}
	return all, nil
}

// texts are the ids as the tables hold them.
func texts(ids []samleng.PostID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = id.String()
	}
	return all
}

// vote is a group of corrections as EachCorrected reads them.
type vote struct {
	samleng.Said
	words uint64
}

// correctedAtOnce is how many posts EachCorrected holds in memory, with their texts.
const correctedAtOnce = 200

// EachCorrected calls use with every post that has corrections of the day of since or later,
// in the order of their ids. A zero since does not restrict. It ends with the first error.
func (s *Store) EachCorrected(ctx context.Context, since time.Time, use func(samleng.CorrectedPost) error) error {
	var after samleng.PostID
	for {
		ids, err := s.corrected(ctx, since, after)
		if err != nil {
			return fmt.Errorf("read corrections: %w", classify(err))
		}
		if len(ids) == 0 {
			return nil
		}
		posts, err := s.correctedPosts(ctx, since, ids)
		if err != nil {
			return fmt.Errorf("read corrected posts: %w", classify(err))
		}
		for i := range posts {
			if err := use(posts[i]); err != nil {
				return err
			}
		}
		after = ids[len(ids)-1]
	}
}

// corrected gives the next posts that have corrections.
func (s *Store) corrected(ctx context.Context, since time.Time, after samleng.PostID) ([]samleng.PostID, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	return s.ids(ctx, "SELECT DISTINCT post::String AS p FROM corrections WHERE post > ? AND day >= toDate(?) ORDER BY p LIMIT ?",
		after.String(), dayOf(since), correctedAtOnce)
}

// dayOf is a day as ClickHouse reads it; the first one for a zero time.
func dayOf(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format(time.DateOnly)
}

// correctedPosts puts posts and their corrections together.
func (s *Store) correctedPosts(ctx context.Context, since time.Time, ids []samleng.PostID) ([]samleng.CorrectedPost, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	votes, err := s.votes(ctx, since, ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.conn.Query(ctx, "SELECT "+postColumns+", "+fingerprint+" FROM posts FINAL WHERE id IN (?) AND removed = 0", texts(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	stored, words := map[samleng.PostID]samleng.StoredPost{}, map[samleng.PostID]uint64{}
	for rows.Next() {
		var now uint64
		p, err := scanPost(rows, &now)
		if err != nil {
			return nil, err
		}
		stored[p.Post.ID], words[p.Post.ID] = p, now
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	posts := make([]samleng.CorrectedPost, len(ids))
	for i, id := range ids {
		p, there := stored[id]
		posts[i].StoredPost = p
		posts[i].Post.ID = id
		for _, v := range votes[id] {
			switch {
			case !there:
				v.Loss = samleng.LossGone
			case p.Post.Title == "" && p.Post.Text == "":
				v.Loss = samleng.LossExpired
			case v.words != words[id]:
				v.Loss = samleng.LossEdited
			}
			posts[i].Said = append(posts[i].Said, v.Said)
		}
	}
	return posts, nil
}

// votes gives what was said of posts, with the words that it was said of.
func (s *Store) votes(ctx context.Context, since time.Time, ids []samleng.PostID) (map[samleng.PostID][]vote, error) {
	rows, err := s.conn.Query(ctx, "SELECT post::String, task::String, "+said+`, words, count(), max(day) FROM corrections
		WHERE post IN (?) AND day >= toDate(?)
		GROUP BY post, task, label, denied, words ORDER BY post, task, label, denied, words`, texts(ids), dayOf(since))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	all := map[samleng.PostID][]vote{}
	for rows.Next() {
		var post, task string
		var v vote
		var denied uint8
		var n uint64
		if err := rows.Scan(&post, &task, &v.Label, &denied, &v.words, &n, &v.Last); err != nil {
			return nil, err
		}
		if v.Post, err = samleng.ParsePostID(post); err != nil {
			return nil, err
		}
		v.Task, v.Not, v.Votes = samleng.Task(task), denied != 0, int(n) //nolint:gosec // far from the limit
		all[v.Post] = append(all[v.Post], v)
	}
	return all, rows.Err()
}
