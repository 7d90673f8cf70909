package kafka_test

import (
	"context"
	"testing"

	"samleng/pipeline"
)

func TestStartingPoint(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		committed int64 // of every partition; -1 leaves it
		metadata  string
		next      func(low, high int64) (int64, bool) // what the store says
		wantAll   bool                                // else only the posts that come later
	}{
		{"nothing committed, empty store", -1, "", func(int64, int64) (int64, bool) { return 0, false }, true},
		{"nothing committed, store is at the end", -1, "", func(_, high int64) (int64, bool) { return high, true }, false},
		{"nothing committed, store is of another log", -1, "", func(_, high int64) (int64, bool) { return high + 1_000_000, true }, true},
		{"committed beyond the end", 1_000_000, "", nil, true},
		{"committed beyond the end, announced", 1_000_000, "next=1000001", nil, true},
		{"announced beyond the end", 0, "next=1000000", nil, true},
		{"strange metadata", 0, "next=soon", nil, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t)
			p, store := g.producer(), newLedger()
			if err := p.Send(t.Context(), posts(0, 400)); err != nil {
				t.Fatal(err)
			}
			if test.committed >= 0 {
				g.commit(t, test.committed, test.metadata)
			}
			w, err := pipeline.NewWorker(pipeline.Options{Classifier: plain{}, Store: store, DeadLetters: p, Logger: g.log})
			if err != nil {
				t.Fatal(err)
			}
			ends := g.ends(t, "posts")
			own := g.cluster()
			_, stop := g.consumeWith(w, func(_ context.Context, cluster, topic string, partition int32) (int64, bool, error) {
				if cluster != own || topic != "posts" {
					t.Errorf("asked for %s of %s", topic, cluster)
				}
				next, ok := test.next(0, ends[int(partition)])
				return next, ok, nil
			})
			if err := p.Send(t.Context(), posts(400, 100)); err != nil {
				t.Fatal(err)
			}
			want := 100
			if test.wantAll {
				want = 500
			}
			eventually(t, "the posts are stored", func() bool { got, _ := store.count(); return got == want })
			eventually(t, "everything is committed", func() bool { return g.lag(t) == 0 })
			stop()
			if got, doubled := store.count(); got != want || doubled != 0 {
				t.Errorf("%d posts, %d doubled; want %d", got, doubled, want)
			}
		})
	}
}
