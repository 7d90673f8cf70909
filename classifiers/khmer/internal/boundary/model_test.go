package boundary

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestScore compares Score with the sum that its comment describes, on models of random lines
// and runs whose n-grams are in them now and then.
func TestScore(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	known := 0
	for length := range 3*batch + 5 {
		lines := make([]byte, lineBytes<<4)
		m := newModel(lines, 4, -17)
		for i := range lines {
			lines[i] = byte(rng.Uint32())
		}
		run := make([]uint64, length)
		for i := range run {
			run[i] = uint64(rng.IntN(3))
		}
		for s := range run {
			h := uint64(0)
			for n := 1; n <= MaxN && s+n <= len(run); n++ {
				if h = Extend(h, run[s+n-1]); rng.IntN(2) == 0 {
					at := int(h>>m.shift)*lineBytes + rng.IntN(slots)*tagBytes
					binary.LittleEndian.PutUint16(lines[at:], tagOf(h))
				}
			}
		}
		m = newModel(lines, 4, m.bias)
		got, want := make([]int32, length), make([]int32, length)
		m.Score(new(Board), got, run)
		for i := range want {
			want[i] = m.bias
		}
		for s := range run {
			h := uint64(0)
			for n := 1; n <= MaxN && s+n <= len(run); n++ {
				h = Extend(h, run[s+n-1])
				for d, w := range plainRow(m, h) {
					known++
					if g := s + firstGap[n] + d; g >= 0 && g < length {
						want[g] += int32(int8(w))
					}
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("run of %d: %v, want %v", length, got, want)
		}
	}
	if known == 0 {
		t.Error("no n-gram was in a table")
	}
}

// plainRow gives the row of an n-gram in the plainest way.
func plainRow(m *Model, h uint64) []byte {
	line := &m.lines[h>>m.shift]
	for slot := range slots {
		if binary.LittleEndian.Uint16(line[slot*tagBytes:]) == tagOf(h) {
			return line[slots*tagBytes+slot*rowWidth:][:rowWidth]
		}
	}
	return nil
}
