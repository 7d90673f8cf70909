package app

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"samleng"
	"samleng/classifiers/duplicate"
)

// BenchmarkKeeper gives 20,000 stored posts of a day their stories, every fifth of them being a
// carrier of one of the posts before it, and then builds the index again from the store.
func BenchmarkKeeper(b *testing.B) {
	const posts, batch = 20_000, 5_000
	n := newNewsroom(b)
	begin := time.Now()
	for from := 0; from < posts; from += batch {
		rows := make([]samleng.Row, batch)
		for i := range rows {
			number := from + i
			told := number
			if number%5 == 4 {
				told -= number % 500
			}
			p := samleng.Post{
				Schema: samleng.PostSchema, ID: postID(fmt.Sprint(number)), Source: fmt.Sprint("paper-", number%40), Kind: samleng.KindNews,
				Text: storyText(told), Published: n.now.Add(-time.Duration(number) * 4 * time.Second), SeenAt: n.now,
			}
			rows[i] = samleng.Row{Post: p, Analysis: samleng.Analysis{Language: "en", Topics: []samleng.Topic{{ID: "land", Score: 1}}}, Print: fingerprint("", p.Text), Offset: int64(number)}
		}
		if err := n.store.Insert(b.Context(), "test", "posts", fmt.Sprint("batch", from), rows); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("inserted in %s", time.Since(begin))
	open := func() (*book, time.Duration) {
		k, err := newKeeper(keeperOptions{Config: duplicate.DefaultConfig(), Store: n.store, OnStored: func() {}, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		kept, err := k.open(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		return kept, time.Since(begin)
	}
	first := true
	for b.Loop() {
		kept, took := open()
		name := "restored/s"
		if first {
			name, first = "assigned/s", false
		}
		b.ReportMetric(posts/took.Seconds(), name)
		if s := kept.index.Stats(); s.Posts != posts || s.Prints != posts*4/5 {
			b.Fatalf("%d posts in %d stories", s.Posts, s.Prints)
		}
	}
}
