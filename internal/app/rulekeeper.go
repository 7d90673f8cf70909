package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"samleng/alerts/rule"
	"samleng/classifiers/topic"
	"samleng/dashboards/web"
	"samleng/internal/config"
)

// lookEvery is how often it is looked whether the file of rules has changed.
const lookEvery = 2 * time.Second

// mostWatched bounds how many series rules may watch that are saved on the page: what is measured
// for one process.
const mostWatched = 50_000

// rulekeeper has the rules in force. It takes others when their file changes, by the page or by
// any other way; a file with a fault leaves those in force that are.
type rulekeeper struct {
	file   ruleFile
	topics []topic.Definition
	log    *slog.Logger
	// take makes whatever runs by rules run by others. An error has changed nothing. Nil: nothing
	// runs by them in this process.
	take func(*alerting) error
	// told is called when other rules are in force; it may be nil.
	told func()

	inForce atomic.Pointer[alerting]

	mu   sync.Mutex
	body []byte      // that the rules in force were made of, nil for the built-in one
	bad  []byte      // body that was refused last
	info fs.FileInfo // of the file when it was looked at last
}

// newRulekeeper keeps rules that were made of a body.
func newRulekeeper(file ruleFile, topics []topic.Definition, now *alerting, body []byte, log *slog.Logger) *rulekeeper {
	k := &rulekeeper{file: file, topics: topics, log: log, body: body}
	k.inForce.Store(now)
	return k
}

// now gives the rules in force.
func (k *rulekeeper) now() *alerting { return k.inForce.Load() }

// replace has something made to run by the rules in force, and then by all others. No rules are saved
// in between.
func (k *rulekeeper) replace(take func(*alerting) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := take(k.now()); err != nil {
		return err
	}
	k.take = take
	return nil
}

// run looks at the file until ctx ends.
func (k *rulekeeper) run(ctx context.Context) error {
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			k.look()
		}
	}
}

// look takes the file's rules when it has changed.
func (k *rulekeeper) look() {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.file.path)
	if err == nil && k.info != nil && os.SameFile(info, k.info) && info.ModTime().Equal(k.info.ModTime()) && info.Size() == k.info.Size() {
		return
	}
	if k.info = info; err != nil {
		k.info = nil
	}
	body, err := k.file.read()
	switch {
	case err != nil:
		k.refuse([]byte(err.Error()), err)
	case bytes.Equal(body, k.body) && (body == nil) == (k.body == nil):
		k.bad = nil
	case body == nil:
		k.refuse(nil, fmt.Errorf("%s is gone", k.file.path))
	case !bytes.Equal(body, k.bad):
		next, err := parseAlerting(k.file.path, body, k.topics)
		if err == nil {
			err = k.put(next, body)
		}
		if err != nil {
			k.refuse(body, err)
			return
		}
		k.log.Info("other rules of alerts are in force", "file", k.file.path, "rules", len(next.book.Rules()))
	}
}

// refuse says once that a body is not taken.
func (k *rulekeeper) refuse(body []byte, err error) {
	if k.bad != nil && bytes.Equal(body, k.bad) {
		return
	}
	k.bad = append([]byte{}, body...)
	k.log.Error("the file of alerts is not taken, the rules before stay in force", "file", k.file.path, "error", err)
}

// put makes rules those in force. The caller has locked.
func (k *rulekeeper) put(next *alerting, body []byte) error {
	if k.take != nil {
		if err := k.take(next); err != nil {
			return err
		}
	}
	k.inForce.Store(next)
	k.body, k.bad = body, nil
	if k.told != nil {
		k.told()
	}
	return nil
}

// parseAlerting is readAlerting of a body.
func parseAlerting(name string, body []byte, topics []topic.Definition) (*alerting, error) {
	a := newAlerting(topics)
	var err error
	if a.file, err = config.ParseAlerts(name, body, a.known()); err != nil {
		return nil, err
	}
	return a, a.makeBook()
}

// ruleSaver saves rules that readers of the page write. It implements web.RuleSaver.
type ruleSaver struct {
	keeper *rulekeeper
	key    []byte // of versions
}

// version names a body. It tells nothing of what is secret in it to who does not have the key.
func (s *ruleSaver) version(body []byte) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte("samleng alerts.yaml\n")) // the key signs nothing else that looks like this
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Save implements web.RuleSaver.
func (s *ruleSaver) Save(text, version string) (web.SavedRules, error) {
	k := s.keeper
	out := web.SavedRules{File: k.file.path}
	k.mu.Lock()
	defer k.mu.Unlock()
	before, err := k.file.read()
	if err != nil {
		return out, err
	}
	if s.version(before) != version {
		return out, web.ErrRulesChanged
	}
	shown, err := config.NewRuleText(before)
	if err != nil {
		return out, fmt.Errorf("read %s: %w", k.file.path, err)
	}
	next := newAlerting(k.topics)
	var body []byte
	if body, next.file, err = shown.Read(textName, text, next.known()); err != nil {
		out.Faults = faults(err)
		return out, nil
	}
	if len(body) > largestRules {
		return out, fmt.Errorf("it has more than %d bytes", largestRules)
	}
	if err := next.makeBook(); err != nil {
		return out, err
	}
	if n := next.watched(); n > mostWatched {
		return out, fmt.Errorf("these rules watch %d series, and at most %d are watched", n, mostWatched)
	}
	if err := k.write(next, body, before); err != nil {
		return out, err
	}
	out.Version = s.version(body)
	return out, nil
}

// write puts the body of rules in the place of the one before and makes them those in force. Where
// that cannot be, the one before comes back. The caller has locked.
func (k *rulekeeper) write(next *alerting, body, before []byte) error {
	err := k.file.write(body, before)
	if errors.Is(err, errStale) {
		return web.ErrRulesChanged
	}
	if err != nil {
		return err
	}
	if err := k.put(next, body); err != nil {
		k.log.Error("rules that were saved cannot be put in force", "file", k.file.path, "error", err)
		var back error
		if before == nil {
			back = os.Remove(k.file.path)
		} else {
			back = k.file.write(before, body)
		}
		return errors.Join(errors.New("the rules cannot be put in force: the log of the program says why"), back)
	}
	k.info, _ = os.Stat(k.file.path)
	return nil
}

// watched is how many series the rules watch.
func (a *alerting) watched() int {
	n := 0
	for _, r := range a.book.Rules() {
		if r.WatchesSeries() {
			n += len(r.Series(a.topics, a.provinces))
		}
	}
	return n
}

// known is what rules may name beside the channels of their file.
func (a *alerting) known() *rule.Known { return &rule.Known{Topics: a.topics, Provinces: a.provinces} }
