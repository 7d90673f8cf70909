// Package slab hands out slices of many results from few allocations.
//
// It owns nothing but that: what it has handed out is its caller's for ever and is never
// handed out again. The price is that a result which is kept keeps its neighbours.
package slab

// Of hands out slices of T. The zero Of is ready; it is not safe for concurrent use.
type Of[T any] struct{ free []T }

// chunk is how many values are allocated together.
const chunk = 512

// Take gives an empty slice with room for n values and no more.
func (s *Of[T]) Take(n int) []T {
	if n == 0 {
		return []T{}
	}
	if n > len(s.free) {
		s.free = make([]T, max(n, chunk))
	}
	taken := s.free[:0:n]
	s.free = s.free[n:]
	return taken
}

// Copy gives a slice of its own with the values, never nil.
func (s *Of[T]) Copy(values []T) []T { return append(s.Take(len(values)), values...) }
