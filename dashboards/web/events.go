package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// maxStreams bounds the open streams. One more is refused with 503; the page then asks
// again by itself from time to time.
const maxStreams = 128

// timing is how often the broadcaster does what.
type timing struct {
	gap   time.Duration // least time between two "posts" events
	beat  time.Duration // between two "beat" events
	write time.Duration // a client that takes longer to read one event is dropped
	watch time.Duration // between two looks at the status
}

// broadcaster tells every open stream that posts were stored or that the status changed.
// It keeps the latest state only, no queue: a stream that is slow gets the latest state
// when it can, and holds nothing up.
type broadcaster struct {
	timing
	status func() statusJSON
	wake   chan struct{} // of one: a notice that is pending stands for all of them
	done   chan struct{}
	ended  sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed, and replaced, at every change below
	seq     uint64        // counts "posts" events
	say     []byte        // the latest status as JSON
	streams int
	closed  bool
}

func newBroadcaster(t timing, status func() statusJSON) *broadcaster {
	b := &broadcaster{
		timing:  t,
		status:  status,
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		changed: make(chan struct{}),
	}
	b.ended.Add(1)
	go b.run()
	return b
}

func (b *broadcaster) notify() {
	select {
	case b.wake <- struct{}{}:
	default: // one is pending already
	}
}

func (b *broadcaster) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	close(b.done)
	b.ended.Wait()
}

// run passes notices on, at most one per gap, and watches the status.
func (b *broadcaster) run() {
	defer b.ended.Done()
	watch := time.NewTicker(b.watch)
	defer watch.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	wake := b.wake
	for {
		select {
		case <-b.done:
			return
		case <-wake:
			wake = nil // deaf until the pause is over; the next notice stays pending
			pause.Reset(b.gap)
			b.update(func() bool { b.seq++; return true })
		case <-pause.C:
			wake = b.wake
		case <-watch.C:
			b.look()
		}
	}
}

// look broadcasts the status when it changed and anybody listens.
func (b *broadcaster) look() {
	b.mu.Lock()
	idle := b.streams == 0
	b.mu.Unlock()
	if idle {
		return
	}
	say, err := json.Marshal(b.status())
	if err != nil {
		return // cannot happen: statusJSON holds nothing that JSON cannot
	}
	b.update(func() bool {
		same := bytes.Equal(say, b.say)
		b.say = say
		return !same
	})
}

func (b *broadcaster) update(change func() bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if change() {
		close(b.changed)
		b.changed = make(chan struct{})
	}
}

// latest is the state to send and the channel that closes when there is a later one.
func (b *broadcaster) latest() (seq uint64, say []byte, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seq, b.say, b.changed
}

// sequence counts the "posts" events so far. An answer of the store that was asked for
// under one number is never out of date under the same number.
func (b *broadcaster) sequence() uint64 {
	seq, _, _ := b.latest()
	return seq
}

// enter counts one more stream, or reports that there is no room.
func (b *broadcaster) enter() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.streams >= maxStreams {
		return false
	}
	b.streams++
	return true
}

func (b *broadcaster) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.streams--
}

// serve is /api/v1/events.
func (b *broadcaster) serve(w http.ResponseWriter, r *http.Request) {
	if !b.enter() {
		w.Header().Set("Retry-After", "15")
		writeFault(w, http.StatusServiceUnavailable, fault{Code: "streams", Message: fmt.Sprintf("%d streams of events are open, which is the most this program keeps, or it is stopping", maxStreams)})
		return
	}
	defer b.leave()
	b.look()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	out := http.NewResponseController(w)
	send := func(event string, data []byte) bool {
		// A server's own write timeout must not end a stream; a client that does not read must.
		if err := out.SetWriteDeadline(time.Now().Add(b.write)); err != nil {
			return false
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, data); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if _, err := fmt.Fprint(w, "retry: 3000\n\n"); err != nil {
		return
	}
	sent, said, changed := b.latest()
	if !send("status", said) {
		return
	}
	beat := time.NewTicker(b.beat)
	defer beat.Stop()
	for {
		ok := true
		select {
		case <-r.Context().Done():
			return
		case <-b.done:
			return
		case <-beat.C:
			ok = send("beat", []byte("{}"))
		case <-changed:
			var seq uint64
			var say []byte
			seq, say, changed = b.latest()
			if !bytes.Equal(say, said) {
				said = say
				ok = send("status", say)
			}
			if ok && seq != sent {
				sent = seq
				ok = send("posts", fmt.Appendf(nil, `{"sequence":%d}`, seq))
			}
		}
		if !ok {
			return
		}
	}
}
