package fetch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/temoto/robotstxt"

	"samleng"
)

// Figures for robots.txt; the first two are RFC 9309's.
const (
	robotsFresh    = 24 * time.Hour  // how long a copy is used
	maxRobotsBytes = 500 << 10       // what is beyond is not read
	maxRobotsLines = 10_000          // so that patterns cannot fill the memory
	maxRobotsLine  = 2_000           // bytes
	robotsRetry    = 5 * time.Minute // after a server error; until then the host is not read
	robotsOffline  = 15 * time.Second
	robotsAgent    = "samleng"
)

// robotsCache remembers the robots.txt of each origin (scheme, host and port).
type robotsCache struct {
	mu      sync.Mutex
	origins *recent[string, *robotsEntry]
}

// robotsEntry is one origin's robots.txt. turn is a lock that can be given up waiting for;
// whoever holds it may use the rest.
type robotsEntry struct {
	turn  chan struct{}
	rules *robotstxt.Group // nil: never read
	err   error            // why it could not be read, in force until then
	until time.Time        // when it is read again
}

func newRobotsCache() *robotsCache {
	return &robotsCache{origins: newRecent[string, *robotsEntry](maxHosts)}
}

func (c *robotsCache) entry(origin string) *robotsEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.origins.get(origin, func() *robotsEntry { return &robotsEntry{turn: make(chan struct{}, 1)} })
}

// askRobots returns nil when robots.txt of u's origin allows u. What it says of the pace is
// applied to pace.
func (c *Client) askRobots(ctx context.Context, u *url.URL, local bool, pace *pace) error {
	origin := url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host)}
	entry := c.robots.entry(origin.String())
	select {
	case entry.turn <- struct{}{}:
		defer func() { <-entry.turn }()
	case <-ctx.Done():
		return fault(ctx, ctx.Err(), u.Hostname(), c.config.Timeout)
	}

	if now := c.now(); !now.Before(entry.until) {
		rules, err := c.readRobots(ctx, origin, local)
		if ctx.Err() != nil {
			return fault(ctx, ctx.Err(), u.Hostname(), c.config.Timeout)
		}
		entry.err, entry.until = err, now.Add(robotsLife(err))
		switch {
		case err == nil:
			entry.rules = rules
			if rules.CrawlDelay > c.config.HostInterval {
				c.logger.Info("robots.txt asks for a slower pace", "host", u.Hostname(), "asked", rules.CrawlDelay, "honoured", min(rules.CrawlDelay, c.config.MaxCrawlDelay))
			}
		case entry.rules != nil:
			c.logger.Warn("robots.txt could not be read; the older copy is obeyed", "host", u.Hostname(), "error", err)
		}
	}
	if entry.rules == nil { // a stale copy is better than none (RFC 9309, 2.3.1.4)
		return entry.err
	}
	pace.atMostEvery(min(entry.rules.CrawlDelay, c.config.MaxCrawlDelay))
	if !entry.rules.Test(robotsPath(u)) {
		return samleng.Errorf(samleng.Unauthorised, "robots.txt of %s does not allow %s to be read", u.Hostname(), u.EscapedPath())
	}
	return nil
}

// robotsLife gives how long the outcome of reading robots.txt holds.
func robotsLife(err error) time.Duration {
	switch {
	case err == nil:
		return robotsFresh
	case samleng.WaitOf(err) > 0:
		return samleng.WaitOf(err)
	}
	if _, ok := errors.AsType[*serverTrouble](err); ok {
		return robotsRetry
	}
	return robotsOffline
}

// serverTrouble marks a robots.txt that was answered with a server's error, as distinct from
// a server that was not reached.
type serverTrouble struct{ error }

func (e *serverTrouble) Unwrap() error { return e.error }

// robotsPath is what the rules are matched with.
func robotsPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// readRobots reads robots.txt and gives the rules for this program. A client error (4xx)
// means that there are no rules; a server error or silence means that nobody may read for a
// while (RFC 9309, 2.3.1).
func (c *Client) readRobots(ctx context.Context, origin url.URL, local bool) (*robotstxt.Group, error) {
	origin.Path = "/robots.txt"
	ctx = withMaxBytes(ctx, max(c.config.MaxBytes, 2*maxRobotsBytes))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin.String(), nil)
	if err != nil {
		return nil, samleng.Errorf(samleng.Permanent, "%q is not an address", origin.Host)
	}
	client := http.Client{
		Transport:     &polite{client: c, base: c.transport(local), local: local, noRobots: true},
		CheckRedirect: checkRedirect,
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer func() { _ = resp.Body.Close() }()

	status := resp.StatusCode
	if status >= 400 && status <= 499 && status != http.StatusTooManyRequests {
		return &robotstxt.Group{}, nil
	}
	if err := StatusError(resp, c.now()); err != nil {
		return nil, samleng.WithWait(samleng.ClassOf(err), samleng.WaitOf(err), &serverTrouble{err})
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxRobotsBytes))
	if err != nil {
		return nil, err
	}
	return parseRobots(DecodeUTF8(text, resp.Header.Get("Content-Type"))), nil
}

// parseRobots gives the rules for this program. What cannot be understood is left out, line by
// line: the parser would refuse the whole file for one bad Crawl-delay.
func parseRobots(text []byte) *robotstxt.Group {
	var kept bytes.Buffer
	inGroup, lines := false, 0
	for line := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line, _, _ = bytes.Cut(line, []byte("#"))
		key, value, ok := bytes.Cut(line, []byte(":"))
		key, value = bytes.ToLower(bytes.TrimSpace(key)), bytes.TrimSpace(value)
		if !ok || len(line) > maxRobotsLine {
			continue
		}
		switch string(key) {
		case "user-agent":
			inGroup = true
		case "allow", "disallow":
			ok = inGroup
		case "crawl-delay":
			_, err := time.ParseDuration(string(value) + "s")
			ok = inGroup && err == nil && !bytes.HasPrefix(value, []byte("-"))
		default:
			ok = false
		}
		if !ok {
			continue
		}
		if lines++; lines > maxRobotsLines {
			break
		}
		kept.Write(key)
		kept.WriteString(": ")
		kept.Write(value)
		kept.WriteByte('\n')
	}
	data, err := robotstxt.FromBytes(kept.Bytes())
	if err != nil {
		return &robotstxt.Group{}
	}
	return data.FindGroup(robotsAgent)
}
