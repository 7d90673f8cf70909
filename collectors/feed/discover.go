package feed

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// maxAlternates is how many feeds an error message names.
const maxAlternates = 5

// alternates gives the addresses in <link rel="alternate" type="application/rss+xml"> and
// the like of a web page, as they are written there.
func alternates(page []byte) []string {
	var found []string
	z := html.NewTokenizer(bytes.NewReader(page))
	for len(found) < maxAlternates {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		name, more := z.TagName()
		if string(name) != "link" {
			continue
		}
		attrs := map[string]string{}
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			attrs[string(key)] = string(value)
		}
		if strings.Contains(strings.ToLower(attrs["rel"]), "alternate") && isFeedType(attrs["type"]) && attrs["href"] != "" {
			found = append(found, attrs["href"])
		}
	}
	return found
}

func isFeedType(contentType string) bool {
	switch strings.ToLower(strings.TrimSpace(contentType)) {
	case "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml":
		return true
	}
	return false
}
