package deliver

import (
	"context"
	"log/slog"
	"time"

	"samleng"
)

// load takes up what an earlier run left, and what add has left in the store. What was left as
// sending may have gone out.
func (w *worker) load(ctx context.Context) error {
	left, err := w.store.OpenDeliveries(ctx, w.id, w.config.Queue)
	if err != nil {
		return err
	}
	now := w.now().UTC()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.more = len(left) == w.config.Queue
	before := len(w.open)
	for i := range left {
		d := &left[i]
		if w.open[d.DeliveryKey] != nil {
			continue // it is in hand
		}
		if d.State == samleng.DeliverySending {
			d.State = samleng.DeliveryQueued
			d.Unsure++
			wait := w.config.Settle
			if d.Unsure > 1 {
				wait = max(wait, w.pauseAfterUnsure(d.Unsure-1))
			}
			d.Next = now.Add(wait)
		}
		w.open[d.DeliveryKey] = d
	}
	if taken := len(w.open) - before; taken > 0 {
		w.log.Info("alerts in the outbox are delivered", slog.Int("alerts", taken))
	}
	return nil
}

// forget empties the memory at the end of a run, for another process may deliver what was in it
// before the next one. All of it is in the store.
func (w *worker) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.open)
	w.more, w.failures = false, 0
}

// add puts a delivery that is stored into the queue, or leaves it in the store where there is no
// room, or something older has been left there.
func (w *worker) add(d samleng.Delivery) {
	w.mu.Lock()
	if w.more = w.more || len(w.open) >= w.config.Queue; !w.more && w.open[d.DeliveryKey] == nil {
		w.open[d.DeliveryKey] = &d
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// roomy reports whether something waits in the store alone and there is room for it again.
func (w *worker) roomy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.more && len(w.open) <= w.config.Queue/2
}

// next gives the delivery whose turn it is, or how long there is none. Within an episode the
// lower number goes first, and does not wait for the end of the quiet hours when a later one, which
// is urgent, does not; else it is the one that has waited longest since it could be sent or
// was last tried, so that one which always fails does not stop the others.
func (w *worker) next(now time.Time) (*samleng.Delivery, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	episodes := map[string]*candidate{}
	for _, d := range w.open {
		c := episodes[d.Episode]
		if c == nil {
			c = &candidate{d, d.Due}
			episodes[d.Episode] = c
		}
		if d.Number < c.first.Number {
			c.first = d
		}
		if d.Due.Before(c.due) {
			c.due = d.Due
		}
	}
	var turn *candidate
	for _, c := range episodes {
		if turn == nil || c.before(turn) {
			turn = c
		}
	}
	if turn == nil {
		return nil, time.Hour
	}
	if wait := turn.at().Sub(now); wait > 0 {
		return nil, wait
	}
	return turn.first, 0
}

// candidate is the delivery of an episode that has to go first.
type candidate struct {
	first *samleng.Delivery
	due   time.Time // the earliest of the episode's deliveries
}

// at is from when on it can be sent.
func (c *candidate) at() time.Time {
	if c.first.Attempts == 0 && c.due.Before(c.first.Next) {
		return c.due
	}
	return c.first.Next
}

func (c *candidate) before(other *candidate) bool {
	if order := c.at().Compare(other.at()); order != 0 {
		return order < 0
	}
	if order := c.first.Queued.Compare(other.first.Queued); order != 0 {
		return order < 0
	}
	return c.first.Episode < other.first.Episode
}

// remove takes a delivery that is done out of the queue.
func (w *worker) remove(d *samleng.Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, d.DeliveryKey)
}

// leave takes a delivery that another process has out of the queue. Should that one not make it, the
// store still has it.
func (w *worker) leave(d *samleng.Delivery) {
	w.log.Info("another process delivers an alert", slog.String("alert", d.String()))
	w.remove(d)
	w.again()
}

// again has the queue looked for in the store, which may have more than is in memory.
func (w *worker) again() {
	w.mu.Lock()
	w.more = true
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
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
