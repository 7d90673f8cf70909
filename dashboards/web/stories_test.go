package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"samleng"
)

func TestStoryIsListedOnce(t *testing.T) {
	t.Parallel()
	var told, posts []samleng.StoredPost
	for i := range 30 { // two by each of 15 outlets
		told = append(told, one("land", samleng.KindNews, fmt.Sprintf("paper-%d", i%15), "km", samleng.Neutral, noon.Add(-time.Duration(100-i)*time.Minute), i))
	}
	posts = append(posts, tell(told)...)
	for i := range 9 {
		posts = append(posts, one("land", samleng.KindNews, "a", "km", samleng.Neutral, noon.Add(-time.Duration(200+i)*time.Minute), 100+i))
	}
	page := apiPage(t, newMemory(posts, nil))

	var all postsJSON
	get(t, page, "/api/v1/posts", &all)
	if len(all.Posts) != 10 || all.Next != "" || all.Posts[0].ID != told[29].Post.ID || all.Posts[0].StoryID != told[0].Post.ID {
		t.Fatalf("%d posts, next %q, the first %s of %s; want 10, the newest carrier first", len(all.Posts), all.Next, all.Posts[0].ID, all.Posts[0].StoryID)
	}
	if c := all.Posts[0].Carriers; len(c) != 15 || c[0].Source != "paper-0" || c[0].Posts != 2 || c[0].URL != told[0].Post.URL || !c[0].Published.Equal(told[0].Post.Published) {
		t.Errorf("carriers %+v", c)
	}
	if c := all.Posts[1].Carriers; len(c) != 1 {
		t.Errorf("a post that nobody carries has the carriers %+v", c)
	}
	// Page by page every story comes, and a page is full although the store gave carriers.
	seen, cursor, pages := map[samleng.PostID]bool{}, "", 0
	for {
		var p postsJSON
		get(t, page, "/api/v1/posts?limit=4&cursor="+cursor, &p)
		for _, one := range p.Posts {
			seen[one.StoryID] = true
		}
		pages++
		if cursor = p.Next; cursor == "" || pages > 10 {
			break
		}
		if len(p.Posts) != 4 {
			t.Errorf("page %d has %d posts", pages, len(p.Posts))
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d stories on %d pages, want 10", len(seen), pages)
	}

	var o overviewJSON
	get(t, page, "/api/v1/overview", &o)
	if o.Total.Posts != 39 || o.Total.Stories != 10 || o.Topics[0].Now.Stories != 10 || o.StoryChange.Posts != 10 || o.Topics[0].Stories.Posts != 10 {
		t.Errorf("total %+v, topic %+v, change of stories %+v", o.Total.Tally, o.Topics[0], o.StoryChange)
	}
}

// TestCarriersOfFewPrivatePeople holds the rule about small groups for those who carry a story.
func TestCarriersOfFewPrivatePeople(t *testing.T) {
	t.Parallel()
	post := func(kind samleng.Kind, source string, i int) samleng.StoredPost {
		return one("land", kind, source, "km", samleng.Neutral, noon.Add(-time.Duration(60-i)*time.Minute), i)
	}
	for _, test := range []struct {
		name string
		told []samleng.StoredPost
		want string
	}{
		{"a few private people", []samleng.StoredPost{post(samleng.KindNews, "a", 0), post(samleng.KindSocial, "s1", 1), post(samleng.KindSocial, "s2", 2), post(samleng.KindNews, "b", 3)}, "a b"},
		{"enough of them", []samleng.StoredPost{
			post(samleng.KindNews, "a", 0), post(samleng.KindSocial, "s1", 1), post(samleng.KindSocial, "s2", 2), post(samleng.KindSocial, "s3", 3), post(samleng.KindSocial, "s1", 4), post(samleng.KindSocial, "s1", 5), post(samleng.KindNews, "b", 6),
		}, "a s1 s2 s3 b"},
		{"enough posts of too few sources", []samleng.StoredPost{
			post(samleng.KindNews, "a", 0), post(samleng.KindSocial, "s1", 1), post(samleng.KindSocial, "s2", 2), post(samleng.KindSocial, "s1", 3), post(samleng.KindSocial, "s1", 4), post(samleng.KindSocial, "s1", 5), post(samleng.KindNews, "b", 6),
		}, "a b"},
		{"kinds are not pooled", []samleng.StoredPost{
			post(samleng.KindNews, "a", 0), post(samleng.KindSocial, "s1", 1), post(samleng.KindSocial, "s2", 2), post(samleng.KindSurvey, "v", 3), post(samleng.KindSocial, "s1", 4), post(samleng.KindSocial, "s1", 5), post(samleng.KindNews, "b", 6),
		}, "a b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got postsJSON
			get(t, apiPage(t, newMemory(tell(test.told), nil)), "/api/v1/posts?kind=news", &got)
			var names []string
			for _, c := range got.Posts[0].Carriers {
				names = append(names, c.Source)
			}
			if len(got.Posts) != 1 || strings.Join(names, " ") != test.want {
				t.Errorf("%d posts, carried by %v; want 1 and %s", len(got.Posts), names, test.want)
			}
		})
	}
}
