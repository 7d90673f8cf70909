package clickhouse

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"samleng"
)

// topicGroup is what one topic has from publishers, or from private people, in one period.
type topicGroup struct {
	tally   samleng.Tally
	sources []string
}

// groupKey names a topicGroup.
type groupKey struct {
	topic    string
	before   bool // of the period before
	personal bool // written by private people
}

// topicGroups counts every topic in the period of the filter and in the one before it, which
// begins at before.
func (s *Store) topicGroups(ctx context.Context, f samleng.Filter, before time.Time) (map[groupKey]topicGroup, error) {
	where, args := scope{f: f, from: before, to: f.To}.common()
	args = append([]any{f.From.Unix()}, args...)
	rows, err := s.conn.Query(ctx, `SELECT topic::String AS id, bucket < toDateTime(?, 'UTC') AS earlier, kind IN (`+personalKinds()+`) AS personal, `+tally+`,
		groupUniqArrayArray(sources::Array(String)) FROM rollups FINAL WHERE `+where+` AND topic != '' GROUP BY id, earlier, personal`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	groups := map[groupKey]topicGroup{}
	for rows.Next() {
		var key groupKey
		var earlier, personal uint8
		var t counts
		var g topicGroup
		if err := rows.Scan(&key.topic, &earlier, &personal, &t.posts, &t.positive, &t.neutral, &t.negative, &g.sources); err != nil {
			return nil, err
		}
		key.before, key.personal, g.tally = earlier == 1, personal == 1, t.tally()
		groups[key] = g
	}
	return groups, rows.Err()
}

// small reports whether a group of private people's posts may not be shown.
func (g topicGroup) small(minimum samleng.MinimumGroup) bool {
	return g.tally.Posts > 0 && (g.tally.Posts < minimum.Posts || len(g.sources) < minimum.Sources)
}

// tooSmall reports for one topic whether what private people write may not be shown, in the
// period and in the one before.
func tooSmall(groups map[groupKey]topicGroup, topic string, minimum samleng.MinimumGroup) (now, before bool) {
	return groups[groupKey{topic: topic, personal: true}].small(minimum),
		groups[groupKey{topic: topic, before: true, personal: true}].small(minimum)
}

// trends puts the groups of each topic together, most posts first.
func trends(groups map[groupKey]topicGroup, minimum samleng.MinimumGroup) []samleng.TopicTrend {
	topics := map[string]bool{}
	for key := range groups {
		if key.topic != noTopic {
			topics[key.topic] = true
		}
	}
	all := make([]samleng.TopicTrend, 0, len(topics))
	for topic := range topics {
		t := samleng.TopicTrend{Topic: topic}
		smallNow, smallBefore := tooSmall(groups, topic, minimum)
		var sources []string
		for _, personal := range []bool{false, true} {
			if !personal || !smallNow {
				g := groups[groupKey{topic: topic, personal: personal}]
				t.Now = plus(t.Now, g.tally)
				sources = append(sources, g.sources...)
			}
			if !personal || !smallBefore {
				t.Before = plus(t.Before, groups[groupKey{topic: topic, before: true, personal: personal}].tally)
			}
		}
		slices.Sort(sources)
		t.Sources = len(slices.Compact(sources))
		if t.Now.Posts == 0 && smallNow {
			t = samleng.TopicTrend{Topic: topic, Hidden: true}
		}
		if t.Now.Posts == 0 && t.Before.Posts == 0 && !t.Hidden {
			if !smallBefore {
				continue
			}
			t.Hidden = true
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b samleng.TopicTrend) int {
		return cmp.Or(b.Now.Posts-a.Now.Posts, b.Before.Posts-a.Before.Posts, strings.Compare(a.Topic, b.Topic))
	})
	return all
}
