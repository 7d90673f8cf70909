package language

import (
	"runtime"
	"testing"
)

// TestMemory reports what the detector keeps in memory, without lingua and once it was asked;
// the embedded model itself, 1 MiB of the program's file, comes on top.
func TestMemory(t *testing.T) { //nolint:paralleltest // it measures the whole process
	heap := func() float64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	start := heap()
	d := newDetector(t, true)
	d.Detect("no water since morning in our street, does anybody have news")
	without := heap() - start
	d.second.ask("no water since morning in our street")
	with := heap() - start
	t.Logf("without lingua %.1f MB, with it %.1f MB", without, with)
	if without > 8 || with > 200 {
		t.Errorf("without lingua %.1f MB, with it %.1f MB; want at most 8 and 200", without, with)
	}
	runtime.KeepAlive(d)
}
