package web

import (
	"time"

	"samleng"
)

// carrierJSON is a source that carries a story.
type carrierJSON struct {
	Source     string       `json:"source"`
	SourceName string       `json:"source_name"`
	Kind       samleng.Kind `json:"kind"`
	Posts      int          `json:"posts"`     // in which it carries the story
	URL        string       `json:"url"`       // of the first of them; empty unless http or https
	Published  time.Time    `json:"published"` // of the first of them
}

// story names the story of a post: its own id where the store knows of none.
func story(s samleng.StoredPost) samleng.PostID {
	if s.StoryID.IsZero() {
		return s.Post.ID
	}
	return s.StoryID
}

// carriers gives the sources that carry a post's story. Sources of private people are left out
// where those of their kind are too small a group in this story, as everywhere; the post's
// own source is there in any case, for the post itself may be shown.
func (p *Page) carriers(s samleng.StoredPost, names map[string]string) []carrierJSON {
	posts, sources := map[samleng.Kind]int{}, map[samleng.Kind]int{}
	for _, c := range s.Carriers {
		posts[c.Kind] += c.Posts
		sources[c.Kind]++ // a source is of one kind, and is here once
	}
	out := []carrierJSON{}
	for _, c := range s.Carriers {
		small := c.Kind.Personal() && (posts[c.Kind] < p.opts.Minimum.Posts || sources[c.Kind] < p.opts.Minimum.Sources)
		if small && c.Source != s.Post.Source {
			continue
		}
		one := carrierJSON{c.Source, names[c.Source], c.Kind, c.Posts, safeURL(c.URL), c.Published.UTC()}
		if small { // of the others of its posts, too, nothing is told
			one.Posts, one.URL, one.Published = 1, safeURL(s.Post.URL), s.Post.Published.UTC()
		}
		if one.SourceName == "" {
			one.SourceName = c.Source
		}
		out = append(out, one)
	}
	return out
}
