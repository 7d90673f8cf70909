package pipeline

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"samleng"
)

// reasonStack bounds how much of a panic's stack goes into the log, in bytes.
const reasonStack = 2_000

// prepare turns the records of a range into rows and dead letters. The rows are in the
// order of their offsets, one for each post: of a post that occurs twice the one with the
// latest SeenAt is kept, and among equals the later record. The result depends on the
// records and the classifier alone.
func (w *Worker) prepare(r *Range) (rows []samleng.Row, letters []DeadLetter, repeated int) {
	posts := make([]samleng.Post, len(r.Records))
	faults := make([]error, len(r.Records))
	w.each(len(r.Records), func(i int) { posts[i], faults[i] = w.read(&r.Records[i]) })

	latest := make(map[samleng.PostID]int, len(posts))
	for i := range posts {
		if faults[i] != nil {
			continue
		}
		if j, ok := latest[posts[i].ID]; ok && posts[j].SeenAt.After(posts[i].SeenAt) {
			continue
		}
		latest[posts[i].ID] = i
	}

	found, prints := make([]samleng.Analysis, len(posts)), make([][]byte, len(posts))
	kept := func(i int) bool { return faults[i] == nil && latest[posts[i].ID] == i }
	w.each(len(posts), func(i int) {
		if kept(i) {
			found[i], prints[i], faults[i] = w.classify(&posts[i])
		}
	})

	rows = make([]samleng.Row, 0, len(latest))
	for i := range posts {
		switch {
		case faults[i] != nil:
			letters = append(letters, w.letter(r, r.Records[i], faults[i]))
		case latest[posts[i].ID] != i:
			repeated++
		default:
			rows = append(rows, samleng.Row{
				Post: posts[i], Analysis: found[i], Print: prints[i], Partition: r.Partition, Offset: r.Records[i].Offset,
			})
		}
	}
	return rows, letters, repeated
}

// read decodes, validates and normalises one record.
func (w *Worker) read(rec *Record) (samleng.Post, error) {
	post, err := Decode(rec.Value)
	if err != nil {
		return samleng.Post{}, err
	}
	if err := post.Validate(); err != nil {
		return samleng.Post{}, err
	}
	if len(rec.Key) > 0 && string(rec.Key) != post.ID.String() {
		return samleng.Post{}, samleng.Errorf(samleng.BadInput,
			"the message's key %q is not the id of its post, %s", clip(rec.Key, 64), post.ID)
	}
	if w.o.Normalise == nil {
		return post, nil
	}
	err = w.guard("normalise", func() {
		post.Title, post.Text = w.o.Normalise(post.Title), w.o.Normalise(post.Text)
	})
	return post, err
}

func (w *Worker) classify(post *samleng.Post) (found samleng.Analysis, print []byte, err error) {
	err = w.guard("classify", func() { found = w.o.Classifier.Classify(post) })
	if err == nil && w.o.Print != nil {
		err = w.guard("fingerprint", func() { print = w.o.Print(post.Title, post.Text) })
	}
	return found, print, err
}

// guard turns a panic of step into an error, so that one hostile post does not stop its
// partition for ever.
func (w *Worker) guard(step string, f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// One stack is enough to find the fault; the others are counted and set aside.
			w.broke.Do(func() {
				w.o.Logger.Error("a stage broke on a post, which is set aside; further ones are only counted",
					"step", step, "panic", fmt.Sprint(p), "stack", clip(debug.Stack(), reasonStack))
			})
			err = samleng.Errorf(samleng.Permanent, "%s: the program broke on this post: %v", step, p)
		}
	}()
	f()
	return nil
}

// each calls f for 0 to n-1 on up to Parallel goroutines and returns when all are done.
func (w *Worker) each(n int, f func(i int)) {
	const chunk = 16 // posts differ in length: small chunks keep the goroutines level
	workers := min(w.o.Parallel, (n+chunk-1)/chunk)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for {
				end := int(next.Add(chunk))
				for i := end - chunk; i < min(end, n); i++ {
					f(i)
				}
				if end >= n {
					return
				}
			}
		})
	}
	group.Wait()
}

func (w *Worker) letter(r *Range, rec Record, cause error) DeadLetter {
	return DeadLetter{
		Record: rec, Topic: r.Topic, Partition: r.Partition,
		Reason: cause.Error(), Class: samleng.ClassOf(cause), At: w.o.Now().UTC(),
	}
}

func clip(b []byte, most int) string {
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}
