package duplicate

import "time"

// BytesPerPost is the most memory that the index takes for each of Options.MaxPosts, when
// every post starts a story: measured 430 to 465. A carrier of a known story takes a fifth
// of it. While the index grows, by doubling, it takes half as much again for a moment.
const BytesPerPost = 520

// Stats say how full an index is.
type Stats struct {
	Posts   int    // posts whose story is known
	Prints  int    // prints that stand for stories; mostly one each
	Evicted uint64 // posts forgotten before Window was over, for lack of room
	// Horizon is how far back the index knows posts: the age of the oldest, counted from
	// when it was assigned. Where Evicted grows, it is what Window has shrunk to.
	Horizon time.Duration
}

// Stats gives the state of the index.
func (x *Index) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := Stats{Posts: len(x.posts.story), Prints: x.heads.live, Evicted: x.evicted}
	if oldest, ok := x.posts.oldest(); ok {
		if now := seconds(x.now()); now > oldest {
			s.Horizon = time.Duration(now-oldest) * time.Second
		}
	}
	return s
}
