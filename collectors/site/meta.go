package site

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samleng/collectors/date"
	"samleng/collectors/fetch"
	"samleng/collectors/plaintext"
)

// meta is what a page says about itself.
type meta struct {
	title     string
	language  string
	canonical string
	published time.Time
	names     []string // of authors, only for finding bylines
	elements  int      // on the whole page
}

// head collects the raw claims of a page, in the order of the document.
type head struct {
	properties map[string]string // meta name, property or itemprop to the first content
	title, h1  string
	canonical  string
	lang       string
	times      []string // datetime of time elements that say they are the publication's
	linked     linkedData
	names      []string
	elements   int
}

// linkedData is what JSON-LD says.
type linkedData struct{ headline, published string }

func readMeta(doc *html.Node, pageURL string) meta {
	h := head{properties: map[string]string{}}
	h.walk(doc)
	m := meta{
		title:     title(&h),
		language:  language(h.lang, h.properties["og:locale"], h.properties["content-language"]),
		canonical: canonical(h.canonical, h.properties["og:url"], pageURL),
		names:     h.names,
		elements:  h.elements,
	}
	for _, key := range []string{"author", "article:author", "dc.creator", "dcterms.creator", "twitter:creator", "parsely-author", "sailthru.author", "byl"} {
		if name := h.properties[key]; name != "" {
			m.names = append(m.names, name, strings.TrimPrefix(name, "By "))
		}
	}
	zone := date.Zone(m.canonical, pageURL)
	candidates := make([]string, 0, 16)
	candidates = append(candidates, h.properties["article:published_time"], h.linked.published, h.properties["datepublished"])
	for _, key := range []string{"og:article:published_time", "dc.date.issued", "dcterms.created", "dc.date", "date", "pubdate", "publishdate", "publish-date", "parsely-pub-date", "sailthru.date", "article.published"} {
		candidates = append(candidates, h.properties[key])
	}
	for _, c := range append(candidates, h.times...) {
		if t, ok := date.Parse(c, zone); ok {
			m.published = t
			break
		}
	}
	return m
}

// walk reads the claims below n. html.Parse bounds the depth of a document.
func (h *head) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		h.elements++
		h.element(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		h.walk(c)
	}
}

func (h *head) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Html:
		h.lang = attr(n, "lang")
	case atom.Title:
		if h.title == "" && n.Namespace == "" {
			h.title = text(n)
		}
	case atom.H1:
		if h.h1 == "" {
			h.h1 = text(n)
		}
	case atom.Link:
		if h.canonical == "" && strings.EqualFold(attr(n, "rel"), "canonical") {
			h.canonical = attr(n, "href")
		}
	case atom.Meta:
		content := strings.TrimSpace(attr(n, "content"))
		for _, key := range []string{"property", "name", "itemprop", "http-equiv"} {
			name := strings.ToLower(strings.TrimSpace(attr(n, key)))
			if name != "" && content != "" && h.properties[name] == "" {
				h.properties[name] = content
			}
		}
	case atom.Time:
		if v := attr(n, "datetime"); v != "" && (strings.EqualFold(attr(n, "itemprop"), "datePublished") || hasAttr(n, "pubdate") || publishedClass.MatchString(attr(n, "class"))) {
			h.times = append(h.times, v)
		}
	case atom.Script:
		if strings.EqualFold(strings.TrimSpace(attr(n, "type")), "application/ld+json") && n.FirstChild != nil {
			h.readLinkedData(n.FirstChild.Data)
		}
	case atom.A:
		if strings.Contains(strings.ToLower(attr(n, "rel")), "author") {
			h.names = append(h.names, text(n))
		}
	}
}

var publishedClass = regexp.MustCompile(`(?i)\b(?:published|entry-date|post-date|pub-?date|date-published)\b`)

// readLinkedData looks for an article in JSON-LD.
func (h *head) readLinkedData(script string) {
	if len(script) > 256<<10 {
		return
	}
	var v any
	if json.Unmarshal([]byte(script), &v) == nil {
		h.linkedNode(v, 0)
	}
}

func (h *head) linkedNode(v any, depth int) {
	if depth > 8 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			h.linkedNode(child, depth+1)
		}
	case map[string]any:
		if s, ok := v["datePublished"].(string); ok && h.linked.published == "" {
			h.linked.published = s
		}
		if s, ok := v["headline"].(string); ok && h.linked.headline == "" {
			h.linked.headline = s
		}
		h.personNames(v["author"], 0)
		for _, key := range []string{"@graph", "mainEntity", "mainEntityOfPage"} {
			h.linkedNode(v[key], depth+1)
		}
	}
}

func (h *head) personNames(v any, depth int) {
	if depth > 2 || len(h.names) > 50 {
		return
	}
	switch v := v.(type) {
	case string:
		h.names = append(h.names, v)
	case []any:
		for _, child := range v {
			h.personNames(child, depth+1)
		}
	case map[string]any:
		h.personNames(v["name"], depth+1)
	}
}

// title prefers what the publisher made for sharing, which has no name of the site on it,
// and takes off the name of the site where only <title> is there.
func title(h *head) string {
	for _, t := range []string{h.properties["og:title"], h.linked.headline, h.h1, h.properties["twitter:title"]} {
		if t = plaintext.Line(t); t != "" {
			return withoutSite(t, h.properties["og:site_name"])
		}
	}
	return withoutSite(plaintext.Line(h.title), h.properties["og:site_name"])
}

// withoutSite removes " - Name of the site" and the like from the end of a title.
func withoutSite(title, site string) string {
	site = plaintext.Line(site)
	if site == "" {
		return title
	}
	for _, separator := range []string{" - ", " | ", " – ", " — ", " :: ", " » ", " • "} {
		if cut, ok := strings.CutSuffix(title, separator+site); ok && cut != "" {
			return strings.TrimSpace(cut)
		}
	}
	return title
}

// canonical gives the canonical form of the address that the page claims, if it is on the
// host that the page came from; else of that address. Without an address the claim is
// believed.
func canonical(claimed, shared, pageURL string) string {
	base, err := url.Parse(pageURL)
	if err != nil {
		base = &url.URL{}
	}
	given, givenErr := fetch.CanonicalURL(pageURL)
	claims := []string{claimed}
	if pageURL == "" {
		claims = append(claims, shared)
	}
	for _, claim := range claims {
		u, err := url.Parse(strings.TrimSpace(claim))
		if err != nil || claim == "" {
			continue
		}
		u = base.ResolveReference(u)
		address, err := fetch.CanonicalURL(u.String())
		if err != nil {
			continue
		}
		if givenErr != nil || sameHost(address, given) && (!isRoot(address) || isRoot(given)) {
			return address
		}
	}
	if givenErr != nil {
		return ""
	}
	return given
}

func sameHost(a, b string) bool {
	ua, errA := url.Parse(a)
	ub, errB := url.Parse(b)
	return errA == nil && errB == nil && strings.EqualFold(ua.Hostname(), ub.Hostname())
}

// isRoot reports whether the address is that of a whole site, which careless templates
// give as the canonical address of every page.
func isRoot(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Path == "" || u.Path == "/") && u.RawQuery == ""
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(?:[-_]|$)`)

// language gives the first declared language as ISO 639-1.
func language(candidates ...string) string {
	for _, c := range candidates {
		switch tag := strings.TrimRight(languageTag.FindString(strings.ToLower(strings.TrimSpace(c))), "-_"); {
		case tag == "khm":
			return "km"
		case tag == "eng":
			return "en"
		case len(tag) == 2:
			return tag
		}
	}
	return ""
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// text gives the text below n, at most a few hundred bytes: for titles and names.
func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if b.Len() > 1_000 {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}
