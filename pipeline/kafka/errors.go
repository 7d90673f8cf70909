package kafka

import (
	"errors"

	kafkago "github.com/segmentio/kafka-go"

	"samleng"
)

// classify gives an error of the broker or the network its class. What is not known to be
// otherwise is passing: a broker that restarts answers in many ways.
func classify(err error) error {
	if err == nil {
		return nil
	}
	for _, refused := range []kafkago.Error{
		kafkago.SASLAuthenticationFailed, kafkago.UnsupportedSASLMechanism, kafkago.IllegalSASLState,
		kafkago.TopicAuthorizationFailed, kafkago.GroupAuthorizationFailed, kafkago.ClusterAuthorizationFailed,
	} {
		if errors.Is(err, refused) {
			return samleng.WithClass(samleng.Unauthorised, err)
		}
	}
	if tooLarge(err) {
		return samleng.WithClass(samleng.BadInput, err)
	}
	return samleng.WithClass(samleng.RetryAfter, err)
}

func tooLarge(err error) bool {
	_, mine := errors.AsType[kafkago.MessageTooLargeError](err)
	return mine || errors.Is(err, kafkago.MessageSizeTooLarge)
}

// fenced reports whether the broker no longer takes this member for the owner of its
// partitions.
func fenced(err error) bool {
	for _, sign := range []kafkago.Error{
		kafkago.IllegalGeneration, kafkago.UnknownMemberId, kafkago.RebalanceInProgress, kafkago.FencedInstanceID,
	} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}
