package duplicate

import "samleng"

// posts are the stories of posts by id, forgotten in the order in which they arrived.
type posts struct {
	story map[samleng.PostID]samleng.PostID
	ring  []arrival // a queue of count from first on
	first int
	count int
}

type arrival struct {
	id samleng.PostID
	at uint32
}

const firstRoom = 1024 // what the rings begin with; they double

func (p *posts) init() {
	p.story = make(map[samleng.PostID]samleng.PostID)
	p.ring = make([]arrival, firstRoom)
}

// push adds a post that is not known, and reports whether the oldest had to go for it.
func (p *posts) push(id, story samleng.PostID, at uint32, most int) (evicted bool) {
	if p.count >= most {
		p.drop()
		evicted = true
	}
	if p.count == len(p.ring) {
		ring := make([]arrival, min(2*len(p.ring), max(most, len(p.ring))))
		n := copy(ring, p.ring[p.first:])
		copy(ring[n:], p.ring[:p.first])
		p.ring, p.first = ring, 0
	}
	p.ring[(p.first+p.count)%len(p.ring)] = arrival{id: id, at: at}
	p.count++
	p.story[id] = story
	return evicted
}

// expire drops the oldest post if it arrived more than window before now.
func (p *posts) expire(now, window uint32) bool {
	at, ok := p.oldest()
	if !ok || at > now || now-at <= window {
		return false
	}
	p.drop()
	return true
}

func (p *posts) oldest() (at uint32, ok bool) {
	if p.count == 0 {
		return 0, false
	}
	return p.ring[p.first].at, true
}

func (p *posts) drop() {
	delete(p.story, p.ring[p.first].id)
	p.first = (p.first + 1) % len(p.ring)
	p.count--
}
