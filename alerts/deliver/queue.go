package deliver

import (
	"context"
	"log/slog"
	"time"

	"samleng"
)

// load takes up what an earlier run left. What it left as sending may have gone out.
func (w *worker) load(ctx context.Context) error {
	left, err := w.store.OpenDeliveries(ctx, w.id, w.config.Queue)
	if err != nil {
		return err
	}
	now := w.now().UTC()
	w.more = len(left) == w.config.Queue
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range left {
		d := &left[i]
		if w.open[d.DeliveryKey] != nil {
			continue // queued in this run already
		}
		if d.State == samleng.DeliverySending {
			d.State = samleng.DeliveryQueued
			d.Unsure++
			if d.Unsure > 1 {
				d.Next = now.Add(w.pauseAfterUnsure(d.Unsure - 1))
			}
		}
		w.open[d.DeliveryKey] = d
	}
	if len(left) > 0 {
		w.log.Info("alerts of an earlier run are delivered", slog.Int("alerts", len(left)))
	}
	return nil
}

// add puts a delivery that is stored into the queue.
func (w *worker) add(d samleng.Delivery) {
	w.mu.Lock()
	if w.open[d.DeliveryKey] == nil {
		w.open[d.DeliveryKey] = &d
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *worker) idle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.open) == 0
}

func (w *worker) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.open) >= w.config.Queue
}

// next gives the delivery whose turn it is, or how long there is none. Within an episode the
// lower number goes first; else it is the one that has waited longest since it could be sent or
// was last tried, so that one which always fails does not stop the others.
func (w *worker) next(now time.Time) (*samleng.Delivery, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := map[string]*samleng.Delivery{}
	for _, d := range w.open {
		if f := first[d.Episode]; f == nil || d.Number < f.Number {
			first[d.Episode] = d
		}
	}
	var turn *samleng.Delivery
	for _, d := range first {
		if turn == nil || before(d, turn) {
			turn = d
		}
	}
	if turn == nil {
		return nil, time.Hour
	}
	if wait := turn.Next.Sub(now); wait > 0 {
		return nil, wait
	}
	return turn, 0
}

func before(a, b *samleng.Delivery) bool {
	if c := a.Next.Compare(b.Next); c != 0 {
		return c < 0
	}
	if c := a.Queued.Compare(b.Queued); c != 0 {
		return c < 0
	}
	return a.Episode < b.Episode
}

// remove takes a delivery that is done out of the queue.
func (w *worker) remove(d *samleng.Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, d.DeliveryKey)
}

// stand is what States shows.
func (w *worker) stand() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.state
	s.Channel, s.Waiting = w.id, len(w.open)
	now := w.now()
	for _, d := range w.open {
		s.Age = max(s.Age, now.Sub(d.Due))
	}
	return s
}

// note changes what States shows.
func (w *worker) note(change func(*State)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.state)
}
