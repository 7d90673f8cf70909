package embedded

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
)

// errClosed is what requests get while and after the server closes.
var errClosed = errors.New("the embedded engine is closing")

// pool hands out connections, at most limit of them, and waits when all are busy.
type pool struct {
	open  func() (*connection, error)
	base  map[string]string // settings that every connection starts with
	limit chan struct{}     // one token for each connection in use

	mu     sync.Mutex
	idle   []*connection
	closed bool
}

func newPool(limit int, base map[string]string, open func() (*connection, error)) *pool {
	return &pool{open: open, base: base, limit: make(chan struct{}, limit)}
}

// get waits for a connection until ctx ends.
func (p *pool) get(ctx context.Context) (*connection, error) {
	select {
	case p.limit <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		<-p.limit
		return nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c, nil
	}
	c, err := p.open()
	if err != nil {
		<-p.limit
		return nil, err
	}
	return c, nil
}

// put gives a connection back; one that is not sound is closed instead.
func (p *pool) put(c *connection, sound bool) {
	p.mu.Lock()
	if sound && !p.closed {
		p.idle = append(p.idle, c)
	} else {
		c.close()
	}
	p.mu.Unlock()
	<-p.limit
}

// close waits until every connection is back or ctx ends, and closes those that are.
func (p *pool) close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	for _, c := range p.idle {
		c.close()
	}
	p.idle = nil
	p.mu.Unlock()
	for range cap(p.limit) {
		select {
		case p.limit <- struct{}{}:
		case <-ctx.Done():
			return errors.New("statements were still running in the embedded engine when it closed")
		}
	}
	return nil
}

// use prepares the connection for one request.
func (c *connection) use(database string, settings map[string]string) error {
	if database != c.used {
		if err := c.exec("USE " + quoteName(database)); err != nil {
			return err
		}
		c.used = database
	}
	if len(settings) == 0 {
		return nil
	}
	return c.exec("SET " + assignments(settings, quoteText))
}

// reset takes the settings of a request back, and reports whether the connection can serve
// another one.
func (c *connection) reset(settings, base map[string]string) bool {
	if len(settings) == 0 {
		return true
	}
	back := map[string]string{}
	for name := range settings {
		back[name] = "DEFAULT"
		if v, ok := base[name]; ok {
			back[name] = quoteText(v)
		}
	}
	return c.exec("SET "+assignments(back, func(v string) string { return v })) == nil
}

// assignments renders settings in a fixed order. Their names have been checked.
func assignments(settings map[string]string, quote func(string) string) string {
	all := make([]string, 0, len(settings))
	for name, value := range settings {
		all = append(all, name+" = "+quote(value))
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}

func quoteText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func quoteName(s string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(s) + "`"
}

// checkSetting reports whether name can be the name of a setting.
func checkSetting(name string) error {
	for i := range len(name) {
		if !isWordByte(name[i]) && name[i] != '.' {
			return fmt.Errorf("Code: 115. DB::Exception: Unknown setting %s. (UNKNOWN_SETTING)", quoteText(name)) //nolint:staticcheck // ClickHouse's wording
		}
	}
	return nil
}
