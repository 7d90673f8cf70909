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
	lines [][lineBytes]byte
	signs []uint64 // of each line, a bit for the low six bits of each tag in it
	shift uint     // 64 - log2 of the number of lines
	bias  int32
}

// Decode reads the form that Train gives.
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
	return newModel(b[headerBytes:], bits, int32(binary.LittleEndian.Uint32(b[8:]))), nil
}

func newModel(lines []byte, bits uint, bias int32) *Model {
	m := &Model{lines: make([][lineBytes]byte, 1<<bits), signs: make([]uint64, 1<<bits), shift: 64 - bits, bias: bias}
	for i := range m.signs {
		// In a file the lines begin anywhere, here each with a line of the cache.
		line := &m.lines[i]
		copy(line[:], lines[i*lineBytes:])
		for slot := range slots {
			if tag := binary.LittleEndian.Uint16(line[slot*tagBytes:]); tag != 0 {
				m.signs[i] |= 1 << (tag & 63)
			}
		}
	}
	return m
}

// Four 16-bit lanes, each of which holds a tag or the sum of weights of one gap.
const (
	lanes    = 0x0001_0001_0001_0001
	highBits = 0x8000 * lanes
	lowBytes = 0x00FF * lanes

	zeroPoint = 128                   // is added to a weight, so that no lane is ever below zero
	unsigned  = 0x8080_8080_8080_8080 // adds it to eight weights
	nothing   = unsigned              // the row of an n-gram that is not in the table
)

// Board is the memory of Score, which need not be empty.
type Board struct {
	rows   [batch * MaxN]uint64
	likely [batch * MaxN]ngram
}

// ngram is an n-gram that the signs speak for, with its place among the rows.
type ngram struct {
	h uint64
	i int
}

// sift hashes the MaxN n-grams that begin at each cluster of run, from one of them on, and
// gathers those that the signs speak for: most are in no line, which the signs, an eighth of
// the table, tell of nearly all of them. All rows become nothing.
func (m *Model) sift(found *[batch * MaxN]ngram, rows, run []uint64, from int) int {
	n := 0
	signs, shift := m.signs, m.shift&63
	for i := 0; i < len(rows); i += MaxN {
		h := uint64(0)
		for k, cluster := range run[from : from+min(MaxN, len(run)-from)] {
			h = Extend(h, cluster)
			rows[i+k] = nothing
			found[n].h, found[n].i = h, i+k
			n += int(signs[h>>shift] >> (tagOf(h) & 63) & 1)
		}
		from++
	}
	return n
}

// look puts the weights of each of the n-grams into its row, each with zeroPoint added, in the
// low seven bytes. It takes no branch: whether an n-gram is in the table cannot be guessed, and
// after a wrong guess the look-ups would wait for one another.
func (m *Model) look(rows []uint64, found []ngram) {
	lines, shift := m.lines, m.shift&63
	for k := range found {
		h, i := found[k].h, found[k].i
		line := &lines[h>>shift]
		// A lane is zero where the tag matches; the lowest such lane is exact. The seven tags are
		// two overlapping fours, of which the second counts where the first has none.
		tag := uint64(tagOf(h)) * lanes
		x := binary.LittleEndian.Uint64(line[:]) ^ tag
		y := binary.LittleEndian.Uint64(line[(slots-4)*tagBytes:]) ^ tag
		first, second := (x-lanes)&^x&highBits, (y-lanes)&^y&highBits
		second &= (first|-first)>>63 - 1
		all := first>>15 | second>>14
		trailing := bits.TrailingZeros64(all|1<<63) & 63
		slot := min(trailing>>4+trailing&1*(slots-4), slots-1)
		hit := -((all | -all) >> 63)
		// The last row ends with the line; of any other the eighth byte is the next one's.
		w := binary.LittleEndian.Uint64(line[slots*tagBytes+slot*rowWidth:])
		rows[i] = w&hit ^ unsigned
	}
}

// tagOf gives the tag of an n-gram; 0 marks an empty slot.
func tagOf(h uint64) uint16 {
	if t := uint16(h); t != 0 {
		return t
	}
	return 1
}

// batch is how many clusters are looked up together.
const batch = 32

// Score adds up the evidence for a word boundary before each cluster of run and stores it
// in scores, which has the length of run: above zero says boundary. scores[0] has no meaning.
func (m *Model) Score(b *Board, scores []int32, run []uint64) {
	w := startWindow
	for from := 0; from < len(run); from += batch {
		n := min(batch, len(run)-from)
		rows := b.rows[:n*MaxN]
		m.look(rows, b.likely[:m.sift(&b.likely, rows, run, from)])
		for i := range n {
			six := (*[MaxN]uint64)(rows[i*MaxN:])
			for k := len(run) - from - i; k < MaxN; k++ {
				six[k] = nothing // it would go past the end
			}
			sum := w.add(six)
			if g := from + i - behind; g >= 0 {
				scores[g] = sum + m.bias
			}
		}
	}
	past := [MaxN]uint64{nothing, nothing, nothing, nothing, nothing, nothing}
	for g := len(run) - behind; g < len(run); g++ {
		if sum := w.add(&past); g >= 0 {
			scores[g] = sum + m.bias
		}
	}
}

// window holds the sums of the gaps that the n-grams at the next cluster can see, four of them to
// a word, every second gap in one word. With gap 0 before that cluster: near has the gaps -3, -1,
// 1 and 3, beside it -2, 0, 2 and 4, and far has 5. Gap 6 is seen for the first time. No lane
// overflows: a gap is seen from rowWidth*MaxN n-grams.
type window struct{ near, beside, far uint64 }

// behind is how far the first gap lies behind the cluster.
const behind = 3

// startWindow is the window at the first cluster, with the zeroPoints of the n-grams that would
// begin before it.
var startWindow = window{
	near:   zeroPoint * (21<<32 | 9<<48),
	beside: zeroPoint * (27<<16 | 15<<32 | 4<<48),
	far:    zeroPoint * 1,
}

// add takes the rows of the n-grams at one cluster in, see firstGap, and gives the sum of the
// gap that no later one sees.
func (w *window) add(rows *[MaxN]uint64) int32 {
	const odd = lowBytes >> 16 // three lanes: a row has seven weights
	one, six := rows[0], rows[5]
	even23, odd23 := rows[1]&lowBytes+rows[2]&lowBytes, rows[1]>>8&odd+rows[2]>>8&odd
	even45, odd45 := rows[3]&lowBytes+rows[4]&lowBytes, rows[3]>>8&odd+rows[4]>>8&odd
	even6, odd6 := six&lowBytes, six>>8&odd
	near := w.near + one&lowBytes + (odd23+even45)<<16 + odd6<<32
	far := w.far + even45>>48 + odd6>>32
	beside := w.beside + one>>8&odd + even23 + (odd45+even6)<<16
	*w = window{near: beside, beside: near>>16 | far<<48, far: even6 >> 48}
	return int32(near&0xFFFF) - rowWidth*MaxN*zeroPoint
}

// Extend gives the hash of an n-gram with one more cluster at its end.
func Extend(h, cluster uint64) uint64 {
	h = (h ^ cluster) * 0x9E3779B97F4A7C15
	return h ^ h>>29
}
