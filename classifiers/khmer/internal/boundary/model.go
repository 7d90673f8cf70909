// Package boundary decides where a word ends in a run of orthographic clusters.
//
// A run is a sequence of 64-bit hashes, one for each cluster; the gap before cluster g is a
// word boundary when the weights of the cluster n-grams around it add up to more than
// zero. Each n-gram has one row of weights, one for each gap that it can see, so that
// scoring a run costs MaxN look-ups a cluster and no allocation. The package owns the model, its binary
// form and its training; it does not know what a cluster or a Khmer letter is.
package boundary

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// MaxN is the longest n-gram that has weights, in clusters.
const MaxN = 6

// rowWidth is the number of gaps that an n-gram has a weight for.
const rowWidth = 7

// firstGap gives, for an n-gram that begins at cluster s, the first gap that it has a
// weight for, relative to s. The window is centred on the n-gram.
var firstGap = [MaxN + 1]int{1: -3, 2: -2, 3: -2, 4: -1, 5: -1, 6: 0}

// The table is made of lines of 64 bytes, one cache line each: slots 16-bit tags, then slots
// rows of int8 weights. An n-gram that is not in the table meets a foreign row with a
// probability of about slots/65536.
const (
	lineBytes = 64
	slots     = 7
	tagBytes  = 2
)

// header is magic, version, log2 of the number of lines, and the bias.
const (
	magic       = "KHSG"
	version     = 1
	headerBytes = 12
)

// Model is a trained boundary model. It is immutable and safe for concurrent use.
type Model struct {
	lines []byte
	shift uint // 64 - log2 of the number of lines
	bias  int32
}

// Decode reads the form that Train gives. It keeps b.
func Decode(b []byte) (*Model, error) {
	if len(b) < headerBytes || string(b[:4]) != magic {
		return nil, errors.New("not a word boundary model")
	}
	if b[4] != version {
		return nil, fmt.Errorf("word boundary model of version %d: this program reads version %d", b[4], version)
	}
	bits := uint(b[5])
	if bits < 1 || bits > 24 || len(b) != headerBytes+lineBytes<<bits {
		return nil, fmt.Errorf("word boundary model of %d bytes is truncated or damaged", len(b))
	}
	return &Model{
		lines: b[headerBytes:],
		shift: 64 - bits,
		bias:  int32(binary.LittleEndian.Uint32(b[8:])),
	}, nil
}

// Four 16-bit lanes, each of which holds a tag.
const (
	lanes    = 0x0001_0001_0001_0001
	highBits = 0x8000 * lanes
)

// row gives the weights of the n-gram with hash h, or nil.
func (m *Model) row(h uint64) []byte {
	at := int(h>>m.shift) * lineBytes
	line := (*[lineBytes]byte)(m.lines[at:])
	// A lane is zero where the tag matches; the lowest such lane is exact. The seven tags are
	// two overlapping fours.
	tag := uint64(tagOf(h)) * lanes
	x := binary.LittleEndian.Uint64(line[:]) ^ tag
	y := binary.LittleEndian.Uint64(line[(slots-4)*tagBytes:]) ^ tag
	first, second := (x-lanes)&^x&highBits, (y-lanes)&^y&highBits
	if first|second == 0 {
		return nil
	}
	slot := bits.TrailingZeros64(first) / 16
	if first == 0 {
		slot = slots - 4 + bits.TrailingZeros64(second)/16
	}
	w := slots*tagBytes + slot*rowWidth
	return line[w : w+rowWidth]
}

// tagOf gives the tag of an n-gram; 0 marks an empty slot.
func tagOf(h uint64) uint16 {
	if t := uint16(h); t != 0 {
		return t
	}
	return 1
}

// Score adds up the evidence for a word boundary before each cluster of run and stores it
// in scores, which has the length of run: above zero says boundary. scores[0] has no meaning.
func (m *Model) Score(scores []int32, run []uint64) {
	for i := range scores {
		scores[i] = m.bias
	}
	for s := range run {
		h := uint64(0)
		for n := 1; n <= MaxN && s+n <= len(run); n++ {
			h = Extend(h, run[s+n-1])
			row := m.row(h)
			if row == nil {
				continue
			}
			first := s + firstGap[n]
			if first >= 0 && first+rowWidth <= len(scores) {
				to := (*[rowWidth]int32)(scores[first:])
				for d := range to {
					to[d] += int32(int8(row[d]))
				}
				continue
			}
			for d := range rowWidth {
				if g := first + d; g >= 0 && g < len(scores) {
					scores[g] += int32(int8(row[d]))
				}
			}
		}
	}
}

// Extend gives the hash of an n-gram with one more cluster at its end.
func Extend(h, cluster uint64) uint64 {
	h = (h ^ cluster) * 0x9E3779B97F4A7C15
	return h ^ h>>29
}
