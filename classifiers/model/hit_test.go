package model

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestWeighAddsTheRowsUp holds the sums of many rows at once to those of one row after the other.
func TestWeighAddsTheRowsUp(t *testing.T) {
	t.Parallel()
	for _, classes := range []int{2, 3, 7, 8, 9, 21, 24} {
		t.Run(fmt.Sprint(classes), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, uint64(classes)))
			rows := make([]weighed, 300)
			for i := range rows {
				rows[i] = weighed{hash: random.Uint64(), weights: make([]float64, classes)}
				for c := range classes {
					rows[i].weights[c] = []float64{-127, 127, random.Float64()*254 - 127}[random.IntN(3)]
				}
			}
			m := &Model{}
			m.table, m.header.Scale = newTable(rows, classes, 1<<20)
			m.header.Groups = int(m.table.groups)
			for _, n := range []int{0, 1, 2, 257, 258, 600} {
				var found []gram
				for range n {
					found = append(found, gram{hash: rows[random.IntN(len(rows))].hash})
				}
				hits := m.known(nil, found)
				if n > 2 && len(hits) < n/2 {
					t.Fatalf("only %d of %d features are in the table", len(hits), n)
				}
				got, want := make([]int, classes), make([]int, classes)
				m.Weigh(got, hits)
				for i := range hits {
					for c := range classes {
						want[c] += m.Weight(&hits[i], c)
					}
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%d rows: got %v, want %v", n, got, want)
				}
			}
		})
	}
}
