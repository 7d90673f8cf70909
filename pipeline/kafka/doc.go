// Package kafka carries posts into and out of Apache Kafka or any broker that speaks its
// protocol: topics, Producer, dead letters, and the Consumer that announces, reads and
// commits ranges.
//
// It is the only importer of kafka-go. It owns how records lie in Kafka and when an offset
// moves; it does not own what is done with a range (package pipeline) or the embedded
// broker (pipeline/embedded), which it reaches like any other.
package kafka
