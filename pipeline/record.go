package pipeline

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Record is one message as it was read from a partition.
type Record struct {
	Offset int64
	Time   time.Time // as the broker gives it: when the message was produced
	Key    []byte    // the post's id in hexadecimal; nil where the producer set none
	Value  []byte    // the post in its JSON form, see Decode
}

// Range is a run of records of one partition that is inserted as one. It is defined by its
// offsets: a compacted or transactional topic has fewer records than offsets.
type Range struct {
	Cluster   string // id of the Kafka cluster: a new log has a new one
	Topic     string
	Partition int32
	From, To  int64 // [From, To)
	Records   []Record
	// Token names the range and its content. The store keeps the rows of one token once.
	// See Seal.
	Token string
}

// Seal sets the token: the cluster, the topic, the partition, both offsets, and a 64-bit
// xxHash over offset, key and value of every record. The hash keeps rows that are
// different from being taken for a repetition when offsets are used a second time. It is
// over the raw records, so that a range read again by another version of the program,
// whose classifiers say something else, is still the same range.
func (r *Range) Seal() {
	h := xxhash.New()
	var n [8]byte
	number := func(v int64) {
		binary.LittleEndian.PutUint64(n[:], uint64(v))
		_, _ = h.Write(n[:]) // a hash accepts everything
	}
	field := func(b []byte) {
		number(int64(len(b)))
		_, _ = h.Write(b)
	}
	for i := range r.Records {
		number(r.Records[i].Offset)
		field(r.Records[i].Key)
		field(r.Records[i].Value)
	}
	r.Token = fmt.Sprintf("%s/%s/%d/%d-%d/%016x", r.Cluster, r.Topic, r.Partition, r.From, r.To, h.Sum64())
}
