package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"samleng"
	"samleng/dashboards/web"
	"samleng/storage/clickhouse"
)

// openPage listens and serves the live page. It comes before the workers, so that whatever
// is waited for can be seen there.
func (a *App) openPage(ctx context.Context) error {
	if !a.o.Page {
		return nil
	}
	options := web.Options{
		Store: pageStore{a}, Topics: a.topicNames(), Status: a.status, Sample: a.o.Sample, Version: a.o.Version,
		Minimum: a.o.Settings.Privacy.Group(), Config: a.o.Settings.Page, Registerer: a.metrics, Logger: a.log.With("part", "page"),
	}
	options.Config.Hosts = a.hosts()
	links, err := newLinks(a.folder, a.o.Settings.Alerts.PublicURL)
	if err != nil {
		return err
	}
	options.Claims, options.Feedback = links, a.store
	if options.Alerting, err = a.alertingPage(); err != nil {
		return err
	}
	if a.o.Settings.Page.TakesCorrections(a.reachedBy()) {
		options.Corrections = a.store
	}
	page, err := web.New(options)
	if err != nil {
		return err
	}
	a.page = page
	a.cleanups.add("page streams", time.Second, func(context.Context) error { return page.Close() })

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.o.Settings.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("the page cannot listen on %s: %w; choose another address with --listen", a.o.Settings.Listen, reason(err)), page.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/", page)
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{}))
	server := &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.fail(fmt.Errorf("serve page: %w", err))
		}
	}()
	a.cleanups.add("page", 3*time.Second, func(ctx context.Context) error {
		err := page.Close() // streams first: Shutdown waits for them
		err = errors.Join(err, server.Shutdown(ctx))
		<-done
		return err
	})
	a.addresses.Page = listener.Addr().String()
	return nil
}

// hosts are the names that readers reach the page by: those of the settings, that of the links in
// alerts, and what the machine is called. None of them can be a stranger's.
func (a *App) hosts() []string {
	all := slices.Clone(a.o.Settings.Page.Hosts)
	if u, err := url.Parse(a.o.Settings.Alerts.PublicURL); err == nil && u.Hostname() != "" {
		all = append(all, u.Hostname())
	}
	if name, err := os.Hostname(); err == nil {
		if u, err := url.Parse("http://" + name); err == nil && u.Hostname() == name {
			all = append(all, name)
		}
	}
	return all
}

// reachedBy gives the addresses of the page.
func (a *App) reachedBy() web.Addresses {
	return web.Addresses{Listen: a.o.Settings.Listen, Public: a.o.Settings.Alerts.PublicURL}
}

func (a *App) topicNames() []web.TopicName {
	names := make([]web.TopicName, len(a.topics))
	for i, t := range a.topics {
		names[i] = web.TopicName{ID: t.ID, Khmer: t.Name.Khmer, English: t.Name.English}
	}
	return names
}

// status is what the process says about itself.
func (a *App) status() web.Status {
	s := web.Status{State: web.Running, Problems: a.health.list(), Sources: a.reach()}
	if len(s.Problems) > 0 {
		s.State = web.Waiting
	}
	if !a.ready.Load() && s.State == web.Running {
		s.State, s.Activity = web.Starting, "The program is starting."
	}
	return s
}

// reach sums up how the sources are doing.
func (a *App) reach() web.Reach {
	c := a.collecting()
	reach := web.Reach{Configured: len(c.sources)}
	if c.scheduler == nil {
		return reach
	}
	reasons := map[string]int{}
	for _, s := range c.scheduler.States() {
		if !s.LastPoll.IsZero() {
			reach.Polled++
		}
		if !s.LastSuccess.IsZero() {
			reach.Reached++
		} else if s.Error != "" {
			reasons[shortError(s.SourceState)]++
		}
		if !s.NextPoll.IsZero() && (reach.NextPoll.IsZero() || s.NextPoll.Before(reach.NextPoll)) {
			reach.NextPoll = s.NextPoll
		}
	}
	for text, n := range reasons {
		if best := reasons[reach.Reason]; n > best || (n == best && text < reach.Reason) {
			reach.Reason = text
		}
	}
	return reach
}

// pageStore is the store as the page asks it: with the minimum group, and with the
// configured sources beside those that posts are stored of.
type pageStore struct{ a *App }

// Overview implements web.Store.
func (s pageStore) Overview(ctx context.Context, f samleng.Filter) (samleng.Overview, error) {
	return s.a.store.Overview(ctx, f, s.a.o.Settings.Privacy.Group())
}

// Posts implements web.Store.
func (s pageStore) Posts(ctx context.Context, f samleng.Filter, limit int, before time.Time, beforeID samleng.PostID) ([]samleng.StoredPost, error) {
	return s.a.store.Posts(ctx, f, limit, clickhouse.Cursor{Published: before, ID: beforeID})
}

// Sources implements web.Store.
func (s pageStore) Sources(ctx context.Context, from, to time.Time) ([]samleng.SourceState, error) {
	stored, err := s.a.store.SourceStates(ctx, from, to)
	if err != nil {
		return nil, err
	}
	sources := s.a.collecting().sources
	states := make([]samleng.SourceState, 0, len(sources)+len(stored))
	for _, source := range sources {
		state := stored[source.ID]
		delete(stored, source.ID)
		state.ID, state.Name, state.Kind, state.URL = source.ID, source.Name, source.Kind, source.URL
		state.Error = shortError(state)
		states = append(states, state)
	}
	for id, state := range stored {
		if state.Posts == 0 && state.LastPost.IsZero() {
			continue // it was read once, is no longer, and nothing came of it
		}
		state.ID, state.Error, state.Class = id, "", "" // how its last poll went no longer matters
		if state.Name == "" {
			state.Name = id
		}
		states = append(states, state)
	}
	slices.SortStableFunc(states, func(a, b samleng.SourceState) int { return strings.Compare(a.Name, b.Name) })
	return states, nil
}

// shortError is the error of a source's last poll without the address that stands beside it.
func shortError(s samleng.SourceState) string {
	return strings.TrimPrefix(s.Error, "read feed "+s.URL+": ")
}

// reason strips what a network error repeats of the sentence around it.
func reason(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}
