package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"samleng"
	"samleng/pipeline"
)

// maxRejectedInARow is how many single records the store may refuse one after the other
// before it is the store that is suspected. Beyond it nothing is set aside: the partition
// waits, and says so.
const maxRejectedInARow = 10

// errLost ends an owner: the partition belongs to another member, or to a new generation.
var errLost = errors.New("the partition is no longer ours")

// owner works on one partition for one generation. Its state is that of the algorithm in
// the package comment of pipeline: at every moment at most one range is announced, and the
// range that is handed over is the announced one.
type owner struct {
	c      *Consumer
	link   *link
	member member

	cluster string
	reader  *reader
	at      position
	// suspect is the end of the range that was refused last: a record before it is at
	// fault. 0 when nothing is suspected.
	suspect  int64
	rejected int // single records refused in a row
}

// run works until the generation or the program ends. next ends when no further range
// should be begun, work when the running one must stop too.
func (o *owner) run(next, work context.Context) {
	label := strconv.Itoa(o.member.partition)
	defer o.c.metrics.lag.DeleteLabelValues(label)
	defer o.c.activity.Done(o.part())
	defer o.disconnect()
	stop := func(err error) bool { return errors.Is(err, errLost) || fenced(err) || next.Err() != nil }
	for next.Err() == nil {
		err := pipeline.Retry(next, func() error {
			err := o.resume(next)
			progress := false
			for err == nil && next.Err() == nil {
				var moved bool
				moved, err = o.step(next, work)
				progress = progress || moved
			}
			if err != nil && progress && !stop(err) {
				o.trouble(err)
				return nil // a fresh start, with a short wait again
			}
			return err
		}, stop, o.trouble)
		if errors.Is(err, errLost) || fenced(err) {
			return // which ends the generation and makes this member join the next one
		}
	}
}

func (o *owner) part() string { return "partition " + strconv.Itoa(o.member.partition) }

// trouble begins anew after an error: with a new connection and the committed position.
func (o *owner) trouble(err error) {
	o.disconnect()
	o.waiting(err)
}

func (o *owner) waiting(err error) {
	o.c.metrics.retries.WithLabelValues(string(samleng.ClassOf(err))).Inc()
	if o.c.activity.Waiting(o.part(), "Kafka", err) {
		o.c.o.Logger.Warn("waiting for Kafka", "topic", o.member.topic, "partition", o.member.partition, "error", err)
	}
}

func (o *owner) resumed() {
	if o.c.activity.Done(o.part()) {
		o.c.o.Logger.Info("the wait is over", "partition", o.member.partition)
	}
}

func (o *owner) disconnect() {
	if o.reader != nil {
		_ = o.reader.conn.Close() // nothing is left unread that matters
		o.reader = nil
	}
}

// resume connects and finds out where to continue.
func (o *owner) resume(ctx context.Context) error {
	var err error
	if o.cluster, err = clusterID(ctx, o.link, &o.c.o.Config); err != nil {
		return err
	}
	if o.at, err = o.member.committed(ctx); err != nil {
		return err
	}
	conn, err := o.link.leader(ctx, o.member.topic, o.member.partition)
	if err != nil {
		return classify(fmt.Errorf("connect to the leader of partition %d: %w", o.member.partition, err))
	}
	o.disconnect()
	o.reader = &reader{conn: conn}
	if err := conn.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return classify(err)
	}
	first, last, err := conn.ReadOffsets()
	if err != nil {
		return classify(fmt.Errorf("ask for the ends of partition %d: %w", o.member.partition, err))
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return classify(err)
	}
	o.reader.end = last
	if err := o.settle(ctx, first, last); err != nil {
		return err
	}
	o.resumed()
	if o.at.announced != 0 {
		o.c.metrics.replays.Inc()
	}
	o.showLag()
	return nil
}

// settle brings the committed position and the log together: first is the log's first
// offset, last the one after its end.
func (o *owner) settle(ctx context.Context, first, last int64) error {
	was := o.at
	var reason string
	switch {
	case o.at.offset < 0:
		o.at = position{offset: first}
		next, ok, err := o.stored(ctx)
		if err != nil {
			return err
		}
		if ok && next >= first && next <= last {
			o.at.offset = next
		}
		o.c.o.Logger.Info("no offset is committed", "partition", o.member.partition, "start", o.at.offset, "from_store", ok)
		return nil
	case o.at.offset < first:
		reason = "expired" // retention was faster than the workers
		o.at = position{offset: first}
	case o.at.offset > last:
		// The log is shorter than it was: it was lost or made anew. Reading all of it
		// again costs repetitions, which count once; skipping it would cost posts.
		reason = "beyond-end"
		o.at = position{offset: first}
	case o.at.announced > last:
		// Part of the announced range is gone. Its rows can be told from new ones by
		// the hash in the token.
		reason = "announced-beyond-end"
		o.at.announced = 0
	default:
		return nil
	}
	o.c.metrics.resets.WithLabelValues(reason).Inc()
	o.c.o.Logger.Error("the partition cannot be continued where it was committed",
		"partition", o.member.partition, "reason", reason, "committed", was.offset, "announced", was.announced,
		"log_start", first, "log_end", last, "continuing_at", o.at.offset)
	return nil
}

func (o *owner) stored(ctx context.Context) (int64, bool, error) {
	if o.c.o.NextOffset == nil {
		return 0, false, nil
	}
	next, ok, err := o.c.o.NextOffset(ctx, o.cluster, o.member.topic, int32(o.member.partition))
	if err != nil {
		return 0, false, samleng.WithClass(samleng.RetryAfter, fmt.Errorf("ask the store for its highest offset: %w", err))
	}
	return next, ok, nil
}

// step carries one range from announcement to commit, or finds that there is nothing new.
// It reports whether the position moved.
func (o *owner) step(next, work context.Context) (moved bool, err error) {
	var r *pipeline.Range
	if o.at.announced != 0 {
		r, err = o.again(work)
	} else if r, err = o.collect(next); err == nil && r != nil && len(r.Records) > 0 {
		err = o.commit(work, position{offset: r.From, announced: r.To})
	}
	o.showLag()
	if err != nil || r == nil {
		return false, err
	}
	if len(r.Records) > 0 {
		if taken, err := o.hand(work, r); err != nil || !taken {
			return false, err
		}
	}
	if err := o.commit(work, position{offset: r.To}); err != nil {
		return false, err
	}
	o.showLag()
	return true, nil
}

func (o *owner) showLag() {
	o.c.metrics.lag.WithLabelValues(strconv.Itoa(o.member.partition)).Set(float64(max(0, o.reader.end-o.at.offset)))
}

// commit repeats a commit until the broker takes it, which may be done twice without harm,
// or until the partition is lost.
func (o *owner) commit(ctx context.Context, p position) error {
	err := pipeline.Retry(ctx, func() error { return o.member.commit(ctx, p) },
		func(err error) bool { return fenced(err) || final(err) },
		o.waiting)
	if err != nil {
		if ctx.Err() != nil {
			return errLost
		}
		return err
	}
	o.at = p
	o.resumed()
	return nil
}

// again reads the announced range, all of it and nothing else.
func (o *owner) again(ctx context.Context) (*pipeline.Range, error) {
	r := o.newRange(o.at.offset, o.at.announced)
	const unbounded = 1 << 40
	for at, idle := r.From, 0; at < r.To; {
		records, next, err := o.reader.take(ctx, at, r.To, unbounded, unbounded, fetchWait)
		if err != nil {
			return nil, err
		}
		if next == at {
			if idle++; idle > 20 {
				return nil, samleng.Errorf(samleng.RetryAfter, "partition %d gives nothing at offset %d although its end is beyond %d",
					o.member.partition, at, r.To)
			}
			continue
		}
		r.Records, at, idle = append(r.Records, records...), next, 0
	}
	r.Seal()
	return r, nil
}

// collect reads what the next range will hold. nil means that nothing came.
func (o *owner) collect(ctx context.Context) (*pipeline.Range, error) {
	cfg := &o.c.o.Config
	r := o.newRange(o.at.offset, o.at.offset)
	room, bytes, limit := cfg.BatchPosts, cfg.BatchBytes, int64(0)
	if o.suspect > r.From {
		limit = r.From + max(1, (o.suspect-r.From)/2)
	}
	wait := fetchWait
	var until time.Time
	for {
		records, next, err := o.reader.take(ctx, r.To, limit, room, bytes, wait)
		if ctx.Err() != nil {
			return nil, nil //nolint:nilerr // nothing was announced: whoever comes next reads it
		}
		if err != nil {
			return nil, err
		}
		if len(records) > 0 && len(r.Records) == 0 {
			until = time.Now().Add(cfg.BatchInterval)
		}
		r.Records, r.To = append(r.Records, records...), next
		room -= len(records)
		for i := range records {
			bytes -= len(records[i].Key) + len(records[i].Value)
		}
		if len(r.Records) == 0 {
			if r.To == r.From {
				return nil, nil
			}
			return r, nil // a gap: only the position moves
		}
		wait = min(fetchWait, time.Until(until))
		if room <= 0 || bytes <= 0 || wait <= 0 || limit != 0 && r.To >= limit {
			r.Seal()
			return r, nil
		}
	}
}

func (o *owner) newRange(from, to int64) *pipeline.Range {
	return &pipeline.Range{
		Cluster: o.cluster, Topic: o.member.topic, Partition: int32(o.member.partition), From: from, To: to,
	}
}

// hand gives the range to the handler until it is taken. It reports false, without an
// error, when the range was refused: a shorter one follows.
func (o *owner) hand(ctx context.Context, r *pipeline.Range) (taken bool, err error) {
	refused := func(err error) bool {
		suspicious := len(r.Records) == 1 && o.rejected >= maxRejectedInARow
		return samleng.ClassOf(err) == samleng.BadInput && !suspicious
	}
	err = pipeline.Retry(ctx, func() error { return o.c.o.Handler.Handle(ctx, r) }, refused, o.handlerTrouble)
	switch {
	case err == nil:
		o.rejected = 0
		if o.suspect <= r.To {
			o.suspect = 0
		}
		o.resumed()
		return true, nil
	case ctx.Err() != nil:
		return false, errLost
	}
	o.c.metrics.rejections.Inc()
	if len(r.Records) > 1 {
		o.c.o.Logger.Warn("the store refuses a range, which is tried in smaller pieces",
			"partition", r.Partition, "from", r.From, "to", r.To, "error", err)
		o.suspect = r.To
		o.at = position{offset: r.From} // the shorter range is announced in place of this one
		return false, nil
	}
	o.rejected++
	o.suspect = 0
	if err := o.c.o.Handler.Reject(ctx, r, err); err != nil {
		if ctx.Err() != nil {
			return false, errLost
		}
		return false, err
	}
	return true, nil
}

// handlerTrouble notes that the handler is asked again. A pipeline.Worker gives up on a
// range only when it is refused, so this is a store that has refused too many in a row.
func (o *owner) handlerTrouble(err error) {
	if o.rejected >= maxRejectedInARow {
		err = fmt.Errorf("the last %d records were refused one by one: %w", o.rejected, err)
	}
	if o.c.activity.Waiting(o.part(), "the store to take a record", err) {
		o.c.o.Logger.Error("a record is not taken and is tried again", "partition", o.member.partition, "error", err)
	}
}
