package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"samleng"
)

// Silencer keeps the silences that readers make.
type Silencer interface {
	// Silence keeps one under an id, and reports false where that id was used before.
	Silence(ctx context.Context, id string, q samleng.SilenceRequest) (stored bool, err error)

	// EndSilence ends one at a moment, and reports false where none of that id holds then.
	EndSilence(ctx context.Context, id string, at time.Time) (ended bool, err error)
}

// Bounds on a silence that is made on the page.
const (
	maxSilenceBody    = 4 << 10
	longestSilence    = 31 * 24 * time.Hour
	silencesPerMinute = 60 // of all readers together
)

// hush takes silences.
type hush struct {
	guard *guard
	store Silencer
	limit *rate.Limiter
}

func newHush(c Config, store Silencer) *hush {
	return &hush{guard: newGuard(c), store: store, limit: limiter(silencesPerMinute)}
}

// silenceBody is what a silence is asked for with. What is empty but for until and reason is any; one
// of the others has to be there. All series of a rule are restricted in the same ways, so a rule and
// what its series has are that series and no other.
type silenceBody struct {
	Rule     string       `json:"rule"`
	Topic    string       `json:"topic"`
	Place    string       `json:"place"`
	Kind     samleng.Kind `json:"kind"`
	Language string       `json:"language"`
	Keyword  string       `json:"keyword"` // as the rule that watches it has it
	Until    time.Time    `json:"until"`
	Reason   string       `json:"reason"`
}

// silence is POST /api/v1/silences.
func (p *Page) silence(w http.ResponseWriter, r *http.Request) {
	var b silenceBody
	err := p.hush.guard.may(r, p.hush.limit, "Silences")
	if err == nil {
		err = readBody(w, r, maxSilenceBody, "A silence", &b)
	}
	if err == nil {
		err = p.checkSilence(&b)
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	q := samleng.Silence{ID: newSilenceID(), SilenceRequest: samleng.SilenceRequest{
		Rule: b.Rule, Topic: b.Topic, Place: b.Place, Kind: b.Kind, Language: b.Language, Keyword: b.Keyword,
		From: p.now().UTC().Truncate(time.Second), Until: b.Until.UTC().Truncate(time.Second), Reason: b.Reason,
	}}
	ctx, cancel := context.WithTimeout(r.Context(), actTimeout)
	defer cancel()
	if _, err := p.hush.store.Silence(ctx, q.ID, q.SilenceRequest); err != nil {
		p.refuse(w, r, &storeError{fmt.Errorf("store silence: %w", err)})
		return
	}
	p.events.notify() // other readers see it too
	writeJSON(w, r, http.StatusCreated, silenced(&q))
}

// checkSilence reports what is wrong with a silence, and tidies its reason.
func (p *Page) checkSilence(b *silenceBody) error {
	a := p.opts.Alerting
	b.Reason = strings.Join(strings.Fields(strings.ToValidUTF8(b.Reason, "")), " ")
	now, rules := p.now(), a.InForce().Rules
	switch {
	case b.Rule == "" && b.Topic == "" && b.Place == "" && b.Kind == "" && b.Language == "" && b.Keyword == "":
		return paramErrorf("topic", "or keyword, place, kind, language or rule must be chosen: everything cannot be silenced here")
	case b.Rule != "" && !slices.ContainsFunc(rules, func(r AlertRule) bool { return r.ID == b.Rule }):
		return paramErrorf("rule", "%q is not a rule of alerts.yaml", b.Rule)
	case b.Topic != "" && !p.topics[b.Topic]:
		return paramErrorf("topic", "%q is not a topic of configs/topics.yaml", b.Topic)
	case b.Place != "" && !slices.ContainsFunc(a.Places, func(x PlaceName) bool { return x.Code == b.Place }):
		return paramErrorf("place", "%q is not the code of a province", b.Place)
	case b.Kind != "" && !b.Kind.Valid():
		return paramErrorf("kind", "%q is none of %v", b.Kind, samleng.Kinds())
	case !plainWord(b.Language):
		return paramErrorf("language", "%q is not a language: want an ISO 639-1 code such as km or en, or mixed, other, none", b.Language)
	case b.Keyword != "" && !slices.ContainsFunc(rules, func(r AlertRule) bool { return slices.Contains(r.Keywords, b.Keyword) }):
		return paramErrorf("keyword", "%q is watched by no rule of alerts.yaml", b.Keyword)
	case b.Reason == "":
		return paramErrorf("reason", "is missing: say why, for whoever wonders")
	case utf8.RuneCountInString(b.Reason) > maxReason:
		return paramErrorf("reason", "has more than %d characters", maxReason)
	case b.Until.IsZero():
		return paramErrorf("until", "is missing: a silence ends")
	case !b.Until.After(now):
		return paramErrorf("until", "lies in the past")
	case b.Until.Sub(now) > longestSilence:
		return paramErrorf("until", "is more than %d days away; alerts.yaml has the longer ones", longestSilence/(24*time.Hour))
	}
	return nil
}

var silenceID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// newSilenceID draws an id that no episode has.
func newSilenceID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// endSilence is DELETE /api/v1/silences/{id}.
func (p *Page) endSilence(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	err := p.hush.guard.may(r, p.hush.limit, "Silences")
	if err == nil && !silenceID.MatchString(id) {
		err = paramErrorf("id", "is not that of a silence")
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), actTimeout)
		defer cancel()
		ended, failed := p.hush.store.EndSilence(ctx, id, p.now())
		switch {
		case failed != nil:
			err = &storeError{fmt.Errorf("end silence: %w", failed)}
		case !ended:
			err = &refusal{http.StatusNotFound, "no-silence", "That silence does not hold any more."}
		}
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	p.events.notify()
	w.WriteHeader(http.StatusNoContent)
}
