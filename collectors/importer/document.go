package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"

	"samleng"
	"samleng/collectors/feed"
	"samleng/collectors/fetch"
	"samleng/collectors/site"
)

// document gives posts that were read at once.
type document struct {
	posts    []samleng.Post
	rejected []*Rejection
}

func (d *document) next() (samleng.Post, int, error) {
	if len(d.posts) > 0 {
		p := d.posts[0]
		d.posts = d.posts[1:]
		return p, 0, nil
	}
	if len(d.rejected) > 0 {
		r := d.rejected[0]
		d.rejected = d.rejected[1:]
		return samleng.Post{}, 0, r
	}
	return samleng.Post{}, 0, io.EOF
}

// newFeedRows reads a feed document. Its errors continue the sentence that begins with the
// name of the file.
func newFeedRows(r *Reader, in io.Reader) (*document, error) {
	body, err := all(in, feed.MaxDocument)
	if err != nil {
		return nil, err
	}
	posts, rejected, err := feed.Parse(body, r.options.URL, r.options.Now(), r.options.Source)
	if err != nil && !errors.Is(err, feed.ErrPartial) {
		return nil, fmt.Errorf("cannot be read as a feed: %w", err)
	}
	d := &document{posts: posts}
	for _, entry := range rejected {
		d.rejected = append(d.rejected, r.reject(0, fmt.Sprintf("entry %d: %s", entry.Index+1, entry.Reason)))
	}
	if err != nil {
		d.rejected = append(d.rejected, r.reject(0, err.Error()))
	}
	return d, nil
}

// savedFrom finds the comment that browsers put into a page when they save it.
var savedFrom = regexp.MustCompile(`<!--\s*saved from url=\(\d+\)(https?://[^\s<>"]+?)\s*-->`)

// newPage reads a saved article. Its address is the one given, else the one that the browser
// noted, else the one that the page claims; a page without any is known by its text.
func newPage(r *Reader, in io.Reader) (*document, error) {
	body, err := all(in, site.MaxPage)
	if err != nil {
		return nil, err
	}
	body = fetch.DecodeUTF8(body, "")
	address := r.options.URL
	if address == "" {
		if m := savedFrom.FindSubmatch(body[:min(len(body), sniffed)]); m != nil {
			address = string(m[1])
		}
	}
	a, err := site.Extract(body, address)
	if err != nil {
		return nil, fmt.Errorf("cannot be read as an article: %w", err)
	}
	p := samleng.Post{
		Schema:   samleng.PostSchema,
		Source:   r.options.Source.ID,
		Kind:     r.options.Source.Kind,
		URL:      a.CanonicalURL,
		Title:    a.Title,
		Text:     a.Text,
		Language: r.options.Source.Language,
	}
	if p.Language == "" {
		p.Language = a.Language
	}
	p.ID = identify(&p, "", false)
	p.SetPublished(a.Published, r.options.Now())
	return &document{posts: []samleng.Post{p}}, nil
}

// all reads a document of at most limit bytes.
func all(in io.Reader, limit int64) ([]byte, error) {
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if n > limit {
		return nil, fmt.Errorf("is larger than %d MB", limit>>20)
	}
	return b.Bytes(), nil
}
