package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"samleng"
)

// Store answers what the page asks. Every method may be called from several goroutines
// at once and gives up when its context ends.
type Store interface {
	// Overview sums up the posts that f chooses.
	Overview(ctx context.Context, f samleng.Filter) (samleng.Overview, error)

	// Posts gives at most limit posts that f chooses, latest Published first and, among
	// those of one time, highest ID first. Where before is not zero, only posts that come
	// after (before, beforeID) in that order: published earlier, or at the same time with
	// a lower id. A zero time in f does not restrict.
	Posts(ctx context.Context, f samleng.Filter, limit int, before time.Time, beforeID samleng.PostID) ([]samleng.StoredPost, error)

	// Sources gives every source that is configured or that posts are stored of.
	// SourceState.Posts counts those published in [from, to).
	Sources(ctx context.Context, from, to time.Time) ([]samleng.SourceState, error)
}

// TopicName is a topic as it is shown.
type TopicName struct {
	ID      string `json:"id"`
	Khmer   string `json:"km"`
	English string `json:"en"`
}

// Options is what a Page is made of. Store, Topics and Status are required.
type Options struct {
	Store   Store
	Topics  []TopicName   // in the order in which a person should choose from them
	Status  func() Status // asked often: must not block
	Sample  bool          // every post is sample data; the page says so, always
	Version string        // of the program, for the foot of the page
	Minimum samleng.MinimumGroup
	// Corrections keeps what readers say of labels; nil: the page offers no corrections.
	Corrections Corrections
	// Claims and Feedback answer the signed links of alerts; nil: the page knows no such links.
	Claims     Claims
	Feedback   Feedback
	Alerting   *Alerting             // nil: the page knows no alerts
	Config     Config                // about corrections and alerts; needed beside them
	Registerer prometheus.Registerer // for the count of corrections; may be nil
	Logger     *slog.Logger          // default: slog.Default()
	Now        func() time.Time      // default: time.Now
}

// Page is the handler of the page and its API. Make one with New.
type Page struct {
	opts   Options
	log    *slog.Logger
	now    func() time.Time
	mux    *http.ServeMux
	assets *assets
	events *broadcaster
	topics map[string]bool

	corrector *corrector // nil: no corrections are taken
	acts      *acts      // nil: no signed links are known
	hush      *hush      // nil: no silences are taken
	trier     *trier     // nil: no rules are tried
	bench     *bench     // nil: no verdicts are taken but by links

	overviews *memo[samleng.Overview]
	sources   *memo[[]samleng.SourceState]
	alerts    *memo[foundAlerts]

	closing sync.Once
}

// New makes a Page and starts the one goroutine that times its events; Close ends it.
func New(o Options) (*Page, error) {
	return newPage(o, timing{gap: time.Second, beat: 15 * time.Second, write: 10 * time.Second, watch: time.Second})
}

func newPage(o Options, t timing) (*Page, error) {
	var faults []error
	if o.Store == nil {
		faults = append(faults, errors.New("no store"))
	}
	if o.Status == nil {
		faults = append(faults, errors.New("no status"))
	}
	if o.Minimum.Posts < 1 || o.Minimum.Sources < 1 {
		faults = append(faults, fmt.Errorf("minimum group of %d posts and %d sources: both must be at least 1", o.Minimum.Posts, o.Minimum.Sources))
	}
	if o.Corrections != nil || o.Alerting != nil {
		faults = append(faults, o.Config.Validate())
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("make page: %w", err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	files, err := loadAssets()
	if err != nil {
		return nil, fmt.Errorf("make page: %w", err)
	}
	p := &Page{
		opts:      o,
		log:       o.Logger,
		now:       o.Now,
		assets:    files,
		topics:    make(map[string]bool, len(o.Topics)),
		overviews: newMemo[samleng.Overview](o.Now),
		sources:   newMemo[[]samleng.SourceState](o.Now),
		alerts:    newMemo[foundAlerts](o.Now),
	}
	for _, t := range o.Topics {
		p.topics[t.ID] = true
	}
	if o.Corrections != nil {
		if p.corrector, err = newCorrector(o.Config, o.Corrections, o.Registerer); err != nil {
			return nil, fmt.Errorf("make page: %w", err)
		}
	}
	if o.Claims != nil && o.Feedback != nil {
		if p.acts, err = newActs(o.Claims, o.Feedback); err != nil {
			return nil, fmt.Errorf("make page: %w", err)
		}
	}
	if a := o.Alerting; a != nil {
		if a.Silencer != nil {
			p.hush = newHush(o.Config, a.Silencer)
		}
		if a.Judge != nil {
			p.bench = newBench(o.Config, a.Judge)
		}
		if a.Rulebook != nil {
			p.trier = newTrier(o.Config, a)
		}
	}
	p.events = newBroadcaster(t, p.status)
	p.mux = http.NewServeMux()
	p.mux.HandleFunc("GET /{$}", p.assets.index)
	p.mux.HandleFunc("GET /favicon.ico", p.assets.icon)
	p.mux.HandleFunc("GET /static/{version}/{path...}", p.assets.file)
	p.mux.HandleFunc("GET /api/v1/overview", p.overview)
	p.mux.HandleFunc("GET /api/v1/posts", p.posts)
	p.mux.HandleFunc("GET /api/v1/sources", p.sourceList)
	p.mux.HandleFunc("GET /api/v1/topics", p.topicList)
	p.mux.HandleFunc("GET /api/v1/status", p.statusNow)
	p.mux.HandleFunc("GET /api/v1/events", p.events.serve)
	if o.Alerting != nil {
		p.mux.HandleFunc("GET /alerts", p.assets.alerts)
		p.mux.HandleFunc("GET /api/v1/alerts", p.alertList)
		p.mux.HandleFunc("GET /api/v1/alerts/{episode}", p.episode)
	}
	if p.hush != nil {
		p.mux.HandleFunc("POST /api/v1/silences", p.silence)
		p.mux.HandleFunc("DELETE /api/v1/silences/{id}", p.endSilence)
	}
	if p.bench != nil {
		p.mux.HandleFunc("POST /api/v1/alerts/{episode}/verdicts", p.judge)
	}
	if p.trier != nil {
		p.mux.HandleFunc("GET /api/v1/rules", p.rules)
		p.mux.HandleFunc("POST /api/v1/rules/read", p.readRules)
		if p.trier.tries {
			p.mux.HandleFunc("POST /api/v1/rules/try", p.tryRules)
		}
		if p.trier.saver != nil {
			p.mux.HandleFunc("PUT /api/v1/rules", p.saveRules)
		}
	}
	if p.acts != nil {
		p.mux.HandleFunc("GET /a/{token}", p.offer)
		p.mux.HandleFunc("POST /a/{token}", p.act)
	}
	if p.corrector != nil {
		p.mux.HandleFunc("POST /api/v1/corrections", p.correct)
		p.mux.HandleFunc("DELETE /api/v1/corrections/{id}", p.withdraw)
	}
	return p, nil
}

// ServeHTTP serves the page at "/", its files below "/static/" and its API below
// "/api/v1/". Anything else is 404.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if !p.opts.Config.ours(r.Host) {
		p.strange(w, r)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// Notify says that posts were stored. It returns at once, may be called from any
// goroutine as often as anybody likes, and does nothing after Close.
func (p *Page) Notify() { p.events.notify() }

// Close ends every stream of events, and those that come later at once. An http.Server
// waits in Shutdown for streams to end, so Close comes first. Always returns nil.
func (p *Page) Close() error {
	p.closing.Do(p.events.close)
	return nil
}

// secure sets what protects a reader from anything hostile in a post. The page has no
// inline script or style; trusted types forbid turning text into markup at all.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "+
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "+
		"require-trusted-types-for 'script'; trusted-types 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}
