package digest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"samleng"
)

// Store is what is counted for a digest.
type Store interface {
	// Beginnings gives when a source was first polled and when the earliest post was published,
	// each zero where there is none.
	Beginnings(ctx context.Context) (polled, published time.Time, err error)
	// DigestCounts counts the posts of a scope, and those of the time of the same length before.
	DigestCounts(ctx context.Context, scope samleng.DigestScope, minimum samleng.MinimumGroup) (samleng.DigestCounts, error)
	// EmergingStories gives at most limit stories that several outlets told within the scope and
	// none before it, most outlets first.
	EmergingStories(ctx context.Context, scope samleng.DigestScope, limit int) ([]samleng.EmergingStory, error)
	// SourceLives gives what was had of each source in [from, to) and in the time before.
	SourceLives(ctx context.Context, from, to time.Time) ([]samleng.SourceLife, error)
	// AlertRecords gives the alerts decided in [since, until), in order; an empty rule stands
	// for all.
	AlertRecords(ctx context.Context, rule string, since, until time.Time) ([]samleng.AlertRecord, error)
}

// Maker makes digests.
type Maker struct {
	Store   Store
	Topics  []string         // ids of all topics
	Sources []samleng.Source // that are configured
	Minimum samleng.MinimumGroup
}

// What a digest names.
const (
	mostEmerging = 10
	mostNoticed  = 20
	// sparsePosts is the fewest posts of which anything is said.
	sparsePosts = 10
	// quietPosts is how many posts of a source in the period before make it odd that there is none
	// in this: by chance that happens to fewer than one in a hundred.
	quietPosts = 5
	// A topic has moved when its posts are leastRatio as many, or the share of negative ones
	// leastShare apart, and that is leastZ standard deviations of a count that varies twice as
	// much as chance alone would have it: posts come in bursts.
	leastRatio = 1.2
	leastShare = .05
	leastZ     = 2
	overChance = 2
	// comparedShare is the change of the share that weighs as much as a doubling of the posts.
	comparedShare = .2
)

// Make sums up the scope's period. Weekly says how the period is called.
func (m *Maker) Make(ctx context.Context, scope samleng.DigestScope, weekly bool) (samleng.Digest, error) {
	d := samleng.Digest{Weekly: weekly, From: scope.From, To: scope.To, Topics: scope.Topics, Places: scope.Places}
	comparable, err := m.comparable(ctx, &scope)
	if err != nil {
		return d, err
	}
	counts, err := m.Store.DigestCounts(ctx, scope, m.Minimum)
	if err != nil {
		return d, err
	}
	d.Total = counts.Total
	if comparable {
		d.Before = counts.Before
		d.Moved = moved(counts.Topics)
	}
	d.Sparse = sparse(counts.Topics, d.Moved, m.of(&scope))
	if d.Emerging, err = m.Store.EmergingStories(ctx, scope, mostEmerging); err != nil {
		return d, err
	}
	for i := range d.Emerging {
		d.Emerging[i].Source = m.nameOf(d.Emerging[i].Source)
	}
	lives, err := m.Store.SourceLives(ctx, scope.From, scope.To)
	if err != nil {
		return d, err
	}
	d.Quiet = m.quiet(lives)
	records, err := m.Store.AlertRecords(ctx, "", scope.From, scope.To)
	if err != nil {
		return d, err
	}
	d.Noticed, d.Alerts = alertsOf(records, &scope)
	return d, nil
}

// comparable reports whether the sources were read in all of the time before the period: else
// there is nothing to compare with.
func (m *Maker) comparable(ctx context.Context, scope *samleng.DigestScope) (bool, error) {
	polled, published, err := m.Store.Beginnings(ctx)
	if err != nil {
		return false, err
	}
	first := published
	if !polled.IsZero() {
		first = polled // feeds hold posts from before they were read
	}
	before := scope.From.Add(-scope.To.Sub(scope.From))
	return !first.IsZero() && !first.After(before), nil
}

// of lists the topics that the scope is about.
func (m *Maker) of(scope *samleng.DigestScope) []string {
	if len(scope.Topics) > 0 {
		return scope.Topics
	}
	return m.Topics
}

func (m *Maker) nameOf(id string) string {
	for i := range m.Sources {
		if m.Sources[i].ID == id && m.Sources[i].Name != "" {
			return m.Sources[i].Name
		}
	}
	return id
}

// moved chooses the topics that changed, the greatest change first.
func moved(topics []samleng.TopicTrend) []samleng.TopicTrend {
	type ranked struct {
		trend samleng.TopicTrend
		by    float64
	}
	var all []ranked
	for _, t := range topics {
		if t.Hidden || max(t.Now.Posts, t.Before.Posts) < sparsePosts {
			continue
		}
		if by := max(volumeChange(&t), toneChange(&t)); by > 0 {
			all = append(all, ranked{t, by})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.by, a.by), cmp.Compare(a.trend.Topic, b.trend.Topic))
	})
	trends := make([]samleng.TopicTrend, 0, len(all))
	for _, r := range all {
		trends = append(trends, r.trend)
	}
	return trends
}

// volumeChange is by how much the posts changed, in doublings, 0 where it may be chance.
func volumeChange(t *samleng.TopicTrend) float64 {
	now, before := float64(t.Now.Posts), float64(t.Before.Posts)
	z := (now - before) / math.Sqrt(overChance*(now+before))
	ratio := (now + sparsePosts) / (before + sparsePosts)
	if math.Abs(z) < leastZ || (ratio < leastRatio && ratio > 1/leastRatio) {
		return 0
	}
	return math.Abs(math.Log2(ratio))
}

// toneChange is by how much the share of negative posts changed, in the measure of volumeChange.
func toneChange(t *samleng.TopicTrend) float64 {
	labelled := func(t *samleng.Tally) float64 { return float64(t.Positive + t.Neutral + t.Negative) }
	n, m := labelled(&t.Now), labelled(&t.Before)
	if n < sparsePosts || m < sparsePosts {
		return 0
	}
	now, before := float64(t.Now.Negative)/n, float64(t.Before.Negative)/m
	all := float64(t.Now.Negative+t.Before.Negative) / (n + m)
	z := (now - before) / math.Sqrt(overChance*max(all*(1-all), 1e-9)*(1/n+1/m))
	if math.Abs(z) < leastZ || math.Abs(now-before) < leastShare {
		return 0
	}
	return math.Abs(now-before) / comparedShare
}

// sparse lists the topics with too few posts to say anything of, in the order given.
func sparse(topics, moved []samleng.TopicTrend, of []string) []string {
	posts := map[string]int{}
	for i := range topics {
		if !topics[i].Hidden {
			posts[topics[i].Topic] = topics[i].Now.Posts
		}
	}
	for i := range moved {
		posts[moved[i].Topic] = sparsePosts // that it fell is said
	}
	var all []string
	for _, id := range of {
		if posts[id] < sparsePosts {
			all = append(all, id)
		}
	}
	return all
}

// quiet names the sources of which something was had before and nothing now.
func (m *Maker) quiet(lives []samleng.SourceLife) []string {
	polled := false // whether anything is known of polls
	of := map[string]*samleng.SourceLife{}
	for i := range lives {
		of[lives[i].ID] = &lives[i]
		polled = polled || lives[i].Heard > 0
	}
	var names []string
	for i := range m.Sources {
		s := &m.Sources[i]
		l := of[s.ID]
		if s.Disabled || l == nil {
			continue
		}
		unheard := polled && l.HeardBefore > 0 && l.Heard == 0
		if unheard || (l.PostsBefore >= quietPosts && l.Posts == 0) {
			names = append(names, m.nameOf(s.ID))
		}
	}
	slices.Sort(names)
	return names
}

// alertsOf gives the alerts that were for the digest, one of each series, and how many episodes
// were told.
func alertsOf(records []samleng.AlertRecord, scope *samleng.DigestScope) (noticed []samleng.Alert, told int) {
	within := func(a *samleng.Alert) bool {
		return (len(scope.Topics) == 0 || slices.Contains(scope.Topics, a.Series.Topic)) && (len(scope.Places) == 0 || slices.Contains(scope.Places, a.Series.Place))
	}
	episodes := map[string]bool{}
	best := map[string]samleng.Alert{}
	for i := range records {
		a := &records[i].Alert
		if a.State != samleng.AlertOpened || !within(a) {
			continue
		}
		if len(records[i].Channels) > 0 {
			episodes[a.Episode] = true
			continue
		}
		if a.Held != samleng.HeldForDigest && a.Held != samleng.HeldNoChannel {
			continue
		}
		name := fmt.Sprintf("%v %t", a.Series, len(a.Silent) > 0)
		if before, ok := best[name]; !ok || weight(a) > weight(&before) {
			b := *a
			b.Tally, b.Terms, b.Sources, b.Examples, b.History = samleng.Tally{}, nil, nil, nil, samleng.History{}
			best[name] = b
		}
	}
	for _, a := range best {
		noticed = append(noticed, a)
	}
	slices.SortFunc(noticed, func(a, b samleng.Alert) int {
		return cmp.Or(cmp.Compare(weight(&b), weight(&a)), a.At.Compare(b.At), cmp.Compare(a.Episode, b.Episode))
	})
	return noticed[:min(len(noticed), mostNoticed)], len(episodes)
}

// weight is the highest score of an alert, or how many sources went silent, in thousandths: what
// people say comes first.
func weight(a *samleng.Alert) float64 {
	w := float64(len(a.Silent)) / 1000
	for i := range a.Changes {
		w = max(w, a.Changes[i].Score)
	}
	return w
}
