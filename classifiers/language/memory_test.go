package language

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// TestMemory reports what the detector keeps in memory, without lingua and once it was asked about many languages;
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
	before := resident()
	for _, text := range []string{
		"no water since morning in our street", "pas d'eau depuis ce matin dans notre rue", "nincs reggel óta víz az utcánkban",
		"hôm nay đường phố không có nước", "tidak ada air sejak pagi di jalan kami", "hakuna maji tangu asubuhi", "seit heute Morgen kein Wasser",
		"walang tubig mula kaninang umaga", "od rana nie ma wody na naszej ulicy", "sabahtan beri sokağımızda su yok",
	} {
		d.second.ask(text)
	}
	with := heap() - start
	t.Logf("heap without lingua %.1f MB, with it %.1f MB; resident memory of the process %s, with it %s", without, with, before, resident())
	if without > 8 || with > 200 {
		t.Errorf("without lingua %.1f MB, with it %.1f MB; want at most 8 and 200", without, with)
	}
	runtime.KeepAlive(d)
}

// resident gives the resident memory of the process as Linux says it, or "unknown".
func resident() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(size)
		}
	}
	return "unknown"
}
