package feed

import (
	"encoding/xml"
	"strings"
)

// startCDF writes an element of Microsoft's Channel Definition Format under the name it
// has in RSS.
func (w *rewriter) startCDF(el *element, local string, attrs []xml.Attr) {
	el.name = local
	if local == "abstract" {
		el.name = "description"
	}
	w.write(el.name, nil, false)
	w.stack = append(w.stack, *el)
	for _, a := range attrs {
		switch strings.ToLower(a.Name.Local) {
		case "href":
			w.leaf("link", a.Value)
		case "lastmod":
			w.leaf("pubDate", a.Value)
		}
	}
}

func (w *rewriter) leaf(name, text string) {
	w.write(name, nil, false)
	escapeText(&w.out, []byte(text))
	w.out.WriteString("</" + name + ">")
}

// plainText reports whether an Atom element is a text without markup by its type.
func plainText(local string, attrs []xml.Attr) bool {
	if local != "title" && local != "summary" && local != "content" {
		return false
	}
	for _, a := range attrs {
		switch strings.ToLower(a.Name.Local) {
		case "type":
			if t := strings.ToLower(strings.TrimSpace(a.Value)); t != "" && t != "text" && t != "text/plain" {
				return false
			}
		case "mode":
			if !strings.EqualFold(a.Value, "escaped") {
				return false
			}
		}
	}
	return true
}

// isEntry reports whether the element holds one post.
func isEntry(local string) bool { return local == "item" || local == "entry" }

// isAuthor reports whether the element, whatever its namespace, names people: RSS author,
// managingEditor and webMaster, Atom author and contributor, the Dublin Core, iTunes,
// Media RSS and Podlove words for the same.
func isAuthor(local string) bool {
	switch local {
	case "author", "creator", "contributor", "contributors", "managingeditor", "webmaster", "credit", "owner", "byline",
		"publisher", "rightsholder", "person", "editor", "actor":
		return true
	}
	return false
}
