package app

import (
	"context"
	"fmt"

	"samleng"
	"samleng/collectors/fetch"
)

// Takedown removes the post with an id, or every post at an address, from the store and its
// rollups for good: what is read again is not stored again. It gives the ids that it
// removed. The masked text stays in the Kafka log until that forgets it.
func (s *Store) Takedown(ctx context.Context, what string) ([]samleng.PostID, error) {
	ids, err := s.named(ctx, what)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if err := s.RemovePost(ctx, id); err != nil {
			return nil, fmt.Errorf("take down post %s: %w", id, err)
		}
	}
	return ids, nil
}

func (s *Store) named(ctx context.Context, what string) ([]samleng.PostID, error) {
	if id, err := samleng.ParsePostID(what); err == nil {
		return []samleng.PostID{id}, nil
	}
	address, err := fetch.CanonicalURL(what)
	if err != nil {
		return nil, fmt.Errorf("%q is neither the id of a post (32 hexadecimal digits) nor an address: %w", what, err)
	}
	ids, err := s.PostsByURL(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("look for %s: %w", address, err)
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("no post at %s is stored", address)
	}
	return ids, nil
}
