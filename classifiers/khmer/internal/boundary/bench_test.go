package boundary

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkScore times a gap of windows that share no n-gram, half of which are in the table.
func BenchmarkScore(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	m := &Model{buckets: new([1 << bucketBits]uint64)}
	windows := make([]Window, 1024)
	for i := range windows {
		for k := range windows[i] {
			windows[i][k] = rng.Uint64()
		}
		for f, h := range hashes(&windows[i]) {
			if f&1 == 0 {
				m.buckets[bucketOf(h)] = (tagOf(h) | zeroPoint) * lanes
			}
		}
	}
	i, begins := 0, 0
	for b.Loop() {
		if m.Begins(&windows[i&1023]) {
			begins++
		}
		i++
	}
}
