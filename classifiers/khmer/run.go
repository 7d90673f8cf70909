package khmer

// Cluster is an orthographic cluster of a run of Khmer, the bytes [Start, End) of a text.
type Cluster struct {
	Start, End int32
	// Hash is that of its code points, U+17B2 read as U+17B1, which is the same letter written
	// otherwise. Models are made of it: it never changes.
	Hash uint64

	unit uint64 // see khmerCluster; a sentinel for what is not made of letters
}

// Letters reports whether the cluster is made of letters and their signs, as all words of more
// than digits are.
func (c *Cluster) Letters() bool { return !isSentinel(c.unit) }

// clusterSeed and mixHash make Cluster.Hash: a multiplication with a fold for each code point.
const clusterSeed uint64 = 0x9E3779B97F4A7C15

func mixHash(h, v uint64) uint64 {
	h = (h ^ v) * 0x9FB21C651E98DF25
	return h ^ h>>32
}

// AppendRun appends to dst the clusters of the run of Khmer letters, vowels and signs that is at
// byte i of s, and gives its end, i for none; with digits it takes Khmer digits and U+17DC too, each
// of which is a cluster by itself. The clusters are those of AppendClusters for the run alone.
//
// It takes no branch within a run: where a cluster ends cannot be guessed, and of one code point
// only the one before it needs to be known.
func AppendRun(dst []Cluster, s string, i int, digits bool) ([]Cluster, int) {
	allowed := inRun[0]
	if digits {
		allowed = inRun[1]
	}
	n, state := len(dst), uint32(stateStart)
	var c Cluster
	for {
		place, ok := khmerPlace(s, i)
		if !ok || allowed[place>>6&1]>>(place&63)&1 == 0 {
			return dst[:n], i
		}
		step := uint32(steps[place&127])
		starts := int(step >> ((startBits + state) & 31) & 1)
		fresh := -uint64(starts)
		if n+1 > cap(dst) {
			dst = append(dst[:n], Cluster{})
		}
		dst = dst[:n+starts]
		n += starts
		if starts != 0 {
			c.Start = int32(i)
		}
		state &^= uint32(fresh)
		i += 3
		c.End = int32(i)
		c.Hash = mixHash(c.Hash&^fresh|clusterSeed&fresh, uint64(letters[place&127]))
		c.unit = c.unit&^fresh + units[state&1][place&127]
		dst[n-1] = c
		state = step & (1<<startBits - 1)
	}
}

// Starts reads the run of Khmer letters, vowels and signs at byte i of s, no more than 64 code points
// of it, each of three bytes: n of them, of which those begin a cluster whose bit is set, the first
// in the lowest. The clusters are those of AppendRun.
func Starts(s string, i int) (starts uint64, n int) {
	state := uint32(stateStart)
	for ; n < 64; n++ {
		place, ok := khmerPlace(s, i+3*n)
		if !ok || inRun[0][place>>6&1]>>(place&63)&1 == 0 {
			break
		}
		step := uint32(steps[place&127])
		starts |= uint64(step>>((startBits+state)&31)&1) << (n & 63)
		state = step & (1<<startBits - 1)
	}
	return starts, n
}

// The states between two code points of a run: on the line, below it, and where any begins a
// cluster, at the start of the run or after a code point that stands alone.
const (
	stateStart = 2
	startBits  = 2 // below these a step holds the state that follows, above them where it starts
)

// steps says of every code point of the block in which states it begins a cluster, and which
// state follows: see lines.
var steps = func() (all [128]uint8) {
	const onLine, below, start = 1 << startBits, 2 << startBits, 4 << startBits
	for i := range all {
		switch roles[i] {
		case other:
			all[i] = onLine | below | start | stateStart
		case base:
			all[i] = onLine | start
		case coeng:
			all[i] = start | 1
		case robat, shifter, vowel, sign, final, invisible:
			all[i] = start
		}
	}
	return all
}()

// inRun has a bit for each code point of the block that a run takes, without and with digits.
var inRun = func() (all [2][2]uint64) {
	for i, role := range roles {
		if role != other {
			all[0][i>>6] |= 1 << (i & 63)
		}
		if role != other || i >= 0x60 && i <= 0x69 || i == 0x5C {
			all[1][i>>6] |= 1 << (i & 63)
		}
	}
	return all
}()

// letters holds the code points as Cluster.Hash reads them.
var letters = func() (all [128]uint16) {
	for i := range all {
		all[i] = uint16(0x1780 + i)
	}
	all[0x32] = 0x17B1
	return all
}()
