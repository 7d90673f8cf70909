package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"samleng"
)

// SeriesCounts counts the posts of each of the series that were published in the buckets
// [from, to) and had reached the store before a moment, and gives the counts that are not zero, in
// the order of buckets and series. A zero by does not restrict. All of them have the tick by.
func (s *Store) SeriesCounts(ctx context.Context, series []samleng.Series, from, to, by time.Time) ([]samleng.SeriesCount, error) {
	where := ""
	if !by.IsZero() {
		where = fmt.Sprintf(" AND inserted_at < fromUnixTimestamp64Milli(%d, 'UTC')", by.UnixMilli())
	}
	all, err := s.countSeries(ctx, series, from, to, fmt.Sprintf("toInt64(%d)", by.Unix()), where)
	if err != nil {
		return nil, fmt.Errorf("count series: %w", classify(err))
	}
	return all, nil
}

// SeriesHistory counts the same over history, in steps: for each bucket in [from, to) it gives
// what was known of it at its end plus grace, and after each further five minutes in which that had
// changed, until its end plus final; in the order of ticks, buckets and series. What is known at a
// tick was there before it. A post was known from when a collector had first read it, as far as
// that is on record. One that was published before the moment polled, when sources were first
// polled, was known from its publication: of that time nothing better is on record.
func (s *Store) SeriesHistory(ctx context.Context, series []samleng.Series, from, to, polled time.Time, grace, final time.Duration) ([]samleng.SeriesCount, error) {
	arrival := "toUnixTimestamp64Milli(published)"
	if !polled.IsZero() {
		arrival = fmt.Sprintf("toUnixTimestamp64Milli(if(published < fromUnixTimestamp64Milli(%d, 'UTC'), published, greatest(published, first_seen)))", polled.UnixMilli())
	}
	step, ahead := samleng.Bucket.Milliseconds(), (grace % samleng.Bucket).Milliseconds()
	tick := fmt.Sprintf("greatest(toInt64(toUnixTimestamp(bucket)) + %d, intDiv((intDiv(%s - %d, %d) + 1) * %[4]d + %[3]d, 1000))",
		int64((samleng.Bucket+grace)/time.Second), arrival, ahead, step)
	where := fmt.Sprintf(" AND %s <= toInt64(toUnixTimestamp(bucket)) + %d", tick, int64((samleng.Bucket+final)/time.Second))
	all, err := s.countSeries(ctx, series, from, to, tick, where)
	if err != nil {
		return nil, fmt.Errorf("count series in history: %w", classify(err))
	}
	accumulate(all)
	return all, nil
}

// accumulate makes totals of what each tick adds to a bucket.
func accumulate(all []samleng.SeriesCount) {
	type key struct {
		bucket int64
		series samleng.Series
	}
	so := make(map[key]int, len(all))
	for i := range all {
		c := &all[i]
		k := key{c.Bucket.Unix(), c.Series}
		if j, ok := so[k]; ok {
			before := &all[j]
			c.Posts += before.Posts
			c.Labelled += before.Labelled
			c.Negative += before.Negative
			c.Positive += before.Positive
		}
		so[k] = i
	}
}

// countSeries counts posts by tick, bucket and series, those that count posts and those that
// count stories apart.
func (s *Store) countSeries(ctx context.Context, series []samleng.Series, from, to time.Time, tick, where string) ([]samleng.SeriesCount, error) {
	var all []samleng.SeriesCount
	for _, stories := range []bool{false, true} {
		c := cut{stories: stories, wanted: map[samleng.Series]bool{}}
		for _, one := range series {
			if one.Stories == stories {
				c.add(one)
			}
		}
		if len(c.wanted) == 0 {
			continue
		}
		counted, err := s.countCut(ctx, &c, c.query(from, to, tick, where))
		if err != nil {
			return nil, err
		}
		all = append(all, counted...)
	}
	slices.SortFunc(all, func(a, b samleng.SeriesCount) int {
		return cmp.Or(a.Tick.Compare(b.Tick), a.Bucket.Compare(b.Bucket), compareSeries(&a.Series, &b.Series))
	})
	return all, nil
}

func compareSeries(a, b *samleng.Series) int {
	of := func(stories bool) int {
		if stories {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Language, b.Language), cmp.Compare(a.Keyword, b.Keyword), of(a.Stories)-of(b.Stories))
}

func (s *Store) countCut(ctx context.Context, c *cut, query string) ([]samleng.SeriesCount, error) {
	ctx, cancel := s.change(ctx, nil) // history takes longer than a question of the page may
	defer cancel()
	rows, err := s.conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.SeriesCount
	for rows.Next() {
		var tick, bucket int64
		var topic, kind string
		var posts, labelled, negative, positive uint64
		one := samleng.SeriesCount{Series: samleng.Series{Stories: c.stories}}
		if err := rows.Scan(&tick, &bucket, &topic, &one.Series.Place, &kind, &one.Series.Language, &posts, &labelled, &negative, &positive); err != nil {
			return nil, err
		}
		one.Series.Kind = samleng.Kind(kind)
		if keyword, ok := strings.CutPrefix(topic, keywordMark); ok {
			one.Series.Keyword = keyword
		} else {
			one.Series.Topic = topic
		}
		if !c.wanted[one.Series] {
			continue
		}
		one.Tick, one.Bucket = time.Unix(tick, 0).UTC(), time.Unix(bucket, 0).UTC()
		one.Posts, one.Labelled, one.Negative, one.Positive = int(posts), int(labelled), int(negative), int(positive) //nolint:gosec // far from the limit
		all = append(all, one)
	}
	return all, rows.Err()
}

// cut is how posts are cut into series: which values of which column, and whether posts that are
// not restricted by it are wanted too.
type cut struct {
	stories  bool
	wanted   map[samleng.Series]bool
	topics   []string // the empty one for all posts
	keywords []string
	place    dimension
	kind     dimension
	language dimension
}

// dimension says whether a column restricts some series, and whether it does not restrict others.
type dimension struct{ by, whole bool }

func (d *dimension) add(restricts bool) {
	d.by = d.by || restricts
	d.whole = d.whole || !restricts
}

// of gives the values that a post counts under, given the expression of those it has.
func (d dimension) of(values string) string {
	switch {
	case d.by && d.whole:
		return "arrayJoin(arrayConcat([''], " + values + "))"
	case d.by:
		return "arrayJoin(" + values + ")"
	}
	return "''"
}

func (c *cut) add(s samleng.Series) {
	c.wanted[s] = true
	if s.Keyword != "" {
		if !slices.Contains(c.keywords, s.Keyword) {
			c.keywords = append(c.keywords, s.Keyword)
		}
	} else if !slices.Contains(c.topics, s.Topic) {
		c.topics = append(c.topics, s.Topic)
	}
	c.place.add(s.Place != "")
	c.kind.add(s.Kind != "")
	c.language.add(s.Language != "")
}

// keywordMark begins what stands for a keyword where topics stand.
const keywordMark = "\x01"

// query counts what the expression tick says of each post. The tone is that towards the topic
// where there is such a finding. Of a story, the post that was known first speaks.
func (c *cut) query(from, to time.Time, tick, where string) string {
	// The ids in a period come from bucket_posts; the bucket decides, because an edit may have
	// moved it.
	period := fmt.Sprintf("bucket >= toDateTime(%d, 'UTC') AND bucket < toDateTime(%d, 'UTC')", from.Unix(), to.Unix())
	story, join := "''", ""
	if c.stories {
		story = "if(empty(told.story), chosen.id::String, told.story::String)"
		join = " LEFT ANY JOIN (SELECT id, story FROM stories FINAL WHERE story != id AND id IN (SELECT id FROM bucket_posts WHERE " + period + ")) AS told ON chosen.id = told.id"
	}
	chosen := fmt.Sprintf("SELECT *, bucket FROM posts FINAL WHERE removed = 0 AND %s AND id IN (SELECT id FROM bucket_posts WHERE %s)", period, period)
	if strings.Contains(tick, "first_seen") {
		// An edit is read later than the post.
		chosen = fmt.Sprintf(`SELECT kept.*, if(known.seen > toDateTime64(0, 3), least(kept.seen_at, known.seen), kept.seen_at) AS first_seen FROM (%s) AS kept
			LEFT ANY JOIN (SELECT id AS post, min(seen) AS seen FROM arrivals WHERE id IN (SELECT id FROM bucket_posts WHERE %s) GROUP BY id) AS known ON kept.id = known.post`, chosen, period)
	}
	cells := fmt.Sprintf(`SELECT %s AS tick, toInt64(toUnixTimestamp(bucket)) AS start, arrayJoin(%s) AS under, under.1 AS topic, under.2 AS tone,
			%s AS place, %s AS sort, %s AS tongue, %s AS story
		FROM (SELECT * FROM (%s) WHERE 1%s) AS chosen%s`,
		tick, c.subjects(), c.place.of("arrayDistinct(arrayMap(p -> substring(p, 1, 2), places::Array(String)))"),
		c.kind.of("[kind::String]"), c.language.of("[language::String]"), story, chosen, where, join)
	if c.stories {
		cells = "SELECT min(t.tick) AS tick, start, topic, argMin(t.tone, (t.tick, t.tone)) AS tone, place, sort, tongue FROM (" + cells + ") AS t GROUP BY start, topic, place, sort, tongue, story"
	}
	return `SELECT tick, start, topic, place, sort, tongue, count(), countIf(tone IN ('positive', 'neutral', 'negative')), countIf(tone = 'negative'), countIf(tone = 'positive')
		FROM (` + cells + `) GROUP BY tick, start, topic, place, sort, tongue`
}

// subjects gives the topics and keywords that a post counts under, each with its tone.
func (c *cut) subjects() string {
	var parts []string
	var topics []string
	for _, t := range c.topics {
		if t == allPosts {
			parts = append(parts, "[('', sentiment::String)]")
		} else {
			topics = append(topics, quote(t))
		}
	}
	if len(topics) > 0 {
		parts = append(parts, `arrayFilter(u -> u.1 IN (`+strings.Join(topics, ", ")+`), arrayMap((t, n) -> (t, if(empty(topic_sentiments), sentiment::String, topic_sentiments[n]::String)),
			topics::Array(String), arrayEnumerate(topics)))`)
	}
	for _, k := range c.keywords {
		parts = append(parts, fmt.Sprintf("if(%s, [(%s, sentiment::String)], [])", holds(k), quote(keywordMark+k)))
	}
	return "arrayConcat(" + strings.Join(parts, ", ") + ")"
}

// holds asks whether a post holds a phrase. At an end of the phrase that is a Latin letter or a
// digit, the post has to have a word end; Khmer has no spaces between words, and signs, as in
// #land, are no words.
func holds(phrase string) string {
	const words = "concat(title, '\\n', text)"
	before, after := "", ""
	if n := len(phrase); n > 0 {
		before, after = wordEnd(phrase[0]), wordEnd(phrase[n-1])
	}
	if before != "" || after != "" {
		return fmt.Sprintf("match(%s, %s)", words, quote("(?i)"+before+regexp.QuoteMeta(phrase)+after))
	}
	return fmt.Sprintf("positionCaseInsensitiveUTF8(%s, %s) > 0", words, quote(phrase))
}

// wordEnd asks for the end of a word beside a letter of Latin script or a digit.
func wordEnd(beside byte) string {
	if beside == '_' || (beside >= '0' && beside <= '9') || (beside >= 'A' && beside <= 'Z') || (beside >= 'a' && beside <= 'z') {
		return `\b`
	}
	return ""
}

// quote makes a text a literal of SQL. A statement with such literals has no arguments: the
// driver would look for their question marks.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
