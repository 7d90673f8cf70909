package web

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"samleng"
)

// Claims reads the signed links of alerts.
type Claims interface {
	// Claim reads a link at a moment. An error, in words for a person, says that it was not
	// made here or has expired.
	Claim(token string, now time.Time) (samleng.AlertClaim, error)
}

// Feedback keeps what readers say of alerts. Both methods report false where the link was used
// before.
type Feedback interface {
	Judge(ctx context.Context, f samleng.Feedback) (stored bool, err error)
	Silence(ctx context.Context, episode string, q samleng.SilenceRequest) (stored bool, err error)
}

// Bounds on what is sent with a link.
const (
	maxAct         = 4 << 10 // bytes of a form
	maxReason      = 200     // characters of the reason of a silence
	actTimeout     = 10 * time.Second
	actsPerMinute  = 60 // of all readers together
	defaultSilence = 24 // hours
)

// silenceHours are how long a silence can be.
func silenceHours() []int { return []int{1, 6, 24, 72, 168} }

// acts answers the signed links of alerts. Chat programs open links by themselves to show what
// is behind them: only a button does what a link says.
type acts struct {
	claims Claims
	store  Feedback
	limit  *rate.Limiter
	page   *htmltemplate.Template
}

//go:embed act.html
var actPage string

func newActs(claims Claims, store Feedback) (*acts, error) {
	t, err := htmltemplate.New("act").Parse(actPage)
	if err != nil {
		return nil, fmt.Errorf("read the page of links: %w", err)
	}
	return &acts{claims: claims, store: store, limit: limiter(actsPerMinute), page: t}, nil
}

// actView is what act.html shows.
type actView struct {
	Version string // of the style sheets
	State   string // ask, done, again, forged, full, failed
	Action  samleng.AlertAction
	Topic   TopicName
	Place   string
	Episode string // whose page there is; empty: none
	Hours   []int
	Default int
}

// States of actView.
const (
	actAsk    = "ask"
	actDone   = "done"
	actAgain  = "again"  // the link was used before
	actForged = "forged" // or it has expired
	actFull   = "full"   // too many at a time
	actFailed = "failed" // the store did not answer
)

// offer shows what a link offers, and changes nothing.
func (p *Page) offer(w http.ResponseWriter, r *http.Request) {
	claim, err := p.acts.claims.Claim(r.PathValue("token"), p.now())
	if err != nil {
		p.showAct(w, r, http.StatusNotFound, actForged, samleng.AlertClaim{})
		return
	}
	p.showAct(w, r, http.StatusOK, actAsk, claim)
}

// act does what a link offers.
func (p *Page) act(w http.ResponseWriter, r *http.Request) {
	claim, err := p.acts.claims.Claim(r.PathValue("token"), p.now())
	if err != nil {
		p.showAct(w, r, http.StatusNotFound, actForged, samleng.AlertClaim{})
		return
	}
	if !p.acts.limit.Allow() {
		w.Header().Set("Retry-After", "60")
		p.showAct(w, r, http.StatusTooManyRequests, actFull, claim)
		return
	}
	stored, err := p.record(w, r, &claim)
	var wrong *paramError
	switch {
	case errors.As(err, &wrong):
		p.refuse(w, r, err)
	case err != nil:
		w.Header().Set("Retry-After", "5")
		p.showAct(w, r, http.StatusServiceUnavailable, actFailed, claim)
	case !stored:
		p.showAct(w, r, http.StatusOK, actAgain, claim)
	default:
		p.showAct(w, r, http.StatusOK, actDone, claim)
	}
}

// record stores what a click says. Nothing of the request goes further than the form's fields.
func (p *Page) record(w http.ResponseWriter, r *http.Request, c *samleng.AlertClaim) (stored bool, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), actTimeout)
	defer cancel()
	if c.Action != samleng.ActionSilence {
		return p.acts.store.Judge(ctx, samleng.Feedback{
			Episode: c.Episode, Rule: c.Rule, Verdict: samleng.Verdict(c.Action), Day: p.now().UTC().Truncate(24 * time.Hour),
		})
	}
	// A body that trickles in must not hold a connection for ever. Not every writer can set this.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(actTimeout))
	r.Body = http.MaxBytesReader(w, r.Body, maxAct)
	if err := r.ParseForm(); err != nil {
		return false, paramErrorf("body", "is not a form of at most %d bytes", maxAct)
	}
	hours := defaultSilence
	if text := r.PostForm.Get("hours"); text != "" {
		hours, err = strconv.Atoi(text)
		if err != nil || hours < 1 || hours > silenceHours()[len(silenceHours())-1] {
			return false, paramErrorf("hours", "%q: want 1 to %d", text, silenceHours()[len(silenceHours())-1])
		}
	}
	reason := strings.Join(strings.Fields(strings.ToValidUTF8(r.PostForm.Get("reason"), "")), " ")
	if utf8.RuneCountInString(reason) > maxReason {
		return false, paramErrorf("reason", "has more than %d characters", maxReason)
	}
	if reason == "" {
		reason = "by the link in an alert"
	}
	now := p.now().UTC().Truncate(time.Second)
	q := c.Silences()
	q.From, q.Until, q.Reason = now, now.Add(time.Duration(hours)*time.Hour), reason
	return p.acts.store.Silence(ctx, c.Episode, q)
}

// showAct writes the page of a link.
func (p *Page) showAct(w http.ResponseWriter, r *http.Request, status int, state string, c samleng.AlertClaim) {
	v := actView{
		Version: p.assets.version, State: state, Action: c.Action, Place: c.Place,
		Hours: silenceHours(), Default: defaultSilence,
	}
	if p.opts.Alerting != nil && episodeID.MatchString(c.Episode) {
		v.Episode = c.Episode
	}
	for _, t := range p.opts.Topics {
		if t.ID == c.Topic {
			v.Topic = t
		}
	}
	if c.Topic != "" && v.Topic.ID == "" {
		v.Topic = TopicName{ID: c.Topic, Khmer: c.Topic, English: c.Topic}
	}
	var b bytes.Buffer
	if err := p.acts.page.Execute(&b, v); err != nil {
		p.log.Error("the page of a link cannot be written", "error", err.Error())
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // the client may be gone
	}
}
