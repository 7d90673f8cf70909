package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"samleng"
)

// DigestCounts counts what a digest is about, in the scope's period and in the one of the same
// length before, by the rules about small groups of Overview.
func (s *Store) DigestCounts(ctx context.Context, scope samleng.DigestScope, minimum samleng.MinimumGroup) (samleng.DigestCounts, error) {
	ctx, cancel := s.change(ctx, nil) // it reads the posts of two weeks where the scope is restricted
	defer cancel()
	before := scope.From.Add(-scope.To.Sub(scope.From))
	var groups map[groupKey]topicGroup
	var err error
	if len(scope.Topics) == 0 && len(scope.Places) == 0 {
		groups, err = s.topicGroups(ctx, samleng.Filter{From: scope.From, To: scope.To}, before)
	} else {
		groups, err = s.scopeGroups(ctx, &scope, before)
	}
	if err != nil {
		return samleng.DigestCounts{}, fmt.Errorf("count for a digest: %w", classify(err))
	}
	var c samleng.DigestCounts
	c.Total, c.Before = wholeOf(groups, false, minimum), wholeOf(groups, true, minimum)
	for _, t := range trends(groups, minimum) {
		if len(scope.Topics) == 0 || slices.Contains(scope.Topics, t.Topic) {
			c.Topics = append(c.Topics, t)
		}
	}
	return c, nil
}

// wholeOf adds up all posts of a period without the kinds that are too small to be shown.
func wholeOf(groups map[groupKey]topicGroup, before bool, minimum samleng.MinimumGroup) samleng.Tally {
	small := tooSmall(groups, allPosts, before, minimum)
	var whole sum
	for key, g := range groups {
		if key.topic == allPosts && key.before == before && !slices.Contains(small, key.kind) {
			whole.add(g)
		}
	}
	return whole.tally()
}

// scopePosts chooses the posts of a scope that were published in [from, to). The ids in the period come
// from bucket_posts; the bucket decides, because an edit may have moved it.
func scopePosts(scope *samleng.DigestScope, from, to time.Time) string {
	period := fmt.Sprintf("bucket >= toDateTime(%d, 'UTC') AND bucket < toDateTime(%d, 'UTC')", from.Unix(), to.Unix())
	where := "removed = 0 AND " + period + " AND id IN (SELECT id FROM bucket_posts WHERE " + period + ")"
	if len(scope.Topics) > 0 {
		where += " AND hasAny(topics::Array(String), [" + quotes(scope.Topics) + "])"
	}
	if len(scope.Places) > 0 {
		where += " AND arrayExists(p -> substring(p, 1, 2) IN (" + quotes(scope.Places) + "), places::Array(String))"
	}
	return where
}

func quotes(all []string) string {
	quoted := make([]string, len(all))
	for i, one := range all {
		quoted[i] = quote(one)
	}
	return strings.Join(quoted, ", ")
}

// carried gives the story of each post of [from, to) that carries another's.
func carried(from, to time.Time) string {
	return fmt.Sprintf("(SELECT id, story FROM stories FINAL WHERE story != id AND id IN (SELECT id FROM bucket_posts WHERE bucket >= toDateTime(%d, 'UTC') AND bucket < toDateTime(%d, 'UTC')))",
		from.Unix(), to.Unix())
}

// scopeGroups is topicGroups for posts that the rollups do not tell apart.
func (s *Store) scopeGroups(ctx context.Context, scope *samleng.DigestScope, before time.Time) (map[groupKey]topicGroup, error) {
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT topic, earlier, sort, toInt64(count()), toInt64(countIf(tone = 'positive')), toInt64(countIf(tone = 'neutral')), toInt64(countIf(tone = 'negative')),
			toInt64(0), groupUniqArray(source), groupUniqArray(cityHash64(story))
		FROM (SELECT arrayJoin(arrayConcat([''], arrayDistinct(topics::Array(String)))) AS topic, bucket < toDateTime(%d, 'UTC') AS earlier, kind::String AS sort,
				sentiment::String AS tone, source::String AS source, if(empty(told.story), chosen.id::String, told.story::String) AS story
			FROM (SELECT *, bucket FROM posts FINAL WHERE %s) AS chosen LEFT ANY JOIN %s AS told ON chosen.id = told.id)
		GROUP BY topic, earlier, sort`, scope.From.Unix(), scopePosts(scope, before, scope.To), carried(before, scope.To)))
	if err != nil {
		return nil, err
	}
	return readGroups(rows)
}

// leastOutlets is how many outlets have to tell a story that a digest names.
const leastOutlets = 2

// EmergingStories gives the stories that two or more outlets told in the scope's period and none
// had told before it, most outlets first, and at most limit of them. Each comes with the words and
// the address of the outlet that told it first. What private people write neither counts nor shows.
func (s *Store) EmergingStories(ctx context.Context, scope samleng.DigestScope, limit int) ([]samleng.EmergingStory, error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	fail := func(err error) ([]samleng.EmergingStory, error) {
		return nil, fmt.Errorf("read emerging stories: %w", classify(err))
	}
	var personal []string
	for _, kind := range samleng.Kinds() {
		if kind.Personal() {
			personal = append(personal, string(kind))
		}
	}
	// More than are asked for, because some were told before. What has expired has no words.
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT story, toInt64(uniqExact(source)) AS outlets, toInt64(count()) AS n, argMinIf(id, (published, id), words != ''), argMinIf(words, (published, id), words != '') AS title,
			argMinIf(url, (published, id), words != ''), argMinIf(source, (published, id), words != '')
		FROM (SELECT chosen.id::String AS id, published, url, source::String AS source, if(empty(title), substringUTF8(text, 1, 300), title) AS words,
				if(empty(told.story), chosen.id::String, told.story::String) AS story
			FROM (SELECT *, bucket FROM posts FINAL WHERE %s AND kind NOT IN (%s)) AS chosen LEFT ANY JOIN %s AS told ON chosen.id = told.id)
		GROUP BY story HAVING outlets >= %d AND title != '' ORDER BY outlets DESC, n DESC, story LIMIT %d`,
		scopePosts(&scope, scope.From, scope.To), quotes(personal), carried(scope.From, scope.To), leastOutlets, 5*limit))
	if err != nil {
		return fail(err)
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.EmergingStory
	var ids []samleng.PostID
	for rows.Next() {
		var e samleng.EmergingStory
		var story, post string
		var outlets, posts int64
		if err := rows.Scan(&story, &outlets, &posts, &post, &e.Title, &e.URL, &e.Source); err != nil {
			return fail(err)
		}
		if e.Story, err = samleng.ParsePostID(story); err != nil {
			return fail(err)
		}
		if e.Post, err = samleng.ParsePostID(post); err != nil {
			return fail(err)
		}
		e.Sources, e.Posts = int(outlets), int(posts)
		all, ids = append(all, e), append(ids, e.Story)
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	if len(all) == 0 {
		return nil, nil
	}
	carriers, err := s.carriers(ctx, ids)
	if err != nil {
		return fail(err)
	}
	all = slices.DeleteFunc(all, func(e samleng.EmergingStory) bool {
		return slices.ContainsFunc(carriers[e.Story], func(c samleng.Carrier) bool { return !c.Kind.Personal() && c.Published.Before(scope.From) })
	})
	return all[:min(len(all), limit)], nil
}

// SourceLives gives what was had of each source in [from, to) and in the time of the same length
// before, by its id. A source of which nothing was had is not among them.
func (s *Store) SourceLives(ctx context.Context, from, to time.Time) ([]samleng.SourceLife, error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	before := from.Add(-to.Sub(from))
	lives := map[string]*samleng.SourceLife{}
	read := func(query string, set func(l *samleng.SourceLife, now, before int)) error {
		rows, err := s.conn.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // Err has reported
		for rows.Next() {
			var id string
			var now, earlier int64
			if err := rows.Scan(&id, &now, &earlier); err != nil {
				return err
			}
			if lives[id] == nil {
				lives[id] = &samleng.SourceLife{ID: id}
			}
			set(lives[id], int(now), int(earlier))
		}
		return rows.Err()
	}
	err := read(fmt.Sprintf(`SELECT source::String AS name, toInt64(countIf(bucket >= toDateTime(%[1]d, 'UTC'))), toInt64(countIf(bucket < toDateTime(%[1]d, 'UTC')))
		FROM posts FINAL WHERE %[2]s GROUP BY name`, from.Unix(), scopePosts(&samleng.DigestScope{}, before, to)),
		func(l *samleng.SourceLife, now, before int) { l.Posts, l.PostsBefore = now, before })
	if err == nil {
		err = read(fmt.Sprintf(`SELECT source::String AS name, toInt64(countIf(at >= fromUnixTimestamp64Milli(%[1]d, 'UTC'))), toInt64(countIf(at < fromUnixTimestamp64Milli(%[1]d, 'UTC')))
			FROM coverage FINAL WHERE (class = '' OR partial) AND at >= fromUnixTimestamp64Milli(%[2]d, 'UTC') AND at < fromUnixTimestamp64Milli(%[3]d, 'UTC') GROUP BY name`,
			from.UnixMilli(), before.UnixMilli(), to.UnixMilli()),
			func(l *samleng.SourceLife, now, before int) { l.Heard, l.HeardBefore = now, before })
	}
	if err != nil {
		return nil, fmt.Errorf("read what was had of sources: %w", classify(err))
	}
	all := make([]samleng.SourceLife, 0, len(lives))
	for _, l := range lives {
		all = append(all, *l)
	}
	slices.SortFunc(all, func(a, b samleng.SourceLife) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// KnownDeliveries gives those of the keys that are kept, whatever became of them.
func (s *Store) KnownDeliveries(ctx context.Context, keys []samleng.DeliveryKey) (map[samleng.DeliveryKey]bool, error) {
	all := make([]samleng.Delivery, len(keys))
	for i, k := range keys {
		all[i].DeliveryKey = k
	}
	known, err := s.knownDeliveries(ctx, all)
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", classify(err))
	}
	return known, nil
}
