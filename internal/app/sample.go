package app

import (
	"context"
	"fmt"
	"time"

	"samleng"
	"samleng/configs/sample"
)

// Of the sample posts, those of the last liveSpan are held back and come in one at a time,
// each dated when it comes in, so that a newcomer sees the page move.
const (
	liveSpan  = 30 * time.Minute
	livePause = 4 * time.Second
)

// replaySample sends the sample posts through the same path as collected ones: those of the
// past at once, the latest as if live. It ends when all have been sent.
func (a *App) replaySample(ctx context.Context, record func(samleng.Coverage)) error {
	now := time.Now()
	posts, err := sample.Posts(now)
	if err != nil {
		return fmt.Errorf("read sample posts: %w", err)
	}
	past := 0
	for past < len(posts) && posts[past].Published.Before(now.Add(-liveSpan)) {
		past++
	}
	if err := a.emit(ctx, posts[:past]); err != nil {
		return fmt.Errorf("send sample posts: %w", err)
	}
	a.log.Info("sample posts are sent", "posts", past, "to come", len(posts)-past)
	for _, s := range a.collecting().sources {
		record(replayed(s.ID, posts[:past]))
	}
	for _, p := range posts[past:] {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(livePause):
		}
		now := time.Now()
		p.SetPublished(now, now)
		if err := a.emit(ctx, []samleng.Post{p}); err != nil {
			return fmt.Errorf("send sample post: %w", err)
		}
		record(replayed(p.Source, []samleng.Post{p}))
	}
	return nil
}

// replayed is the record of a source's posts being sent, in the place of a poll.
func replayed(source string, posts []samleng.Post) samleng.Coverage {
	c := samleng.Coverage{Source: source, At: time.Now().UTC()}
	for i := range posts {
		if posts[i].Source == source {
			c.Posts++
			c.Lag = c.At.Sub(posts[i].Published) // of the last one, which is the newest
		}
	}
	return c
}
