package spike

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"samleng"
)

// processor is the time that this process has had of the processors: what is left where others use
// the machine.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkTick advances sets of series, a tenth of which have posts in a bucket, beneath one series
// in fifty, and says what a series costs: memory, a tick, and to be added.
func BenchmarkTick(b *testing.B) {
	for _, n := range []int{500, 5_000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // the same in every run
			config := DefaultConfig()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			s := NewSet(&config)
			all := make([]samleng.Series, n)
			adding := processor(b)
			for i := range all {
				all[i] = samleng.Series{Topic: fmt.Sprint("topic", i/50)}
				var parent *samleng.Series
				if i%50 > 0 {
					all[i].Place = fmt.Sprint(i % 50)
					parent = &samleng.Series{Topic: all[i].Topic}
				}
				if err := s.Add(all[i], parent); err != nil {
					b.Fatal(err)
				}
			}
			adding = processor(b) - adding
			bucket := 0
			tick := func() {
				start := epoch.Add(time.Duration(bucket) * 5 * time.Minute)
				bucket++
				if err := s.Heartbeat(start, 1, 0); err != nil {
					b.Fatal(err)
				}
				for range n / 10 {
					i := random.IntN(n)
					k := float64(random.IntN(4))
					if err := s.Observe(all[i], &Bucket{Start: start, Posts: k + 1, Labelled: k + 1, Negative: float64(random.IntN(int(k) + 1)), Coverage: 1}); err != nil {
						b.Fatal(err)
					}
				}
				s.Advance(start.Add(5 * time.Minute))
			}
			for range 320 { // beyond the first day, in which nothing is scored
				tick()
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			spent := processor(b)
			b.ResetTimer()
			for b.Loop() {
				tick()
			}
			spent = processor(b) - spent
			b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/float64(n), "processor-ns/series")
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n)/1000, "kB/series")
			b.ReportMetric(float64(adding.Nanoseconds())/float64(n), "add-ns/series")
			runtime.KeepAlive(s)
		})
	}
}
