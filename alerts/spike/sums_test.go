package spike

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestWindowSums holds the sums of the windows against plain additions, with and without
// buckets that wait.
func TestWindowSums(t *testing.T) {
	t.Parallel()
	config := DefaultConfig()
	tune := newTuning(&config)
	r := rand.New(rand.NewPCG(1, 1))
	var v volume
	var s share
	l := labelled{Sum: math.MaxUint32 - 500} // about to begin anew
	s.Sum = math.MaxUint32 - 100
	var xs, ns, ks []float64
	for i := range 400 {
		waiting := i % maxPending
		points, pairs := make([]point, waiting), make([]pair, waiting)
		allX, allN, allK := append([]float64(nil), xs...), append([]float64(nil), ns...), append([]float64(nil), ks...)
		for j := range points {
			points[j] = point{float64(r.IntN(50)), 1}
			pairs[j] = pair{float64(r.IntN(50)), float64(r.IntN(20))}
			allX, allN, allK = append(allX, points[j].x), append(allN, pairs[j].n), append(allK, pairs[j].k)
		}
		gotX, _ := v.sums(&tune, points)
		gotN, gotK := s.sums(&tune, &l, pairs)
		for w := range windows {
			if want := lastSum(allX, tune.volume[w]); gotX[w] != want {
				t.Fatalf("%d buckets, %d waiting, window %d: %v posts, want %v", i, waiting, w, gotX[w], want)
			}
			if wantN, wantK := lastSum(allN, tune.share[w]), lastSum(allK, tune.share[w]); gotN[w] != wantN || gotK[w] != wantK {
				t.Fatalf("%d buckets, %d waiting, window %d: %v of %v, want %v of %v", i, waiting, w, gotK[w], gotN[w], wantK, wantN)
			}
		}
		x, n := float64(r.IntN(50)), float64(20+r.IntN(50))
		k := float64(r.IntN(20))
		v.learn(&tune, x, 1, 0)
		s.learn(&tune, &l, n, k, .25)
		l.push(n)
		xs, ns, ks = append(xs, x), append(ns, n), append(ks, k)
	}
}

func lastSum(v []float64, n int) (sum float64) {
	for _, x := range v[max(0, len(v)-n):] {
		sum += x
	}
	return sum
}
