package duplicate

import (
	"math/bits"
)

// Fingerprint gives the print of a post. Title and text must have been through
// khmer.Normalise; a title that an outlet repeats at the head of the text, or leaves out
// altogether, makes the little difference that its length does. It takes time in proportion
// to the length and allocates nothing.
//
// The shingles are runs of three words or six clusters. A word is one of a script that puts
// spaces between words, or a number; a cluster is of a script that does not (see
// khmer.AppendClusters), so that Khmer, Thai, Lao and Burmese need no dictionary. Where a
// text changes between scripts, a shingle goes on over the seam. What is left out is written
// at Print.Exact.
func Fingerprint(title, text string) Print {
	var s sketcher
	for i := range s.least {
		s.least[i] = vacant
	}
	s.scan(title)
	s.scan(text)
	return s.print()
}

const (
	// rounds bounds how often the shingles of a short text are thrown again at the places
	// that are still empty. A text of nearSize leaves none empty after that, but for one in
	// 10,000; see fill.
	rounds = 64
	// kept bounds the shingles that are remembered for further rounds. A text with more of
	// them that still leaves a place empty repeats itself.
	kept = 768
)

const vacant = 1<<32 - 1

// sketcher makes the sketch by "fast similarity sketching" (Dahlgaard, Knudsen and Thorup,
// FOCS 2017): each shingle is thrown into one of the places and the least hash of a place
// stays; where places are empty, all are thrown again at those. It is as exact as one hash
// function for each place, at the cost of about one for all.
type sketcher struct {
	window
	least [bins]uint32 // by place
	thrown
}

// ahead is how many code points of a run of Khmer are read at once, as khmer.Starts does.
const ahead = 64

// thrown are the hashes of the first shingles.
type thrown struct {
	hash [kept]uint64
	n    int // shingles in all; at most kept of them are in hash

	falls [kept]uint64 // memory of fill: hashes of a round
}

// add takes one shingle.
func (s *sketcher) add(h uint64) {
	h = mix(h)
	if s.n < kept {
		s.hash[s.n] = h
	}
	s.n++
	at, value := place(h)
	s.least[at] = min(s.least[at], value)
}

// place gives where a hash falls and its value there, which is never vacant.
func place(h uint64) (at int, value uint32) {
	hi, _ := bits.Mul64(h, bins)
	return int(hi), uint32(h) &^ (1 << 31)
}

func (s *sketcher) print() Print {
	p := Print{Exact: mix(s.all)}
	if s.n == 0 {
		return Print{}
	}
	for _, v := range s.least {
		if v != vacant {
			p.Size++
		}
	}
	if !p.Near() {
		return p
	}
	s.fill(int(p.Size))
	for i, v := range s.least {
		p.Sketch[i] = byte(v)
	}
	return p
}

// fill gives every empty place a value. filled places have one.
func (s *sketcher) fill(filled int) {
	hashes := s.hash[:min(s.n, kept)]
	for round := uint64(1); filled < bins && round < rounds; round++ {
		// Those that fall on an empty place are told from the others without a branch.
		falls, n, more := &s.falls, 0, round*golden
		for _, h := range hashes {
			h = mix(h + more)
			at, _ := place(h)
			falls[n] = h
			n += int((uint64(s.least[at]) + 1) >> 32) // vacant is the highest
		}
		for _, h := range falls[:n] {
			at, value := place(h)
			if s.least[at] == vacant {
				filled++
			}
			s.least[at] = min(s.least[at], value)
		}
	}
	if filled == bins {
		return
	}
	before := s.least
	for i := range s.least {
		for try := uint64(1); s.least[i] == vacant; try++ {
			at, _ := place(mix(uint64(i) + try*golden))
			s.least[i] = before[at]
		}
	}
}

const golden = 0x9E3779B97F4A7C15 // 2^64 divided by the golden ratio

// mix spreads the bits of x (the finaliser of SplitMix64, Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}
