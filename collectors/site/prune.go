package site

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxAuthor is the longest text, in runes, of an element that is taken for the author's by
// its name. Longer ones are wrappers around the article that carry such a name.
const maxAuthor = 400

// commentName matches the id or a class of what holds readers' comments.
var commentName = regexp.MustCompile(`(?i)^(?:(?:reader-?|post-?|article-?|user-?|fb-|wp-)?comments?(?:[-_]?(?:list|section|area|form|body|wrap|wrapper|container|thread|block|box|content|template|respond))?|respond|disqus_thread|livefyre(?:-comments)?|commentlist|fb_iframe_widget)$`)

// authorName matches the id or a class of what names the author.
var authorName = regexp.MustCompile(`(?i)^(?:by-?line(?:[-_].*)?|(?:post|entry|article|story|single|meta)[-_](?:author|byline|writer)(?:[-_].*)?|authors?|author[-_](?:name|box|bio|info|card|vcard|block|details?|description|meta|wrap|wrapper|container|link|section|area)|about-?author|vcard|writer(?:-name)?|contributors?|reporter|posted-?by|written-?by|td-post-author-name)$`)

// prune takes out of the document, before the extractor sees it, what must not be in a post:
// readers' comments, the author, and the footer of the page.
func prune(n *html.Node) {
	var next *html.Node
	for c := n.FirstChild; c != nil; c = next {
		next = c.NextSibling
		if c.Type != html.ElementNode {
			continue
		}
		if unwanted(c) || c.DataAtom == atom.Footer && n.DataAtom == atom.Body {
			n.RemoveChild(c)
			continue
		}
		prune(c)
	}
}

func unwanted(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Html, atom.Head, atom.Body, atom.Main, atom.Article:
		return false
	}
	author := n.DataAtom == atom.Address || strings.EqualFold(attr(n, "itemprop"), "author") ||
		n.DataAtom == atom.A && strings.Contains(strings.ToLower(attr(n, "rel")), "author")
	for _, name := range append(strings.Fields(attr(n, "class")), attr(n, "id")) {
		if commentName.MatchString(name) {
			return true
		}
		author = author || authorName.MatchString(name)
	}
	return author && !longerThan(n, maxAuthor)
}

// longerThan reports whether the text below n has more than limit runes.
func longerThan(n *html.Node, limit int) bool {
	left := limit
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			left -= utf8.RuneCountInString(strings.TrimSpace(n.Data))
		}
		for c := n.FirstChild; c != nil && left >= 0; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return left < 0
}
