package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	kafkago "github.com/segmentio/kafka-go"

	"samleng"
	"samleng/pipeline"
)

// deadMessageBytes is the largest batch the dead-letter topic takes: a record that fills
// Kafka's default of 1 MiB must fit with its headers.
const deadMessageBytes = 2 << 20

// EnsureTopics creates the topics of c that do not exist and leaves those that do as they
// are; a different number of partitions is logged. It waits with back-off while Kafka is
// away, and returns an error when ctx ends, with the last trouble in it, or when Kafka
// refuses the login (class Unauthorised) or the settings (class Permanent).
func EnsureTopics(ctx context.Context, c Config, logger *slog.Logger) error {
	l, err := newLink(&c)
	if err != nil {
		return fmt.Errorf("prepare Kafka topics: %w", err)
	}
	defer l.close()
	first := true
	err = pipeline.Retry(ctx, func() error { return ensureTopics(ctx, l, &c, logger) }, final, func(err error) {
		if first {
			logger.Warn("waiting for Kafka", "brokers", c.Brokers, "error", err)
			first = false
		}
	})
	if err != nil {
		return fmt.Errorf("prepare Kafka topics at %v: %w", c.Brokers, err)
	}
	return nil
}

// final reports whether trying again is useless.
func final(err error) bool {
	class := samleng.ClassOf(err)
	return class != samleng.RetryAfter && class != samleng.RateLimited
}

func ensureTopics(ctx context.Context, l *link, c *Config, logger *slog.Logger) error {
	there, err := l.client.Metadata(ctx, &kafkago.MetadataRequest{Topics: []string{c.Topic, c.DeadTopic}})
	if err != nil {
		if c.SASL.Mechanism != "" && errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w (the broker closes the connection during the login: are user name and password right?)", err)
		}
		return classify(err)
	}
	partitions := make(map[string]int)
	for _, topic := range there.Topics {
		switch {
		case topic.Error == nil:
			partitions[topic.Name] = len(topic.Partitions)
		case !errors.Is(topic.Error, kafkago.UnknownTopicOrPartition):
			return classify(fmt.Errorf("describe topic %s: %w", topic.Name, topic.Error))
		}
	}
	if n, ok := partitions[c.Topic]; ok && n != c.Partitions {
		logger.Warn("the topic exists with another number of partitions, which stays",
			"topic", c.Topic, "partitions", n, "configured", c.Partitions)
	}
	var missing []kafkago.TopicConfig
	if _, ok := partitions[c.Topic]; !ok {
		missing = append(missing, kafkago.TopicConfig{
			Topic: c.Topic, NumPartitions: c.Partitions, ReplicationFactor: c.ReplicationFactor,
		})
	}
	if _, ok := partitions[c.DeadTopic]; !ok {
		missing = append(missing, kafkago.TopicConfig{
			Topic: c.DeadTopic, NumPartitions: 1, ReplicationFactor: c.ReplicationFactor,
			ConfigEntries: []kafkago.ConfigEntry{
				{ConfigName: "max.message.bytes", ConfigValue: fmt.Sprint(deadMessageBytes)},
			},
		})
	}
	if len(missing) == 0 {
		return nil
	}
	made, err := l.client.CreateTopics(ctx, &kafkago.CreateTopicsRequest{Topics: missing})
	if err != nil {
		return classify(err)
	}
	for _, topic := range missing {
		switch err := made.Errors[topic.Topic]; {
		case err == nil:
			logger.Info("topic created", "topic", topic.Topic, "partitions", topic.NumPartitions)
		case errors.Is(err, kafkago.TopicAlreadyExists):
		case errors.Is(err, kafkago.InvalidReplicationFactor), errors.Is(err, kafkago.PolicyViolation),
			errors.Is(err, kafkago.InvalidConfiguration), errors.Is(err, kafkago.InvalidTopic):
			return samleng.WithClass(samleng.Permanent, fmt.Errorf("create topic %s: %w", topic.Topic, err))
		default:
			return classify(fmt.Errorf("create topic %s: %w", topic.Topic, err))
		}
	}
	return nil
}

// clusterID asks for the identity of the cluster.
func clusterID(ctx context.Context, l *link, c *Config) (string, error) {
	m, err := l.client.Metadata(ctx, &kafkago.MetadataRequest{Topics: []string{c.Topic}})
	if err != nil {
		return "", classify(err)
	}
	if m.ClusterID == "" {
		return "", samleng.Errorf(samleng.RetryAfter, "the broker does not say which cluster it belongs to")
	}
	return m.ClusterID, nil
}
