package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"samleng"
)

// Judge keeps what readers say of alerts. It reports false where the same was said of the same
// episode before.
type Judge interface {
	Judge(ctx context.Context, f samleng.Feedback) (stored bool, err error)
}

const (
	maxVerdictBody    = 1 << 10
	verdictsPerMinute = 60 // of all readers together
)

// bench takes what readers say of alerts on the page.
type bench struct {
	guard *guard
	store Judge
	limit *rate.Limiter
}

func newBench(c Config, store Judge) *bench {
	return &bench{guard: newGuard(c), store: store, limit: limiter(verdictsPerMinute)}
}

// verdictBody is the body of a verdict.
type verdictBody struct {
	Verdict samleng.Verdict `json:"verdict"`
}

// judge is POST /api/v1/alerts/{episode}/verdicts. To say again what was said is no fault.
func (p *Page) judge(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("episode")
	var b verdictBody
	err := p.bench.guard.may(r, p.bench.limit, "Verdicts")
	if err == nil {
		err = readBody(w, r, maxVerdictBody, "A verdict", &b)
	}
	switch {
	case err != nil:
	case !episodeID.MatchString(id):
		err = paramErrorf("episode", "%q is not the id of an episode", id)
	case !b.Verdict.Valid():
		err = paramErrorf("verdict", "%q: want useful, false or known", b.Verdict)
	default:
		err = p.storeVerdict(r.Context(), id, b.Verdict)
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	p.events.notify() // other readers see it too
	w.WriteHeader(http.StatusNoContent)
}

func (p *Page) storeVerdict(ctx context.Context, id string, v samleng.Verdict) error {
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	records, err := p.opts.Alerting.Store.EpisodeAlerts(ctx, id)
	if err != nil {
		return &storeError{err}
	}
	if len(records) == 0 {
		return &refusal{http.StatusNotFound, "no-episode", "No such alert is on record."}
	}
	_, err = p.bench.store.Judge(ctx, samleng.Feedback{Episode: id, Rule: records[0].Alert.Rule, Verdict: v, Day: p.now().UTC().Truncate(24 * time.Hour)})
	if err != nil {
		return &storeError{fmt.Errorf("store verdict: %w", err)}
	}
	return nil
}
