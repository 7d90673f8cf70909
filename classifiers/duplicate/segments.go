package duplicate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// segments are the records on disk: files that are only ever added to, each of a bounded
// number of records, and deleted whole when nothing in them is needed any more. There is
// nothing to compact, for posts are forgotten in the order in which they were written.
type segments struct {
	dir     string
	each    int       // records of a full segment
	sealed  []segment // full ones, oldest first
	open    segment
	posts   int // in all segments, the pending records included
	file    *os.File
	length  int64  // of file, without pending
	pending []byte // records that are not written yet
	waiting int    // records in pending
	failed  error  // of the last attempt to write
	fresh   bool   // the folder does not yet hold file for certain
	damaged int
	lost    uint64
}

type segment struct {
	number  uint64
	records int
	posts   int    // of records, those that make a post known
	last    uint32 // when the last record arrived
}

const (
	segmentMagic = "samleng stories\x01" // the last byte is the version of the form
	writeAt      = 64 << 10              // bytes pending that are written without a Flush
	keepAtMost   = 4 << 20               // bytes pending that are kept while writing fails
)

// segmentPosts gives the records of a segment, so that at most an eighth of the folder is
// kept longer than it must be.
func segmentPosts(most int) int { return min(max(most/8, 1024), 65_536) }

func segmentName(number uint64) string { return fmt.Sprintf("stories-%016x.log", number) }

// openSegments reads the segments of dir, handing each record to restore in order.
func openSegments(dir string, each int, restore func(*record)) (*segments, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	s := &segments{dir: dir, each: each}
	for _, e := range entries {
		middle, found := strings.CutPrefix(e.Name(), "stories-")
		hex, log := strings.CutSuffix(middle, ".log")
		if number, err := strconv.ParseUint(hex, 16, 64); err == nil && found && log && e.Name() == segmentName(number) {
			s.sealed = append(s.sealed, segment{number: number})
		}
	}
	slices.SortFunc(s.sealed, func(a, b segment) int { return int(min(max(int64(a.number-b.number), -1), 1)) })
	var good int64
	for i := range s.sealed {
		if good, err = s.read(&s.sealed[i], restore); err != nil {
			return nil, err
		}
	}
	if n := len(s.sealed); n > 0 && s.sealed[n-1].records < each && good > 0 {
		return s, s.resume(good)
	}
	return s, s.create()
}

// read hands the records of a segment to restore and gives the length of what is good.
func (s *segments) read(seg *segment, restore func(*record)) (good int64, err error) {
	b, err := os.ReadFile(filepath.Join(s.dir, segmentName(seg.number)))
	if err != nil {
		return 0, err
	}
	if !strings.HasPrefix(string(b[:min(len(b), len(segmentMagic))]), segmentMagic) {
		s.damaged++
		return 0, nil
	}
	at := len(segmentMagic)
	var r record
	for n := readRecord(b[at:], &r); n > 0; n = readRecord(b[at:], &r) {
		restore(&r)
		seg.records++
		if r.kind.post() {
			seg.posts++
			s.posts++
		}
		seg.last = r.arrived
		at += n
	}
	if at < len(b) {
		s.damaged++
	}
	return int64(at), nil
}

// resume goes on with the newest segment, without what was half-written at its end.
func (s *segments) resume(good int64) error {
	n := len(s.sealed) - 1
	s.open, s.sealed = s.sealed[n], s.sealed[:n]
	f, err := os.OpenFile(filepath.Join(s.dir, segmentName(s.open.number)), os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Truncate(good); err != nil {
		return errors.Join(err, f.Close())
	}
	s.file, s.length = f, good
	return nil
}

// create begins a new segment.
func (s *segments) create() error {
	next := segment{number: s.open.number + 1}
	if n := len(s.sealed); n > 0 {
		next.number = max(next.number, s.sealed[n-1].number+1)
	}
	f, err := os.OpenFile(filepath.Join(s.dir, segmentName(next.number)), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt([]byte(segmentMagic), 0); err != nil {
		return errors.Join(err, f.Close())
	}
	s.open, s.file, s.length, s.fresh = next, f, int64(len(segmentMagic)), true
	return nil
}

// append adds a record, to be written by the next flush or before.
func (s *segments) append(r *record) {
	s.pending = appendRecord(s.pending, r)
	s.waiting++
	s.open.last = r.arrived
	if r.kind.post() {
		s.open.posts++
		s.posts++
	}
	if len(s.pending) < writeAt || s.failed != nil && len(s.pending) < keepAtMost {
		return
	}
	if s.failed = s.write(); s.failed != nil && len(s.pending) >= keepAtMost {
		s.lost += uint64(s.waiting)
		s.pending, s.waiting = s.pending[:0], 0
	}
}

// flush writes what is pending.
func (s *segments) flush(sync bool) error {
	if s.failed = s.write(); s.failed != nil || !sync {
		return s.failed
	}
	return s.sync()
}

func (s *segments) write() error {
	if len(s.pending) == 0 {
		return nil
	}
	if s.open.records >= s.each {
		if err := s.turn(); err != nil {
			return err
		}
	}
	// A write that fails half-way is written over by the next attempt.
	if _, err := s.file.WriteAt(s.pending, s.length); err != nil {
		return err
	}
	s.length += int64(len(s.pending))
	s.open.records += s.waiting
	s.pending, s.waiting = s.pending[:0], 0
	return nil
}

// turn seals the open segment and begins the next.
func (s *segments) turn() error {
	if err := s.sync(); err != nil {
		return err
	}
	last, old := s.open, s.file
	s.sealed = append(s.sealed, last)
	if err := s.create(); err != nil {
		s.sealed = s.sealed[:len(s.sealed)-1]
		return err
	}
	s.open.last = last.last
	return old.Close()
}

func (s *segments) sync() error {
	if err := s.file.Sync(); err != nil {
		return err
	}
	if !s.fresh {
		return nil
	}
	d, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return err
	}
	s.fresh = false
	return nil
}

// expire deletes segments of which nothing is needed: all of it is older than the window, or
// as many posts as are known at most are in the segments after it.
func (s *segments) expire(now, window uint32, most int) {
	for len(s.sealed) > 0 {
		oldest := s.sealed[0]
		old := now > oldest.last && now-oldest.last > window
		if !old && s.posts-oldest.posts < most {
			return
		}
		// A file that cannot be deleted is met again when the index is next opened, and
		// until then takes room and no more.
		_ = os.Remove(filepath.Join(s.dir, segmentName(oldest.number)))
		s.posts -= oldest.posts
		s.sealed = s.sealed[1:]
	}
}

func (s *segments) close() error {
	return errors.Join(s.flush(true), s.file.Close())
}
