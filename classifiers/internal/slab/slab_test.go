package slab_test

import (
	"slices"
	"testing"

	"samleng/classifiers/internal/slab"
)

func TestNothingIsHandedOutTwice(t *testing.T) {
	t.Parallel()
	var s slab.Of[int]
	var all [][]int
	for i := range 2000 {
		values := make([]int, i%7)
		for j := range values {
			values[j] = i
		}
		got := s.Copy(values)
		if got == nil {
			t.Fatal("nil")
		}
		all = append(all, got, append(got, -1)) // an append goes elsewhere
	}
	for i := range 2000 {
		for _, v := range all[2*i] {
			if v != i {
				t.Fatalf("slice %d: %v", i, all[2*i])
			}
		}
	}
	if got := s.Take(10_000); len(got) != 0 || cap(got) != 10_000 {
		t.Errorf("%d of %d, want 0 of 10000", len(got), cap(got))
	}
}

func TestFewAllocations(t *testing.T) {
	var s slab.Of[int]
	values := slices.Repeat([]int{1}, 5)
	if n := testing.AllocsPerRun(1000, func() { s.Copy(values) }); n > 0.05 {
		t.Errorf("%v allocations", n)
	}
}
