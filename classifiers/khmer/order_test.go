package khmer

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestNormaliseScrambledKhmer tries marks in every kind of wrong order, which random bytes
// seldom reach.
func TestNormaliseScrambledKhmer(t *testing.T) {
	t.Parallel()
	alphabet := []rune("កបមសរតដឣឤ\u17B6\u17B7\u17B8\u17BA\u17BB\u17BC\u17BE\u17BF\u17C1\u17C4\u17C5\u17C6\u17C7\u17C9\u17CA\u17CB\u17CC\u17D0\u17D2\u17D2\u17D2\u17DD\u17B4\u200B\u200C\u200D\u0301\u0323a។")
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 40_000 {
		runes := make([]rune, 1+rnd.IntN(9))
		for i := range runes {
			runes[i] = alphabet[rnd.IntN(len(alphabet))]
		}
		s := string(runes)
		n := Normalise(s)
		if again := Normalise(n); again != n {
			t.Fatalf("%+q gives %+q, then %+q", s, n, again)
		}
		if isNormal(s) && s != n {
			t.Fatalf("fast path: %+q gives %+q", s, n)
		}
		if a, b := sight(s), sight(n); !slices.Equal(a, b) {
			t.Fatalf("%+q looks like %+q, but its normal form %+q like %+q", s, a, n, b)
		}
		covers(t, s, AppendClusters(nil, s))
		if a, b := len(AppendClusters(nil, dropInvisible(s))), len(AppendClusters(nil, n)); a != b && !slices.Contains(runes, 0x0301) && !slices.Contains(runes, 0x0323) && !slices.Contains(runes, 0x17DD) {
			t.Fatalf("%+q has %d clusters, its normal form %+q has %d", s, a, n, b)
		}
	}
}
