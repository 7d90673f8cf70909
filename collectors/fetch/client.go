// Package fetch owns polite HTTP for collectors: robots.txt, a pace per host, conditional
// GET, limits on size and time, decompression, refusal of private addresses, character sets,
// the canonical form of an address, and errors that a person understands.
//
// It does not own what is in a page: feeds and articles are parsed by the collectors.
//
// Proxies named in the environment (HTTP_PROXY and the like) are not used: behind a proxy the
// program sees only the proxy's address, so it could no longer refuse private ones.
package fetch

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"samleng"
)

// maxRedirects is how many redirects are followed for one page, RFC 9309's figure for
// robots.txt.
const maxRedirects = 5

// Config is how politely and how patiently pages are read.
type Config struct {
	Contact       string        `yaml:"contact"`         // address or page of whoever runs this, for the User-Agent; may be empty
	Timeout       time.Duration `yaml:"timeout"`         // for one request, connecting and body included
	MaxBytes      int64         `yaml:"max_bytes"`       // largest decompressed body
	HostInterval  time.Duration `yaml:"host_interval"`   // between two requests to one host; 0: no limit
	HostBurst     int           `yaml:"host_burst"`      // requests to one host that need not wait, at first
	MaxCrawlDelay time.Duration `yaml:"max_crawl_delay"` // longest Crawl-delay of robots.txt that is honoured
}

// DefaultConfig is polite to a small newspaper's server: one request every two seconds.
func DefaultConfig() Config {
	return Config{
		Timeout:       30 * time.Second,
		MaxBytes:      10_000_000,
		HostInterval:  2 * time.Second,
		HostBurst:     3,
		MaxCrawlDelay: 30 * time.Second,
	}
}

// Validate reports every fault as KeyErrors.
func (c *Config) Validate() error {
	var faults []error
	if strings.ContainsFunc(c.Contact, func(r rune) bool { return r < ' ' || r > '~' || r == '(' || r == ')' }) {
		faults = append(faults, samleng.Keyf("contact", "%q: want an e-mail address or the address of a page, without brackets", c.Contact))
	}
	if c.Timeout < time.Second {
		faults = append(faults, samleng.Keyf("timeout", "%s is shorter than 1s", c.Timeout))
	}
	if c.MaxBytes < 1000 || c.MaxBytes > 1_000_000_000 {
		faults = append(faults, samleng.Keyf("max_bytes", "%d: want 1000 to 1000000000", c.MaxBytes))
	}
	if c.HostInterval < 0 {
		faults = append(faults, samleng.Keyf("host_interval", "%s is negative", c.HostInterval))
	}
	if c.HostBurst < 1 || c.HostBurst > 100 {
		faults = append(faults, samleng.Keyf("host_burst", "%d: want 1 to 100", c.HostBurst))
	}
	if c.MaxCrawlDelay < 0 {
		faults = append(faults, samleng.Keyf("max_crawl_delay", "%s is negative", c.MaxCrawlDelay))
	}
	return errors.Join(faults...)
}

// Options is what a Client is made of.
type Options struct {
	Config   Config
	Version  string           // of the program, for the User-Agent
	TLS      *tls.Config      // nil: the system's certificates
	Resolver *net.Resolver    // nil: the system's
	Logger   *slog.Logger     // nil: no logs
	Now      func() time.Time // nil: time.Now
}

// Client reads pages. It is safe for concurrent use.
type Client struct {
	config    Config
	userAgent string
	logger    *slog.Logger
	now       func() time.Time

	public, local *http.Transport // two, because a pooled connection carries no memory of who opened it
	paces         *paces
	robots        *robotsCache
}

// New makes a Client, which opens no connection before its first request. An error lists the
// faults of the configuration.
func New(o Options) (*Client, error) {
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	c := &Client{config: o.Config, logger: o.Logger, now: o.Now}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.userAgent = "samleng/" + cmp.Or(o.Version, "dev")
	if o.Config.Contact != "" {
		c.userAgent += " (+" + o.Config.Contact + ")"
	}
	c.public = newTransport(o, refuseIn(unroutable(), private()))
	c.local = newTransport(o, refuseIn(unroutable()))
	c.paces = newPaces(o.Config)
	c.robots = newRobotsCache()
	return c, nil
}

// UserAgent is what the client calls itself: "samleng/VERSION (+CONTACT)".
func (c *Client) UserAgent() string { return c.userAgent }

// Close closes idle connections. The client stays usable.
func (c *Client) Close() {
	c.public.CloseIdleConnections()
	c.local.CloseIdleConnections()
}

// Request is one page to get.
type Request struct {
	URL          string
	ETag         string // of the copy that is already known; empty: none
	LastModified string // of the copy that is already known; empty: none
	Accept       string // Accept header; empty: anything
	Local        bool   // allow private and loopback addresses
	MaxBytes     int64  // largest decompressed body; 0: the client's limit
}

// Response is a page.
type Response struct {
	URL          string // after redirects
	Status       int    // 200..299, or 304
	Body         []byte // decompressed, in the character set it came in; nil when NotModified
	ContentType  string // as the server sent it
	ETag         string // as the server sent it, for the next Request
	LastModified string // as the server sent it, for the next Request
	NotModified  bool   // the copy that the Request named is still the newest
}

// Text gives the body as valid UTF-8; see DecodeUTF8.
func (r *Response) Text() []byte { return DecodeUTF8(r.Body, r.ContentType) }

// Get gets a page, waiting for its turn at the host first. Its errors are sentences for
// people and carry a class: Unauthorised where robots.txt or the server says no, Permanent
// for an address that leads nowhere or to a refused network, RetryAfter and RateLimited
// (with the wait that the server named, if any) for what may pass, BadInput for a body that
// is too large or broken.
func (c *Client) Get(ctx context.Context, r Request) (*Response, error) {
	if r.MaxBytes > 0 {
		ctx = withMaxBytes(ctx, r.MaxBytes)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return nil, samleng.Errorf(samleng.Permanent, "%q is not an address", r.URL)
	}
	req.Header.Set("Accept", cmp.Or(r.Accept, "*/*"))
	setIfClean(req.Header, "If-None-Match", r.ETag)
	setIfClean(req.Header, "If-Modified-Since", r.LastModified)

	client := http.Client{Transport: c.RoundTripper(r.Local), CheckRedirect: checkRedirect}
	resp, err := client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer func() { _ = resp.Body.Close() }()

	page := &Response{
		URL:          resp.Request.URL.String(),
		Status:       resp.StatusCode,
		ContentType:  resp.Header.Get("Content-Type"),
		ETag:         resp.Header.Get("Etag"),
		LastModified: resp.Header.Get("Last-Modified"),
	}
	if resp.StatusCode == http.StatusNotModified {
		page.NotModified = true
		return page, nil
	}
	if err := StatusError(resp, c.now()); err != nil {
		return nil, err
	}
	if page.Body, err = io.ReadAll(resp.Body); err != nil {
		return nil, err
	}
	return page, nil
}

// checkRedirect bounds the redirects of one page. Where each of them leads is checked by the
// transport, like every address.
func checkRedirect(_ *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return samleng.Errorf(samleng.Permanent, "%s redirects more than %d times", via[0].URL.Host, maxRedirects)
	}
	return nil
}

// withoutURL takes off the method and address that http.Client puts before every error: the
// caller knows them, and they may hold a password.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// setIfClean sets a header to a value that came from a server earlier, unless it holds what
// no header may.
func setIfClean(h http.Header, key, value string) {
	unfit := func(r rune) bool { return r < ' ' || r == 0x7f }
	if value != "" && !strings.ContainsFunc(value, unfit) {
		h.Set(key, value)
	}
}

// megabytes prints a limit for people.
func megabytes(n int64) string {
	if n >= 1_000_000 {
		return fmt.Sprintf("%.3g MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.3g kB", float64(n)/1e3)
}
