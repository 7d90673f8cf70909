package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"samleng"
	"samleng/alerts"
)

// worker is the goroutine of one channel and what waits for it.
type worker struct {
	id       string
	language string
	channel  alerts.Channel
	format   alerts.Format
	limiters []*rate.Limiter
	config   Config
	store    Store
	renderer Renderer
	review   func(context.Context, []samleng.PostID) ([]samleng.PostID, error) // nil: none
	metrics  *metrics
	now      func() time.Time
	log      *slog.Logger
	random   *rand.Rand // of the worker's goroutine alone
	failures int        // in a row, of the channel or the store; of the worker's goroutine alone

	wake chan struct{} // something was added
	mu   sync.Mutex
	// open is what is not done, the oldest of it at least, and at most one and a half times
	// Config.Queue. A delivery in it is changed by the worker's goroutine alone, under mu.
	open  map[samleng.DeliveryKey]*samleng.Delivery
	more  bool // there is, or may be, more in the store
	state State
}

// run delivers until ctx ends.
func (w *worker) run(ctx context.Context) {
	defer w.forget()
	// What is queued by this run waits for what an earlier one left, which may be of its episodes.
	for loaded := false; !loaded && ctx.Err() == nil; {
		loaded = w.take(ctx)
	}
	for ctx.Err() == nil {
		if w.roomy() && !w.take(ctx) {
			continue
		}
		d, wait := w.next(w.now())
		if d == nil {
			w.rest(ctx, wait)
			continue
		}
		if !w.admitted(ctx) {
			return
		}
		if err := w.attempt(ctx, d); err != nil {
			w.pause(ctx, w.wait(err))
			continue
		}
		w.failures = 0
	}
}

// take loads what is in the store, and reports whether it could. Otherwise it has paused.
func (w *worker) take(ctx context.Context) bool {
	if err := w.load(ctx); err != nil {
		w.fault("take up what waits", err)
		w.pause(ctx, w.wait(err))
		return false
	}
	return true
}

// admitted waits for the limits of the channel. It reports false when ctx ends first.
func (w *worker) admitted(ctx context.Context) bool {
	for _, l := range w.limiters {
		if l.Wait(ctx) != nil {
			return false
		}
	}
	return true
}

// rest waits until something is due or added.
func (w *worker) rest(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.wake:
	case <-ctx.Done():
	}
}

// pause waits, whatever is added. It reports false when ctx ends first.
func (w *worker) pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// wait gives how long the channel pauses after an error, which counts as a further one in a row.
func (w *worker) wait(err error) time.Duration {
	w.failures++
	return max(backoff(w.failures, w.config.FirstWait, w.config.LongestWait, w.random), samleng.WaitOf(err))
}

// longestAfterUnsure is how much longer than LongestWait the wait can become when it is not
// known of several attempts whether they went out.
const longestAfterUnsure = 12

// pauseAfterUnsure gives the wait before an attempt that may well be one too many.
func (w *worker) pauseAfterUnsure(unsure int) time.Duration {
	return backoff(unsure, w.config.FirstWait, longestAfterUnsure*w.config.LongestWait, w.random)
}

// fault remembers an error, and logs it where the one before was of another class or a success.
func (w *worker) fault(what string, err error) {
	class := samleng.ClassOf(err)
	w.metrics.errors.WithLabelValues(w.id, string(class)).Inc()
	var known bool
	w.note(func(s *State) {
		known = s.Class == class
		s.Error, s.Class = err.Error(), class
	})
	if !known {
		w.log.Warn("cannot "+what, slog.String("class", string(class)), slog.String("error", err.Error()))
	}
}

// attempt tries to deliver one alert. An error says that the channel, or the store, should be
// left alone for a while; the alert is then still in the queue.
func (w *worker) attempt(ctx context.Context, d *samleng.Delivery) error {
	m, err := w.message(ctx, d)
	switch class := samleng.ClassOf(err); {
	case class == samleng.RetryAfter:
		w.fault("look an alert over", err)
		return err
	case err != nil:
		return w.finish(ctx, d, samleng.DeliveryFailed, "", err.Error())
	}
	first, err := w.first(ctx, d)
	if err != nil {
		w.fault("read the outbox", err)
		return err
	}
	m.First = alerts.Receipt(first)
	if err := w.save(ctx, d, func(d *samleng.Delivery) {
		d.State = samleng.DeliverySending
		d.Attempts++
	}); errors.Is(err, samleng.ErrDeliveryTaken) {
		w.leave(d)
		return nil
	} else if err != nil {
		w.fault("claim an alert in the outbox", err)
		return err
	}
	// From here on the attempt is finished even when the program is being stopped: otherwise it
	// would have to be repeated.
	receipt, err := w.call(context.WithoutCancel(ctx), d, m)
	if err == nil {
		return w.finish(ctx, d, samleng.DeliverySent, string(receipt), "")
	}
	w.fault("deliver an alert", err)
	return w.failed(ctx, d, err)
}

// errTakenDown is why a card is not sent.
var errTakenDown = samleng.Errorf(samleng.Permanent, "it shows a post that was taken down")

// look takes out of a delivery what may not be shown any more, in memory too, so that no claim
// writes it back.
func (w *worker) look(ctx context.Context, d *samleng.Delivery) error {
	if len(d.Content) == 0 {
		return errTakenDown
	}
	shows, err := d.Shows()
	if err != nil {
		return samleng.WithClass(samleng.Permanent, err)
	}
	if w.review == nil || len(shows) == 0 {
		return nil
	}
	gone, err := w.review(ctx, shows)
	if err != nil {
		return samleng.WithClass(samleng.RetryAfter, fmt.Errorf("look for takedowns: %w", err))
	}
	if len(gone) == 0 {
		return nil
	}
	content, err := d.Without(gone)
	if err != nil {
		return samleng.WithClass(samleng.Permanent, err)
	}
	w.mu.Lock()
	d.Content = content
	w.mu.Unlock()
	if len(content) == 0 {
		return errTakenDown
	}
	return nil
}

// message makes what is sent from what is stored. An error of class RetryAfter passes.
func (w *worker) message(ctx context.Context, d *samleng.Delivery) (alerts.Message, error) {
	m := alerts.Message{Key: d.DeliveryKey}
	if err := w.look(ctx, d); err != nil {
		return m, err
	}
	switch d.Form {
	case samleng.DeliverCard:
		if err := json.Unmarshal(d.Content, &m.Card); err != nil {
			return m, fmt.Errorf("read the card: %w", err)
		}
		return m, nil
	case samleng.DeliverDigest:
		return w.digest(d)
	case samleng.DeliverAlert:
	}
	var a samleng.Alert
	if err := json.Unmarshal(d.Content, &a); err != nil {
		return m, fmt.Errorf("read the alert: %w", err)
	}
	card, err := w.renderer.Card(&a, w.format, w.language)
	if err != nil {
		return m, samleng.WithClass(samleng.Permanent, fmt.Errorf("write the card: %w", err))
	}
	m.Card, m.Alert, m.Silent = card, &a, a.Level < samleng.LevelWarning || a.State == samleng.AlertClosed
	return m, nil
}

// digest makes what is sent from a digest.
func (w *worker) digest(d *samleng.Delivery) (alerts.Message, error) {
	m := alerts.Message{Key: d.DeliveryKey}
	var digest samleng.Digest
	if err := json.Unmarshal(d.Content, &digest); err != nil {
		return m, fmt.Errorf("read the digest: %w", err)
	}
	card, err := w.renderer.Digest(&digest, w.format, w.language)
	if err != nil {
		return m, samleng.WithClass(samleng.Permanent, fmt.Errorf("write the digest: %w", err))
	}
	m.Card = card
	return m, nil
}

// first gives the receipt of the first message of the episode, if there is one.
func (w *worker) first(ctx context.Context, d *samleng.Delivery) (string, error) {
	if d.Form != samleng.DeliverAlert || d.Number <= 1 {
		return "", nil
	}
	first, there, err := w.store.FirstDelivery(ctx, d.Episode, w.id)
	if err != nil || !there {
		return "", err
	}
	return first.Receipt, nil
}

// call sends the message, or edits the first one of the episode where that can be done.
func (w *worker) call(ctx context.Context, d *samleng.Delivery, m alerts.Message) (alerts.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, w.config.Timeout)
	defer cancel()
	if editor, ok := w.channel.(alerts.Editor); ok && m.First != "" {
		err := editor.Edit(ctx, m.First, m)
		if err == nil {
			w.metrics.edits.WithLabelValues(w.id).Inc()
			return m.First, nil
		}
		if class := samleng.ClassOf(err); class != samleng.Permanent && class != samleng.BadInput {
			return "", err
		}
		// The first message is gone, or too old to be changed: say it anew.
	}
	if d.Unsure > 0 {
		m = m.Repeated()
		w.metrics.repeats.WithLabelValues(w.id).Inc()
	}
	return w.channel.Send(ctx, m)
}

// noting is how long the store may take to note the outcome of an attempt.
const noting = 30 * time.Second

// failed puts a delivery back into the queue, or gives it up.
func (w *worker) failed(ctx context.Context, d *samleng.Delivery, err error) error {
	class := samleng.ClassOf(err)
	unsure := alerts.IsUnsure(err)
	if !unsure && (class == samleng.Permanent || class == samleng.BadInput) {
		return w.finish(ctx, d, samleng.DeliveryFailed, "", err.Error())
	}
	if w.now().Sub(d.Due) > w.config.GiveUp {
		return w.finish(ctx, d, samleng.DeliveryFailed, "", fmt.Sprintf("given up after %s: %v", w.config.GiveUp, err))
	}
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), noting)
	defer cancel()
	saving := w.save(patient, d, func(d *samleng.Delivery) {
		wait := backoff(d.Attempts, w.config.FirstWait, w.config.LongestWait, w.random)
		if unsure {
			d.Unsure++
			wait = max(wait, w.pauseAfterUnsure(d.Unsure))
		}
		d.State, d.Reason = samleng.DeliveryQueued, err.Error()
		d.Next = w.now().UTC().Add(max(wait, samleng.WaitOf(err)))
	})
	if errors.Is(saving, samleng.ErrDeliveryTaken) {
		w.leave(d)
	} else if saving != nil {
		w.fault("note the outcome of an attempt", saving)
	}
	return err
}

// finish notes that a delivery is done, and tries until it is noted, because what is not noted
// would be sent again. Only the end of ctx ends that, after a last try.
func (w *worker) finish(ctx context.Context, d *samleng.Delivery, state samleng.DeliveryState, receipt, reason string) error {
	done := w.now().UTC()
	for failures, last := 1, false; ; failures++ {
		patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), noting)
		err := w.save(patient, d, func(d *samleng.Delivery) {
			d.State, d.Receipt, d.Reason, d.Done, d.Content = state, receipt, reason, done, nil
		})
		cancel()
		if err == nil {
			break
		}
		if errors.Is(err, samleng.ErrDeliveryTaken) {
			w.leave(d)
			return nil
		}
		w.fault("note the outcome of an attempt", err)
		if last {
			return err
		}
		last = !w.pause(ctx, backoff(failures, w.config.FirstWait, w.config.LongestWait, w.random))
	}
	w.remove(d)
	w.metrics.done.WithLabelValues(w.id, string(state)).Inc()
	if state == samleng.DeliveryFailed {
		w.log.Error("an alert was not delivered", slog.String("alert", d.String()), slog.String("reason", reason))
		w.note(func(s *State) { s.Failed, s.LastFailed = s.Failed+1, *d })
		return nil
	}
	w.metrics.delay.WithLabelValues(w.id).Observe(max(0, d.Done.Sub(d.Due).Seconds()))
	var failing bool
	w.note(func(s *State) {
		failing = s.Class != ""
		s.Error, s.Class, s.LastSent = "", "", d.Done
	})
	if failing {
		w.log.Info("alerts are delivered again")
	}
	return nil
}

// save changes a delivery, in memory and in the store. In memory the change stands even when
// the store fails.
func (w *worker) save(ctx context.Context, d *samleng.Delivery, change func(*samleng.Delivery)) error {
	w.mu.Lock()
	change(d)
	d.Version++
	row := *d
	w.mu.Unlock()
	return w.store.SaveDelivery(ctx, row)
}
