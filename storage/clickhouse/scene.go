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
