package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	kafkago "github.com/segmentio/kafka-go"

	"samleng"
	"samleng/pipeline"
)

// Handler is what a Consumer hands its ranges to: a pipeline.Worker.
type Handler interface {
	// Handle returns nil when the range may be committed. An error of class BadInput means
	// that the range was refused and nothing of it kept; it is then handed over in smaller
	// pieces. After any other error the same range is handed over again, unless ctx has
	// ended.
	Handle(ctx context.Context, r *pipeline.Range) error
	// Reject sets a refused range of one record aside. nil means that it may be committed.
	Reject(ctx context.Context, r *pipeline.Range, cause error) error
}

// NextOffset gives the offset after the highest one that the store holds of a partition,
// and false when it holds none. It is asked when the group has no committed offset, which
// is the case at the very first start and after the broker has forgotten the group.
type NextOffset func(ctx context.Context, cluster, topic string, partition int32) (next int64, ok bool, err error)

// ConsumerOptions are what a Consumer is made of. Config and Handler are required.
type ConsumerOptions struct {
	Config     Config
	Handler    Handler
	NextOffset NextOffset // nil: a partition without a committed offset is read from its beginning
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	Now        func() time.Time
}

// Consumer is a member of the consumer group. It announces a range, reads it, hands it over
// until it is taken, and commits it; see the package comment of pipeline for why.
type Consumer struct {
	o        ConsumerOptions
	metrics  *consumerMetrics
	activity *pipeline.Activity

	mu    sync.Mutex
	owned map[int]int // owners at work, by partition
}

// groupPart is the name of the group's own state in the activity.
const groupPart = "group"

// rejoinWait is how long the group waits before it tries to join again after an error.
const rejoinWait = 500 * time.Millisecond

// leaveTimeout bounds saying goodbye to a broker that does not answer.
const leaveTimeout = 2 * time.Second

// NewConsumer makes a Consumer. It does not connect.
func NewConsumer(o ConsumerOptions) (*Consumer, error) {
	if o.Handler == nil {
		return nil, errors.New("a consumer needs a handler")
	}
	if len(o.Config.Brokers) == 0 {
		return nil, errors.New("no Kafka broker is set")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	m, err := newConsumerMetrics(o.Registerer)
	if err != nil {
		return nil, err
	}
	return &Consumer{o: o, metrics: m, activity: pipeline.NewActivity(o.Now), owned: make(map[int]int)}, nil
}

// Status says whether the consumer waits for Kafka. What happens to the ranges it hands
// over is the handler's to tell.
func (c *Consumer) Status() pipeline.Status { return c.activity.Status() }

// Owns reports whether this member works on a partition. Of all members of the group one
// does, so that what only one process may do can be given to it; when the partition changes
// hands, two may say so for as long as a broker takes to notice that a member is gone.
func (c *Consumer) Owns(partition int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.owned[partition] > 0
}

// own notes that an owner of a partition begins or ends.
func (c *Consumer) own(partition, change int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owned[partition] += change
}

// Run consumes until ctx ends and then lets running ranges finish, for DrainTimeout at
// most; what is cut off is repeated after the next start. It waits while Kafka is away and
// survives rebalances. It returns nil after ctx has ended, and an error only when it could
// not start: certificate files or passwords that cannot be read.
func (c *Consumer) Run(ctx context.Context) error {
	l, err := newLink(&c.o.Config)
	if err != nil {
		return fmt.Errorf("start Kafka consumer: %w", err)
	}
	defer l.close()
	group, err := kafkago.NewConsumerGroup(kafkago.ConsumerGroupConfig{
		ID: c.o.Config.Group, Brokers: c.o.Config.Brokers, Topics: []string{c.o.Config.Topic}, Dialer: l.dialer,
		HeartbeatInterval: min(2*time.Second, c.o.Config.SessionTimeout/4),
		SessionTimeout:    c.o.Config.SessionTimeout,
		RebalanceTimeout:  c.o.Config.SessionTimeout,
		JoinGroupBackoff:  rejoinWait,
		// New partitions are found by asking, not by being told.
		WatchPartitionChanges: true, PartitionWatchInterval: 10 * time.Second,
		Timeout: dialTimeout,
	})
	if err != nil {
		return fmt.Errorf("start Kafka consumer: %w", err)
	}

	// Ranges that are running outlive ctx by the time to drain.
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(c.o.Config.DrainTimeout, cut)
		context.AfterFunc(hard, func() { timer.Stop() })
	})
	defer stop()

	var owners sync.WaitGroup
	for ctx.Err() == nil {
		generation, err := group.Next(ctx)
		if err != nil {
			c.groupTrouble(ctx, err)
			continue
		}
		if c.activity.Done(groupPart) {
			c.o.Logger.Info("the wait is over", "for", "Kafka")
		}
		c.begin(ctx, hard, l, generation, &owners)
	}
	owners.Wait()
	leave(group, l)
	return nil
}

// groupTrouble notes that the group could not be joined. A rebalance in progress is part of
// joining.
func (c *Consumer) groupTrouble(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if fenced(err) {
		c.o.Logger.Debug("the group is being joined again", "because", err)
		return
	}
	err = classify(err)
	c.metrics.retries.WithLabelValues(string(samleng.ClassOf(err))).Inc()
	if c.activity.Waiting(groupPart, "Kafka", err) {
		c.o.Logger.Warn("waiting for Kafka", "brokers", c.o.Config.Brokers, "error", err)
	}
}

// begin starts an owner for every partition that the generation assigns to this member.
func (c *Consumer) begin(ctx, hard context.Context, l *link, g *kafkago.Generation, owners *sync.WaitGroup) {
	c.metrics.generations.Inc()
	assigned := g.Assignments[c.o.Config.Topic]
	c.o.Logger.Info("partitions assigned", "topic", c.o.Config.Topic, "count", len(assigned), "generation", g.ID)
	for _, a := range assigned {
		o := &owner{
			c: c, link: l,
			member: member{
				client: l.client, group: g.GroupID, generation: int(g.ID), id: g.MemberID,
				topic: c.o.Config.Topic, partition: a.ID,
			},
		}
		owners.Add(1)
		g.Start(func(generation context.Context) {
			// The end of the generation ends what the owner does, after a grace in which
			// a running insert may still be acknowledged and committed.
			work, end := context.WithCancel(hard)
			defer end()
			stop := context.AfterFunc(generation, func() {
				timer := time.AfterFunc(handoverGrace, end)
				context.AfterFunc(work, func() { timer.Stop() })
			})
			defer stop()
			next, endNext := context.WithCancel(ctx)
			defer endNext()
			defer context.AfterFunc(generation, endNext)()
			c.own(a.ID, 1)
			o.run(next, work)
			c.own(a.ID, -1)
			owners.Done()
			// The first owner to return ends the generation for all. At shutdown the
			// others still need it; leaving the group ends it then.
			if ctx.Err() != nil {
				<-generation.Done()
			}
		})
	}
}

// handoverGrace is how long a running range may go on after the group has begun to
// rebalance. It is well under every session timeout: the other members wait for it.
const handoverGrace = 2 * time.Second

// leave tells the group goodbye, so that others take over at once. A broker that does not
// answer is left without.
func leave(group *kafkago.ConsumerGroup, l *link) {
	left := make(chan struct{})
	go func() {
		defer close(left)
		_ = group.Close() // always nil
	}()
	select {
	case <-left:
	case <-time.After(leaveTimeout):
		l.close()
		<-left
	}
}
