package app

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"samleng"
)

// processor is the time that this process, engine and ClickHouse, has had of the processors: what
// is left where others use the machine.
func processor(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkManySeries watches 52,000 series, of 100 phrases in the country and each province, by kind
// of source and language, over 1,000 posts an hour, for an hour: what a tick costs, with the state
// that is kept once in it, and how much memory Go holds.
func BenchmarkManySeries(b *testing.B) {
	store := newNewsroom(b).store
	live := time.Date(2026, 11, 18, 17, 0, 0, 0, time.UTC)
	end := live.Add(time.Hour)
	w := newTown()
	w.usual(live.Add(-30*time.Hour), end, 500, soon)
	phrases := make([]string, 100)
	for i := range phrases {
		phrases[i] = fmt.Sprintf("matter%02d", i)
	}
	for i := range w.rows {
		r := &w.rows[i]
		r.Post.Text += " " + phrases[w.random.IntN(len(phrases))] + " " + phrases[w.random.IntN(len(phrases))]
		r.Post.Kind = samleng.Kinds()[w.random.IntN(4)]
		r.Analysis.Language = []string{"km", "en", "mixed", "km-Latn", "other"}[w.random.IntN(5)]
	}
	w.poll(live.Add(-30*time.Hour), end, never)
	w.store(b, store)
	var rules strings.Builder
	rules.WriteString("rules:\n")
	for _, language := range []string{"km", "en", "mixed", "km-Latn", "other"} {
		fmt.Fprintf(&rules, "  - {id: %s, name: {km: ក, en: X}, keywords: [%s], places: [each], kinds: [news, government, social, survey], language: %s, level: notice}\n",
			strings.ToLower(language), strings.Join(phrases, ", "), language)
	}
	d := newDeskOf(b, store, rules.String(), live.Add(20*time.Second), end)
	engine, err := d.rules.engine(d.needs)
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var ready time.Duration
	var once sync.Once
	var peak uint64
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
				runtime.ReadMemStats(&after)
				peak = max(peak, after.HeapInuse)
			}
		}
	}()
	spent := processor(b)
	b.ResetTimer()
	for b.Loop() {
		ctx, cancel := contextOf(b, d)
		err := engine.Run(ctx, func() bool { return true }, func() {
			once.Do(func() { ready = processor(b) })
			d.ready()
		})
		cancel()
		if err != nil && ctx.Err() == nil {
			b.Fatal(err)
		}
	}
	close(done)
	<-watched
	b.ReportMetric(float64(engine.Series()), "series")
	b.ReportMetric((ready - spent).Seconds(), "processor-s/start")
	b.ReportMetric((processor(b)-ready).Seconds()/12, "processor-s/tick")
	b.ReportMetric(float64(peak-before.HeapInuse)/1e6, "MB-at-most")
}
