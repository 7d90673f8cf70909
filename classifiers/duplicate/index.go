package duplicate

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"samleng"
)

// Options are what an Index is made of. The zero value is an index in memory alone with
// the defaults.
type Options struct {
	// Dir is the folder that keeps the index, made when it is missing; its files are named
	// stories-*.log. No other process may have it open: the caller sees to that. Empty: the
	// index is lost with the process.
	Dir string
	// Window is how far apart two carriers of a story can be published; default 14 days.
	// A post is forgotten that long after it was assigned.
	Window time.Duration
	// MaxPosts bounds the memory, at about BytesPerPost each; default 250,000, at most
	// 4,194,304. When more are assigned within Window, the oldest are forgotten early: see
	// Stats.Horizon.
	MaxPosts int
	// Now is the clock; default time.Now. It decides only when a post is forgotten.
	Now func() time.Time
}

// Limits and defaults of Options.
const (
	DefaultWindow   = 14 * 24 * time.Hour
	DefaultMaxPosts = 250_000
	maxPosts        = 1 << slotBits
)

// Index knows the stories of the last days. All methods are safe for concurrent use; they
// take turns.
//
// A post joins the story whose text is most like its own, if that is at least as like as
// Same demands and was published within Window of its own. Otherwise it starts a story,
// named by its id, and its print stands for the story from then on: later carriers are
// likened to the first and never to one another, so that a story cannot drift into another.
// A story thus spans Window on either side of its first carrier.
//
// The answers are a function of the calls in their order. A post that is known keeps its
// story whatever its text has become; when an edit has made it unlike everything known, the
// new text stands for the story too, so that those who carry the edited version are found.
type Index struct {
	window   uint32 // seconds
	maxPosts int
	now      func() time.Time

	mu     sync.Mutex
	posts  posts
	heads  heads
	log    *segments // nil without a folder
	closed bool

	evicted uint64 // posts that were forgotten early, for lack of room
}

// Open makes an index, and reads what is kept in Options.Dir. Records that a crash left
// half-written, or that were damaged since, are dropped: Stats.Damaged counts the files. An
// error is about the options, or about the folder.
func Open(o Options) (*Index, error) {
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	if o.MaxPosts == 0 {
		o.MaxPosts = DefaultMaxPosts
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	var faults []error
	if o.Window < time.Minute || o.Window > 10*365*24*time.Hour {
		faults = append(faults, samleng.Keyf("window", "%s is not between a minute and ten years", o.Window))
	}
	if o.MaxPosts < 1 || o.MaxPosts > maxPosts {
		faults = append(faults, samleng.Keyf("max_posts", "%d is not between 1 and %d", o.MaxPosts, maxPosts))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	x := &Index{window: uint32(o.Window / time.Second), maxPosts: o.MaxPosts, now: o.Now}
	x.posts.init()
	x.heads.init()
	if o.Dir == "" {
		return x, nil
	}
	log, err := openSegments(o.Dir, segmentPosts(o.MaxPosts), x.restore)
	if err != nil {
		return nil, fmt.Errorf("open the story index in %s: %w", o.Dir, err)
	}
	x.log = log
	return x, nil
}

// Assign gives the story of a post: the id of its first carrier, which is the post's own
// when it starts a story or its text is too short to belong to one. Asked again about the
// same id it gives the same story, until that is forgotten. published is never zero.
//
// The answer is on its way to the folder when Assign returns, and there after Flush.
func (x *Index) Assign(id samleng.PostID, published time.Time, p Print) (story samleng.PostID) {
	if p.Alone() {
		return x.known(id)
	}
	now, at := seconds(x.now()), seconds(published)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.expire(now)

	story, again := x.posts.story[id]
	if again && (!p.Near() || x.heads.find(&p, at, x.window) >= 0) {
		return story
	}
	r := record{id: id, story: story, arrived: now, published: at, print: p}
	switch {
	case again: // the edit is like nothing known
		r.kind = recordEdit
	default:
		r.kind, r.story = recordFirst, id
		if h := x.heads.find(&p, at, x.window); h >= 0 {
			r.kind, r.story = recordCarrier, x.heads.ring[h].story
		}
	}
	x.apply(&r)
	if x.log != nil {
		x.log.append(&r)
	}
	return r.story
}

// known gives the story of a post whose text has become too short to say.
func (x *Index) known(id samleng.PostID) samleng.PostID {
	x.mu.Lock()
	defer x.mu.Unlock()
	if story, ok := x.posts.story[id]; ok {
		return story
	}
	return id
}

// Story gives the story of a post that was assigned one and is not forgotten.
func (x *Index) Story(id samleng.PostID) (story samleng.PostID, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	story, ok = x.posts.story[id]
	return story, ok
}

// Restore tells the index a story that was assigned before and is kept elsewhere, as when
// the index is built again from the store. Tell them in the order in which they were
// assigned, which is that of assigned too. A post that is known already keeps its story; its
// text stands for the story where it is like nothing known, as that of an edit does, or of
// the next carrier when the first was removed.
func (x *Index) Restore(id, story samleng.PostID, published, assigned time.Time, p Print) {
	if p.Alone() {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	at := seconds(published)
	r := record{kind: recordCarrier, id: id, story: story, arrived: seconds(assigned), published: at, print: p}
	found := x.heads.find(&p, at, x.window) >= 0
	if known, ok := x.posts.story[id]; ok {
		if found {
			return
		}
		r.kind, r.story = recordEdit, known
	} else if id == story || !found {
		r.kind = recordFirst // it stands for the story, also where the first carrier is gone
	}
	x.apply(&r)
	if x.log != nil {
		x.log.append(&r)
	}
}

// Remove forgets posts that were taken down. Where one stood for its story, the story keeps
// its name and its other carriers, and those who carry it later start another. Ids and
// fingerprints, from which no text can be had back, stay in the folder until they expire.
func (x *Index) Remove(ids ...samleng.PostID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range ids {
		r := record{kind: recordRemoved, id: id, arrived: seconds(x.now())}
		x.apply(&r)
		if x.log != nil {
			x.log.append(&r)
		}
	}
}

// apply makes a record true in memory.
func (x *Index) apply(r *record) {
	if r.kind == recordRemoved {
		delete(x.posts.story, r.id)
		x.heads.removeOf(r.id)
		return
	}
	if r.kind != recordEdit {
		if x.posts.push(r.id, r.story, r.arrived, x.maxPosts) {
			x.evicted++
			x.heads.dropBefore(x.posts.ring[x.posts.first].at)
		}
	}
	if r.kind != recordCarrier {
		x.heads.push(head{
			story: r.story, of: r.id, arrived: r.arrived, published: r.published, print: r.print,
		}, x.maxPosts)
	}
}

// restore is apply for a record of the folder.
func (x *Index) restore(r *record) {
	if _, ok := x.posts.story[r.id]; ok && r.kind != recordEdit && r.kind != recordRemoved {
		return
	}
	x.apply(r)
}

// expire forgets what is older than the window, a little at each call.
func (x *Index) expire(now uint32) {
	const most = 4 // of each, at a time: twice what one call can add
	for range most {
		if !x.posts.expire(now, x.window) {
			break
		}
	}
	for range most {
		if !x.heads.expire(now, x.window) {
			break
		}
	}
	if x.log != nil {
		x.log.expire(now, x.window, x.maxPosts)
	}
}

// Flush hands everything assigned so far to the operating system, so that it outlives the
// process, killed or not. Call it before the stories are made known elsewhere, once for a
// batch. After an error the records are kept, up to a bound, and tried again by the next
// Flush; answers go on being right in the meantime.
func (x *Index) Flush() error { return x.flush(false) }

// Sync is Flush and waits for the disk, so that it outlives the machine.
func (x *Index) Sync() error { return x.flush(true) }

func (x *Index) flush(sync bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.log == nil || x.closed {
		return nil
	}
	if err := x.log.flush(sync); err != nil {
		return fmt.Errorf("keep the story index: %w", err)
	}
	return nil
}

// Close is Sync, and closes the folder. A second call does nothing. Assign still answers
// afterwards, and nothing of it is kept.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.log == nil || x.closed {
		return nil
	}
	x.closed = true
	err := x.log.close()
	x.log = nil
	if err != nil {
		return fmt.Errorf("close the story index: %w", err)
	}
	return nil
}

// seconds is a time as the index keeps it, which is right from 1970 to 2106.
func seconds(t time.Time) uint32 { return uint32(min(max(t.Unix(), 0), 1<<32-1)) }
