package fetch

import "container/list"

// recent is a map that holds at most a number of entries and forgets the one longest unused.
// It is not safe for concurrent use.
type recent[K comparable, V any] struct {
	limit int
	byKey map[K]*list.Element
	order list.List // of recentEntry[K, V], the latest used in front
}

type recentEntry[K comparable, V any] struct {
	key   K
	value V
}

func newRecent[K comparable, V any](limit int) *recent[K, V] {
	return &recent[K, V]{limit: limit, byKey: map[K]*list.Element{}}
}

// get gives the value of key, made by fresh when there is none.
func (r *recent[K, V]) get(key K, fresh func() V) V {
	if e, ok := r.byKey[key]; ok {
		r.order.MoveToFront(e)
		return e.Value.(recentEntry[K, V]).value
	}
	for len(r.byKey) >= r.limit {
		oldest := r.order.Back()
		delete(r.byKey, oldest.Value.(recentEntry[K, V]).key)
		r.order.Remove(oldest)
	}
	value := fresh()
	r.byKey[key] = r.order.PushFront(recentEntry[K, V]{key, value})
	return value
}
