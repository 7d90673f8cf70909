package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"samleng"
	"samleng/collectors"
	"samleng/collectors/fetch"
)

// Fetcher reads article pages for one source. It is safe for concurrent use.
type Fetcher struct {
	transport http.RoundTripper
	userAgent string
	now       func() time.Time
}

// NewFetcher makes a Fetcher that reads pages with the manners of deps.Fetch: robots.txt, the
// pace per host, limits and refusal of private addresses are its business, not colly's.
func NewFetcher(source samleng.Source, deps collectors.Deps) *Fetcher {
	return &Fetcher{
		transport: deps.Fetch.RoundTripper(source.Local),
		userAgent: deps.Fetch.UserAgent(),
		now:       deps.Now,
	}
}

// ArticleText gives the text of the article at address: see Article. It is what a feed wants
// for its entries.
func (f *Fetcher) ArticleText(ctx context.Context, address string) (string, error) {
	a, err := f.Article(ctx, address)
	return a.Text, err
}

// Article reads the page at address and extracts the article on it. The error's class is
// that of fetch.Client.Get, or BadInput for a page without an article; after the end of ctx it
// is the context's error.
func (f *Fetcher) Article(ctx context.Context, address string) (Article, error) {
	page, final, err := f.get(ctx, address)
	if err != nil {
		return Article{}, fmt.Errorf("read %s: %w", address, err)
	}
	a, err := Extract(page, final)
	if err != nil {
		return Article{}, fmt.Errorf("read %s: %w", address, err)
	}
	return a, nil
}

// get reads one page with a colly collector of its own, which lives as long as the request.
func (f *Fetcher) get(ctx context.Context, address string) (page []byte, final string, err error) {
	// Not colly.NewCollector: that one reads its settings from the environment as well.
	c := &colly.Collector{}
	c.Init()
	c.UserAgent = f.userAgent
	c.IgnoreRobotsTxt = true // the transport obeys it, with a cache
	c.AllowURLRevisit = true
	c.ParseHTTPErrorResponse = true // the status is judged below
	c.MaxBodySize = MaxPage + 1
	c.Context = ctx
	c.WithTransport(f.transport)
	c.SetRequestTimeout(0) // the transport has one, which leaves out the wait for its turn
	c.DisableCookies()
	var problem error
	c.OnResponse(func(r *colly.Response) {
		status := &http.Response{StatusCode: r.StatusCode, Header: *r.Headers, Request: &http.Request{URL: r.Request.URL}}
		if problem = fetch.StatusError(status, f.now()); problem != nil {
			return
		}
		contentType := r.Headers.Get("Content-Type")
		if !isHTML(contentType) {
			problem = samleng.Errorf(samleng.BadInput, "this is %s, not an HTML page", contentType)
			return
		}
		page, final = fetch.DecodeUTF8(r.Body, contentType), r.Request.URL.String()
	})
	err = c.Visit(address)
	switch {
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case problem != nil:
		return nil, "", problem
	case err != nil:
		return nil, "", withoutURL(err)
	}
	return page, final, nil
}

// isHTML reports whether a content type can be that of an article. Servers that give none
// are believed to send HTML.
func isHTML(contentType string) bool {
	mediaType, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(contentType)), ";")
	switch strings.TrimSpace(mediaType) {
	case "", "text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain":
		return true
	}
	return false
}

// withoutURL takes off the method and address that http.Client puts before every error.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
