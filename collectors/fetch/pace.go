package fetch

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"samleng"
)

// maxHosts bounds how many hosts are remembered, for pace and for robots.txt each. The host
// that was longest unused is forgotten first.
const maxHosts = 4096

// paces keeps the pace of requests to each host.
type paces struct {
	every time.Duration
	burst int

	mu    sync.Mutex
	hosts *recent[string, *pace]
}

// pace is the rhythm of one host.
type pace struct {
	limiter *rate.Limiter

	mu        sync.Mutex
	notBefore time.Time // the host asked for silence until then
}

func newPaces(c Config) *paces {
	return &paces{every: c.HostInterval, burst: c.HostBurst, hosts: newRecent[string, *pace](maxHosts)}
}

// of gives the pace of a host.
func (p *paces) of(host string) *pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hosts.get(host, func() *pace {
		limit := rate.Inf
		if p.every > 0 {
			limit = rate.Every(p.every)
		}
		return &pace{limiter: rate.NewLimiter(limit, p.burst)}
	})
}

// wait blocks until a request may be sent. It does not wait for the end of a silence that
// the host asked for: that may be a day.
func (p *pace) wait(ctx context.Context, host string, now time.Time) error {
	p.mu.Lock()
	silence := p.notBefore.Sub(now)
	p.mu.Unlock()
	if silence > 0 {
		return samleng.WithWait(samleng.RateLimited, silence,
			samleng.Errorf(samleng.RateLimited, "%s asked not to be read for another %s", host, silence.Round(time.Second)))
	}
	if err := p.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return samleng.Errorf(samleng.RetryAfter, "no time left to read from %s at one request every %s", host, every(p.limiter))
	}
	return nil
}

// silence remembers that the host wants no request for d.
func (p *pace) silence(now time.Time, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := now.Add(d); until.After(p.notBefore) {
		p.notBefore = until
	}
}

// atMostEvery slows the pace to one request in d, if it is faster.
func (p *pace) atMostEvery(d time.Duration) {
	if d > 0 && p.limiter.Limit() > rate.Every(d) {
		p.limiter.SetLimit(rate.Every(d))
		p.limiter.SetBurst(1)
	}
}

// every gives the time between two requests of l.
func every(l *rate.Limiter) time.Duration {
	return time.Duration(float64(time.Second) / float64(l.Limit())).Round(time.Millisecond)
}
