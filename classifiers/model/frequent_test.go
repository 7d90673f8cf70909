package model

import (
	"slices"
	"testing"
)

// FuzzWords checks that frequent words which are read at once weigh what their letters do.
func FuzzWords(f *testing.F) {
	f.Add("The roads aren't good, and the “road” of 5th street isn't: https://the.example THE ទីក្រុង the", 4, 8)
	f.Add("the the\nthe the@the #the the's", 0, 3)
	var models []*Model
	for _, classes := range []int{3, 5} {
		o := smallOptions()
		o.Classes = []string{"a", "b", "c", "d", "e"}[:classes]
		m, err := Train(small(o.Grams), o)
		if err != nil {
			f.Fatal(err)
		}
		models = append(models, m.WithWords())
	}
	f.Fuzz(func(t *testing.T, text string, start, end int) {
		var skip []Span
		if start >= 0 && start < end && end <= len(text) {
			skip = []Span{{start, end}}
		}
		for _, m := range models {
			var r Reader
			cuts := []int{len(text) / 2, len(text)}
			counts, want := make([]int, 2), make([]int, 2)
			hits, n := r.Known(nil, m, text, skip, cuts, counts)
			r.Letters = true
			all, total := r.Known(nil, m, text, skip, cuts, want)
			if n != total || !slices.Equal(counts, want) {
				t.Errorf("%d features, %v before the cuts; want %d, %v", n, counts, total, want)
			}
			sums, wanted := make([]int, len(m.Classes())), make([]int, len(m.Classes()))
			m.Weigh(sums, hits)
			m.Weigh(wanted, all)
			if !slices.Equal(sums, wanted) {
				t.Errorf("the sums are %v, want %v", sums, wanted)
			}
			alone := make([]int, len(sums))
			for i := range hits {
				if hits[i].End <= hits[i].Start || i > 0 && hits[i].End < hits[i-1].End {
					t.Errorf("hit %d is at %d to %d", i, hits[i].Start, hits[i].End)
				}
				for c := range alone {
					alone[c] += m.Weight(&hits[i], c)
				}
			}
			if !slices.Equal(sums, alone) {
				t.Errorf("the sums are %v, one by one %v", sums, alone)
			}
		}
	})
}
