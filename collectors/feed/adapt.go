package feed

import (
	"bytes"
	"strings"

	"github.com/mmcdole/gofeed/atom"
	ext "github.com/mmcdole/gofeed/extensions"
	"github.com/mmcdole/gofeed/json"
	"github.com/mmcdole/gofeed/rss"
)

// entry is what a post is made of, as the document gives it. It has no field for an
// author: this is where authors that the rewriter could not see (JSON Feed) end.
type entry struct {
	id        string   // guid, atom:id, id; empty: none
	idIsLink  bool     // the id may be the address: an RSS guid, unless declared otherwise
	links     []string // candidates, best first; may be relative
	title     string   // HTML
	bodies    []string // HTML: content, summary; the longest is the text
	others    []string // HTML: used when bodies are all empty
	plain     string   // text without markup (JSON Feed); used like a body
	published []string // dates, best first
	language  string
}

// channel is a document.
type channel struct {
	link     string // of the site; may be empty or relative
	language string
	names    []string // of authors, only for finding bylines
	entries  []entry
}

func parseRSS(doc []byte) (channel, error) {
	feed, err := (&rss.Parser{}).Parse(bytes.NewReader(doc))
	if err != nil {
		return channel{}, err
	}
	c := channel{link: feed.Link, language: feed.Language}
	if c.language == "" {
		c.language = value(feed.Extensions, "dc", "language")
	}
	for _, item := range feed.Items {
		c.entries = append(c.entries, adaptRSS(item))
	}
	return c, nil
}

func adaptRSS(item *rss.Item) entry {
	x := item.Extensions
	e := entry{
		title:    first(item.Title, value(x, "dc", "title"), value(x, "atom", "title"), value(x, "media", "title"), value(x, "itunes", "title")),
		bodies:   []string{item.Content, item.Description, item.Custom["encoded"], value(x, "atom", "content"), value(x, "xhtml", "body")},
		others:   []string{value(x, "dc", "description"), value(x, "atom", "summary"), value(x, "itunes", "summary"), value(x, "media", "description"), value(x, "itunes", "subtitle")},
		language: value(x, "dc", "language"),
		published: present(item.PubDate, value(x, "dc", "date"), value(x, "dcterms", "issued"), value(x, "dcterms", "created"),
			value(x, "atom", "published"), value(x, "atom03", "issued"), item.Custom["date"], item.Custom["published"],
			value(x, "atom", "updated"), value(x, "dcterms", "modified"), item.Custom["lastmod"]),
	}
	if item.GUID != nil {
		e.id = strings.TrimSpace(item.GUID.Value)
		e.idIsLink = !strings.EqualFold(strings.TrimSpace(item.GUID.IsPermalink), "false")
	}
	e.links = present(value(x, "feedburner", "origLink"), item.Link)
	if alternate := atomLink(x["atom"]["link"]); alternate != "" {
		e.links = append(e.links, alternate)
	}
	if e.id == "" {
		e.id = value(x, "atom", "id")
	}
	return e
}

// atomLink gives the address of the page among Atom links inside RSS.
func atomLink(links []ext.Extension) string {
	for _, l := range links {
		if rel := l.Attrs["rel"]; rel == "" || rel == "alternate" {
			return l.Attrs["href"]
		}
	}
	return ""
}

func parseAtom(doc []byte) (channel, error) {
	feed, err := (&atom.Parser{}).Parse(bytes.NewReader(doc))
	if err != nil {
		return channel{}, err
	}
	c := channel{link: alternate(feed.Links), language: feed.Language}
	for _, item := range feed.Entries {
		c.entries = append(c.entries, adaptAtom(item))
	}
	return c, nil
}

func adaptAtom(item *atom.Entry) entry {
	x := item.Extensions
	e := entry{
		id:     strings.TrimSpace(item.ID),
		links:  present(value(x, "feedburner", "origLink"), alternate(item.Links)),
		title:  first(item.Title, value(x, "media", "title"), value(x, "dc", "title")),
		bodies: []string{item.Summary},
		others: []string{value(x, "media", "description"), nested(x, "media", "group", "description"), value(x, "dc", "description")},
		published: present(item.Published, value(x, "dc", "date"), value(x, "dcterms", "issued"), value(x, "dcterms", "created"),
			value(x, "atom03", "created"), item.Updated),
	}
	if item.Content != nil && textual(item.Content.Type) {
		e.bodies = append(e.bodies, item.Content.Value)
	}
	if e.links == nil && item.Content != nil {
		e.links = present(item.Content.Src)
	}
	return e
}

// textual reports whether an Atom content type holds text that a person reads.
func textual(contentType string) bool {
	t := strings.ToLower(strings.TrimSpace(contentType))
	return t == "" || t == "text" || t == "html" || t == "xhtml" || t == "escaped" || strings.HasPrefix(t, "text/") || strings.Contains(t, "xml")
}

// alternate gives the address of the page that an Atom feed or entry stands for: a link
// to HTML before one of another type.
func alternate(links []*atom.Link) string {
	var found string
	for _, l := range links {
		if l.Rel != "alternate" && l.Rel != "http://www.iana.org/assignments/relation/alternate" || l.Href == "" {
			continue
		}
		if l.Type == "" || strings.Contains(l.Type, "html") {
			return l.Href
		}
		if found == "" {
			found = l.Href
		}
	}
	return found
}

func parseJSON(doc []byte) (channel, error) {
	feed, err := (&json.Parser{}).Parse(bytes.NewReader(doc))
	if err != nil {
		return channel{}, err
	}
	c := channel{link: first(feed.HomePageURL, feed.FeedURL), language: feed.Language}
	remember := func(people ...*json.Author) {
		for _, p := range people {
			if p != nil && p.Name != "" && len(c.names) < maxEntries {
				c.names = append(c.names, p.Name)
			}
		}
	}
	remember(append(feed.Authors, feed.Author)...)
	for i, item := range feed.Items {
		if item == nil || i >= maxEntries {
			continue
		}
		remember(append(item.Authors, item.Author)...)
		c.entries = append(c.entries, entry{
			id:        strings.TrimSpace(item.ID),
			idIsLink:  true,
			links:     present(item.URL, item.ExternalURL),
			title:     item.Title,
			bodies:    []string{item.ContentHTML, item.Summary},
			plain:     item.ContentText,
			published: present(item.DatePublished, item.DateModified),
			language:  item.Language,
		})
	}
	return c, nil
}

// value gives the first non-empty text of an extension element.
func value(x ext.Extensions, prefix, name string) string {
	for _, e := range x[prefix][name] {
		if e.Value != "" {
			return e.Value
		}
	}
	return ""
}

func nested(x ext.Extensions, prefix, name, child string) string {
	for _, e := range x[prefix][name] {
		for _, c := range e.Children[child] {
			if c.Value != "" {
				return c.Value
			}
		}
	}
	return ""
}

func first(candidates ...string) string {
	for _, c := range candidates {
		if strings.TrimSpace(c) != "" {
			return c
		}
	}
	return ""
}

func present(candidates ...string) []string {
	var out []string
	for _, c := range candidates {
		if c = strings.TrimSpace(c); c != "" {
			out = append(out, c)
		}
	}
	return out
}
