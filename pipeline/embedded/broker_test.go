package embedded

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"samleng"
)

func testOptions(t *testing.T) Options {
	t.Helper()
	return Options{
		Dir: t.TempDir(), Listen: "127.0.0.1:0",
		Topics: []Topic{{Name: "posts", Partitions: 2, Group: "workers"}, {Name: "posts.dead", Partitions: 1}},
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Every:  time.Hour, // the tests call retain themselves
	}
}

func mustStart(t *testing.T, o Options) *Broker {
	t.Helper()
	b, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// fill writes n records of size bytes to a partition.
func fill(t *testing.T, b *Broker, topic string, partition int32, n, size int) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerBatchMaxBytes(32<<10))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range n {
		c.Produce(t.Context(), &kgo.Record{Topic: topic, Partition: partition, Value: make([]byte, size)}, func(_ *kgo.Record, err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	if err := c.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, b *Broker, topic string, partition int32, offset int64) {
	t.Helper()
	offsets := make(kadm.Offsets)
	offsets.AddOffset(topic, partition, offset, -1)
	if err := b.admin.CommitAllOffsets(t.Context(), "workers", offsets); err != nil {
		t.Fatal(err)
	}
}

// bounds gives the first offset of a partition and the one after its end.
func bounds(t *testing.T, b *Broker, topic string, partition int32) (first, end int64) {
	t.Helper()
	firsts, err := b.admin.ListStartOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	ends, err := b.admin.ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := firsts.Lookup(topic, partition)
	e, _ := ends.Lookup(topic, partition)
	return f.Offset, e.Offset
}

func TestRetentionKeepsOneRecordAndWhatIsUnread(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	now := time.Now()
	o.Now = func() time.Time { return now }
	b := mustStart(t, o)
	fill(t, b, "posts", 0, 100, 10)
	fill(t, b, "posts", 1, 100, 10)
	fill(t, b, "posts.dead", 0, 100, 10)
	commit(t, b, "posts", 0, 100)

	if err := b.retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if first, _ := bounds(t, b, "posts", 0); first != 0 {
		t.Errorf("young records were deleted up to %d", first)
	}

	now = now.Add(DefaultRetention + time.Hour)
	if err := b.retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		topic      string
		partition  int32
		first, end int64
	}{
		{"posts", 0, 99, 100},      // read: all but the last
		{"posts", 1, 0, 100},       // never read
		{"posts.dead", 0, 99, 100}, // nobody has to read it
	} {
		if first, end := bounds(t, b, want.topic, want.partition); first != want.first || end != want.end {
			t.Errorf("%s/%d holds [%d, %d), want [%d, %d)", want.topic, want.partition, first, end, want.first, want.end)
		}
	}

	// What the guard is for: after a restart offsets go on where they were.
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = mustStart(t, o)
	fill(t, b, "posts", 0, 1, 10)
	if _, end := bounds(t, b, "posts", 0); end != 101 {
		t.Errorf("the next offset is %d, want 101: offsets are used a second time", end)
	}
}

func TestCapDeletesReadRecordsFirstAndThenRefusesWrites(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	o.MaxBytes = 4 << 20
	b := mustStart(t, o)
	fill(t, b, "posts", 0, 4_500, 1_000)
	commit(t, b, "posts", 0, 4_500)
	for range 5 { // half of what is read goes each time
		if err := b.retain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	size := b.bytes.Load()
	if full := b.full.Load(); full || size > o.MaxBytes/10*9 {
		t.Errorf("%d bytes, full %v, although everything was read", size, full)
	}

	fill(t, b, "posts", 1, 4_500, 1_000) // never read
	if err := b.retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !b.full.Load() {
		t.Fatalf("%d bytes of %d and not full", b.bytes.Load(), o.MaxBytes)
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.RecordRetries(0), kgo.DisableIdempotentWrite(), kgo.RequiredAcks(kgo.LeaderAck()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	one := &kgo.Record{Topic: "posts", Value: []byte("x")}
	if err := c.ProduceSync(t.Context(), one).FirstErr(); err == nil || !strings.Contains(err.Error(), "KAFKA_STORAGE_ERROR") {
		t.Errorf("a write to the full log: %v", err)
	}
	if first, end := bounds(t, b, "posts", 1); first != 0 || end != 4_500 {
		t.Errorf("unread records were deleted: [%d, %d)", first, end)
	}

	commit(t, b, "posts", 1, 4_500)
	for range 5 {
		if err := b.retain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "posts", Value: []byte("x")}).FirstErr(); err != nil {
		t.Errorf("a write after the readers caught up: %v", err)
	}
}

func TestAuditPutsBackOffsetsBeyondTheEnd(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	b := mustStart(t, o)
	fill(t, b, "posts", 0, 10, 10)
	fill(t, b, "posts", 1, 10, 10)
	commit(t, b, "posts", 0, 11)
	commit(t, b, "posts", 1, 10)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = mustStart(t, o)
	offsets, err := b.admin.FetchOffsets(t.Context(), "workers")
	if err != nil {
		t.Fatal(err)
	}
	for partition, want := range map[int32]int64{0: 0, 1: 10} {
		if at, ok := offsets.Lookup("posts", partition); !ok || at.At != want {
			t.Errorf("partition %d: committed %d, want %d", partition, at.At, want)
		}
	}
}

// clusterID asks for the identity of the log, as consumers do who keep a place in it.
func clusterID(t *testing.T, b *Broker) string {
	t.Helper()
	m, err := b.admin.BrokerMetadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m.Cluster
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	b := mustStart(t, o)
	id := clusterID(t, b)
	if len(id) != 36 {
		t.Errorf("id %q", id)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
	if again := clusterID(t, mustStart(t, o)); again != id {
		t.Errorf("the id changed from %s to %s", id, again)
	}
	if other := clusterID(t, mustStart(t, testOptions(t))); other == id {
		t.Error("two logs have one id")
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	running := testOptions(t)
	mustStart(t, running)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"taken port", func(o *Options) { o.Listen = taken.Addr().String() }, "cannot listen on " + taken.Addr().String() + ": another program does"},
		{"second instance", func(o *Options) { o.Dir = running.Dir }, "is in use by another samleng"},
		{"folder is a file", func(o *Options) { o.Dir = file }, "cannot be made"},
		{"not loopback", func(o *Options) { o.Listen = "0.0.0.0:0" }, "listens on 127.0.0.1 only"},
		{"no port", func(o *Options) { o.Listen = "127.0.0.1" }, "not host:port"},
		{"no folder", func(o *Options) { o.Dir = "" }, "needs a folder"},
	}
	if os.Geteuid() != 0 { // the administrator may write anywhere
		locked := t.TempDir()
		if err := os.Chmod(locked, 0o500); err != nil { //nolint:gosec // a folder needs the x
			t.Fatal(err)
		}
		tests = append(tests, struct {
			name   string
			change func(*Options)
			want   string
		}{"unwritable folder", func(o *Options) { o.Dir = locked }, "cannot be written to"})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := testOptions(t)
			test.change(&o)
			b, err := Start(context.Background(), o)
			if err == nil {
				_ = b.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q does not say %q in one line", err, test.want)
			}
			if samleng.ClassOf(err) != samleng.Permanent {
				t.Errorf("class %s", samleng.ClassOf(err))
			}
		})
	}
}

// TestDiskComesBack checks that deleted records free their files.
func TestDiskComesBack(t *testing.T) {
	t.Parallel()
	o := testOptions(t)
	o.MaxBytes = 64 << 20 // segments of 1 MiB
	now := time.Now()
	o.Now = func() time.Time { return now }
	b := mustStart(t, o)
	fill(t, b, "posts", 0, 5_000, 1_000)
	commit(t, b, "posts", 0, 5_000)
	before := disk(t, o.Dir)
	now = now.Add(DefaultRetention + time.Hour)
	if err := b.retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := disk(t, o.Dir); after > before/2 {
		t.Errorf("%d bytes before, %d after", before, after)
	}
}

func disk(t *testing.T, dir string) (size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		size += info.Size()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}
