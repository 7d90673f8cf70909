package kafka

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"samleng/pipeline"
)

// fetchBytes is what one request asks of the broker. What a range has no room for is
// thrown away and asked for again, so more would cost more.
const fetchBytes = 1 << 20

// fetchWait bounds how long the broker holds a request open for a record to come.
const fetchWait = 500 * time.Millisecond

// reader reads one partition from a given offset on. It is not safe for concurrent use.
type reader struct {
	conn *kafkago.Conn
	end  int64 // high watermark of the last fetch
}

// take collects what a range may hold: the records from the offset on that come in one
// fetch, up to room records and bytes, or up to the offset limit where limit is not 0. It
// gives the offset to continue at, which is beyond the last record where the log has gaps.
// Nothing new is not an error. wait is how long the broker may wait for a first record.
func (r *reader) take(ctx context.Context, from, limit int64, room, bytes int, wait time.Duration) ([]pipeline.Record, int64, error) {
	stop := context.AfterFunc(ctx, func() {
		_ = r.conn.Close() // ends the read, whose error is reported
	})
	defer stop()
	if err := r.conn.SetReadDeadline(time.Now().Add(wait + requestTimeout)); err != nil {
		return nil, from, classify(err)
	}
	if _, err := r.conn.Seek(from, kafkago.SeekAbsolute|kafkago.SeekDontCheck); err != nil {
		return nil, from, classify(err)
	}
	batch := r.conn.ReadBatchWith(kafkago.ReadBatchConfig{MinBytes: 1, MaxBytes: fetchBytes, MaxWait: max(wait, time.Millisecond)})
	var records []pipeline.Record
	next := from
	for room > 0 && bytes > 0 && (limit == 0 || next < limit) {
		m, err := batch.ReadMessage()
		if err != nil {
			if errors.Is(err, io.EOF) {
				next = max(next, batch.Offset())
			}
			break
		}
		if limit != 0 && m.Offset >= limit {
			next = limit
			break
		}
		next = m.Offset + 1
		if m.Offset < from || control(&m) {
			continue
		}
		records = append(records, pipeline.Record{Offset: m.Offset, Time: m.Time, Key: m.Key, Value: m.Value})
		room--
		bytes -= len(m.Key) + len(m.Value)
	}
	r.end = max(batch.HighWaterMark(), next)
	if limit != 0 {
		next = min(next, limit)
	}
	// "Timed out" is how an empty answer looks; it is not a fault.
	if err := batch.Close(); err != nil && !errors.Is(err, kafkago.RequestTimedOut) {
		return nil, from, classify(err)
	}
	return records, next, nil
}

// control reports whether a message is the end mark of a transaction, which kafka-go hands
// out like any other. The mark's key is a version and a type (0 abort, 1 commit), its value
// a version and a coordinator epoch; no post has that form.
// Source: https://kafka.apache.org/documentation/#controlbatch
func control(m *kafkago.Message) bool {
	return len(m.Key) == 4 && len(m.Value) == 6 && len(m.Headers) == 0 &&
		binary.BigEndian.Uint16(m.Key) == 0 && binary.BigEndian.Uint16(m.Key[2:]) <= 1 &&
		binary.BigEndian.Uint16(m.Value) == 0
}
