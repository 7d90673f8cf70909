// Package pipeline is the way of a post from Kafka to the store: decode, validate,
// normalise, classify, insert, and set aside what cannot be used.
//
// It owns the wire format of the topic "posts" (Encode, Decode), the Worker that carries
// one range of records through the stages, and the state it shows to people. It does not
// own the transport (pipeline/kafka reads and commits ranges, pipeline/embedded is the
// broker of a single machine), nor the classifiers and the store, which arrive as
// interfaces.
//
// # Counting every post once
//
// Kafka delivers at least once. A Range is announced in the committed offset's metadata
// before it is worked on, so that whoever continues after a crash reads exactly the same
// records again, and its Token is made of where those records lie and what they hold. The
// store accepts a token once. The same rows under the same token may therefore be sent as
// often as needed, and an insert whose outcome is unknown is repeated, never skipped.
//
// A range that the store refuses as bad input is not split into inserts with tokens of
// their own: it is given up whole and announced again, shorter. At every moment there is
// one announced range and one token for it, and a refused insert has stored nothing.
package pipeline
