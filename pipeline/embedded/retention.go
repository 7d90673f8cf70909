package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// keep runs retention until ctx ends. Once the log is nearly full it looks more often.
func (b *Broker) keep(ctx context.Context) {
	for {
		wait := b.o.Every
		if b.bytes.Load() > b.o.MaxBytes/2 {
			wait = min(wait, time.Second)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if err := b.retain(ctx); err != nil && ctx.Err() == nil {
			b.logger.Error("the broker's retention did not run", "error", err)
		}
	}
}

// retain deletes what is older than the retention, then what is over the cap, and refuses
// or accepts writes accordingly.
func (b *Broker) retain(ctx context.Context) error {
	if err := b.trim(ctx, b.o.Now().Add(-b.o.Retention)); err != nil {
		return err
	}
	size, err := b.measure()
	if err != nil {
		return err
	}
	if size > b.o.MaxBytes/10*9 {
		if err := b.trim(ctx, time.Time{}); err != nil {
			return err
		}
		if size, err = b.measure(); err != nil {
			return err
		}
	}
	full := size >= b.o.MaxBytes
	if b.full.Swap(full) != full {
		if full {
			b.refuseWhileFull()
			b.logger.Error("the broker's log is full: writes wait until the workers have caught up",
				"bytes", size, "max_bytes", b.o.MaxBytes)
		} else {
			b.logger.Info("the broker's log has room again", "bytes", size)
		}
	}
	return nil
}

// trim deletes records that are older than the cutoff and have been read by the group that
// must read them. With a zero cutoff age does not matter: half of the read records go. The
// last record of a partition always stays: an emptied partition would start again at
// offset 0.
func (b *Broker) trim(ctx context.Context, cutoff time.Time) error {
	starts, err := b.admin.ListStartOffsets(ctx)
	if err != nil {
		return fmt.Errorf("list start offsets: %w", err)
	}
	ends, err := b.admin.ListEndOffsets(ctx)
	if err != nil {
		return fmt.Errorf("list end offsets: %w", err)
	}
	var old kadm.ListedOffsets
	if !cutoff.IsZero() {
		if old, err = b.admin.ListOffsetsAfterMilli(ctx, cutoff.UnixMilli()); err != nil {
			return fmt.Errorf("list offsets by time: %w", err)
		}
	}
	unread, err := b.unread(ctx)
	if err != nil {
		return err
	}
	deletions := make(kadm.Offsets)
	ends.Each(func(end kadm.ListedOffset) {
		start, ok := starts.Lookup(end.Topic, end.Partition)
		if !ok || end.Err != nil || start.Err != nil {
			return
		}
		to := end.Offset - 1
		if committed, bound := unread[end.Topic]; bound {
			at, ok := committed.Lookup(end.Topic, end.Partition)
			if !ok || at.Err != nil {
				return // nothing of it has been read
			}
			to = min(to, at.At)
		}
		if cutoff.IsZero() {
			to = start.Offset + (to-start.Offset+1)/2
		} else if first, ok := old.Lookup(end.Topic, end.Partition); ok && first.Err == nil && first.Offset >= 0 {
			to = min(to, first.Offset)
		}
		if to = min(to, end.Offset-1); to > start.Offset {
			deletions.AddOffset(end.Topic, end.Partition, to, -1)
		}
	})
	if len(deletions) == 0 {
		return nil
	}
	done, err := b.admin.DeleteRecords(ctx, deletions)
	if err == nil {
		err = done.Error()
	}
	if err != nil {
		return fmt.Errorf("delete old records: %w", err)
	}
	b.logger.Debug("old records deleted", "partitions", len(done), "cutoff", cutoff)
	return nil
}

// unread gives, for every topic that a group must read, what that group has committed.
func (b *Broker) unread(ctx context.Context) (map[string]kadm.OffsetResponses, error) {
	committed := make(map[string]kadm.OffsetResponses)
	for _, topic := range b.o.Topics {
		if topic.Group == "" {
			continue
		}
		offsets, err := b.admin.FetchOffsets(ctx, topic.Group)
		if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // a group that never committed
			return nil, fmt.Errorf("fetch the offsets of group %s: %w", topic.Group, err)
		}
		committed[topic.Name] = offsets
	}
	return committed, nil
}

func (b *Broker) eachCommit(ctx context.Context, f func(group string, at kadm.Offset)) error {
	groups, err := b.admin.ListGroups(ctx)
	if err != nil {
		return fmt.Errorf("list consumer groups: %w", err)
	}
	names := groups.Groups()
	slices.Sort(names)
	for _, name := range names {
		offsets, err := b.admin.FetchOffsets(ctx, name)
		if err != nil {
			return fmt.Errorf("fetch the offsets of group %s: %w", name, err)
		}
		offsets.Each(func(at kadm.OffsetResponse) {
			if at.Err == nil && at.At >= 0 {
				f(name, at.Offset)
			}
		})
	}
	return nil
}

// audit compares every committed offset with the log. One beyond the end would hide every
// record up to it, so it is put back to the log's beginning: what is read twice counts
// once.
func (b *Broker) audit(ctx context.Context) error {
	starts, err := b.admin.ListStartOffsets(ctx)
	if err != nil {
		return fmt.Errorf("list start offsets: %w", err)
	}
	ends, err := b.admin.ListEndOffsets(ctx)
	if err != nil {
		return fmt.Errorf("list end offsets: %w", err)
	}
	repairs := make(map[string]kadm.Offsets)
	if err := b.eachCommit(ctx, func(group string, at kadm.Offset) {
		start, _ := starts.Lookup(at.Topic, at.Partition)
		end, ok := ends.Lookup(at.Topic, at.Partition)
		if !ok || at.At <= end.Offset {
			return
		}
		b.logger.Error("a committed offset lies beyond the end of the log and is put back to its beginning",
			"group", group, "topic", at.Topic, "partition", at.Partition,
			"committed", at.At, "log_start", start.Offset, "log_end", end.Offset)
		offsets := repairs[group]
		offsets.AddOffset(at.Topic, at.Partition, start.Offset, -1)
		repairs[group] = offsets
	}); err != nil {
		return err
	}
	for group, offsets := range repairs {
		if err := b.admin.CommitAllOffsets(ctx, group, offsets); err != nil {
			return fmt.Errorf("put back the offsets of group %s: %w", group, err)
		}
	}
	return nil
}

// measure adds up the files of the folder.
func (b *Broker) measure() (int64, error) {
	var size int64
	err := filepath.WalkDir(b.o.Dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return ignoreGone(err)
		}
		info, err := entry.Info()
		if err != nil {
			return ignoreGone(err) // deleted under our feet
		}
		size += info.Size()
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure the broker's folder: %w", err)
	}
	b.bytes.Store(size)
	return size, nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// refuseWhileFull answers writes with KAFKA_STORAGE_ERROR until the log has room again.
func (b *Broker) refuseWhileFull() {
	b.cluster.ControlKey(int16(kmsg.Produce), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if !b.full.Load() {
			b.cluster.DropControl()
			return nil, nil, false
		}
		b.cluster.KeepControl()
		produce, ok := request.(*kmsg.ProduceRequest)
		if !ok {
			return nil, nil, false
		}
		answer, ok := produce.ResponseKind().(*kmsg.ProduceResponse)
		if !ok {
			return nil, nil, false
		}
		for _, topic := range produce.Topics {
			t := kmsg.NewProduceResponseTopic()
			t.Topic, t.TopicID = topic.Topic, topic.TopicID
			for _, part := range topic.Partitions {
				p := kmsg.NewProduceResponseTopicPartition()
				p.Partition, p.ErrorCode = part.Partition, kerr.KafkaStorageError.Code
				t.Partitions = append(t.Partitions, p)
			}
			answer.Topics = append(answer.Topics, t)
		}
		return answer, nil, true
	})
}
