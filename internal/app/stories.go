package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
	"samleng/classifiers/duplicate"
	"samleng/pipeline"
	"samleng/storage/clickhouse"
)

// fingerprint is what the worker stores of a text, nil where it is too short for a story.
func fingerprint(title, text string) []byte {
	p := duplicate.Fingerprint(title, text)
	if p.Alone() {
		return nil
	}
	b, err := p.MarshalBinary()
	if err != nil {
		return nil // it never is
	}
	return b
}

// keeperPartition is the partition of the topic "posts" whose owner keeps the stories: every
// topic has it, and of a consumer group one member.
const keeperPartition = 0

const (
	keeperBatch = 5_000            // fingerprints asked about at once
	keeperPause = time.Second      // between two looks, when no worker of this process wakes the keeper
	keeperSweep = 10 * time.Second // between two looks back
	// keeperOverlap is how far back it looks: the longest time between an insert's own time and
	// the moment when it can be seen. What comes later still is found at the next start.
	keeperOverlap = 2 * time.Minute
)

// storyStore is what the keeper needs of the store.
type storyStore interface {
	EachTold(ctx context.Context, since time.Time, f func(samleng.Told) error) error
	EachCarrier(ctx context.Context, stories []samleng.PostID, f func(samleng.Told) error) error
	Prints(ctx context.Context, after clickhouse.PrintCursor, limit int) ([]samleng.Fingerprint, error)
	SetStories(ctx context.Context, found []samleng.Assignment) error
	SettleStories(ctx context.Context) error
	Removals(ctx context.Context, since time.Time) ([]samleng.PostID, error)
}

type keeperOptions struct {
	Config     duplicate.Config
	Store      storyStore
	OnStored   func() // told when stories were stored; must not block
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Now        func() time.Time // default time.Now
}

// keeper finds the story of every post that is stored. Of a deployment one works at a time;
// see docs/adr/0010-the-story-keeper.md for what happens when two do.
type keeper struct {
	o        keeperOptions
	awake    chan struct{}
	activity *pipeline.Activity
	metrics  *keeperMetrics
}

func newKeeper(o keeperOptions) (*keeper, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	k := &keeper{o: o, awake: make(chan struct{}, 1), activity: pipeline.NewActivity(o.Now)}
	var err error
	k.metrics, err = newKeeperMetrics(o.Registerer)
	return k, err
}

// wake says that posts were stored. It does not block.
func (k *keeper) wake() {
	select {
	case k.awake <- struct{}{}:
	default: // it is awake already
	}
}

// errNotMine ends the keeping: another process does it now.
var errNotMine = errors.New("the stories are kept elsewhere")

// run keeps the stories whenever mine says that it is this process's turn, until ctx ends. It
// waits out every trouble of the store.
func (k *keeper) run(ctx context.Context, mine func() bool) error {
	for ctx.Err() == nil {
		if !mine() {
			k.rest(ctx)
			continue
		}
		err := pipeline.Retry(ctx, func() error { return k.keep(ctx, mine) },
			func(err error) bool { return errors.Is(err, errNotMine) },
			func(err error) {
				if k.activity.Waiting("stories", "ClickHouse", err) {
					k.o.Logger.Warn("waiting", "for", "ClickHouse", "error", err)
				}
			})
		k.activity.Done("stories")
		if errors.Is(err, errNotMine) {
			k.o.Logger.Info("another process keeps the stories")
		}
	}
	return nil
}

// rest waits for a worker, or a little.
func (k *keeper) rest(ctx context.Context) {
	timer := time.NewTimer(keeperPause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-k.awake:
	}
}

// keep builds the index from the store and goes on with it, until an error. What an index
// that met an error knows may not be in the store, so the next one begins afresh.
func (k *keeper) keep(ctx context.Context, mine func() bool) error {
	b, err := k.open(ctx)
	if err != nil {
		return err
	}
	if k.activity.Done("stories") {
		k.o.Logger.Info("the wait is over", "for", "ClickHouse")
	}
	stats := b.index.Stats()
	k.o.Logger.Info("stories are kept here", "posts", stats.Posts, "stories", stats.Prints)
	for {
		if !mine() {
			return errNotMine
		}
		more, err := b.step(ctx)
		if err != nil {
			return err
		}
		k.metrics.show(b.index.Stats())
		if !more {
			k.rest(ctx)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// book is an index and how far it has read.
type book struct {
	k         *keeper
	index     *duplicate.Index
	at        clickhouse.PrintCursor // of the latest that was read
	swept     time.Time              // when it last looked back
	reached   clickhouse.PrintCursor // at, at that time
	removed   map[samleng.PostID]bool
	removedAt time.Time // since when takedowns are asked for
}

// open builds the index from what is stored, and asks about what has no story yet.
func (k *keeper) open(ctx context.Context) (*book, error) {
	if err := k.o.Store.SettleStories(ctx); err != nil {
		return nil, err
	}
	index, err := duplicate.New(duplicate.Options{Window: k.o.Config.Window, MaxPosts: k.o.Config.MaxPosts, Now: k.o.Now})
	if err != nil {
		return nil, fmt.Errorf("make the story index: %w", err)
	}
	now := k.o.Now()
	since := now.Add(-k.o.Config.Window)
	b := &book{
		k: k, index: index, swept: now, removed: map[samleng.PostID]bool{}, removedAt: now,
		at: clickhouse.PrintCursor{Inserted: since}, // what is older has left the index
	}
	var open []samleng.Fingerprint
	err = k.o.Store.EachTold(ctx, since, func(t samleng.Told) error {
		if at := (clickhouse.PrintCursor{Inserted: t.Inserted, ID: t.ID}); after(at, b.at) {
			b.at = at
		}
		if t.Story.IsZero() {
			if open = append(open, t.Fingerprint); len(open) < keeperBatch {
				return nil
			}
			batch := open
			open = nil
			return b.assign(ctx, batch)
		}
		b.restore(&t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.reached = b.at
	return b, b.assign(ctx, open)
}

func after(a, b clickhouse.PrintCursor) bool {
	if c := a.Inserted.Compare(b.Inserted); c != 0 {
		return c > 0
	}
	return a.ID.String() > b.ID.String()
}

func (b *book) restore(t *samleng.Told) {
	var p duplicate.Print
	if p.UnmarshalBinary(t.Print) == nil { // else another version of the program wrote it
		b.index.Restore(t.ID, t.Story, t.Published, t.Assigned, p)
	}
}

// step reads what came since, and reports whether there is more.
func (b *book) step(ctx context.Context) (more bool, err error) {
	if err := b.takeDown(ctx); err != nil {
		return false, err
	}
	if more, err = b.read(ctx, &b.at); err != nil || more {
		return more, err
	}
	if now := b.k.o.Now(); now.Sub(b.swept) >= keeperSweep {
		back := clickhouse.PrintCursor{Inserted: b.reached.Inserted.Add(-keeperOverlap)}
		b.swept, b.reached = now, b.at
		for more := true; more; {
			if more, err = b.read(ctx, &back); err != nil {
				return false, err
			}
		}
		if after(back, b.at) {
			b.at = back
		}
	}
	return false, nil
}

// read asks about the fingerprints behind the cursor and moves it.
func (b *book) read(ctx context.Context, cursor *clickhouse.PrintCursor) (more bool, err error) {
	prints, err := b.k.o.Store.Prints(ctx, *cursor, keeperBatch)
	if err != nil || len(prints) == 0 {
		return false, err
	}
	if err := b.assign(ctx, prints); err != nil {
		return false, err
	}
	last := &prints[len(prints)-1]
	*cursor = clickhouse.PrintCursor{Inserted: last.Inserted, ID: last.ID}
	return len(prints) == keeperBatch, nil
}

// assign gives posts their stories and stores those of the posts that had none. A post that
// had one keeps it; it is asked about for the sake of what an edit has changed.
func (b *book) assign(ctx context.Context, prints []samleng.Fingerprint) error {
	var found []samleng.Assignment
	var carried int
	for i := range prints {
		f := &prints[i]
		var p duplicate.Print
		if b.removed[f.ID] || p.UnmarshalBinary(f.Print) != nil {
			continue // another version of the program wrote it
		}
		_, known := b.index.Story(f.ID)
		story := b.index.Assign(f.ID, f.Published, p)
		if known {
			continue
		}
		found = append(found, samleng.Assignment{Post: f.ID, Story: story})
		if story != f.ID {
			carried++
		}
	}
	if len(found) == 0 {
		return nil
	}
	if err := b.k.o.Store.SetStories(ctx, found); err != nil {
		return err
	}
	b.k.metrics.assigned(found, carried, b.k.o.Now().Sub(prints[len(prints)-1].Inserted))
	if carried > 0 {
		b.k.o.OnStored()
	}
	return nil
}

// takeDown forgets the posts that were taken down. Where one stood for its story, the next
// carrier that is known stands for it from now on.
func (b *book) takeDown(ctx context.Context) error {
	now := b.k.o.Now()
	ids, err := b.k.o.Store.Removals(ctx, b.removedAt.Add(-keeperOverlap))
	if err != nil {
		return err
	}
	b.removedAt = now
	var stories []samleng.PostID
	for _, id := range ids {
		if b.removed[id] {
			continue
		}
		b.removed[id] = true
		if story, ok := b.index.Story(id); ok {
			stories = append(stories, story)
			b.index.Remove(id)
		}
	}
	if len(stories) == 0 {
		return nil
	}
	return b.k.o.Store.EachCarrier(ctx, stories, func(t samleng.Told) error {
		if !b.removed[t.ID] && !t.Story.IsZero() {
			b.restore(&t)
		}
		return nil
	})
}
