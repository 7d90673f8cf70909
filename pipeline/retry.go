package pipeline

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v7"

	"samleng"
)

// Bounds of the wait between two attempts. Ten seconds keeps a restart of the other side
// from going unnoticed for long; a tenth keeps a single dropped connection from costing a
// second.
const (
	retryFirst = 100 * time.Millisecond
	retryMost  = 10 * time.Second
)

// Retry calls attempt until it returns nil, until ctx ends, or until final says of an error
// that no further attempt helps; final may be nil. Waits grow from 0.1 to 10 s with jitter;
// an error that names its own wait (samleng.WaitOf) is obeyed. notify is told of every
// error that is followed by another attempt; it may be nil.
//
// The error is that of the last attempt, or the cause of ctx's end when there was none
// worth telling.
func Retry(ctx context.Context, attempt func() error, final func(error) bool, notify func(error)) error {
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval = retryFirst
	policy.MaxInterval = retryMost
	policy.Multiplier = 2
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := attempt()
		switch {
		case err == nil:
			return struct{}{}, nil
		case ctx.Err() != nil, final != nil && final(err):
			return struct{}{}, backoff.Permanent(err)
		}
		if notify != nil {
			notify(err)
		}
		if wait := samleng.WaitOf(err); wait > 0 {
			return struct{}{}, backoff.RetryAfter(wait, err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(policy), backoff.WithMaxElapsedTime(0))
	if err == nil {
		return nil
	}
	if failed := backoff.AsRetryError(err); failed != nil {
		return failed.LastErr
	}
	return err
}
