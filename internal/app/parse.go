package app

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"samleng"
	"samleng/collectors"
	"samleng/collectors/feed"
	"samleng/collectors/site"
	"samleng/pipeline"
)

// ParseFeed gives the posts of a feed document as they would go to Kafka, each as one line
// of JSON, and the reasons why entries were left out. The error says that the document
// could not be read, or not to its end; posts before that spot are still given.
func ParseFeed(body []byte, address string, seen time.Time) (lines [][]byte, rejected []string, err error) {
	posts, left, err := feed.Parse(body, address, seen, sourceOf(address))
	for _, r := range left {
		rejected = append(rejected, fmt.Sprintf("entry %d: %s", r.Index+1, r.Reason))
	}
	for i := range posts {
		line, fault := wire(&posts[i])
		if fault != nil {
			rejected = append(rejected, fault.Error())
			continue
		}
		lines = append(lines, line)
	}
	return lines, rejected, err
}

// ParseArticle gives the post of an article's page as it would go to Kafka.
func ParseArticle(page []byte, address string, seen time.Time) ([]byte, error) {
	post, err := site.Parse(page, address, seen, sourceOf(address))
	if err != nil {
		return nil, err
	}
	return wire(&post)
}

// wire does what stands between a collector and Kafka.
func wire(post *samleng.Post) ([]byte, error) {
	if err := collectors.Prepare(post); err != nil {
		return nil, err
	}
	line, err := pipeline.Encode(post)
	if err != nil {
		return nil, err
	}
	if bytes.ContainsRune(line, '\n') {
		return nil, errors.New("an encoded post spans several lines")
	}
	return line, nil
}

var notInID = regexp.MustCompile(`[^a-z0-9]+`)

// maxSlug leaves room for a prefix within the 64 bytes of a source's id.
const maxSlug = 56

// slug makes an id of lower-case letters, digits and hyphens from any text.
func slug(text, otherwise string) string {
	id := strings.Trim(notInID.ReplaceAllString(strings.ToLower(text), "-"), "-")
	if id == "" {
		return otherwise
	}
	return strings.TrimRight(id[:min(len(id), maxSlug)], "-")
}

// sourceOf makes up the source of a document that no configured source stands for, from
// the host of its address.
func sourceOf(address string) samleng.Source {
	host := ""
	if u, err := url.Parse(address); err == nil {
		host = strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	}
	id := slug(host, "unknown")
	return samleng.Source{ID: id, Name: id, Kind: samleng.KindNews, URL: address}
}
