package watch

import (
	"slices"
	"time"

	"samleng"
)

// labellers follows which classifiers label the posts, and says which are those in force: a change
// of them makes shares be learned anew. Where workers with different ones are at work together, as
// while a deployment is renewed, it changes once and not with every post.
type labellers struct {
	current string
	hours   []samleng.ModelHour // in order
}

const (
	// labelPast is how far back is looked, and labelRecent the hours that a newcomer is found in: the
	// one that is not over and the one before.
	labelPast   = 24 * time.Hour
	labelRecent = 2 * time.Hour
	// labelPosts are enough posts to see who labels most of them, and labelFew fewer than a newcomer
	// is believed for, unless it labels half.
	labelPosts = 100
	labelFew   = 5
)

// add takes counts of hours, in order, in place of those it has of these hours and later ones.
func (l *labellers) add(all []samleng.ModelHour, from time.Time) {
	hour := from.Truncate(time.Hour)
	l.hours = slices.DeleteFunc(l.hours, func(m samleng.ModelHour) bool { return !m.Start.Before(hour) })
	l.hours = append(l.hours, all...)
}

// at gives the classifiers in force in a bucket: those that were, unless others that were not seen
// in the day before label posts now, or two thirds of the posts are labelled by others. The share
// of two thirds keeps it from going to and fro where two share the posts for long.
func (l *labellers) at(bucket time.Time) string {
	until := bucket.Truncate(time.Hour)
	recent := until.Add(time.Hour - labelRecent)
	l.hours = slices.DeleteFunc(l.hours, func(m samleng.ModelHour) bool { return m.Start.Before(until.Add(-labelPast)) })
	before, now := map[string]int{}, map[string]int{}
	known, recently := 0, 0
	for i := range l.hours {
		m := &l.hours[i]
		switch {
		case m.Model == "" || m.Start.After(until):
		case m.Start.Before(recent):
			before[m.Model] += m.Posts
			known += m.Posts
		default:
			now[m.Model] += m.Posts
			recently += m.Posts
		}
	}
	newcomers := map[string]int{}
	for name, n := range now {
		if before[name] == 0 && (n >= labelFew || 2*n >= recently) {
			newcomers[name] = n
		}
	}
	lead, share := l.lead(until)
	switch {
	case l.current == "" || before[l.current]+now[l.current] == 0:
		if lead != "" {
			l.current = lead
		}
	case known > 0 && newcomers[l.current] == 0 && len(newcomers) > 0:
		l.current = most(newcomers)
	case newcomers[l.current] > 0 && known > 0:
		// It has only just come.
	case lead != "" && share >= 2./3:
		l.current = lead
	}
	return l.current
}

// lead gives who labels most posts, and the share, of the latest hours that hold enough of them:
// those before the model in force came say nothing against it. The share is 0 where they are few.
func (l *labellers) lead(until time.Time) (name string, share float64) {
	came := slices.IndexFunc(l.hours, func(m samleng.ModelHour) bool { return m.Model == l.current })
	counts := map[string]int{}
	posts := 0
	for i := len(l.hours) - 1; i >= 0; i-- {
		m := &l.hours[i]
		if m.Model == "" || m.Start.After(until) {
			continue
		}
		if came >= 0 && m.Start.Before(l.hours[came].Start) {
			break
		}
		if posts >= labelPosts && m.Start.Before(until.Add(time.Hour-labelRecent)) && m.Start.Before(l.hours[i+1].Start) {
			break
		}
		counts[m.Model] += m.Posts
		posts += m.Posts
	}
	name = most(counts)
	if posts < labelPosts {
		return name, 0
	}
	return name, float64(counts[name]) / float64(posts)
}

// most gives the name that counts most, of several the first.
func most(counts map[string]int) string {
	best := ""
	for name, n := range counts {
		if best == "" || n > counts[best] || (n == counts[best] && name < best) {
			best = name
		}
	}
	return best
}
