package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"samleng"
)

// Rulebook reads rules that readers write, and runs them over what is stored.
type Rulebook interface {
	// Open gives alerts.yaml as it is now: without its channels, which hold secrets, and without
	// comments that may. The error is for a person.
	Open() (RuleFile, error)

	// Read reads such a text, after the rule of change's id was made what change says, or added.
	// A nil change changes nothing. What is wrong with the text is in Faults; Rules are then those
	// of a text without them, or none.
	Read(text string, change *AlertRule) (RuleText, error)

	// Try runs the rules in force and those of a text over [since, until) of what is stored. It
	// tells progress which share of the work is done. A text with faults is an error.
	Try(ctx context.Context, text string, since, until time.Time, progress func(share float64)) (Trial, error)
}

// RuleSaver writes alerts.yaml. It may be called from several goroutines at once.
type RuleSaver interface {
	// Save makes a text that a reader made of RuleFile.Text the file, and what it says the rules in
	// force. What is wrong with the text is in Faults: then nothing was written. It gives
	// ErrRulesChanged where the file is not the one of the version any more, and an error for a
	// person where it cannot be written.
	Save(text, version string) (SavedRules, error)
}

// ErrRulesChanged says that alerts.yaml was changed since it was read.
var ErrRulesChanged = errors.New("the file was changed since it was read")

// RuleFile is alerts.yaml as readers may see it.
type RuleFile struct {
	Text    string
	Version string // of the whole file; another one whenever anything of it changes
	File    string // where it is, or would be written
	BuiltIn bool   // there is no file yet: these are the rules that the program brings along
	Why     string // why it cannot be written, for a person; empty: it can
}

// SavedRules is what became of a text that was to be saved.
type SavedRules struct {
	Version string // of the file as it is now
	File    string
	Faults  []RuleFault // with any, nothing was written
}

// RuleText is a text of rules that was read.
type RuleText struct {
	Text   string      `json:"text"`
	Rules  []AlertRule `json:"rules"`
	Faults []RuleFault `json:"faults"`
}

// RuleFault is what is wrong with a text of rules.
type RuleFault struct {
	Line int    `json:"line"` // from 1; 0: not known
	Key  string `json:"key"`  // dotted; empty: the whole text
	Text string `json:"text"`
}

// Trial is what rules would have told in a period, as they are and as they were tried.
type Trial struct {
	Since time.Time    `json:"since"`
	Until time.Time    `json:"until"`
	Now   []TrialAlert `json:"now"` // of the rules in force
	New   []TrialAlert `json:"new"` // of the rules that were tried
}

// TrialAlert is an episode that rules would have opened, or held back.
type TrialAlert struct {
	Rule     string           `json:"rule"`
	Series   samleng.Series   `json:"series"`
	At       time.Time        `json:"at"`           // when it would have been decided
	Due      time.Time        `json:"due,omitzero"` // from when on it would have been sent; zero: nobody would have been told at once
	Level    string           `json:"level"`
	Score    float64          `json:"score"`
	Signals  []samleng.Signal `json:"signals"`
	Silent   []string         `json:"silent"`
	Channels []string         `json:"channels"`
	Held     string           `json:"held"`  // why nobody would have been told at once
	State    string           `json:"state"` // opened or held
	Again    int              `json:"again"` // how often it would have been told again
	// Same says that the other rules would have told of it as well: of the same series within
	// three hours, to the same channels.
	Same bool `json:"same"`
}

// Bounds on rules that are tried.
const (
	maxRules       = 64 << 10 // bytes of a text
	maxTrialDays   = 90
	trialTimeout   = 5 * time.Minute
	trialsPerMin   = 20  // of all readers together
	readsPerMinute = 240 // likewise
	savesPerMinute = 20  // likewise
	sameWithin     = 3 * time.Hour
	progressEvery  = 300 * time.Millisecond
)

// trier reads, tries and saves rules; it tries one text at a time.
type trier struct {
	guard *guard
	book  Rulebook
	saver RuleSaver // nil: nothing is saved
	tries bool
	reads *rate.Limiter
	limit *rate.Limiter
	saves *rate.Limiter
	busy  sync.Mutex
}

func newTrier(c Config, a *Alerting) *trier {
	return &trier{
		guard: newGuard(c), book: a.Rulebook, saver: a.Saver, tries: !a.Untried,
		reads: limiter(readsPerMinute), limit: limiter(trialsPerMin), saves: limiter(savesPerMinute),
	}
}

// rulesJSON is the answer of GET /api/v1/rules.
type rulesJSON struct {
	Text     string      `json:"text"`
	Version  string      `json:"version"`
	File     string      `json:"file"`
	BuiltIn  bool        `json:"built_in"`
	Why      string      `json:"why"` // why it cannot be saved; empty: it can, if at all
	Rules    []AlertRule `json:"rules"`
	Channels []string    `json:"channels"`
	Faults   []RuleFault `json:"faults"`
}

// rules is GET /api/v1/rules.
func (p *Page) rules(w http.ResponseWriter, r *http.Request) {
	f, err := p.trier.book.Open()
	var read RuleText
	if err == nil {
		read, err = p.trier.book.Read(f.Text, nil)
	}
	if err != nil {
		p.refuse(w, r, &refusal{http.StatusInternalServerError, "rules", err.Error()})
		return
	}
	writeJSON(w, r, http.StatusOK, rulesJSON{f.Text, f.Version, f.File, f.BuiltIn, f.Why, filled(read.Rules), filled(p.opts.Alerting.InForce().Channels), filled(read.Faults)})
}

// saveBody is what rules are saved with.
type saveBody struct {
	Text    string `json:"text"`
	Version string `json:"version"` // of the file that the text was made of
}

// savedJSON is the answer of PUT /api/v1/rules. With faults nothing was written, and the status
// is 422.
type savedJSON struct {
	Error   *fault      `json:"error,omitempty"`
	Version string      `json:"version,omitempty"`
	File    string      `json:"file,omitempty"`
	Faults  []RuleFault `json:"faults"`
}

// saveRules is PUT /api/v1/rules.
func (p *Page) saveRules(w http.ResponseWriter, r *http.Request) {
	var b saveBody
	err := p.trier.guard.may(r, p.trier.saves, "Rules")
	if err == nil {
		err = readBody(w, r, 2*maxRules, "A text of rules", &b)
	}
	switch {
	case err != nil:
	case len(b.Text) > maxRules:
		err = paramErrorf("text", "has more than %d bytes", maxRules)
	case b.Version == "":
		err = paramErrorf("version", "is missing: it is that of the file which the text was made of")
	}
	var saved SavedRules
	if err == nil {
		saved, err = p.trier.saver.Save(b.Text, b.Version)
		switch {
		case errors.Is(err, ErrRulesChanged):
			err = &refusal{http.StatusConflict, "changed", "The file was changed since this text was made of it. Nothing was saved."}
		case err != nil:
			err = &refusal{http.StatusInternalServerError, "not-saved", err.Error()}
		}
	}
	switch {
	case err != nil:
		p.refuse(w, r, err)
	case len(saved.Faults) > 0:
		writeJSON(w, r, http.StatusUnprocessableEntity, savedJSON{Error: &fault{Code: "faults", Message: "The text has faults. Nothing was saved."}, Faults: saved.Faults})
	default:
		p.log.Info("rules were saved on the page", "file", saved.File)
		p.events.notify() // other readers see them too
		writeJSON(w, r, http.StatusOK, savedJSON{Version: saved.Version, File: saved.File, Faults: []RuleFault{}})
	}
}

// rulesBody is what rules are read or tried with.
type rulesBody struct {
	Text   string     `json:"text"`
	Change *AlertRule `json:"change"`
	Days   int        `json:"days"`
}

// readRules is POST /api/v1/rules/read.
func (p *Page) readRules(w http.ResponseWriter, r *http.Request) {
	var b rulesBody
	err := p.trier.guard.may(r, p.trier.reads, "Rules")
	if err == nil {
		err = readBody(w, r, 2*maxRules, "A text of rules", &b)
	}
	if err == nil && len(b.Text) > maxRules {
		err = paramErrorf("text", "has more than %d bytes", maxRules)
	}
	var out RuleText
	if err == nil {
		if out, err = p.trier.book.Read(b.Text, b.Change); err != nil {
			err = paramErrorf("text", "%s", err.Error())
		}
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	out.Faults, out.Rules = filled(out.Faults), filled(out.Rules)
	writeJSON(w, r, http.StatusOK, out)
}

// trialLine is a line of the answer of /api/v1/rules/try: how far it is, and the trial or what went
// wrong with it at the end.
type trialLine struct {
	Progress *float64 `json:"progress,omitempty"`
	Trial    *Trial   `json:"trial,omitempty"`
	Error    *fault   `json:"error,omitempty"`
}

// tryRules is POST /api/v1/rules/try. It answers in lines of JSON, and ends when the reader leaves.
func (p *Page) tryRules(w http.ResponseWriter, r *http.Request) {
	t := p.trier
	var b rulesBody
	err := t.guard.may(r, t.limit, "Rules")
	if err == nil {
		err = readBody(w, r, 2*maxRules, "A text of rules", &b)
	}
	switch {
	case err != nil:
	case len(b.Text) > maxRules:
		err = paramErrorf("text", "has more than %d bytes", maxRules)
	case b.Days < 1 || b.Days > maxTrialDays:
		err = paramErrorf("days", "%d: want 1 to %d", b.Days, maxTrialDays)
	case !t.busy.TryLock():
		err = &refusal{http.StatusConflict, "busy", "Other rules are being tried just now: wait until they are done."}
	default:
		defer t.busy.Unlock()
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), trialTimeout)
	defer cancel()
	go func() { // a page that closes does not wait
		select {
		case <-p.events.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	say := p.lines(w)
	until := p.now().UTC()
	last := time.Time{}
	trial, err := t.book.Try(ctx, b.Text, until.AddDate(0, 0, -b.Days), until, func(share float64) {
		if now := time.Now(); now.Sub(last) >= progressEvery {
			last = now
			if !say(trialLine{Progress: &share}) {
				cancel()
			}
		}
	})
	switch {
	case err == nil:
		trial.Now, trial.New = compare(filled(trial.Now), filled(trial.New))
		say(trialLine{Trial: &trial})
	case r.Context().Err() != nil:
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		say(trialLine{Error: &fault{Code: "timeout", Message: "It took longer than " + trialTimeout.String() + ": try fewer days, or fewer series."}})
	default:
		say(trialLine{Error: &fault{Code: "trial", Message: err.Error()}})
	}
}

// lines begins an answer of lines and gives what writes one; it reports false when nobody reads
// them any more.
func (p *Page) lines(w http.ResponseWriter) func(trialLine) bool {
	h := w.Header()
	h.Set("Content-Type", "application/x-ndjson; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out, encoder := http.NewResponseController(w), json.NewEncoder(w)
	return func(l trialLine) bool {
		// Not every writer can set this, nor flush.
		_ = out.SetWriteDeadline(time.Now().Add(p.events.write))
		if err := encoder.Encode(l); err != nil {
			return false
		}
		err := out.Flush()
		return err == nil || errors.Is(err, http.ErrNotSupported)
	}
}

// compare marks what both lists tell of.
func compare(now, tried []TrialAlert) (a, b []TrialAlert) {
	for i := range tried {
		n := &tried[i]
		for j := range now {
			o := &now[j]
			away := n.At.Sub(o.At).Abs()
			if !o.Same && o.Rule == n.Rule && o.Series == n.Series && away <= sameWithin && (o.Due.IsZero() == n.Due.IsZero()) && slices.Equal(o.Channels, n.Channels) &&
				strings.Join(o.Silent, "\n") == strings.Join(n.Silent, "\n") {
				o.Same, n.Same = true, true
				break
			}
		}
	}
	return now, tried
}
