package clickhouse

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// topicGroup is what one topic has from one kind of source in one period.
type topicGroup struct {
	tally   samleng.Tally // without stories
	sources []string
	alone   int      // stories of one post
	shared  []uint64 // the other stories
}

// scan reads a group after the values that name it.
func (g *topicGroup) scan(rows driver.Rows, names ...any) error {
	var c counts
	err := rows.Scan(append(names, &c.posts, &c.positive, &c.neutral, &c.negative, &c.alone, &g.sources, &g.shared)...)
	g.tally, g.alone = c.tally(), int(c.alone)
	return err
}

// sum adds groups up. A story can be told in several of them and counts once.
type sum struct {
	posts  samleng.Tally
	alone  int
	shared map[uint64]struct{}
}

func (s *sum) add(g topicGroup) {
	s.posts = plus(s.posts, g.tally)
	s.alone += g.alone
	if s.shared == nil {
		s.shared = make(map[uint64]struct{}, len(g.shared))
	}
	for _, story := range g.shared {
		s.shared[story] = struct{}{}
	}
}

func (s *sum) tally() samleng.Tally {
	t := s.posts
	t.Stories = s.alone + len(s.shared)
	return t
}

// groupKey names a topicGroup.
type groupKey struct {
	topic  string
	before bool // of the period before
	kind   samleng.Kind
}

// topicGroups counts every topic, and all posts, in the period of the filter and in the one before it, which
// begins at before.
func (s *Store) topicGroups(ctx context.Context, f samleng.Filter, before time.Time) (map[groupKey]topicGroup, error) {
	where, args := scope{f: f, from: before, to: f.To}.common()
	args = append([]any{f.From.Unix()}, args...)
	rows, err := s.conn.Query(ctx, `SELECT topic::String AS id, bucket < toDateTime(?, 'UTC') AS earlier, kind::String AS sort, `+tally+`,
		groupUniqArrayArray(sources::Array(String)), groupUniqArrayArray(shared) FROM rollups FINAL WHERE `+where+` GROUP BY id, earlier, sort`, args...)
	if err != nil {
		return nil, err
	}
	return readGroups(rows)
}

// readGroups reads rows of a topic, whether they are of the time before, a kind, and what
// topicGroup.scan takes, and closes them.
func readGroups(rows driver.Rows) (map[groupKey]topicGroup, error) {
	defer rows.Close() //nolint:errcheck // Err has reported
	groups := map[groupKey]topicGroup{}
	for rows.Next() {
		var key groupKey
		var earlier uint8
		var kind string
		var g topicGroup
		if err := g.scan(rows, &key.topic, &earlier, &kind); err != nil {
			return nil, err
		}
		key.before, key.kind = earlier == 1, samleng.Kind(kind)
		groups[key] = g
	}
	return groups, rows.Err()
}

// small reports whether a group of private people's posts may not be shown.
func (g topicGroup) small(minimum samleng.MinimumGroup) bool {
	return g.tally.Posts > 0 && (g.tally.Posts < minimum.Posts || len(g.sources) < minimum.Sources)
}

// tooSmall names the kinds of which what private people write about a topic in one of the
// periods may not be shown.
func tooSmall(groups map[groupKey]topicGroup, topic string, before bool, minimum samleng.MinimumGroup) []samleng.Kind {
	var small []samleng.Kind
	for _, kind := range samleng.Kinds() {
		if kind.Personal() && groups[groupKey{topic, before, kind}].small(minimum) {
			small = append(small, kind)
		}
	}
	return small
}

// trends puts the groups of each topic together, most posts first.
func trends(groups map[groupKey]topicGroup, minimum samleng.MinimumGroup) []samleng.TopicTrend {
	type periods struct{ now, before sum }
	topics := map[string]*periods{}
	sources := map[string][]string{}
	for key, g := range groups {
		if key.topic == allPosts || key.topic == noTopic {
			continue
		}
		t := topics[key.topic]
		if t == nil {
			t = new(periods)
			topics[key.topic] = t
		}
		switch {
		case key.kind.Personal() && g.small(minimum):
		case key.before:
			t.before.add(g)
		default:
			t.now.add(g)
			sources[key.topic] = append(sources[key.topic], g.sources...)
		}
	}
	all := make([]samleng.TopicTrend, 0, len(topics))
	for id, both := range topics {
		slices.Sort(sources[id])
		t := samleng.TopicTrend{Topic: id, Now: both.now.tally(), Before: both.before.tally(), Sources: len(slices.Compact(sources[id]))}
		// A topic without any post here has groups that were left out, of now or of before.
		left := len(tooSmall(groups, id, false, minimum)) > 0
		if t.Now.Posts == 0 && (left || t.Before.Posts == 0) {
			t = samleng.TopicTrend{Topic: id, Hidden: true}
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b samleng.TopicTrend) int {
		return cmp.Or(b.Now.Posts-a.Now.Posts, b.Before.Posts-a.Before.Posts, strings.Compare(a.Topic, b.Topic))
	})
	return all
}
