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

// Topics of rollups that are no topics.
const (
	allPosts = ""     // every post once
	noTopic  = "none" // posts without a topic
)

// maxPoints is the most volume points of an Overview.
const maxPoints = 300

// steps are the widths of a volume point.
var steps = []time.Duration{
	samleng.Bucket, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour, 364 * 24 * time.Hour,
}

// localOffset is that of Asia/Phnom_Penh, which has no summer time: points of a day begin at
// its midnight.
const localOffset = 7 * time.Hour

// Overview answers a first look at the filter's posts from the rollups, so its times have
// the precision of samleng.Bucket: From is rounded down to one and To up. Where From or To is
// zero, the first or last bucket that has posts takes its place, and without From there is no
// period before to compare with.
//
// Topics holds every topic of the period, those of Filter.Topic aside too, and neither "all" nor
// "none". The minimum group is about what private people write (samleng.Kind.Personal): where a
// topic has fewer posts of such a kind than minimum.Posts, or from fewer sources than
// minimum.Sources, these are left out of its tallies; a topic of which nothing is left is
// Hidden. What publishers write always counts. The rule holds in the same way for the filter's
// posts as a whole, in each of the two periods, and for each language. A kind that it leaves
// out of the period stands in Sources without any post.
func (s *Store) Overview(ctx context.Context, f samleng.Filter, minimum samleng.MinimumGroup) (samleng.Overview, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	o, err := s.overview(ctx, f, minimum)
	if err != nil {
		return samleng.Overview{}, fmt.Errorf("read overview: %w", classify(err))
	}
	return o, nil
}

func (s *Store) overview(ctx context.Context, f samleng.Filter, minimum samleng.MinimumGroup) (samleng.Overview, error) {
	compare := !f.From.IsZero()
	if err := s.bound(ctx, &f); err != nil {
		return samleng.Overview{}, err
	}
	o := samleng.Overview{Step: stepFor(f.From, f.To), Volume: []samleng.VolumePoint{}, Topics: []samleng.TopicTrend{}, Languages: []samleng.ShareOf{}, Sources: []samleng.ShareOf{}}
	if !f.From.Before(f.To) {
		return o, nil
	}
	before := f.From
	if compare {
		before = f.From.Add(-f.To.Sub(f.From))
	}
	groups, err := s.topicGroups(ctx, f, before)
	if err != nil {
		return samleng.Overview{}, err
	}
	o.Topics = trends(groups, minimum)
	now, then := scope{f: f, from: f.From, to: f.To}, scope{f: f, from: before, to: f.From}
	now.without, then.without = tooSmall(groups, f.Topic, false, minimum), tooSmall(groups, f.Topic, true, minimum)
	if o.Volume, err = s.volume(ctx, now, o.Step); err != nil {
		return samleng.Overview{}, err
	}
	if o.Languages, _, err = s.shares(ctx, now, "language", minimum); err != nil {
		return samleng.Overview{}, err
	}
	if o.Sources, o.Total, err = s.shares(ctx, now, "kind", samleng.MinimumGroup{}); err != nil {
		return samleng.Overview{}, err
	}
	for _, kind := range now.without {
		o.Sources = append(o.Sources, samleng.ShareOf{Value: string(kind)})
	}
	_, o.Before, err = s.shares(ctx, then, "kind", samleng.MinimumGroup{})
	return o, err
}

// bound rounds the period to buckets, and fills in an end that is open.
func (s *Store) bound(ctx context.Context, f *samleng.Filter) error {
	if f.From.IsZero() || f.To.IsZero() {
		var n uint64
		var first, last time.Time
		if err := s.conn.QueryRow(ctx, "SELECT count(), min(bucket), max(bucket) FROM rollups FINAL WHERE posts > 0 AND topic = ''").Scan(&n, &first, &last); err != nil {
			return err
		}
		if n == 0 {
			first, last = f.From, f.From
		}
		if f.From.IsZero() {
			f.From = first
		}
		if f.To.IsZero() {
			f.To = last.Add(samleng.Bucket)
		}
	}
	f.From = f.From.UTC().Truncate(samleng.Bucket)
	f.To = f.To.UTC().Add(samleng.Bucket - 1).Truncate(samleng.Bucket)
	return nil
}

// stepFor is the smallest step that gives at most maxPoints points.
func stepFor(from, to time.Time) time.Duration {
	for _, step := range steps {
		if to.Sub(from)/step < maxPoints-1 {
			return step
		}
	}
	return steps[len(steps)-1]
}

// align gives the start of the point that holds t.
func align(t time.Time, step time.Duration) time.Time {
	local := t.Unix() + int64(localOffset/time.Second)
	width := int64(step / time.Second)
	return time.Unix(local-local%width-int64(localOffset/time.Second), 0).UTC()
}

// scope is the part of the rollups that a tally is about.
type scope struct {
	f        samleng.Filter
	from, to time.Time
	without  []samleng.Kind // left out
}

// where renders the scope for current rollups of one topic, or of all posts.
func (s scope) where() (string, []any) {
	text, args := s.common()
	return text + " AND topic = ?", append(args, s.f.Topic)
}

// common is where without the topic.
func (s scope) common() (string, []any) {
	text := "posts > 0 AND bucket >= toDateTime(?, 'UTC') AND bucket < toDateTime(?, 'UTC')"
	args := []any{s.from.Unix(), s.to.Unix()}
	if s.f.Language != "" {
		text += " AND language = ?"
		args = append(args, s.f.Language)
	}
	if s.f.Kind != "" {
		text += " AND kind = ?"
		args = append(args, string(s.f.Kind))
	}
	for _, kind := range s.without {
		text += " AND kind != ?"
		args = append(args, string(kind))
	}
	return text, args
}

const tally = "toInt64(sum(posts)), toInt64(sum(positive)), toInt64(sum(neutral)), toInt64(sum(negative)), toInt64(sum(alone))"

// volume counts by step, without gaps.
func (s *Store) volume(ctx context.Context, sc scope, step time.Duration) ([]samleng.VolumePoint, error) {
	where, args := sc.where()
	seconds, offset := int64(step/time.Second), int64(localOffset/time.Second)
	query := fmt.Sprintf("SELECT intDiv(toInt64(toUnixTimestamp(bucket)) + %d, %d) * %d - %d AS start, %s, toInt64(uniqExactArray(shared)) FROM rollups FINAL WHERE %s GROUP BY start",
		offset, seconds, seconds, offset, tally, where)
	rows, err := s.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	counted := map[int64]samleng.Tally{}
	for rows.Next() {
		var start int64
		var t counts
		var shared int64
		if err := rows.Scan(&start, &t.posts, &t.positive, &t.neutral, &t.negative, &t.alone, &shared); err != nil {
			return nil, err
		}
		point := t.tally()
		point.Stories = int(t.alone + shared)
		counted[start] = point
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	points := []samleng.VolumePoint{}
	for start := align(sc.from, step); start.Before(sc.to); start = start.Add(step) {
		points = append(points, samleng.VolumePoint{Start: start, Tally: counted[start.Unix()]})
	}
	return points, nil
}

// shares counts by a column of the rollups, most posts first, without the posts of private
// people where a value has too few of them; and gives the tally of all that it counted.
func (s *Store) shares(ctx context.Context, sc scope, column string, minimum samleng.MinimumGroup) (all []samleng.ShareOf, whole samleng.Tally, err error) {
	where, args := sc.where()
	rows, err := s.conn.Query(ctx, "SELECT "+column+"::String AS value, kind::String AS sort, "+tally+", groupUniqArrayArray(sources::Array(String)), groupUniqArrayArray(shared) FROM rollups FINAL WHERE "+where+" GROUP BY value, sort", args...)
	if err != nil {
		return nil, whole, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var total sum
	sums, partial := map[string]*sum{}, map[string]bool{}
	for rows.Next() {
		var value, kind string
		var g topicGroup
		if err := g.scan(rows, &value, &kind); err != nil {
			return nil, whole, err
		}
		if samleng.Kind(kind).Personal() && g.small(minimum) {
			partial[value] = true
			continue
		}
		if sums[value] == nil {
			sums[value] = new(sum)
		}
		sums[value].add(g)
		total.add(g)
	}
	all = make([]samleng.ShareOf, 0, len(sums))
	for value, one := range sums {
		all = append(all, samleng.ShareOf{Value: value, Tally: one.tally(), Partial: partial[value]})
	}
	slices.SortFunc(all, func(a, b samleng.ShareOf) int {
		return cmp.Or(b.Posts-a.Posts, strings.Compare(a.Value, b.Value))
	})
	return all, total.tally(), rows.Err()
}

// counts is a tally as the driver reads it; of the stories those of one post.
type counts struct{ posts, positive, neutral, negative, alone int64 }

func (c counts) tally() samleng.Tally {
	return samleng.Tally{Posts: int(c.posts), Positive: int(c.positive), Neutral: int(c.neutral), Negative: int(c.negative)}
}

// plus adds what adds up: everything but stories.
func plus(a, b samleng.Tally) samleng.Tally {
	return samleng.Tally{Posts: a.Posts + b.Posts, Positive: a.Positive + b.Positive, Neutral: a.Neutral + b.Neutral, Negative: a.Negative + b.Negative}
}
