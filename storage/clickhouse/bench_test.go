package clickhouse

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"samleng"
)

// BenchmarkInsert stores batches of 20,000 posts of 1 KB of Khmer each, published within an
// hour, rollups included.
func BenchmarkInsert(b *testing.B) {
	s := migrated(b)
	const size = 20_000
	text := strings.Repeat("ប្រជាពលរដ្ឋ", 31) // 1,023 bytes
	n := 0
	for b.Loop() {
		b.StopTimer()
		rows := make([]samleng.Row, size)
		for i := range rows {
			n++
			rows[i] = post(n, func(r *samleng.Row) {
				r.Post.Text = fmt.Sprint(n, text)
				r.Post.Published = noon.Add(-time.Duration(n%3600) * time.Second)
			})
		}
		b.StartTimer()
		insert(b, s, fmt.Sprint(n), rows...)
	}
	b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "posts/s")
}

// BenchmarkOverview asks about a day, a fortnight and a year of a store with 1,000,000
// rollups.
func BenchmarkOverview(b *testing.B) {
	s := migrated(b)
	err := s.exec(b.Context(), `INSERT INTO rollups (bucket, topic, language, kind, posts, positive, neutral, negative, unscored, score_sum, sources, version)
		SELECT toDateTime(?, 'UTC') - INTERVAL intDiv(number, 22 * 2) * 5 MINUTE, ['', 'none', 'land', 'health'][number % 22 % 4 + 1] || if(number % 22 < 4, '', toString(number % 22)),
			['km', 'en'][intDiv(number, 22) % 2 + 1], 'news', 10, 3, 3, 3, 1, 0.5, ['a', 'b', 'c'], now64(9) FROM numbers(1000000)`, noon.Unix())
	if err != nil {
		b.Fatal(err)
	}
	for _, days := range []int{1, 14, 365} {
		b.Run(fmt.Sprint(days, " days"), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Overview(b.Context(), samleng.Filter{From: noon.AddDate(0, 0, -days), To: noon}, samleng.MinimumGroup{Posts: 5, Sources: 3}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
