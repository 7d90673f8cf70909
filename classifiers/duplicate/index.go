package duplicate

import (
	"errors"
	"sync"
	"time"

	"samleng"
)

// Options are what an Index is made of. The zero value is an index with the defaults.
type Options struct {
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

// Index knows the stories of the last days, in memory: whoever wants them after the process has
// ended keeps what Assign says and tells it again with Restore. All methods are safe for
// concurrent use; they take turns.
//
// A post joins the story whose text is most like its own, if that is alike in
// sameMatches places and was published within Window of its own. Otherwise it starts a story,
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

	mu      sync.Mutex
	posts   posts
	heads   heads
	evicted uint64 // posts that were forgotten early, for lack of room
}

// New makes an empty index. An error is about the options.
func New(o Options) (*Index, error) {
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
	return x, nil
}

// Assign gives the story of a post: the id of its first carrier, which is the post's own
// when it starts a story or its text is too short to belong to one. Asked again about the
// same id it gives the same story, until that is forgotten. published is never zero.
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
	h := head{story: story, of: id, arrived: now, published: at, print: p}
	if again { // the edit is like nothing known
		x.heads.push(h, x.maxPosts)
		return story
	}
	if at := x.heads.find(&p, at, x.window); at >= 0 {
		story = x.heads.ring[at].story
		x.know(id, story, now)
		return story
	}
	h.story = id
	x.know(id, id, now)
	x.heads.push(h, x.maxPosts)
	return id
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
	at, then := seconds(published), seconds(assigned)
	found := x.heads.find(&p, at, x.window) >= 0
	known, again := x.posts.story[id]
	stands := !found // also where the first carrier is gone
	if again {
		story = known
	} else {
		stands = stands || id == story
		x.know(id, story, then)
	}
	if stands {
		x.heads.push(head{story: story, of: id, arrived: then, published: at, print: p}, x.maxPosts)
	}
}

// Remove forgets posts that were taken down. Where one stood for its story, the story keeps
// its name and its other carriers, and those who carry it later start another.
func (x *Index) Remove(ids ...samleng.PostID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range ids {
		delete(x.posts.story, id)
		x.heads.removeOf(id)
	}
}

// know adds a post that is not known. If there is no room, the oldest goes, and so do the
// prints that are as old.
func (x *Index) know(id, story samleng.PostID, arrived uint32) {
	if x.posts.push(id, story, arrived, x.maxPosts) {
		x.evicted++
		x.heads.dropBefore(x.posts.ring[x.posts.first].at)
	}
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
}

// seconds is a time as the index keeps it, which is right from 1970 to 2106.
func seconds(t time.Time) uint32 { return uint32(min(max(t.Unix(), 0), 1<<32-1)) }
