package deliver

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"

	"samleng"
)

// fileStore is an outbox in a file: a line for each change. What is written survives SIGKILL.
type fileStore struct {
	mu   sync.Mutex
	file *os.File
	rows map[samleng.DeliveryKey]samleng.Delivery
	// fail, where it is set, is asked before each change.
	fail func(samleng.Delivery) error
}

// remembered is how many finished deliveries outlive the opening of a file store: more than a
// test queues again.
const remembered = 1000

// openFileStore reads the file and writes it anew, without what was replaced or is long done.
func openFileStore(name string) (*fileStore, error) {
	s := &fileStore{rows: map[samleng.DeliveryKey]samleng.Delivery{}}
	old, err := os.Open(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil {
		for in := bufio.NewReader(old); ; {
			line, err := in.ReadBytes('\n')
			var d samleng.Delivery
			if err != nil || json.Unmarshal(line, &d) != nil {
				break // the last line, cut off by the kill: it was not acknowledged
			}
			s.keep(d)
		}
		_ = old.Close()
	}
	var done []samleng.Delivery
	for _, d := range s.rows {
		if !d.Open() {
			done = append(done, d)
		}
	}
	slices.SortFunc(done, func(a, b samleng.Delivery) int { return b.Queued.Compare(a.Queued) })
	for _, d := range done[min(remembered, len(done)):] {
		delete(s.rows, d.DeliveryKey)
	}
	var all bytes.Buffer
	for key := range s.rows {
		line, err := json.Marshal(s.rows[key])
		if err != nil {
			return nil, err
		}
		all.Write(append(line, '\n'))
	}
	if err := os.WriteFile(name+".new", all.Bytes(), 0o600); err != nil {
		return nil, err
	}
	if err := os.Rename(name+".new", name); err != nil {
		return nil, err
	}
	s.file, err = os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0o600)
	return s, err
}

func (s *fileStore) keep(d samleng.Delivery) {
	if old, there := s.rows[d.DeliveryKey]; !there || d.Version >= old.Version {
		s.rows[d.DeliveryKey] = d
	}
}

func (s *fileStore) write(d samleng.Delivery) error {
	if s.fail != nil {
		if err := s.fail(d); err != nil {
			return err
		}
	}
	line, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return err
	}
	s.keep(d)
	return nil
}

func (s *fileStore) AddDeliveries(_ context.Context, all []samleng.Delivery) (added []samleng.Delivery, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range all {
		if _, there := s.rows[d.DeliveryKey]; there {
			continue
		}
		if err := s.write(d); err != nil {
			return nil, err
		}
		added = append(added, d)
	}
	return added, nil
}

func (s *fileStore) SaveDelivery(ctx context.Context, d samleng.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if old, there := s.rows[d.DeliveryKey]; there && old.Version >= d.Version {
		return samleng.ErrDeliveryTaken
	}
	return s.write(d)
}

func (s *fileStore) OpenDeliveries(_ context.Context, channel string, limit int) (all []samleng.Delivery, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.rows {
		if d.Channel == channel && d.Open() {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b samleng.Delivery) int {
		return cmp.Or(a.Queued.Compare(b.Queued), cmp.Compare(a.Episode, b.Episode), cmp.Compare(a.Number, b.Number))
	})
	return all[:min(limit, len(all))], nil
}

func (s *fileStore) FirstDelivery(_ context.Context, episode, channel string) (first samleng.Delivery, there bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.rows {
		if d.Episode == episode && d.Channel == channel && d.State == samleng.DeliverySent && d.Receipt != "" && (!there || d.Number < first.Number) {
			first, there = d, true
		}
	}
	return first, there, nil
}

// row gives what is kept under a key.
func (s *fileStore) row(key samleng.DeliveryKey) samleng.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rows[key]
}
