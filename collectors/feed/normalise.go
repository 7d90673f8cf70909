package feed

import (
	"regexp"
	"strings"
	"time"

	"samleng"
	"samleng/collectors/date"
	"samleng/collectors/plaintext"
)

// normalise makes posts of entries: each id once, in the order of the document.
func normalise(c channel, feedURL string, seen time.Time, src samleng.Source) ([]samleng.Post, []Rejection) {
	links := make([]string, len(c.entries))
	for i := range c.entries {
		links[i] = link(&c.entries[i], c.link, feedURL)
	}
	shared := sharedIDs(c.entries, links)
	names := plaintext.NewNames(c.names)
	posts := make([]samleng.Post, 0, len(c.entries))
	var rejected []Rejection
	known := make(map[samleng.PostID]bool, len(c.entries))
	for i := range c.entries {
		e := &c.entries[i]
		p := samleng.Post{
			Schema:   samleng.PostSchema,
			ID:       identify(e, links[i], feedURL, !shared[e.id]),
			Source:   src.ID,
			Kind:     src.Kind,
			URL:      links[i],
			Title:    plaintext.Line(e.title),
			Text:     body(e, names),
			Language: language(src.Language, e.language, c.language),
		}
		if p.Title == "" && p.Text == "" {
			rejected = append(rejected, Rejection{Index: i, Reason: "the entry has neither a title nor a text"})
			continue
		}
		if known[p.ID] {
			continue
		}
		known[p.ID] = true
		p.SetPublished(published(e.published, date.Zone(links[i], feedURL)), seen)
		posts = append(posts, p)
	}
	return posts, rejected
}

// link gives the canonical address of an entry, or "".
func link(e *entry, site, feedURL string) string {
	site = resolve([]string{site}, feedURL)
	if address := resolve(e.links, site, feedURL); address != "" {
		return address
	}
	if e.idIsLink {
		return httpAddress(e.id)
	}
	return ""
}

// maxFragment is how much of an entry's HTML is looked at, in bytes: ten times the longest
// text of a post.
const maxFragment = 10 * samleng.MaxText

// body gives the longest text of an entry, without bylines. Length is what a reader sees,
// not markup.
func body(e *entry, names plaintext.Names) string {
	best := plaintext.Clean(e.plain)
	for _, group := range [][]string{e.bodies, e.others} {
		for _, fragment := range group {
			if len(fragment) > maxFragment {
				fragment = strings.ToValidUTF8(fragment[:maxFragment], "")
			}
			if text := plaintext.FromHTML(fragment); len(text) > len(best) {
				best = text
			}
		}
		if best != "" {
			break
		}
	}
	return plaintext.DropBylines(dropFooter(best), names)
}

// footer matches the line that WordPress puts under every entry.
var footer = regexp.MustCompile(`(?m)\n?^The post .{1,400} (?:appeared first on|first appeared on) .{1,200}$`)

func dropFooter(text string) string {
	if !strings.Contains(text, "The post ") {
		return text
	}
	return strings.TrimSpace(footer.ReplaceAllString(text, ""))
}

// languageTag matches the primary part of a language tag.
var languageTag = regexp.MustCompile(`^[a-z]{2,3}(?:[-_]|$)`)

// language gives the first usable language, as ISO 639-1. What the configuration says comes
// first: publishing systems declare en-US unless somebody changed it, on Khmer sites too.
func language(candidates ...string) string {
	for _, c := range candidates {
		c = strings.ToLower(strings.TrimSpace(c))
		switch c = strings.TrimRight(languageTag.FindString(c), "-_"); c {
		case "":
		case "khm":
			return "km"
		case "eng":
			return "en"
		default:
			if len(c) == 2 {
				return c
			}
		}
	}
	return ""
}

// published gives the first date that can be read, or the zero time.
func published(candidates []string, local *time.Location) time.Time {
	for _, c := range candidates {
		if t, ok := date.Parse(c, local); ok {
			return t
		}
	}
	return time.Time{}
}
