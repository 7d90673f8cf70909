// Package site reads articles on web pages: the title and the text that a reader sees,
// without navigation, comments, advertisements and the author.
//
// Extract and Parse are pure; Fetcher gets the page politely. The package does not find
// articles (feeds and the configuration do) and does not mask personal identifiers inside
// texts (collectors.Prepare).
package site

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/markusmobius/go-trafilatura"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samleng"
	"samleng/collectors/fetch"
	"samleng/collectors/plaintext"
)

// MaxPage is the largest page that Extract reads, in bytes. News pages have 50 kB to 1 MB.
const MaxPage = 5 << 20

// maxElements bounds the time that the extractor takes, which grows faster than the page.
// The largest of the benchmark's pages has 5,000.
const maxElements = 50_000

// Article is what a page says.
type Article struct {
	Title        string
	Text         string    // plain, paragraphs separated by newlines, without bylines
	Language     string    // ISO 639-1, as the page declares it; empty: not declared
	CanonicalURL string    // canonical form; of the page's own claim if on its host, else of the address given; may be empty
	Published    time.Time // UTC; zero: not found
}

// Extract finds the article on a page. The page may be UTF-8 already or the raw bytes of
// any encoding that is declared. pageURL is where the page came from, after redirects; it
// may be empty.
//
// The error, of class BadInput, says why there is no article: an empty or oversized page,
// something that is not HTML, a page without a text.
func Extract(page []byte, pageURL string) (Article, error) {
	switch {
	case len(page) > MaxPage:
		return Article{}, samleng.Errorf(samleng.BadInput, "the page has %d bytes, at most %d are read", len(page), MaxPage)
	case len(bytes.TrimSpace(page)) == 0:
		return Article{}, samleng.Errorf(samleng.BadInput, "the page is empty")
	}
	text := fetch.DecodeUTF8(page, "")
	if !looksLikeHTML(text) {
		return Article{}, samleng.Errorf(samleng.BadInput, "this is not an HTML page")
	}
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return Article{}, samleng.WithClass(samleng.BadInput, fmt.Errorf("read the page: %w", err))
	}
	meta := readMeta(doc, pageURL)
	a := Article{Title: meta.title, Language: meta.language, CanonicalURL: meta.canonical, Published: meta.published}
	if meta.elements > maxElements {
		return Article{}, samleng.Errorf(samleng.BadInput, "the page has more than %d elements", maxElements)
	}
	body, day, err := articleBody(doc, pageURL)
	if err != nil {
		return Article{}, samleng.WithClass(samleng.BadInput, err)
	}
	if a.Published.IsZero() {
		a.Published = day.UTC()
	}
	a.Text = plaintext.DropBylines(body, plaintext.NewNames(meta.names))
	a.Text = dropTitle(a.Text, a.Title)
	if a.Text == "" || a.Text == a.Title {
		return Article{}, samleng.Errorf(samleng.BadInput, "the page has no article on it")
	}
	return a, nil
}

// Parse makes a post of a page: its id is that of its canonical address, and its date, if
// the page has none that can be read, the time seen. The error is that of Extract, or says
// that there is no address to know the page by.
func Parse(page []byte, pageURL string, seen time.Time, src samleng.Source) (samleng.Post, error) {
	a, err := Extract(page, pageURL)
	if err != nil {
		return samleng.Post{}, err
	}
	if a.CanonicalURL == "" {
		return samleng.Post{}, samleng.Errorf(samleng.BadInput, "the address of the page is not known")
	}
	p := samleng.Post{
		Schema:   samleng.PostSchema,
		ID:       samleng.NewPostID("web", a.CanonicalURL),
		Source:   src.ID,
		Kind:     src.Kind,
		URL:      a.CanonicalURL,
		Title:    a.Title,
		Text:     a.Text,
		Language: src.Language,
	}
	if p.Language == "" {
		p.Language = a.Language
	}
	p.SetPublished(a.Published, seen)
	return p, nil
}

// errNoArticle is what a page without a main text gives.
var errNoArticle = errors.New("the page has no article on it")

// Sizes of a main text, in runes, below which trafilatura takes all text of the page instead.
const (
	usual = 250 // trafilatura's own; the best on the benchmark
	tiny  = 20
)

// articleBody finds the main text with trafilatura. The options are those that did best on
// the article extraction benchmark (see BenchmarkOptions): in favour of recall, without the
// fallback to other extractors, which is asked only when nothing else was found.
//
// All text of the page, in one line with headings and dates, saves pages of unusual build
// and spoils short articles. So where it was taken, the page is read again without that,
// and what comes out is preferred if it is at least half as long.
func articleBody(doc *html.Node, pageURL string) (string, time.Time, error) {
	prune(doc)
	options := trafilatura.Options{
		Focus:           trafilatura.FavorRecall,
		ExcludeComments: true,
		HtmlDateMode:    trafilatura.Fast,
		Config:          trafilatura.DefaultConfig(),
	}
	if u, err := url.Parse(pageURL); err == nil && u.IsAbs() {
		options.OriginalURL = u
	}
	options.Config.MinExtractedSize = usual
	text, day, err := run(doc, options)
	if err != nil || text == "" {
		options.EnableFallback = true
		return run(doc, options)
	}
	if strings.Contains(text, "\n") {
		return text, day, nil
	}
	options.Config.MinExtractedSize = tiny
	if short, _, err := run(doc, options); err == nil && len(short) >= len(text)/2 {
		return short, day, nil
	}
	return withLines(doc, text), day, nil
}

// withLines gives back the paragraphs to a text that trafilatura took whole from an
// article element, where it glues them together.
func withLines(doc *html.Node, whole string) string {
	article := find(doc, atom.Article)
	if article == nil {
		return whole
	}
	var b bytes.Buffer
	if html.Render(&b, article) != nil {
		return whole
	}
	if lined := plaintext.FromHTML(b.String()); strings.Join(strings.Fields(lined), "") == strings.Join(strings.Fields(whole), "") {
		return lined
	}
	return whole
}

// find gives the first element of a kind.
func find(n *html.Node, kind atom.Atom) *html.Node {
	if n.Type == html.ElementNode && n.DataAtom == kind {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, kind); found != nil {
			return found
		}
	}
	return nil
}

// run gives the main text, and the day of publication that is guessed from the whole page.
func run(doc *html.Node, options trafilatura.Options) (text string, day time.Time, err error) {
	defer func() {
		// The extractor is a port of a large heuristic program: a page that breaks it
		// must cost that page only.
		if broken := recover(); broken != nil {
			text, err = "", fmt.Errorf("the page breaks the extractor: %v", broken)
		}
	}()
	result, err := trafilatura.ExtractDocument(doc, options)
	if err != nil || result.ContentNode == nil {
		return "", time.Time{}, errNoArticle
	}
	var b bytes.Buffer
	if err := html.Render(&b, result.ContentNode); err != nil {
		return "", time.Time{}, fmt.Errorf("write the text of the page: %w", err)
	}
	return plaintext.FromHTML(b.String()), result.Metadata.Date, nil
}

// dropTitle removes a first line that repeats the title.
func dropTitle(text, title string) string {
	line, rest, more := strings.Cut(text, "\n")
	if title != "" && more && strings.EqualFold(strings.TrimSpace(line), title) {
		return rest
	}
	return text
}

// looksLikeHTML reports whether there is a tag near the start.
func looksLikeHTML(text []byte) bool {
	start := bytes.ToLower(text[:min(len(text), 4<<10)])
	if bytes.HasPrefix(bytes.TrimSpace(start), []byte("<?xml")) && !bytes.Contains(start, []byte("<html")) {
		return false
	}
	for _, tag := range []string{"<html", "<!doctype html", "<body", "<head", "<p", "<div", "<article", "<title", "<meta", "<h1", "<section", "<main"} {
		if bytes.Contains(start, []byte(tag)) {
			return true
		}
	}
	return false
}
