package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"samleng"
)

// Corrections keeps what readers say of labels. Every method may be called from several
// goroutines at once and gives up when its context ends.
type Corrections interface {
	// Correct stores one correction, and reports false where its post is not stored.
	Correct(ctx context.Context, c samleng.Correction) (stored bool, err error)

	// Withdraw forgets one. That there is none is no error.
	Withdraw(ctx context.Context, id string) error

	// SaidOf gives what readers say of posts.
	SaidOf(ctx context.Context, posts []samleng.PostID) ([]samleng.Said, error)
}

// Bounds on the body of a correction.
const (
	maxCorrection = 1 << 10 // bytes; a real one has some 150

)

// Outcomes of a correction, as the metric counts them.
const (
	outcomeStored    = "stored"
	outcomeWithdrawn = "withdrawn"
	outcomeRefused   = "refused"
	outcomeFailed    = "failed"

	anyTask = "any" // of one that is taken back: its id does not tell
)

// outcomeOf is what became of a request that ended with err.
func outcomeOf(err error) string {
	if _, ok := errors.AsType[*storeError](err); ok {
		return outcomeFailed
	}
	return outcomeRefused
}

// corrector takes corrections. It knows nothing of who sends them, and keeps nothing: no
// address, cookie or user agent goes further than the checks below, into a log neither.
type corrector struct {
	guard  *guard
	store  Corrections
	limit  *rate.Limiter // of all readers together
	undo   *rate.Limiter
	counts *prometheus.CounterVec
}

func newCorrector(c Config, store Corrections, r prometheus.Registerer) (*corrector, error) {
	t := &corrector{
		guard: newGuard(c), store: store,
		limit: limiter(c.CorrectionsPerMinute), undo: limiter(c.CorrectionsPerMinute),
		counts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "samleng_corrections_total", Help: "Labels that readers of the page called wrong, by task and what became of it.",
		}, []string{"task", "outcome"}),
	}
	for _, task := range samleng.Tasks() {
		t.counts.WithLabelValues(string(task), outcomeStored)
	}
	if r != nil {
		if err := r.Register(t.counts); err != nil {
			return nil, fmt.Errorf("count corrections: %w", err)
		}
	}
	return t, nil
}

// may reports why a request may not correct anything, or one too many.
func (t *corrector) may(r *http.Request, limit *rate.Limiter) error {
	return t.guard.may(r, limit, "Corrections")
}

// correctionJSON is the body of a correction, and with ID the answer to it.
type correctionJSON struct {
	ID       string         `json:"id,omitempty"`
	Post     samleng.PostID `json:"post"`
	Task     samleng.Task   `json:"task"`
	Was      string         `json:"was"`
	ShouldBe string         `json:"should_be"`
}

// correct takes a correction.
func (p *Page) correct(w http.ResponseWriter, r *http.Request) {
	t := p.corrector
	c, err := p.readCorrection(w, r)
	if err == nil {
		err = p.storeCorrection(r.Context(), &c)
	}
	if err != nil {
		task := "unknown"
		if slices.Contains(samleng.Tasks(), c.Task) {
			task = string(c.Task)
		}
		t.counts.WithLabelValues(task, outcomeOf(err)).Inc()
		p.refuse(w, r, err)
		return
	}
	t.counts.WithLabelValues(string(c.Task), outcomeStored).Inc()
	p.events.notify() // other readers see it too
	writeJSON(w, r, http.StatusCreated, c)
}

// readCorrection reads and checks a correction. What it gives beside an error may be counted.
func (p *Page) readCorrection(w http.ResponseWriter, r *http.Request) (correctionJSON, error) {
	var c correctionJSON
	if err := p.corrector.may(r, p.corrector.limit); err != nil {
		return c, err
	}
	if err := readBody(w, r, maxCorrection, "A correction", &c); err != nil {
		return c, err
	}
	return c, p.checkCorrection(&c)
}

// checkCorrection reports labels that do not exist, and corrections that change nothing.
func (p *Page) checkCorrection(c *correctionJSON) error {
	switch {
	case c.ID != "":
		return paramErrorf("id", "is given by the answer, not by the question")
	case c.Post.IsZero():
		return paramErrorf("post", "is missing")
	case c.Was == c.ShouldBe:
		return paramErrorf("should_be", "is the label that the post has already")
	case c.Task == samleng.TaskTopic && c.Was != "" && c.ShouldBe != "":
		return paramErrorf("should_be", "and was cannot both name a topic: that one is wrong and that another is missing are two corrections")
	}
	var was, shouldBe bool
	switch c.Task {
	case samleng.TaskLanguage:
		was, shouldBe = c.Was != "" && plainWord(c.Was), slices.Contains(correctLanguages(), c.ShouldBe)
	case samleng.TaskSentiment:
		was = slices.Contains(append(tones(), samleng.Unscored), samleng.Label(c.Was))
		shouldBe = slices.Contains(tones(), samleng.Label(c.ShouldBe))
	case samleng.TaskTopic:
		was, shouldBe = c.Was == "" || plainID(c.Was), c.ShouldBe == "" || p.topics[c.ShouldBe]
	default:
		return paramErrorf("task", "%q is none of %v", c.Task, samleng.Tasks())
	}
	if !was {
		return paramErrorf("was", "%q is not a label of %s", c.Was, c.Task)
	}
	if !shouldBe {
		return paramErrorf("should_be", "%q is not a label of %s", c.ShouldBe, c.Task)
	}
	return nil
}

// storeCorrection gives the correction its id and stores it.
func (p *Page) storeCorrection(ctx context.Context, c *correctionJSON) error {
	c.ID = samleng.NewCorrectionID()
	stored, err := p.opts.Corrections.Correct(ctx, samleng.Correction{
		ID: c.ID, Post: c.Post, Task: c.Task, Was: c.Was, ShouldBe: c.ShouldBe,
		Day: p.now().UTC().Truncate(24 * time.Hour), // and no closer: see docs/adr
	})
	switch {
	case err != nil:
		return &storeError{fmt.Errorf("store correction: %w", err)}
	case !stored:
		return &refusal{http.StatusNotFound, "no-post", "That post is not stored any more."}
	}
	return nil
}

// withdraw takes a correction back, for whoever has its id: the page that sent it.
func (p *Page) withdraw(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	err := p.corrector.may(r, p.corrector.undo)
	if err == nil && !samleng.IsCorrectionID(id) {
		err = paramErrorf("id", "is not that of a correction")
	}
	if err == nil {
		if err = p.opts.Corrections.Withdraw(r.Context(), id); err != nil {
			err = &storeError{fmt.Errorf("withdraw correction: %w", err)}
		}
	}
	if err != nil {
		p.corrector.counts.WithLabelValues(anyTask, outcomeOf(err)).Inc()
		p.refuse(w, r, err)
		return
	}
	p.corrector.counts.WithLabelValues(anyTask, outcomeWithdrawn).Inc()
	p.events.notify()
	w.WriteHeader(http.StatusNoContent)
}

// saidJSON is what readers say of a label of a post.
type saidJSON struct {
	Task  samleng.Task `json:"task"`
	Label string       `json:"label"`
	Not   bool         `json:"not"` // the post is not about the topic Label
	Votes int          `json:"votes"`
}

// addSaid adds what readers say to posts that are shown.
func (p *Page) addSaid(ctx context.Context, posts []postJSON) error {
	if p.corrector == nil || len(posts) == 0 {
		return nil
	}
	ids := make([]samleng.PostID, len(posts))
	place := make(map[samleng.PostID]int, len(posts))
	for i := range posts {
		ids[i], place[posts[i].ID] = posts[i].ID, i
	}
	said, err := p.opts.Corrections.SaidOf(ctx, ids)
	if err != nil {
		return &storeError{fmt.Errorf("read corrections: %w", err)}
	}
	for _, s := range said {
		if i, ok := place[s.Post]; ok {
			posts[i].Said = append(posts[i].Said, saidJSON{s.Task, s.Label, s.Not, s.Votes})
		}
	}
	return nil
}

// tones are the sentiments that a reader can give: nobody can say that a tone is not known.
func tones() []samleng.Label {
	return []samleng.Label{samleng.Positive, samleng.Neutral, samleng.Negative}
}

// correctLanguages are the languages that a reader can give, those of the country first, then
// its neighbours' and the others that its public posts are written in.
func correctLanguages() []string {
	return []string{
		samleng.Khmer, samleng.RomanisedKhmer, samleng.English, samleng.Mixed,
		"vi", "th", "lo", "zh", "fr", "id", "ms", "tl", "my", "ja", "ko", "de", "es", "pt", "it", "nl", "tr", "ru", "ar", "hi",
		samleng.Other, samleng.NoLanguage,
	}
}

// plainID reports whether s can be the id of a topic, of the present list or an earlier one.
func plainID(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(s) <= 64
}
