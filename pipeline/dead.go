package pipeline

import (
	"context"
	"time"

	"samleng"
)

// DeadLetter is a record that cannot become a row, with the reason. Nothing about it is
// thrown away, so that it can be sent again when the cause is mended.
type DeadLetter struct {
	Record
	Topic     string
	Partition int32
	Reason    string // one sentence
	Class     samleng.Class
	At        time.Time // UTC
}

// DeadLetters is where unusable records go.
type DeadLetters interface {
	// SendDead returns nil when every letter is kept for good. Until then the range the
	// letters come from is not committed, so the same letter may be sent more than once;
	// topic, partition and offset identify it. Any error is taken as passing.
	SendDead(ctx context.Context, letters []DeadLetter) error
}
