package spike

import (
	"math"
	"testing"
)

// TestVolumeByTheFormulas holds the scores of a series against the formulas of the volume channel
// worked out plainly: every window summed anew, nothing pending, everything in one place.
func TestVolumeByTheFormulas(t *testing.T) {
	t.Parallel()
	config := testConfig()
	config.Grace, config.Final = 0, 0
	buckets := noisy(11, 28*288, 20)
	for i := 4000; i < 4040; i++ {
		buckets[i].Posts *= 6
	}
	for i := 7000; i < 7008; i++ {
		buckets[i].Posts = buckets[i].Posts*15 + 40
	}
	for i := range buckets {
		buckets[i].Coverage, buckets[i].Late = 1, 0
	}
	d := New(&config)
	got := watch(t, d, buckets)
	if len(got) != len(buckets) {
		t.Fatalf("%d of %d buckets are scored", len(got), len(buckets))
	}
	const dt = 1. / 12
	lengths := [4]int{1, 3, 12, 72}
	var dayA, dayE [24]float64
	var weekA, weekE [168]float64
	var num, den, c, sum, weeks, most, quiet [4]float64
	var open [4]bool
	q := [4]float64{.8, .8, .8, .8}
	level, above := 0.0, 0
	fade10d, fade8w := math.Exp2(-dt/240), math.Exp2(-dt/(8*7*24))
	var xs, means []float64
	for i, b := range buckets {
		hour := d.hourOfWeek(d.index(b.Start))
		age, n := float64(i)*dt, float64(i+1)
		day := (dayA[hour%24] + 12) / (dayE[hour%24] + 12)
		season := max(.02, (weekA[hour]+12*day)/(weekE[hour]+12))
		mean := level * season
		xs, means = append(xs, b.Posts), append(means, mean)
		spread := func(w int) float64 {
			if den[w] == 0 {
				return .2
			}
			known := min(1, age/24)
			return known*min(4, max(.005, num[w]/den[w])) + (1-known)*.2
		}
		capped := b.Posts
		if age >= 1 {
			capped = min(b.Posts, mean+3*math.Sqrt(mean+spread(0)*mean*mean)+1)
		}
		want := 0.0
		for w, length := range lengths {
			x, m := 0.0, 0.0
			for j := max(0, i+1-length); j <= i; j++ {
				x, m = x+xs[j], m+means[j]
			}
			u := math.Log((x + 2) / (m + 2))
			lambda, beta, k := (c[w]+3.5)/(weeks[w]+.5), (sum[w]+6*.4)/(c[w]+6), c[w]+6
			a := spread(w)
			if age >= 24 && u > q[w] && x >= 5 && x >= 1.5*m && -logTailNB(x, m, a) >= 3 {
				want = max(want, 2-math.Log10(lambda)+k*math.Log10(1+(u-q[w])/(beta*k)))
			}
			if age < 1 {
				continue
			}
			far := 4 * math.Sqrt(m+a*m*m)
			e := min(far, max(-far, x-m))
			num[w], den[w] = num[w]*fade10d+e*e-m, den[w]*fade10d+m*m
			if age < 24 {
				continue
			}
			c[w], sum[w], weeks[w] = c[w]*fade8w, sum[w]*fade8w, weeks[w]*fade8w+dt/(7*24)
			step := .01 * dt * min(10, max(1, 1/weeks[w]))
			if u > q[w] {
				if !open[w] {
					open[w], most[w] = true, 0
				}
				most[w], quiet[w] = max(most[w], u-q[w]), 0
				q[w] += .98 * step
				continue
			}
			if quiet[w] += dt; open[w] && quiet[w] >= 3-dt/2 {
				lambda, beta, k := (c[w]+3.5)/(weeks[w]+.5), (sum[w]+6*.4)/(c[w]+6), c[w]+6
				scores3 := beta * k * (math.Pow(10, (3-2+math.Log10(lambda))/k) - 1)
				c[w]++
				sum[w] += min(most[w], max(.2, scores3))
				open[w] = false
			}
			q[w] = max(.3, q[w]-.02*step)
		}
		gain := max(1-math.Exp2(-dt/96), 1/n)
		if age >= 24 {
			ratio := dt * capped / max(level, gain)
			dayA[hour%24], dayE[hour%24] = dayA[hour%24]*math.Pow(.97, dt)+ratio, dayE[hour%24]*math.Pow(.97, dt)+dt
			weekA[hour], weekE[hour] = weekA[hour]*math.Pow(.90, dt)+ratio, weekE[hour]*math.Pow(.90, dt)+dt
		}
		level += gain * (capped/season - level)
		if s := got[i].Volume.Score; math.Abs(s-want) > 1e-6 {
			t.Fatalf("bucket %d scores %v, want %v", i, s, want)
		}
		if want > 2.3 {
			above++
		}
	}
	if above < 5 {
		t.Errorf("%d buckets score above 2.3: this test would show little", above)
	}
}
