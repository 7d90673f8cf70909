package khmer_test

import (
	"math/rand/v2"
	"testing"

	"samleng/classifiers/khmer"
)

// TestAppendRun holds the clusters of a run to those of AppendClusters.
func TestAppendRun(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 11))
	for range 20_000 {
		runes := make([]rune, random.IntN(12))
		for i := range runes {
			switch random.IntN(4) {
			case 0:
				runes[i] = 0x17D2
			case 1:
				runes[i] = 0x17B6 + rune(random.IntN(0x14))
			default:
				runes[i] = 0x1780 + rune(random.IntN(0x80))
			}
		}
		text := string(runes)
		checkRun(t, "x"+text+" ", 1)
	}
}

func checkRun(t *testing.T, text string, from int) {
	t.Helper()
	for _, digits := range []bool{false, true} {
		clusters, end := khmer.AppendRun(nil, text, from, digits)
		for at, r := range text[from:] {
			lone := r >= 0x17E0 && r <= 0x17E9 || r == 0x17DC
			inside := r >= 0x1780 && r <= 0x17D3 || r == 0x17DD || digits && lone
			if at+from < end != inside {
				t.Fatalf("%+q from %d, digits %t: the run ends at %d", text, from, digits, end)
			}
			if !inside {
				break
			}
		}
		start := from
		for i, want := range khmer.AppendClusters(nil, text[from:end]) {
			if i >= len(clusters) || int(clusters[i].Start) != start || int(clusters[i].End) != from+want {
				t.Fatalf("%+q, digits %t: got %v, want an end at %d", text, digits, clusters, from+want)
			}
			start = from + want
		}
		if start != end {
			t.Fatalf("%+q, digits %t: the clusters end at %d, the run at %d", text, digits, start, end)
		}
	}
}

// TestClusterHash holds the hashes that models were made of.
func TestClusterHash(t *testing.T) {
	t.Parallel()
	clusters, _ := khmer.AppendRun(nil, "ស្រុកឲ្យឱ្យ", 0, false)
	if len(clusters) != 4 {
		t.Fatalf("%d clusters", len(clusters))
	}
	if clusters[2].Hash != clusters[3].Hash {
		t.Error("ឲ្យ and ឱ្យ differ")
	}
	const want = 0x1f50d3f2f0badc59
	if clusters[0].Hash != want {
		t.Errorf("the hash is %#x, want %#x", clusters[0].Hash, uint64(want))
	}
}
