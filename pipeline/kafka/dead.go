package kafka

import (
	"context"
	"fmt"
	"strconv"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"samleng"
	"samleng/pipeline"
)

// Headers of messages.
const (
	headerSchema      = "schema"
	headerContentType = "content-type"

	headerReason    = "reason"    // one sentence
	headerClass     = "class"     // samleng.Class
	headerTopic     = "topic"     // where the record was read
	headerPartition = "partition" // of that topic
	headerOffset    = "offset"    // in that partition
	headerTime      = "time"      // RFC 3339, when it was set aside
	headerVersion   = "version"   // of the program that set it aside
	headerTruncated = "truncated" // length in bytes before the value was cut
)

// maxReason and maxDeadValue bound a dead letter that Kafka would refuse otherwise.
const (
	maxReason    = 2_000
	maxDeadValue = 500_000
)

// SendDead writes the records as they were, key and value, to the dead-letter topic, with
// headers saying why (reason, class), where they came from (topic, partition, offset), when
// and by which version. It returns nil when all replicas have acknowledged all of them, and
// waits for that like Send. Where the topic does not take the letters, values are cut to
// 500,000 bytes and say so in the header "truncated": the original is still where topic,
// partition and offset say.
func (p *Producer) SendDead(ctx context.Context, letters []pipeline.DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	messages := make([]kafkago.Message, len(letters))
	for i := range letters {
		messages[i] = p.deadMessage(letters[i])
	}
	err := p.writeAll(ctx, p.dead, messages)
	if samleng.ClassOf(err) == samleng.BadInput {
		for i := range messages {
			cut(&messages[i])
		}
		err = p.writeAll(ctx, p.dead, messages)
	}
	if err != nil {
		return fmt.Errorf("send %d dead letters of %s/%d: %w", len(letters), letters[0].Topic, letters[0].Partition, err)
	}
	return nil
}

// cut makes a message fit any topic.
func cut(m *kafkago.Message) {
	if len(m.Value) > maxDeadValue {
		m.Headers = append(m.Headers, kafkago.Header{Key: headerTruncated, Value: strconv.AppendInt(nil, int64(len(m.Value)), 10)})
		m.Value = m.Value[:maxDeadValue]
	}
	m.Key = m.Key[:min(len(m.Key), maxReason)]
}

func (p *Producer) deadMessage(letter pipeline.DeadLetter) kafkago.Message {
	reason := letter.Reason
	if len(reason) > maxReason {
		reason = reason[:maxReason]
	}
	header := func(key, value string) kafkago.Header { return kafkago.Header{Key: key, Value: []byte(value)} }
	return kafkago.Message{
		Key: letter.Key, Value: letter.Value,
		Headers: []kafkago.Header{
			header(headerReason, reason),
			header(headerClass, string(letter.Class)),
			header(headerTopic, letter.Topic),
			header(headerPartition, strconv.Itoa(int(letter.Partition))),
			header(headerOffset, strconv.FormatInt(letter.Offset, 10)),
			header(headerTime, letter.At.UTC().Format(time.RFC3339Nano)),
			header(headerVersion, p.version),
		},
	}
}
