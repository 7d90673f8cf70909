package kafka

import (
	"context"
	"fmt"

	kafkago "github.com/segmentio/kafka-go"
)

// Lag gives how many offsets of the topic the group has not committed yet, over all
// partitions: 0 says that everything in it is stored. A partition without a commit counts
// from its beginning. An error of class RetryAfter says that Kafka is away, or that the
// topic does not exist yet.
func Lag(ctx context.Context, c Config) (int64, error) {
	l, err := newLink(&c)
	if err != nil {
		return 0, fmt.Errorf("read lag: %w", err)
	}
	defer l.close()
	lag, err := lagOf(ctx, l, &c)
	if err != nil {
		return 0, fmt.Errorf("read lag of group %s in topic %s: %w", c.Group, c.Topic, classify(err))
	}
	return lag, nil
}

func lagOf(ctx context.Context, l *link, c *Config) (int64, error) {
	described, err := l.client.Metadata(ctx, &kafkago.MetadataRequest{Topics: []string{c.Topic}})
	if err != nil {
		return 0, err
	}
	var partitions []int
	for _, t := range described.Topics {
		if t.Error != nil {
			return 0, t.Error
		}
		for _, p := range t.Partitions {
			partitions = append(partitions, p.ID)
		}
	}
	var asked []kafkago.OffsetRequest
	for _, p := range partitions {
		asked = append(asked, kafkago.FirstOffsetOf(p), kafkago.LastOffsetOf(p))
	}
	ends, err := l.client.ListOffsets(ctx, &kafkago.ListOffsetsRequest{Topics: map[string][]kafkago.OffsetRequest{c.Topic: asked}})
	if err != nil {
		return 0, err
	}
	fetched, err := l.client.OffsetFetch(ctx, &kafkago.OffsetFetchRequest{GroupID: c.Group, Topics: map[string][]int{c.Topic: partitions}})
	if err != nil {
		return 0, err
	}
	if fetched.Error != nil {
		return 0, fetched.Error
	}
	committed := map[int]int64{}
	for _, p := range fetched.Topics[c.Topic] {
		if p.Error != nil {
			return 0, p.Error
		}
		committed[p.Partition] = p.CommittedOffset
	}
	var lag int64
	for _, p := range ends.Topics[c.Topic] {
		if p.Error != nil {
			return 0, p.Error
		}
		from, ok := committed[p.Partition]
		if !ok || from < p.FirstOffset {
			from = p.FirstOffset
		}
		lag += max(0, p.LastOffset-from)
	}
	return lag, nil
}
