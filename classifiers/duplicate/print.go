package duplicate

import (
	"encoding/binary"
	"math/bits"

	"samleng"
)

// Version names the way fingerprints are made. Prints of different versions must not be
// compared; it is the first byte of a Print's binary form.
const Version = 1

const (
	bins = 96 // places of a sketch, and the most that Print.Size can be

	// nearSize is the least Size whose sketch is compared: about 23 different shingles, 28
	// Khmer clusters or 25 English words. In less text, set phrases make strangers alike.
	nearSize = 20
	// exactSize is the least Size that can have a story at all: about 8 different shingles,
	// 13 Khmer clusters or 10 English words. Two people can write less than that, a greeting
	// or "prices are too high", without either carrying the other's words.
	exactSize = 8
)

// Print is the fingerprint of one text. It is comparable with ==, holds no text, and its
// zero value is the print of a text without letters and digits.
type Print struct {
	// Exact is a hash of the letters and digits in their order, without regard to case,
	// spaces, punctuation, signs, links and the script of the digits.
	Exact uint64
	// Sketch is a MinHash of the shingles: a byte of one text's sketch equals that of
	// another with the probability of their Jaccard index (plus 1/256 of the rest). It is zero
	// when Size is below nearSize.
	Sketch [bins]byte
	// Size grows with the number of different shingles and levels off at 96: n shingles
	// give about 96(1-exp(-n/96)).
	Size uint8
}

// Near reports whether the text is long enough to be likened to others. A shorter one can
// only be the same as another.
func (p *Print) Near() bool { return p.Size >= nearSize }

// Alone reports whether the text is so short that being the same says nothing: such a post
// is a story of its own.
func (p *Print) Alone() bool { return p.Size < exactSize }

// sameMatches is how many of the 96 places of two sketches must agree for one story: a
// Jaccard index of about 0.456, as when three of eight sentences are cut off, or nearly three of
// ten changed. Below it, real articles that share no more than an outlet's boilerplate begin; see
// docs/models/duplicate.md.
const sameMatches = 44

// same reports whether the index puts the two texts in one story, if they were published
// within its window.
func same(a, b *Print) bool {
	if a.Near() && b.Near() {
		return matches(&a.Sketch, &b.Sketch) >= sameMatches
	}
	return a.Exact == b.Exact && !a.Alone() && !b.Alone()
}

// matches counts the places in which two sketches agree.
func matches(a, b *[bins]byte) int {
	const low = 0x7F7F7F7F7F7F7F7F
	n := 0
	for i := 0; i < bins; i += 8 {
		x := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:])
		n += bits.OnesCount64(^((x&low + low) | x | low)) // the top bit of each byte that is 0
	}
	return n
}

// PrintBytes is the length of a Print's binary form.
const PrintBytes = 2 + 8 + bins

// AppendBinary appends the binary form: Version, Size, Exact (little-endian), Sketch. The
// error is always nil.
func (p Print) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, Version, p.Size)
	b = binary.LittleEndian.AppendUint64(b, p.Exact)
	return append(b, p.Sketch[:]...), nil
}

// MarshalBinary is AppendBinary to a new slice.
func (p Print) MarshalBinary() ([]byte, error) {
	return p.AppendBinary(make([]byte, 0, PrintBytes))
}

// UnmarshalBinary is the inverse of MarshalBinary. Another length, another Version or an
// impossible Size is an error of class BadInput.
func (p *Print) UnmarshalBinary(b []byte) error {
	switch {
	case len(b) != PrintBytes:
		return samleng.Errorf(samleng.BadInput, "fingerprint: want %d bytes, got %d", PrintBytes, len(b))
	case b[0] != Version:
		return samleng.Errorf(samleng.BadInput, "fingerprint: version %d, this program reads %d", b[0], Version)
	case b[1] > bins:
		return samleng.Errorf(samleng.BadInput, "fingerprint: size %d, at most %d is possible", b[1], bins)
	}
	p.Size = b[1]
	p.Exact = binary.LittleEndian.Uint64(b[2:])
	copy(p.Sketch[:], b[10:])
	return nil
}
