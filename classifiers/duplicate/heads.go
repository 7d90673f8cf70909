package duplicate

import (
	"slices"

	"samleng"
)

// head is a print that stands for a story.
type head struct {
	story     samleng.PostID
	of        samleng.PostID // the post whose print it is
	arrived   uint32         // seconds
	published uint32         // seconds
	print     Print
}

// A sketch is looked up by bands of three places: two texts with a Jaccard index of J are
// found with a probability of 1-(1-J³)³²: .986 at J = .5, .9996 at .6.
const (
	bands    = 32
	bandRows = bins / bands
)

// A line of the table holds the heads whose band has one hash, or one of a few hashes. It is
// a cache line. A line that is full loses its oldest entry: so a phrase that all posts of an
// outlet share costs no more than any other, and its posts are found by their other bands.
const (
	lineSlots = 16
	lineLoad  = 10 // entries for which a line is provided; one in 200 entries is then lost
	slotBits  = 22 // of a slot, for the place of the head in the ring
	tagBits   = 32 - slotBits
)

type line [lineSlots]uint32 // place of the head << tagBits | tag; 0 is free

// heads are the prints that stand for stories: a queue in the order of their arrival, and
// the table that finds them.
type heads struct {
	ring  []head // live of them from first on
	first int
	live  int
	lines []line
}

func (h *heads) init() { h.resize(firstRoom) }

// resize gives the ring another length, which must be enough for what is in it.
func (h *heads) resize(n int) {
	ring := make([]head, n)
	for i := range h.live {
		ring[i] = h.ring[(h.first+i)%len(h.ring)]
	}
	h.ring, h.first = ring, 0
	h.lines = make([]line, n*bands/lineLoad+1)
	for i := range h.live {
		h.link(i)
	}
}

// push adds a head. If there are most of them, the oldest goes.
func (h *heads) push(add head, most int) {
	switch {
	case h.live >= most:
		h.drop()
	case h.live == len(h.ring):
		h.resize(max(min(2*len(h.ring), most), len(h.ring)+1))
	}
	at := (h.first + h.live) % len(h.ring)
	h.ring[at] = add
	h.live++
	h.link(at)
}

// expire drops the oldest head if it arrived more than window before now.
func (h *heads) expire(now, window uint32) bool {
	if h.live == 0 {
		return false
	}
	if at := h.ring[h.first].arrived; at > now || now-at <= window {
		return false
	}
	h.drop()
	return true
}

// dropBefore drops the heads that arrived before a time.
func (h *heads) dropBefore(at uint32) {
	for h.live > 0 && h.ring[h.first].arrived < at {
		h.drop()
	}
}

func (h *heads) drop() {
	h.unlink(h.first)
	h.first = (h.first + 1) % len(h.ring)
	h.live--
}

// removeOf takes the prints of a post out of the table.
func (h *heads) removeOf(id samleng.PostID) {
	for i := range h.live {
		at := (h.first + i) % len(h.ring)
		if h.ring[at].of == id {
			h.unlink(at)
			h.ring[at].print = Print{} // like nothing, and in no line
		}
	}
}

// find gives the place in the ring of the head that is most like p among those published
// within window of at, the oldest of equals; or -1.
func (h *heads) find(p *Print, at, window uint32) int {
	var in places
	in.of(h, p)
	best, most := -1, -1
	for i, key := range in.keys[:in.n] {
		tag := tagOf(key)
		for _, slot := range in.lines[i] {
			if slot&(1<<tagBits-1) != tag {
				continue
			}
			place := int(slot >> tagBits)
			if place == best {
				continue
			}
			other := &h.ring[place]
			if max(at, other.published)-min(at, other.published) > window || !same(p, &other.print) {
				continue
			}
			n := matches(&p.Sketch, &other.print.Sketch)
			if n > most || n == most && h.age(place) > h.age(best) {
				best, most = place, n
			}
		}
	}
	return best
}

// age orders the places of the ring: the newest head has the least.
func (h *heads) age(place int) int {
	return (h.first + h.live - 1 - place + len(h.ring)) % len(h.ring)
}

func (h *heads) link(place int) {
	var in places
	in.of(h, &h.ring[place].print)
	for i, key := range in.keys[:in.n] {
		l := in.lines[i]
		free := slices.Index(l[:], 0)
		if free < 0 {
			free = h.oldest(l)
		}
		l[free] = uint32(place)<<tagBits | tagOf(key)
	}
}

// oldest gives the slot of a full line whose head is the oldest.
func (h *heads) oldest(l *line) int {
	oldest := 0
	for i, slot := range l {
		if h.age(int(slot>>tagBits)) > h.age(int(l[oldest]>>tagBits)) {
			oldest = i
		}
	}
	return oldest
}

func (h *heads) unlink(place int) {
	var in places
	in.of(h, &h.ring[place].print)
	for i, key := range in.keys[:in.n] {
		l := in.lines[i]
		if at := slices.Index(l[:], uint32(place)<<tagBits|tagOf(key)); at >= 0 {
			l[at] = 0
		}
	}
}

// places are where a print is looked up: n keys and their lines.
type places struct {
	keys  [bands]uint64
	lines [bands]*line
	n     int
	first uint32 // made of the first slot of each line: see of
}

// of fills in the places of p. It reads a little of every line, so that the waits for memory
// overlap, which halves the time in a large index.
func (in *places) of(h *heads, p *Print) {
	in.n = keysOf(&in.keys, p)
	for i, key := range in.keys[:in.n] {
		in.lines[i] = h.line(key)
		in.first ^= in.lines[i][0]
	}
}

// keysOf gives what a print is looked up by, and how many of keys that is: a key for each
// band of its sketch, or the one of a text that is found by being the same.
func keysOf(keys *[bands]uint64, p *Print) int {
	switch {
	case p.Alone():
		return 0
	case !p.Near():
		keys[0] = mix(p.Exact)
		return 1
	}
	for i := range keys {
		b := p.Sketch[i*bandRows:]
		keys[i] = mix(uint64(i+1)<<24 | uint64(b[0])<<16 | uint64(b[1])<<8 | uint64(b[2]))
	}
	return bands
}

func (h *heads) line(key uint64) *line { return &h.lines[key>>32*uint64(len(h.lines))>>32] }

// tagOf gives a few bits of the key that make a line's other keys easy to tell; never 0.
func tagOf(key uint64) uint32 { return max(uint32(key&(1<<tagBits-1)), 1) }
