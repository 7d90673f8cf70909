// Package boundary decides where a word ends in a run of orthographic clusters.
//
// A run is a sequence of 64-bit hashes, one for each cluster. The gap before a cluster is a word
// boundary when the weights of the n-grams around it add up to more than zero, all of them
// within Reach clusters to either side, so that a gap is decided by itself, in constant time and
// without an allocation. The package owns the model, its binary form and its training; it does
// not know what a cluster or a Khmer letter is.
package boundary

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Reach is how many clusters a gap sees to either side.
const Reach = 3

// Window is the clusters around a gap, which is in the middle. What is past the end of a run
// is 0; no cluster is.
type Window = [2 * Reach]uint64

// The table is made of buckets of four entries of 16 bits, each a tag above a weight. An n-gram
// that is not in the table meets a foreign entry with a probability of about 4 to 2^tagBits,
// which the training knows of.
const (
	bucketBits = 15
	entries    = 4
	entryBits  = 16
	weightBits = 6
	tagBits    = entryBits - weightBits

	// zeroPoint is added to a weight, so that it is never below zero; it is also an empty entry.
	zeroPoint = 1 << (weightBits - 1)
	maxWeight = zeroPoint - 1
	// unit is the weights to one in a logit.
	unit = 8
)

// header is magic, version, three bytes of nothing, and the bias.
const (
	magic       = "KHSG"
	version     = 2
	headerBytes = 12
	modelBytes  = headerBytes + 8<<bucketBits
)

// Model is a trained boundary model. It is immutable and safe for concurrent use.
type Model struct {
	buckets *[1 << bucketBits]uint64
	bias    int
}

// Decode reads the form that Train gives.
func Decode(b []byte) (*Model, error) {
	if len(b) < headerBytes || string(b[:4]) != magic {
		return nil, errors.New("not a word boundary model")
	}
	if b[4] != version {
		return nil, fmt.Errorf("word boundary model of version %d: this program reads version %d", b[4], version)
	}
	if len(b) != modelBytes {
		return nil, fmt.Errorf("word boundary model of %d bytes is truncated or damaged", len(b))
	}
	m := &Model{buckets: new([1 << bucketBits]uint64), bias: int(int32(binary.LittleEndian.Uint32(b[8:])))}
	for i := range m.buckets {
		m.buckets[i] = binary.LittleEndian.Uint64(b[headerBytes+8*i:])
	}
	return m, nil
}

// Numbers by which a cluster is spread over the hash of an n-gram, by its place in the window: odd
// ones without a pattern (wyhash's and MuseAir's).
const (
	spread0 = 0xa0761d6478bd642f
	spread1 = 0xe7037ed1a0b428db
	spread2 = 0x8ebc6af09c88c6e3
	spread3 = 0x589965cc75374cc3
	spread4 = 0x1d8e4e27c47d124f
	spread5 = 0xeb44accab455d165
)

// features is the number of n-grams of a window that have a weight.
const features = 13

// hashes gives the hashes of these n-grams: those of one to three clusters that touch the gap or span
// it, the four about it, the four that end right after it, and the second cluster to either side. They
// are sums of products, so that six multiplications make all of them.
func hashes(w *Window) [features]uint64 {
	b, c, d, e := w[1]*spread1, w[2]*spread2, w[3]*spread3, w[4]*spread4
	bc, de := b+c, d+e
	abc, def := bc+w[0]*spread0, de+w[5]*spread5
	return [features]uint64{b, c, d, e, bc, de, c + d, bc + d, c + de, bc + de, abc, def, abc + d}
}

// bucketOf gives the bucket of an n-gram.
func bucketOf(hash uint64) uint64 { return hash >> (64 - bucketBits) }

// tagOf gives the tag of an n-gram, above the place of its weight.
func tagOf(hash uint64) uint64 { return hash & (1<<entryBits - 1<<weightBits) }

// Begins reports whether a word begins in the middle of the window.
func (m *Model) Begins(w *Window) bool { return m.score(w) > 0 }

// Of the four entries of a bucket, which are lanes of a word.
const (
	lanes   = 0x0001_0001_0001_0001
	topBits = lanes << (entryBits - 1)
	// halved is where the bits of the tags are in half a bucket, which leaves the top of each lane free;
	// added to any of them, it reaches the top.
	halved = lanes * (1<<entryBits - 1<<weightBits) >> 1
)

// take adds the weights of an n-gram to the sums of the lanes. It takes no branch: whether an n-gram is
// in the table cannot be guessed.
func (m *Model) take(sums, hash uint64) uint64 {
	bucket := m.buckets[bucketOf(hash)]
	other := (bucket ^ tagOf(hash)*lanes) >> 1 & halved
	hits := topBits &^ (other + halved)
	weight := hits>>(entryBits-1-weightBits) - hits>>(entryBits-1) // its bits in each lane that matches
	return sums + bucket&weight - hits>>(entryBits-weightBits)     // less zeroPoint
}

// score adds up the evidence for a boundary in the middle of the window: take of all hashes, which
// in this form stay in registers.
func (m *Model) score(w *Window) int {
	// Each lane begins well above zero, so that none ever falls below; the four beginnings make 2^16.
	sums := uint64(lanes << (entryBits - 2))
	b, c, d, e := w[1]*spread1, w[2]*spread2, w[3]*spread3, w[4]*spread4
	sums = m.take(sums, b)
	sums = m.take(sums, c)
	sums = m.take(sums, d)
	sums = m.take(sums, e)
	sums = m.take(sums, c+d)
	bc, de := b+c, d+e
	sums = m.take(sums, bc)
	sums = m.take(sums, de)
	sums = m.take(sums, bc+d)
	sums = m.take(sums, c+de)
	sums = m.take(sums, bc+de)
	abc, def := bc+w[0]*spread0, de+w[5]*spread5
	sums = m.take(sums, abc)
	sums = m.take(sums, def)
	sums = m.take(sums, abc+d)
	return int(int16(sums*lanes>>(64-entryBits))) + m.bias //nolint:gosec // see above
}
