package clickhouse

import (
	"cmp"
	"slices"
	"time"

	"samleng"
)

// sceneGroup is what one kind of source has in a window.
type sceneGroup struct {
	tally   samleng.Tally
	stories map[samleng.PostID]bool
	sources map[string]bool
}

func (g *sceneGroup) add(p *samleng.ScenePost) {
	if g.stories == nil {
		g.stories, g.sources = map[samleng.PostID]bool{}, map[string]bool{}
	}
	g.tally.Posts++
	switch p.Label {
	case samleng.Positive:
		g.tally.Positive++
	case samleng.Neutral:
		g.tally.Neutral++
	case samleng.Negative:
		g.tally.Negative++
	}
	g.stories[p.Story], g.sources[p.Source] = true, true
	g.tally.Stories = len(g.stories)
}

// small reports whether the posts are too few of private people to be shown.
func (g *sceneGroup) small(kind samleng.Kind, minimum samleng.MinimumGroup) bool {
	return kind.Personal() && (g.tally.Posts < minimum.Posts || len(g.sources) < minimum.Sources)
}

// mostLargest is how many stories are told apart from the others.
const mostLargest = 2

// largest counts the stories with most posts.
func largest(posts []samleng.ScenePost) []samleng.Tally {
	stories := map[samleng.PostID]*sceneGroup{}
	for i := range posts {
		if stories[posts[i].Story] == nil {
			stories[posts[i].Story] = &sceneGroup{}
		}
		stories[posts[i].Story].add(&posts[i])
	}
	all := make([]samleng.Tally, 0, len(stories))
	for _, g := range stories {
		all = append(all, g.tally)
	}
	slices.SortFunc(all, func(a, b samleng.Tally) int {
		return cmp.Or(b.Posts-a.Posts, b.Negative-a.Negative, b.Positive-a.Positive, b.Neutral-a.Neutral)
	})
	return all[:min(len(all), mostLargest)]
}

// sumScene fills a scene from the posts of its window and the time each took to arrive. Groups
// of private people's posts that are too small count among Stories alone.
func sumScene(scene *samleng.Scene, posts []samleng.ScenePost, lags []time.Duration, grace time.Duration, minimum samleng.MinimumGroup) {
	var whole, shown sceneGroup
	kinds := map[samleng.Kind]*sceneGroup{}
	for i := range posts {
		p := &posts[i]
		whole.add(p)
		if kinds[p.Kind] == nil {
			kinds[p.Kind] = &sceneGroup{}
		}
		kinds[p.Kind].add(p)
	}
	scene.Stories = whole.tally.Stories
	scene.Largest = largest(posts)
	for kind, g := range kinds {
		if !g.small(kind, minimum) {
			scene.Sources = append(scene.Sources, samleng.ShareOf{Value: string(kind), Tally: g.tally})
		}
	}
	slices.SortFunc(scene.Sources, func(a, b samleng.ShareOf) int {
		return cmp.Or(b.Posts-a.Posts, cmp.Compare(a.Value, b.Value))
	})
	for i := range posts {
		if kinds[posts[i].Kind].small(posts[i].Kind, minimum) {
			continue
		}
		shown.add(&posts[i])
		if len(scene.Posts) < scenePosts {
			scene.Posts = append(scene.Posts, posts[i])
		}
	}
	scene.Tally = shown.tally
	if len(lags) == 0 {
		return
	}
	late := 0
	for _, lag := range lags {
		if lag > grace {
			late++
		}
	}
	slices.Sort(lags)
	scene.Lag, scene.Late = max(0, lags[len(lags)/2]), float64(late)/float64(len(lags))
}
