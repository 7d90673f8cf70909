package khmer

// orderedRun reports whether all clusters of what is in the Khmer block from byte i on are canonical,
// and gives the end of that, i for none.
//
// It takes no branch within a run: which mark comes next cannot be guessed, so faults are gathered.
func orderedRun(s string, i int) (end int, ok bool) {
	var seen, last, below, fault uint32
	rank := uint32(aloneRank)
	for {
		place, inside := khmerPlace(s, i)
		if !inside {
			return i, (fault|below)&1 == 0
		}
		i += 3
		part := uint32(parts[below&1][place&127])
		less := (part&rankMask - rank) >> 31
		again := ((uint32(place) ^ last) - 1) >> 31
		clash := (seen&(part>>clashShift)&seenMask + seenMask) >> seenBits
		fault |= part>>faultShift | (less|again|clash)&(part>>followsShift)
		opens := part >> opensShift & 1
		seen = seen&-(part>>followsShift&1|opens) | part>>seenShift&seenMask
		rank = rank&-opens | part&rankMask
		last, below = uint32(place), opens
	}
}

// A part is what a code point does to the order of its cluster: its rank, what later parts may clash
// with, what it clashes with, and whether it follows others or is wrong wherever it stands. A coeng
// opens the place below, and has the rank of what stands there.
const (
	rankMask     = 0xF
	seenShift    = 4
	seenBits     = 4
	seenMask     = 1<<seenBits - 1
	clashShift   = 8
	followsShift = 12
	opensShift   = 13
	faultShift   = 14

	// aloneRank is that of what begins no cluster: no mark comes after it.
	aloneRank = rankMask
)

// What a later part may clash with.
const (
	seenE  = 1 << iota // U+17C1
	seenOE             // U+17BE, U+17BF
	seenU              // U+17BB
	seenRo             // ro below
)

// parts holds what each code point of the block is, on the line and right after a coeng.
var parts = func() (all [2][128]uint16) {
	for i := range all[0] {
		r := rune(0x1780 + i)
		all[0][i], all[1][i] = onLine(r), 1<<faultShift
		if roles[i] != base {
			continue
		}
		switch r {
		case 0x178A, 0x17A3, 0x17A4: // others are written instead
		case 0x179A:
			all[1][i] = 1<<followsShift | rankCoengRo | seenRo<<seenShift | seenRo<<clashShift
		default:
			all[1][i] = 1<<followsShift | rankCoeng
		}
	}
	return all
}()

// onLine gives the part of a rune that does not come after a coeng.
func onLine(r rune) uint16 {
	switch classOf(r) {
	case other:
		return aloneRank
	case base:
		if r == 0x17A3 || r == 0x17A4 {
			return 1 << faultShift
		}
		return rankBase
	case coeng:
		return 1 << opensShift
	case invisible:
		return 1 << faultShift
	case robat, shifter, vowel, sign, final:
	}
	part := 1<<followsShift | uint16(rank(r)) //nolint:gosec // of few bits
	switch r {
	case 0x17C1:
		part |= seenE << seenShift
	case 0x17BE, 0x17BF:
		part |= seenOE<<seenShift | seenU<<clashShift
	case 0x17BB:
		part |= seenU<<seenShift | seenOE<<clashShift
	case 0x17B6:
		part |= (seenE | seenOE | seenU) << clashShift // ាំ looks the same above ុ as a shifter
	case 0x17B8:
		part |= (seenE | seenU) << clashShift
	case 0x17B7, 0x17B9, 0x17BA, 0x17D0, 0x17DD:
		part |= seenU << clashShift
	}
	return part
}
