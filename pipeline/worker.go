package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
)

// Classifier finds what a post is about. It is called from several goroutines at once and
// must give the same answer for the same post. A panic is caught and costs that post alone.
type Classifier interface {
	Classify(post *samleng.Post) samleng.Analysis
}

// Store keeps rows.
type Store interface {
	// Insert keeps the rows, all of them or none, and returns nil when they are kept for
	// good. It is called again with the same token and the same rows when an attempt
	// failed or its outcome is unknown, and must then keep the rows once. cluster and
	// topic are where the rows were read.
	//
	// An error of class BadInput says that the rows themselves are refused and that none
	// of them was kept; the range is then tried in smaller pieces. Any other class means
	// waiting and trying again, for as long as it takes.
	Insert(ctx context.Context, cluster, topic, token string, rows []samleng.Row) error
}

// Options are what a Worker is made of. Classifier, Store and DeadLetters are required.
type Options struct {
	Normalise  func(string) string // applied to title and text; nil leaves them
	Classifier Classifier
	// Print gives the fingerprint that goes into samleng.Row, of the normalised title and
	// text; nil leaves it out. It is called as Classifier is.
	Print       func(title, text string) []byte
	Store       Store
	StoreName   string // how people know the store; default "ClickHouse"
	DeadLetters DeadLetters
	Logger      *slog.Logger
	Registerer  prometheus.Registerer
	Now         func() time.Time
	// Parallel bounds the goroutines that prepare one range; default GOMAXPROCS.
	Parallel int
	// OnInserted is told how many posts the store has just acknowledged. It must not
	// block. A range that is repeated after a crash is told again.
	OnInserted func(posts int)
}

// Worker carries ranges through the stages. It is safe for concurrent use.
type Worker struct {
	o        Options
	metrics  *metrics
	activity *Activity
	broke    sync.Once // a stage has broken on a post, and the log says so
}

// NewWorker makes a Worker.
func NewWorker(o Options) (*Worker, error) {
	if o.Classifier == nil || o.Store == nil || o.DeadLetters == nil {
		return nil, errors.New("a worker needs a classifier, a store and a place for dead letters")
	}
	if o.StoreName == "" {
		o.StoreName = "ClickHouse"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.GOMAXPROCS(0)
	}
	m, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, err
	}
	return &Worker{o: o, metrics: m, activity: NewActivity(o.Now)}, nil
}

// Status says what the worker is doing or waiting for.
func (w *Worker) Status() Status { return w.activity.Status() }

// Handle carries one sealed range through the stages and returns nil when its rows are in
// the store and its dead letters are kept: the range may then be committed. It waits out
// every trouble of the store and of the dead letters, so it returns an error in two cases
// only: ctx has ended, with the outcome unknown; or the store refuses the rows (class
// BadInput), with nothing kept. In both the range must not be committed.
func (w *Worker) Handle(ctx context.Context, r *Range) error {
	part := partName(r)
	w.activity.Working(part)
	defer w.activity.Done(part)

	w.metrics.consumed.Add(float64(len(r.Records)))
	rows, letters, repeated := w.prepare(r)
	if err := w.insert(ctx, r, rows); err != nil {
		return err
	}
	w.metrics.repeated.Add(float64(repeated))
	return w.sendDead(ctx, r, letters)
}

// Reject sets every record of a range aside as a dead letter with cause as its reason. It
// is for a range that the store refuses and that cannot be made smaller. It returns an
// error only when ctx has ended.
func (w *Worker) Reject(ctx context.Context, r *Range, cause error) error {
	part := partName(r)
	w.activity.Working(part)
	defer w.activity.Done(part)
	letters := make([]DeadLetter, len(r.Records))
	for i, rec := range r.Records {
		letters[i] = w.letter(r, rec, cause)
	}
	return w.sendDead(ctx, r, letters)
}

func (w *Worker) insert(ctx context.Context, r *Range, rows []samleng.Row) error {
	if len(rows) == 0 {
		return nil
	}
	began := time.Now()
	refused := func(err error) bool { return samleng.ClassOf(err) == samleng.BadInput }
	err := Retry(ctx, func() error {
		return w.o.Store.Insert(ctx, r.Cluster, r.Topic, r.Token, rows)
	}, refused, func(err error) { w.waiting(r, "insert", w.o.StoreName, err) })
	if err != nil {
		return fmt.Errorf("insert %d posts of partition %d from offset %d: %w", len(rows), r.Partition, r.From, err)
	}
	w.resumed(r, w.o.StoreName)
	w.metrics.insert.Observe(time.Since(began).Seconds())
	w.metrics.inserted.Add(float64(len(rows)))
	if w.o.OnInserted != nil {
		w.o.OnInserted(len(rows))
	}
	return nil
}

func (w *Worker) sendDead(ctx context.Context, r *Range, letters []DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	const what = "the dead-letter topic"
	err := Retry(ctx, func() error {
		return w.o.DeadLetters.SendDead(ctx, letters)
	}, nil, func(err error) { w.waiting(r, "dead", what, err) })
	if err != nil {
		return fmt.Errorf("send %d dead letters of partition %d: %w", len(letters), r.Partition, err)
	}
	w.resumed(r, what)
	for i := range letters {
		w.metrics.dead.WithLabelValues(string(letters[i].Class)).Inc()
	}
	w.o.Logger.Warn("records were set aside", "topic", r.Topic, "partition", r.Partition,
		"count", len(letters), "first_offset", letters[0].Offset, "first_reason", letters[0].Reason)
	return nil
}

func (w *Worker) waiting(r *Range, step, what string, err error) {
	w.metrics.retries.WithLabelValues(step, string(samleng.ClassOf(err))).Inc()
	if w.activity.Waiting(partName(r), what, err) {
		w.o.Logger.Warn("waiting", "for", what, "partition", r.Partition, "error", err)
	}
}

// resumed ends a wait, if there was one, and says so once.
func (w *Worker) resumed(r *Range, what string) {
	if w.activity.Working(partName(r)) {
		w.o.Logger.Info("the wait is over", "for", what, "partition", r.Partition)
	}
}

func partName(r *Range) string { return r.Topic + "/" + strconv.Itoa(int(r.Partition)) }
