package duplicate

// A shingle is as many units as it takes to reach shingleWeight.
const (
	clusterWeight = 1
	wordWeight    = 2 // also of an ideograph, which carries as much as a short word
	shingleWeight = 6
)

// window turns units into shingles: after each unit, the shortest run of the last ones that
// reaches shingleWeight. The hash of a run is a polynomial modulo 2^64, taken as the
// difference of two prefixes.
type window struct {
	all    uint64    // hash of all units
	before [8]uint64 // hash of all units before each of the last ones, by its number modulo 8
	weight [8]int    // of each of the last units
	first  int       // number of the first unit of the run
	next   int       // number of the next unit
	total  int       // weight of the run
}

// powers are those of an odd number without a pattern (one of wyhash's), modulo 2^64.
var powers = [shingleWeight + 1]uint64{
	0x1, 0xa0761d6478bd642f, 0x90ef04c1249ac0a1, 0x43f95e31da85418f,
	0xd9355e7b9aa5e541, 0xeb2f7b6eeaff7aef, 0x9fdd55c2bb5fede1,
}

// unit takes the next unit of the text.
func (s *sketcher) unit(h uint64, weight int) {
	s.before[s.next&7], s.weight[s.next&7] = s.all, weight
	s.all = s.all*powers[1] + (h ^ h>>32)
	s.next++
	s.total += weight
	for s.total-s.weight[s.first&7] >= shingleWeight {
		s.total -= s.weight[s.first&7]
		s.first++
	}
	if s.total >= shingleWeight {
		s.add(s.all - s.before[s.first&7]*powers[s.next-s.first])
	}
}

// unitsOfOne takes units of weight 1, as unit does.
func (s *sketcher) unitsOfOne(hashes []uint64) {
	for len(hashes) > 0 && (s.total != shingleWeight || s.next-s.first != shingleWeight) {
		s.unit(hashes[0], 1)
		hashes = hashes[1:]
	}
	if len(hashes) == 0 {
		return
	}
	// From here on each shingle is the last shingleWeight units, and one leaves it for each that comes.
	all, next, n := s.all, s.next, s.n
	for _, h := range hashes {
		s.before[next&7], s.weight[next&7] = all, 1
		all = all*powers[1] + (h ^ h>>32)
		next++
		shingle := mix(all - s.before[(next-shingleWeight)&7]*powers[shingleWeight])
		if n < kept {
			s.hash[n] = shingle
		}
		n++
		at, value := place(shingle)
		s.least[at] = min(s.least[at], value)
	}
	s.all, s.next, s.n, s.first = all, next, n, next-shingleWeight
}
