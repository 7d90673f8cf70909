package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	kafkago "github.com/segmentio/kafka-go"
	"golang.org/x/sync/semaphore"

	"samleng"
	"samleng/pipeline"
)

// Settings of the writer. Kafka's default limit for a batch is 1,048,588 bytes; batches of
// a thousand are where throughput levels off; ten milliseconds is what a single post waits
// for company.
const (
	writeBatch      = 1_000
	writeBatchBytes = 1_000_000
	writeLinger     = 10 * time.Millisecond
)

// inFlightBytes bounds what all callers of Send together hold encoded. A caller beyond it
// waits for its turn.
const inFlightBytes = 16 << 20

// Producer writes posts and dead letters. It is safe for concurrent use.
type Producer struct {
	config   Config
	version  string
	logger   *slog.Logger
	link     *link
	posts    *kafkago.Writer
	dead     *kafkago.Writer
	room     *semaphore.Weighted
	serial   atomic.Uint64 // names the writes in activity
	activity *pipeline.Activity
	sent     prometheus.Counter
	retries  *prometheus.CounterVec
}

// ProducerOptions are what a Producer is made of.
type ProducerOptions struct {
	Config     Config
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Now        func() time.Time
	Version    string // of the program, written to dead letters
}

// NewProducer makes a Producer. It does not connect; an error is one of certificate files,
// passwords or metrics.
func NewProducer(o ProducerOptions) (*Producer, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	l, err := newLink(&o.Config)
	if err != nil {
		return nil, fmt.Errorf("make Kafka producer: %w", err)
	}
	p := &Producer{
		config: o.Config, version: o.Version, logger: o.Logger, link: l,
		room:     semaphore.NewWeighted(inFlightBytes),
		activity: pipeline.NewActivity(o.Now),
		sent: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "samleng_kafka_posts_sent_total", Help: "Posts that all replicas have acknowledged.",
		}),
		retries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_kafka_send_retries_total",
			Help: "Writes to Kafka that failed and were repeated, by topic and class of the error.",
		}, []string{"topic", "class"}),
	}
	writer := func(topic string, batchBytes int64) *kafkago.Writer {
		return &kafkago.Writer{
			Addr: kafkago.TCP(o.Config.Brokers...), Topic: topic, Transport: l.transport,
			Balancer:     kafkago.Murmur2Balancer{Consistent: true},
			RequiredAcks: kafkago.RequireAll, Compression: kafkago.Zstd,
			BatchSize: writeBatch, BatchBytes: batchBytes, BatchTimeout: writeLinger,
			// Send repeats by itself, with a wait that people can see. The one repetition
			// left here is for a pooled connection that a restarted broker has dropped.
			MaxAttempts: 2, WriteBackoffMin: 50 * time.Millisecond, WriteBackoffMax: 50 * time.Millisecond,
			ReadTimeout: requestTimeout, WriteTimeout: requestTimeout,
		}
	}
	p.posts = writer(o.Config.Topic, writeBatchBytes)
	p.dead = writer(o.Config.DeadTopic, deadMessageBytes-frameBytes)
	if o.Registerer != nil {
		for _, c := range []prometheus.Collector{p.sent, p.retries} {
			if err := o.Registerer.Register(c); err != nil {
				l.close()
				return nil, fmt.Errorf("register Kafka producer metrics: %w", err)
			}
		}
	}
	return p, nil
}

// frameBytes is room for what a batch holds beside its messages.
const frameBytes = 64 << 10

// Send writes posts and returns nil when all replicas have acknowledged every one of them.
// A post that is not valid or too large is an error of class BadInput that names it, before
// any of the posts is sent. While Kafka is away Send waits and tries again until ctx ends;
// a refused login is returned at once (class Unauthorised). After an error some of the
// posts may have been written: sending all of them again is right, since a post that is
// read twice counts once.
func (p *Producer) Send(ctx context.Context, posts []samleng.Post) error {
	messages := make([]kafkago.Message, len(posts))
	for i := range posts {
		if err := posts[i].Validate(); err != nil {
			return fmt.Errorf("send to Kafka: %w", err)
		}
		value, err := pipeline.Encode(&posts[i])
		if err != nil {
			return fmt.Errorf("send to Kafka: %w", err)
		}
		messages[i] = kafkago.Message{
			Key: []byte(posts[i].ID.String()), Value: value,
			Headers: []kafkago.Header{
				{Key: headerSchema, Value: strconv.AppendInt(nil, int64(posts[i].Schema), 10)},
				{Key: headerContentType, Value: []byte(pipeline.ContentType)},
			},
		}
	}
	if err := p.writeAll(ctx, p.posts, messages); err != nil {
		return fmt.Errorf("send %d posts to Kafka: %w", len(posts), err)
	}
	p.sent.Add(float64(len(posts)))
	return nil
}

// writeAll writes the messages in bounded pieces. Where Kafka finds a piece too large it is
// halved, so that one message that is too large is found and named.
func (p *Producer) writeAll(ctx context.Context, w *kafkago.Writer, messages []kafkago.Message) error {
	for len(messages) > 0 {
		n, size := chunk(messages)
		left, err := p.write(ctx, w, messages[:n], size)
		switch {
		case samleng.ClassOf(err) == samleng.BadInput && len(left) > 1:
			half := len(left) / 2
			if err := errors.Join(p.writeAll(ctx, w, left[:half]), p.writeAll(ctx, w, left[half:])); err != nil {
				return err
			}
		case samleng.ClassOf(err) == samleng.BadInput:
			return samleng.Errorf(samleng.BadInput, "message %s of %d bytes: %w", left[0].Key, len(left[0].Value), err)
		case err != nil:
			return err
		}
		messages = messages[n:]
	}
	return nil
}

// chunk says how many of the messages go into one write: what four partitions may take in
// one batch each, and never more than a quarter of what may be in flight.
func chunk(messages []kafkago.Message) (n int, size int64) {
	for n < len(messages) && n < 4*writeBatch {
		more := int64(len(messages[n].Key) + len(messages[n].Value))
		if n > 0 && size+more > inFlightBytes/4 {
			break
		}
		n, size = n+1, size+more
	}
	return n, size
}

// write repeats what was not acknowledged until everything is, ctx ends, or the error is
// final. With an error it gives what is left.
func (p *Producer) write(ctx context.Context, w *kafkago.Writer, messages []kafkago.Message, size int64) ([]kafkago.Message, error) {
	size = min(size, inFlightBytes)
	if err := p.room.Acquire(ctx, size); err != nil {
		return messages, fmt.Errorf("wait for other writes: %w", err)
	}
	defer p.room.Release(size)

	part := strconv.FormatUint(p.serial.Add(1), 10)
	defer p.activity.Done(part)
	left := messages
	err := pipeline.Retry(ctx, func() (err error) {
		left, err = attempt(ctx, w, left)
		return err
	}, final, func(err error) {
		p.retries.WithLabelValues(w.Topic, string(samleng.ClassOf(err))).Inc()
		before := p.activity.Status().State
		p.activity.Waiting(part, "Kafka", err)
		if before != pipeline.Waiting {
			p.logger.Warn("waiting for Kafka", "topic", w.Topic, "error", err)
		}
	})
	return left, err
}

// attempt writes once and gives the messages that were not acknowledged.
func attempt(ctx context.Context, w *kafkago.Writer, messages []kafkago.Message) ([]kafkago.Message, error) {
	// The writer sets topic, offset and time of the messages it is given, and refuses a
	// message that has a topic when it is given again.
	batch := make([]kafkago.Message, len(messages))
	for i := range messages {
		batch[i] = kafkago.Message{Key: messages[i].Key, Value: messages[i].Value, Headers: messages[i].Headers}
	}
	err := w.WriteMessages(ctx, batch...)
	if err == nil {
		return nil, nil
	}
	each, ok := errors.AsType[kafkago.WriteErrors](err)
	if !ok || len(each) != len(messages) {
		return messages, classify(err)
	}
	var left []kafkago.Message
	var cause error
	for i := range messages {
		if each[i] != nil {
			left = append(left, messages[i])
			cause = each[i]
		}
	}
	if len(left) == 0 {
		return nil, nil
	}
	return left, classify(fmt.Errorf("%d of %d messages were not acknowledged: %w", len(left), len(messages), cause))
}

// Status says whether the producer waits for Kafka.
func (p *Producer) Status() pipeline.Status { return p.activity.Status() }

// Close ends the producer. A Send that is still running fails.
func (p *Producer) Close() error {
	p.link.close()
	return errors.Join(p.posts.Close(), p.dead.Close())
}
