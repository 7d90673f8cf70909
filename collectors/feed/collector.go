package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"samleng"
	"samleng/collectors"
	"samleng/collectors/fetch"
)

const (
	// accept asks for a feed, and for XML from servers that know no better.
	accept = "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"

	// group is how many posts are emitted at once, and fullTextGroup how many where each
	// needs a page of its own: at the usual two seconds a page, a poll that is cut short
	// loses 20 seconds of work.
	group         = 100
	fullTextGroup = 10

	// maxTries is how many polls try to read the page of an article.
	maxTries = 3

	// maxFaults is how many pages in a row may fail before a poll reads no more of them.
	maxFaults = 3
)

// Extractor reads the full text of articles. Package site has one.
type Extractor interface {
	// ArticleText reads the page at url and gives the text of the article on it, plain, with
	// paragraphs separated by newlines and without bylines. The error's class says whether
	// another try may help: RetryAfter and RateLimited do, the others are final.
	ArticleText(ctx context.Context, url string) (string, error)
}

// NewExtractor makes the Extractor for one source.
type NewExtractor func(source samleng.Source, deps collectors.Deps) (Extractor, error)

// New gives the collectors.New of feeds; newExtractor is asked for the sources that want full texts.
func New(newExtractor NewExtractor) collectors.New {
	return func(source samleng.Source, deps collectors.Deps) (collectors.Collector, error) {
		if _, err := fetch.CanonicalURL(source.URL); err != nil {
			return nil, samleng.Keyf("url", "%w", err)
		}
		c := &Collector{source: source, deps: deps}
		if !source.FullText {
			return c, nil
		}
		var err error
		if c.extractor, err = newExtractor(source, deps); err != nil {
			return nil, err
		}
		return c, nil
	}
}

// Collector polls one feed. It asks only for what changed, emits entries that are new or
// were edited, oldest first, and remembers them by their id and a hash of their content.
type Collector struct {
	source    samleng.Source
	deps      collectors.Deps
	extractor Extractor // nil: no full texts
}

// Collect implements collectors.Collector.
func (c *Collector) Collect(ctx context.Context, emit collectors.Emit) (collectors.Outcome, error) {
	var out collectors.Outcome
	var state cursor
	if _, err := c.deps.Cursors.Load(c.source.ID, &state); err != nil {
		return out, fmt.Errorf("load cursor: %w", err)
	}
	request := fetch.Request{URL: c.source.URL, Accept: accept, Local: c.source.Local}
	if state.URL == c.source.URL && !state.pending() {
		request.ETag, request.LastModified = state.ETag, state.LastModified
	}
	page, err := c.deps.Fetch.Get(ctx, request)
	if err != nil {
		return out, fmt.Errorf("read feed %s: %w", c.source.URL, err)
	}
	if page.NotModified {
		out.NotModified = true
		return out, nil
	}
	seen := c.deps.Now()
	posts, rejected, parseErr := Parse(page.Text(), c.source.URL, seen, c.source)
	for _, r := range rejected {
		out.Reject(fmt.Sprintf("entry %d: %s", r.Index+1, r.Reason))
	}
	if parseErr != nil && !errors.Is(parseErr, ErrPartial) {
		return out, fmt.Errorf("read feed %s: %w", c.source.URL, parseErr)
	}

	state.bound(len(posts))
	if err := c.emitNew(ctx, emit, posts, &state, seen); err != nil {
		return out, err
	}
	if parseErr != nil {
		// Without the validators, so that the whole document is read next time.
		state.ETag, state.LastModified = "", ""
	} else {
		state.ETag, state.LastModified = page.ETag, page.LastModified
		state.giveUpGone(posts)
	}
	state.URL = c.source.URL
	if err := c.save(&state); err != nil {
		return out, err
	}
	if parseErr != nil {
		return out, fmt.Errorf("read feed %s: %w", c.source.URL, parseErr)
	}
	return out, nil
}

// emitNew emits what is new, edited or still without its full text, oldest first, and
// saves the cursor after each group that was acknowledged.
func (c *Collector) emitNew(ctx context.Context, emit collectors.Emit, posts []samleng.Post, state *cursor, seen time.Time) error {
	size := group
	if c.extractor != nil {
		size = fullTextGroup
	}
	reader := articleReader{extractor: c.extractor, source: c.source}
	slices.SortStableFunc(posts, func(a, b samleng.Post) int { return a.Published.Compare(b.Published) })
	index := state.index()
	batch := make([]samleng.Post, 0, size)
	marks := make([]mark, 0, size)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		if err := emit(ctx, batch); err != nil {
			return err
		}
		for _, m := range marks {
			state.remember(m)
		}
		batch, marks = batch[:0], marks[:0]
		return c.save(state)
	}
	for i := range posts {
		p := &posts[i]
		m := mark{ID: p.ID.String(), Hash: contentHash(p), First: seen.Unix()}
		before, known := index[m.ID]
		if known {
			m.First = before.First
			keepFirstSeen(p, time.Unix(before.First, 0))
			if before.Hash == m.Hash {
				if c.extractor == nil || !before.retry() {
					state.remember(before)
					continue
				}
				m.Tries = before.Tries
			}
		}
		changed, err := reader.complete(ctx, p, &m)
		if err != nil {
			return err
		}
		if known && before.Hash == m.Hash && !changed {
			// Another try at the page failed; the post went out as it is.
			state.remember(m)
			continue
		}
		batch, marks = append(batch, *p), append(marks, m)
		if len(batch) == size {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func (c *Collector) save(state *cursor) error {
	state.compact()
	if err := c.deps.Cursors.Save(c.source.ID, state); err != nil {
		return fmt.Errorf("save cursor: %w", err)
	}
	return nil
}

// keepFirstSeen gives a post without a believable date the time it was first seen, so that
// an edit does not make it look new.
func keepFirstSeen(p *samleng.Post, first time.Time) {
	if hasReplacedDate(p) {
		p.Published = first.UTC()
	}
}

func hasReplacedDate(p *samleng.Post) bool {
	return slices.Contains(p.Flags, samleng.FlagDateMissing) || slices.Contains(p.Flags, samleng.FlagDateFuture) ||
		slices.Contains(p.Flags, samleng.FlagDateOld)
}
