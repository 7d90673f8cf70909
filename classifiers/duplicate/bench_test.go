package duplicate

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"samleng"
)

func BenchmarkFingerprint(b *testing.B) {
	texts := map[string]string{
		"km-300": cut(roadKm+" "+strings.Replace(roadKm, "៧", "៥", 1), 300),
		"en-300": cut(roadEn+" "+strings.Replace(roadEn, "7", "5", 1), 300),
		"km-3k":  strings.Repeat(roadKm, 12),
	}
	for name, text := range hostile(1 << 20) {
		texts["1MB-"+strings.ReplaceAll(name, " ", "-")] = text
	}
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Fingerprint("", text)
			}
		})
	}
}

func cut(s string, runes int) string {
	for i := range s {
		if runes == 0 {
			return s[:i]
		}
		runes--
	}
	return s
}

func TestCut(t *testing.T) {
	t.Parallel()
	if n := utf8.RuneCountInString(cut(roadKm+roadKm, 300)); n != 300 {
		t.Errorf("%d", n)
	}
}

func BenchmarkSimilarity(b *testing.B) {
	p, q := Fingerprint("", roadKm), Fingerprint("", roadEn)
	for b.Loop() {
		similarity(p, q)
	}
}

// randomPost is a post like no other.
func randomPost(r *rand.Rand) (samleng.PostID, Print) {
	var id samleng.PostID
	binary.LittleEndian.PutUint64(id[:], r.Uint64())
	binary.LittleEndian.PutUint64(id[8:], r.Uint64())
	p := Print{Exact: r.Uint64(), Size: bins}
	for i := 0; i < bins; i += 8 {
		binary.LittleEndian.PutUint64(p.Sketch[i:], r.Uint64())
	}
	return id, p
}

// BenchmarkAssign assigns new posts, a fifth of them carriers of a known story, to an index
// that is full, so that each makes the oldest go.
func BenchmarkAssign(b *testing.B) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			x := open(b, Options{MaxPosts: n, Now: func() time.Time { return at }})
			r := rand.New(rand.NewPCG(1, 2))
			known := make([]Print, 0, 1000)
			for range n {
				id, p := randomPost(r)
				x.Assign(id, at, p)
				if len(known) < cap(known) {
					known = append(known, p)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			i := 0
			for b.Loop() {
				id, p := randomPost(r)
				if i++; i%5 == 0 {
					p = known[i%len(known)]
				}
				x.Assign(id, at, p)
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "B/post")
		})
	}
}
