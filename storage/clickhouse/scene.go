package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// The bounds of a Scene.
const (
	scenePosts   = 300 // the latest of the window, whose texts are read
	sceneBefore  = 1000
	sceneDays    = 7
	sceneLargest = 2 // stories that are told apart from the others
	// scenePatience is how long it may take to read the posts behind an alert, once they are counted.
	scenePatience = 10 * time.Second
)

// SmallKinds gives the kinds of private people's posts of which a series has some in one of the
// windows, and there fewer than the minimum or from fewer sources.
func (s *Store) SmallKinds(ctx context.Context, series *samleng.Series, windows []samleng.Period, minimum samleng.MinimumGroup) ([]samleng.Kind, error) {
	var personal []string
	for _, kind := range samleng.Kinds() {
		if kind.Personal() {
			personal = append(personal, string(kind))
		}
	}
	if len(windows) == 0 {
		return nil, nil
	}
	from, to := windows[0].From, windows[0].To
	small := make([]string, len(windows))
	for i, w := range windows {
		if w.From.Before(from) {
			from = w.From
		}
		if w.To.After(to) {
			to = w.To
		}
		in := fmt.Sprintf("start >= toDateTime(%d, 'UTC') AND start < toDateTime(%d, 'UTC')", w.From.Unix(), w.To.Unix())
		small[i] = fmt.Sprintf("(countIf(%[1]s) > 0 AND (countIf(%[1]s) < %[2]d OR uniqExactIf(source, %[1]s) < %[3]d))", in, minimum.Posts, minimum.Sources)
	}
	ctx, cancel := s.question(ctx)
	defer cancel()
	kinds, err := s.column(ctx, fmt.Sprintf("SELECT kind::String AS sort FROM (SELECT kind, source, bucket AS start FROM posts FINAL WHERE %s AND kind IN (%s)) GROUP BY sort HAVING %s ORDER BY sort",
		within(series, from, to), quotes(personal), strings.Join(small, " OR ")))
	if err != nil {
		return nil, fmt.Errorf("look for small groups: %w", classify(err))
	}
	var all []samleng.Kind
	for _, kind := range kinds {
		all = append(all, samleng.Kind(kind))
	}
	return all, nil
}

// CountsWithout is SeriesCounts of one series and all that has arrived, without posts of some
// kinds.
func (s *Store) CountsWithout(ctx context.Context, series *samleng.Series, from, to time.Time, without []samleng.Kind) ([]samleng.SeriesCount, error) {
	all, err := s.countSeries(ctx, []samleng.Series{*series}, from, to, "toInt64(0)", except(without))
	if err != nil {
		return nil, fmt.Errorf("count a series: %w", classify(err))
	}
	for i := range all {
		all[i].Tick = time.Time{}
	}
	return all, nil
}

// except leaves out posts of some kinds.
func except(without []samleng.Kind) string {
	if len(without) == 0 {
		return ""
	}
	names := make([]string, len(without))
	for i, kind := range without {
		names[i] = string(kind)
	}
	return " AND kind NOT IN (" + quotes(names) + ")"
}

// Scene gives what lies behind the window [from, to) of a series, without posts of some kinds. All
// posts are counted; read are the latest, and no longer than is good for an alert that waits: Cut
// says so.
func (s *Store) Scene(ctx context.Context, series *samleng.Series, from, to time.Time, grace time.Duration, without []samleng.Kind) (samleng.Scene, error) {
	return s.scene(ctx, &sceneOf{series, from, to, without}, grace, scenePatience)
}

// sceneOf says which posts a scene is of.
type sceneOf struct {
	series   *samleng.Series
	from, to time.Time
	without  []samleng.Kind
}

func (s *Store) scene(ctx context.Context, of *sceneOf, grace, patience time.Duration) (samleng.Scene, error) {
	var scene samleng.Scene
	fail := func(err error) (samleng.Scene, error) {
		return scene, fmt.Errorf("read what lies behind an alert: %w", classify(err))
	}
	if err := s.sceneCounts(ctx, of, grace, &scene); err != nil {
		return fail(err)
	}
	hurried, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, read := range []func(context.Context, *sceneOf, *samleng.Scene) error{s.sceneLargest, s.scenePosts, s.textsBefore} {
		switch err := read(hurried, of, &scene); {
		case err != nil && hurried.Err() != nil && ctx.Err() == nil:
			scene.Cut = true
			return scene, nil
		case err != nil:
			return fail(err)
		}
	}
	scene.Cut = len(scene.Posts) < scene.Tally.Posts
	return scene, nil
}

// chosen gives the posts of the scene with their stories, without their words.
func (of *sceneOf) chosen() string {
	tone, confidence := toward(of.series)
	return fmt.Sprintf(`SELECT p.id::String AS id, if(empty(told.story), p.id::String, told.story::String) AS story, source, sort, published, tone, confidence, lag
		FROM (SELECT id, source::String AS source, kind::String AS sort, published, %s AS tone, %s AS confidence, toInt64(dateDiff('millisecond', published, inserted_at)) AS lag
			FROM posts FINAL WHERE %s%s) AS p
		LEFT ANY JOIN %s AS told ON p.id = told.id`, tone, confidence, within(of.series, of.from, of.to), except(of.without), carried(of.from, of.to))
}

// tones counts the posts by their tone.
const tones = "toInt64(count()) AS n, toInt64(countIf(tone = 'positive')) AS positives, toInt64(countIf(tone = 'neutral')) AS neutrals, toInt64(countIf(tone = 'negative')) AS negatives"

// sceneCounts counts all posts, and those of each kind of source.
func (s *Store) sceneCounts(ctx context.Context, of *sceneOf, grace time.Duration, scene *samleng.Scene) error {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT sort, %s, toInt64(uniqExact(story)), quantileExact(.5)(lag), toInt64(countIf(lag > %d))
		FROM (%s) GROUP BY GROUPING SETS ((sort), ()) ORDER BY n DESC, sort`, tones, grace.Milliseconds(), of.chosen()))
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		var kind string
		var t counts
		var stories, lag, late int64
		if err := rows.Scan(&kind, &t.posts, &t.positive, &t.neutral, &t.negative, &stories, &lag, &late); err != nil {
			return err
		}
		tally := t.tally()
		tally.Stories = int(stories)
		switch {
		case tally.Posts == 0:
		case kind != "":
			scene.Sources = append(scene.Sources, samleng.ShareOf{Value: kind, Tally: tally})
		default:
			scene.Tally, scene.Stories = tally, tally.Stories
			scene.Lag, scene.Late = max(0, time.Duration(lag)*time.Millisecond), float64(late)/float64(tally.Posts)
		}
	}
	return rows.Err()
}

// sceneLargest counts the stories with most posts.
func (s *Store) sceneLargest(ctx context.Context, of *sceneOf, scene *samleng.Scene) error {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, fmt.Sprintf("SELECT %s FROM (%s) GROUP BY story ORDER BY n DESC, negatives DESC, positives DESC, neutrals DESC, story LIMIT %d", tones, of.chosen(), sceneLargest))
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		var t counts
		if err := rows.Scan(&t.posts, &t.positive, &t.neutral, &t.negative); err != nil {
			return err
		}
		tally := t.tally()
		tally.Stories = 1
		scene.Largest = append(scene.Largest, tally)
	}
	return rows.Err()
}

// scenePosts reads the latest posts.
func (s *Store) scenePosts(ctx context.Context, of *sceneOf, scene *samleng.Scene) error {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT id, story, toInt64(count() OVER (PARTITION BY story)) AS carriers, source, sort, published, tone, confidence
		FROM (%s) ORDER BY published DESC, id LIMIT %d`, of.chosen(), scenePosts))
	if err != nil {
		return err
	}
	posts, err := readScenePosts(rows)
	if err != nil || len(posts) == 0 {
		return err
	}
	ids := make([]samleng.PostID, len(posts))
	for i := range posts {
		ids[i] = posts[i].ID
	}
	rows, err = s.conn.Query(ctx, "SELECT id::String, url, title, text FROM posts FINAL WHERE removed = 0 AND id IN (?)", texts(ids))
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	at := make(map[samleng.PostID]*samleng.ScenePost, len(posts))
	for rows.Next() {
		var id string
		var p samleng.ScenePost
		if err := rows.Scan(&id, &p.URL, &p.Title, &p.Text); err != nil {
			return err
		}
		if p.ID, err = samleng.ParsePostID(id); err != nil {
			return err
		}
		at[p.ID] = &p
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range posts {
		if words := at[posts[i].ID]; words != nil {
			posts[i].URL, posts[i].Title, posts[i].Text = words.URL, words.Title, words.Text
		}
	}
	// One that was taken down in between is no longer there.
	scene.Posts = slices.DeleteFunc(posts, func(p samleng.ScenePost) bool { return at[p.ID] == nil })
	return nil
}

func readScenePosts(rows driver.Rows) ([]samleng.ScenePost, error) {
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.ScenePost
	for rows.Next() {
		var p samleng.ScenePost
		var id, story, kind, label string
		var carriers int64
		var sure float32
		err := rows.Scan(&id, &story, &carriers, &p.Source, &kind, &p.Published, &label, &sure)
		if err == nil {
			p.ID, err = samleng.ParsePostID(id)
		}
		if err == nil {
			p.Story, err = samleng.ParsePostID(story)
		}
		if err != nil {
			return nil, err
		}
		p.Carriers, p.Kind, p.Label, p.Confidence = int(carriers), samleng.Kind(kind), samleng.Label(label), wide(sure)
		all = append(all, p)
	}
	return all, rows.Err()
}

// textsBefore reads texts of the days before the window, spread over them.
func (s *Store) textsBefore(ctx context.Context, of *sceneOf, scene *samleng.Scene) error {
	ctx, cancel := s.question(ctx)
	defer cancel()
	all, err := s.column(ctx, fmt.Sprintf("SELECT concat(title, '\\n', text) FROM posts FINAL WHERE %s%s AND text != '' ORDER BY cityHash64(id) LIMIT %d",
		within(of.series, of.from.AddDate(0, 0, -sceneDays), of.from), except(of.without), sceneBefore))
	scene.Before = all
	return err
}
