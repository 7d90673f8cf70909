package boundary

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestScore compares the score with the sum that its comments describe, on models of random entries
// and windows whose n-grams are in them now and then.
func TestScore(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	file := make([]byte, modelBytes)
	for i := range file {
		file[i] = byte(rng.Uint32())
	}
	copy(file, magic)
	file[4] = version
	bias := int32(-17)
	binary.LittleEndian.PutUint32(file[8:], uint32(bias))
	known := 0
	for range 300 {
		var w Window
		for i := range w {
			w[i] = rng.Uint64() >> (64 * rng.UintN(2))
		}
		for _, h := range hashes(&w) {
			if rng.UintN(2) == 0 {
				at := headerBytes + int(bucketOf(h))*8 + rng.IntN(entries)*2
				binary.LittleEndian.PutUint16(file[at:], uint16(tagOf(h)|rng.Uint64N(2*zeroPoint)))
			}
		}
		m, err := Decode(file)
		if err != nil {
			t.Fatal(err)
		}
		want := int(bias)
		for _, h := range hashes(&w) {
			for e := range entries {
				entry := uint64(binary.LittleEndian.Uint16(file[headerBytes+int(bucketOf(h))*8+e*2:]))
				if entry>>weightBits<<weightBits == tagOf(h) {
					want += int(entry&(2*zeroPoint-1)) - zeroPoint
					known++
				}
			}
		}
		if got := m.score(&w); got != want || m.Begins(&w) != (want > 0) {
			t.Fatalf("window %x: %d, want %d", w, got, want)
		}
	}
	if known == 0 {
		t.Error("no n-gram was in a table")
	}
}
