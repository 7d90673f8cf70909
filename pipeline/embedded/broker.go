package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"samleng"
)

// Defaults.
const (
	DefaultListen    = "127.0.0.1:9092"
	DefaultRetention = 7 * 24 * time.Hour
	// DefaultMaxBytes bounds the log because opening it reads all of it into memory:
	// 1.5 s and 1 GB of memory for 1 GB of log on two shared cores.
	DefaultMaxBytes = 2 << 30
)

// Options are what a broker is made of. Dir is required.
type Options struct {
	Dir    string // made where needed; one process at a time
	Listen string // host:port on loopback, port 0 for any; default DefaultListen
	Topics []Topic
	// Retention is the age from which records may be deleted; default DefaultRetention.
	Retention time.Duration
	// MaxBytes bounds the log on disk; default DefaultMaxBytes. Beyond nine tenths of it the
	// oldest records that have been read (see Topic.Group) are deleted before their time.
	// When all that is left is unread, writes are refused, with KAFKA_STORAGE_ERROR, until
	// the readers have caught up: producers wait and nothing is lost.
	MaxBytes int64
	// Sync writes every batch through to the disk, which survives a power cut and is about
	// a fifth as fast.
	Sync   bool
	Logger *slog.Logger
	// Every is how often retention runs; default 30 s.
	Every time.Duration
	// Now is the clock of retention; default time.Now.
	Now func() time.Time

	// minSession lets tests of dying workers not wait for kfake's 6 s.
	minSession time.Duration
}

// Topic is a topic that must exist.
type Topic struct {
	Name       string
	Partitions int32 // used when the topic is made
	// Group is the consumer group that must have read a record before it may be deleted,
	// whatever its age. Empty: age alone decides.
	Group string
}

// Broker is a running broker. It is safe for concurrent use.
type Broker struct {
	o       Options
	logger  *slog.Logger
	lock    *os.File
	cluster *kfake.Cluster
	client  *kgo.Client
	admin   *kadm.Client
	addr    string

	full  atomic.Bool
	bytes atomic.Int64

	stop   context.CancelFunc
	ticker sync.WaitGroup
	once   sync.Once
}

// Start opens the log and listens. It returns when the broker answers. Errors of class
// Permanent are one sentence for people: a taken port, a folder that cannot be written or
// that another process uses. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*Broker, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, err
	}
	b := &Broker{o: o, logger: o.Logger, lock: lock}
	if err := b.open(ctx); err != nil {
		b.shut()
		return nil, err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.stop = stop
	b.ticker.Go(func() { b.keep(run) })
	b.ticker.Go(func() { b.exorcise(run) })
	return b, nil
}

func (o *Options) fill() error {
	if o.Dir == "" {
		return samleng.Errorf(samleng.Permanent, "the broker needs a folder")
	}
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return samleng.Errorf(samleng.Permanent, "the broker's address %q is not host:port", o.Listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return samleng.Errorf(samleng.Permanent,
			"the broker's address %s is not on loopback: it has no login, so it listens on 127.0.0.1 only", o.Listen)
	}
	if o.Retention <= 0 {
		o.Retention = DefaultRetention
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Every <= 0 {
		o.Every = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return nil
}

// segmentBytes is the unit in which disk space comes back: small against the cap, so that
// deleting records soon shows, and large enough to keep the files few.
func (o *Options) segmentBytes() int64 { return max(64<<10, min(16<<20, o.MaxBytes/64)) }

func (b *Broker) open(ctx context.Context) error {
	options := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.DataDir(b.o.Dir),
		// Kept in the folder at the first start and read back from then on: it names this
		// log among all logs that ever had this address.
		kfake.ClusterID(uuid.NewString()),
		kfake.WithLogger(brokerLog{b.logger}),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) {
			return (&net.ListenConfig{}).Listen(ctx, network, b.o.Listen)
		}),
		kfake.BrokerConfigs(map[string]string{
			// Emptying a partition would make its offsets start again at 0.
			"log.retention.ms":    "-1",
			"log.retention.bytes": "-1",
			"log.segment.bytes":   fmt.Sprint(b.o.segmentBytes()),
			// Committed offsets must not expire while the program is switched off.
			"offsets.retention.minutes": fmt.Sprint(10 * 365 * 24 * 60),
		}),
	}
	if b.o.minSession > 0 {
		options = append(options, kfake.GroupMinSessionTimeout(b.o.minSession))
	}
	if b.o.Sync {
		options = append(options, kfake.SyncWrites())
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		return b.explain(err)
	}
	b.cluster = cluster
	b.addr = strings.Join(cluster.ListenAddrs(), ",")

	b.client, err = kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.ClientID("samleng-embedded"))
	if err != nil {
		return fmt.Errorf("start the broker: %w", err)
	}
	b.admin = kadm.NewClient(b.client)
	if err := b.makeTopics(ctx); err != nil {
		return err
	}
	if err := b.audit(ctx); err != nil {
		return fmt.Errorf("start the broker: check committed offsets: %w", err)
	}
	return b.retain(ctx)
}

// explain turns an error of kfake's start into a sentence.
func (b *Broker) explain(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return samleng.Errorf(samleng.Permanent,
			"the broker cannot listen on %s: another program does, perhaps another samleng", b.o.Listen)
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOSPC):
		return samleng.Errorf(samleng.Permanent, "the broker's folder %s cannot be used: %w", b.o.Dir, err)
	}
	return fmt.Errorf("start the broker on %s in %s: %w", b.o.Listen, b.o.Dir, err)
}

func (b *Broker) makeTopics(ctx context.Context) error {
	for _, topic := range b.o.Topics {
		made, err := b.admin.CreateTopic(ctx, topic.Partitions, 1, nil, topic.Name)
		if err == nil {
			err = made.Err
		}
		if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("start the broker: make topic %s: %w", topic.Name, err)
		}
	}
	return nil
}

// Addr is the address to connect to, host:port.
func (b *Broker) Addr() string { return b.addr }

// Close writes everything out and ends the broker. Further calls do nothing.
func (b *Broker) Close() error {
	b.once.Do(func() {
		b.stop()
		b.ticker.Wait()
		b.shut()
	})
	return nil
}

func (b *Broker) shut() {
	if b.admin != nil {
		b.admin.Close()
	}
	if b.cluster != nil {
		b.cluster.Close()
	}
	_ = b.lock.Close() // closing the file lets go of the lock
}
