package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"samleng"
)

// errTimeout is the cause of a context that ended because one request took too long.
var errTimeout = errors.New("request timed out")

type maxBytesKey struct{}

// withMaxBytes sets the largest decompressed body for the requests made under ctx.
func withMaxBytes(ctx context.Context, n int64) context.Context {
	return context.WithValue(ctx, maxBytesKey{}, n)
}

// RoundTripper gives the client's manners to another HTTP client (such as colly's): every
// request made through it, redirects included, is checked for its address, asked of
// robots.txt, kept in pace, timed, decompressed and limited in size, and its errors have a
// class. It speaks GET and HEAD only. local allows private and loopback addresses.
//
// Waiting for the pace happens inside RoundTrip, so a client's own timeout must be longer
// than that, or none: http.Client.Timeout counts it, and colly's default of 10 s is too short.
func (c *Client) RoundTripper(local bool) http.RoundTripper {
	return &polite{client: c, base: c.transport(local), local: local}
}

func (c *Client) transport(local bool) *http.Transport {
	if local {
		return c.local
	}
	return c.public
}

// polite is the transport with manners. With noRobots it does not ask robots.txt, which is
// how robots.txt itself is read.
type polite struct {
	client   *Client
	base     *http.Transport
	local    bool
	noRobots bool
}

// RoundTrip sends one request. See Client.RoundTripper.
func (t *polite) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := checkAddress(req); err != nil {
		return nil, err
	}
	ctx, host := req.Context(), strings.ToLower(req.URL.Hostname())
	pace := t.client.paces.of(host)
	if !t.noRobots {
		if err := t.client.askRobots(ctx, req.URL, t.local, pace); err != nil {
			return nil, err
		}
	}
	if err := pace.wait(ctx, host, t.client.now()); err != nil {
		return nil, fault(ctx, err, host, t.client.config.Timeout)
	}

	timed, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(t.client.config.Timeout, func() { cancel(errTimeout) })
	done := func() { timer.Stop(); cancel(nil) }
	out := req.Clone(timed)
	out.Header.Set("User-Agent", t.client.userAgent)
	out.Header.Set("Accept-Encoding", acceptEncoding)
	out.Header.Del("Referer")

	resp, err := t.base.RoundTrip(out)
	if err != nil {
		defer done()
		return nil, fault(timed, err, host, t.client.config.Timeout)
	}
	if wait := retryAfter(resp, t.client.now()); wait > 0 {
		pace.silence(t.client.now(), wait)
	}
	resp.Request = req
	limit := t.client.config.MaxBytes
	if n, ok := ctx.Value(maxBytesKey{}).(int64); ok {
		limit = n
	}
	explain := func(err error) error { return fault(timed, err, host, t.client.config.Timeout) }
	if err := decompress(resp, limit, explain, done); err != nil {
		return nil, err
	}
	return resp, nil
}

// checkAddress refuses what is not plain reading from the web.
func checkAddress(req *http.Request) error {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return samleng.Errorf(samleng.Permanent, "method %s: pages are only read", req.Method)
	}
	return checkURL(req.URL)
}

func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return samleng.Errorf(samleng.Permanent, "an address that begins with %q is refused: only http and https are read", u.Scheme+":")
	}
	if u.Hostname() == "" {
		return samleng.Errorf(samleng.Permanent, "the address names no host")
	}
	return nil
}
