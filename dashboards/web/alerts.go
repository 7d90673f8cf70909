package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"samleng"
)

// Alerts answers what the page asks about alerts. Every method may be called from several
// goroutines at once and gives up when its context ends.
type Alerts interface {
	// Episodes gives the episodes that f chooses, open ones first, then the last to open first.
	Episodes(ctx context.Context, f samleng.EpisodeFilter) ([]samleng.Episode, error)

	// EpisodeAlerts gives the alerts of an episode in order, none for one that is not known.
	EpisodeAlerts(ctx context.Context, episode string) ([]samleng.AlertRecord, error)

	// DeliveriesOf gives how the alerts of episodes were brought to each channel, without what
	// was sent.
	DeliveriesOf(ctx context.Context, episodes []string) ([]samleng.Delivery, error)

	// FailedDeliveries gives the deliveries given up since a time, the latest first, at most
	// limit of them.
	FailedDeliveries(ctx context.Context, since time.Time, limit int) ([]samleng.Delivery, error)

	// FeedbackOf gives what readers said of episodes.
	FeedbackOf(ctx context.Context, episodes []string) ([]samleng.Feedback, error)

	// SeriesChart counts a series over [from, to), without posts of some kinds and groups of private
	// people's posts that are too small.
	SeriesChart(ctx context.Context, series *samleng.Series, from, to time.Time, without []samleng.Kind, minimum samleng.MinimumGroup) (samleng.SeriesChart, error)

	// SilencesAt gives the silences that hold at a moment or later, also ones that do not hold
	// any more where the moment is past.
	SilencesAt(ctx context.Context, at time.Time) ([]samleng.Silence, error)
}

// AlertRule is a rule of alerts.yaml as the page shows it.
type AlertRule struct {
	ID          string           `json:"id"`
	Khmer       string           `json:"km"`
	English     string           `json:"en"`
	Topics      []string         `json:"topics"`   // ids; empty: each topic
	Places      []string         `json:"places"`   // codes, or "each"; empty: the whole country
	Kinds       []samleng.Kind   `json:"kinds"`    // each by itself; empty: all together
	Language    string           `json:"language"` // empty: any
	Keywords    []string         `json:"keywords"` // instead of topics
	CountBy     string           `json:"count_by"` // posts or stories
	Signals     []samleng.Signal `json:"signals"`
	MinPosts    int              `json:"min_posts"`
	AlertsAWeek float64          `json:"alerts_a_week"`
	Fixed       *AlertFixed      `json:"fixed"` // null: none
	Level       string           `json:"level"`
	Channels    []string         `json:"channels"`
	Quiet       *AlertQuiet      `json:"quiet"` // null: none
	Disabled    bool             `json:"disabled"`
	Series      int              `json:"series"` // that it watches; 0: the sources alone
}

// AlertFixed are thresholds of a rule that do not depend on what is usual.
type AlertFixed struct {
	Posts  int     `json:"posts"` // 0: not watched
	Share  float64 `json:"share"` // 0..1; 0: not watched
	Window int     `json:"window_minutes"`
}

// AlertQuiet are the quiet hours of a rule, in Phnom Penh.
type AlertQuiet struct {
	From     string `json:"from"` // 21:00; empty: none
	To       string `json:"to"`
	Holidays bool   `json:"holidays"`
}

// PlaceName is a province as it is shown.
type PlaceName struct {
	Code    string `json:"code"`
	Khmer   string `json:"km"`
	English string `json:"en"`
}

// RuleState is how the series of a rule stand.
type RuleState struct {
	Rule    string `json:"rule"`
	Series  int    `json:"series"`
	Warming int    `json:"warming"` // too young or with too few posts to be scored
	Held    int    `json:"held"`    // unusual now, and held back
	Open    int    `json:"open"`    // with an episode
	// Ready is when the last of those that only lack time will have been watched for long enough,
	// UTC; zero where none does.
	Ready time.Time `json:"ready,omitzero"`
}

// ChannelState is how a channel stands.
type ChannelState struct {
	Channel string        `json:"channel"`
	Waiting int           `json:"waiting"` // alerts that are not told yet, those for later included
	Error   string        `json:"error"`   // of the last attempt; empty after a success
	Class   samleng.Class `json:"class"`
	Sent    time.Time     `json:"sent,omitzero"` // when the last one was told
	Failed  int           `json:"failed"`        // given up since the program started
}

// Watching is what the engine of alerts is doing.
type Watching struct {
	Enabled  bool           `json:"enabled"`       // this process watches, or would if another did not
	Tick     time.Time      `json:"tick,omitzero"` // up to which everything was seen, UTC; zero: not yet, or elsewhere
	Series   int            `json:"series"`        // of all rules
	Coverage float64        `json:"coverage"`      // share of the sources that were heard at Tick, 0..1
	Frozen   bool           `json:"frozen"`        // so few were heard that nothing is scored
	Grace    float64        `json:"grace_minutes"` // after which the next five minutes are counted
	Rules    []RuleState    `json:"rules"`         // empty before the first tick
	Channels []ChannelState `json:"channels"`
}

// Alerting is what a page with alerts is given.
type Alerting struct {
	Store    Alerts
	Places   []PlaceName
	InForce  func() RulesInForce // asked often: must not block
	Watching func() Watching     // likewise
	// Expecting gives what is expected of the series of an open episode in the day up to now, as
	// samleng.History has it; false where this process does not know. It must not block.
	Expecting func(episode string) (samleng.History, bool)
	// Interval gives the central 90 % interval of a count with a mean and a dispersion.
	Interval func(mean, dispersion float64) (low, high float64)
	Silencer Silencer  // nil: the page offers no silences
	Judge    Judge     // nil: the page does not ask what alerts were worth
	Rulebook Rulebook  // nil: the page offers no changing of rules
	Untried  bool      // rules may be changed and saved, but not tried
	Saver    RuleSaver // nil: the page offers no saving of rules; needs a Rulebook
}

// RulesInForce is what alerts.yaml says at a moment, without what is secret.
type RulesInForce struct {
	Rules    []AlertRule       // in the order of the file, disabled ones too
	Channels []string          // ids of the channels of the file
	Fixed    []samleng.Silence // silences of the file; they have no id
}

const (
	mostEpisodes  = 200
	mostFailed    = 20
	failedFor     = 7 * 24 * time.Hour
	aroundEpisode = 24 * time.Hour      // of the chart, before an episode
	afterEpisode  = 6 * time.Hour       // and after it
	longestChart  = 30 * 24 * time.Hour // bounds what one question may cost
	lostAfter     = 7 * 24 * time.Hour  // an open episode of which nothing was decided since has lost its rule
	defaultAlerts = "30d"               // the period of the page when none is given
)

// alertsJSON is the answer of /api/v1/alerts.
type alertsJSON struct {
	AsOf     time.Time      `json:"as_of"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Period   string         `json:"period"`
	Episodes []episodeJSON  `json:"episodes"` // open ones first, then the last to open first
	More     bool           `json:"more"`     // there are others
	Rules    []AlertRule    `json:"rules"`
	Places   []PlaceName    `json:"places"`
	Channels []string       `json:"channels"`
	Watching Watching       `json:"watching"`
	Failed   []deliveryJSON `json:"failed"`   // deliveries given up within a week, the latest first
	Silences []silenceJSON  `json:"silences"` // that hold now or later, the first to begin first
	May      mayJSON        `json:"may"`
}

// mayJSON says what this page lets a reader change.
type mayJSON struct {
	Silence bool `json:"silence"`
	Try     bool `json:"try"`
	Save    bool `json:"save"`
	Judge   bool `json:"judge"`
}

// episodeJSON is an episode with what became of it.
type episodeJSON struct {
	samleng.Episode
	Level      string                  `json:"level"`
	Open       bool                    `json:"open"`
	Lost       bool                    `json:"lost"` // it never closed: its rule was changed or taken away
	Deliveries []deliveryJSON          `json:"deliveries"`
	Said       map[samleng.Verdict]int `json:"said"` // how often readers said what
}

// deliveryJSON is an alert on its way to a channel.
type deliveryJSON struct {
	Episode  string                `json:"episode"`
	Number   int                   `json:"number"`
	Channel  string                `json:"channel"`
	State    samleng.DeliveryState `json:"state"`
	Due      time.Time             `json:"due"`
	Next     time.Time             `json:"next"`
	Done     *time.Time            `json:"done"` // null: not yet
	Attempts int                   `json:"attempts"`
	Repeated bool                  `json:"repeated"` // it may have gone out twice
	Reason   string                `json:"reason"`   // the last error
}

// silenceJSON is a silence. One of the file has no id, and cannot be ended here. What it is about
// is empty where it is about any.
type silenceJSON struct {
	ID       string       `json:"id"`
	Rule     string       `json:"rule"`
	Topic    string       `json:"topic"`
	Place    string       `json:"place"`
	Kind     samleng.Kind `json:"kind"`
	Language string       `json:"language"`
	Keyword  string       `json:"keyword"`
	From     *time.Time   `json:"from"` // null: since ever
	Until    time.Time    `json:"until"`
	Ended    *time.Time   `json:"ended"` // null: not ended early
	Reason   string       `json:"reason"`
}

func delivered(d *samleng.Delivery) deliveryJSON {
	return deliveryJSON{
		Episode: d.Episode, Number: d.Number, Channel: d.Channel, State: d.State, Due: d.Due.UTC(), Next: d.Next.UTC(), Done: known(d.Done),
		Attempts: d.Attempts, Repeated: d.Unsure > 0, Reason: d.Reason,
	}
}

func silenced(q *samleng.Silence) silenceJSON {
	return silenceJSON{q.ID, q.Rule, q.Topic, q.Place, q.Kind, q.Language, q.Keyword, known(q.From), q.Until.UTC(), known(q.Ended), q.Reason}
}

// foundAlerts is what the store said of a choice of episodes.
type foundAlerts struct {
	episodes []episodeJSON
	failed   []deliveryJSON
	more     bool
}

// alertList is /api/v1/alerts.
func (p *Page) alertList(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("period") == "" && q.Get("from") == "" && q.Get("to") == "" {
		q.Set("period", defaultAlerts)
	}
	s, err := p.parseSelection(q, p.now(), "rule", "held")
	if err == nil {
		switch held := q.Get("held"); {
		case q.Get("language") != "" || q.Get("kind") != "":
			err = paramErrorf("topic", "and rule choose alerts; language and kind do not")
		case held != "" && held != "1":
			err = paramErrorf("held", "%q: want 1 or nothing", held)
		case !plainID(q.Get("rule")):
			err = paramErrorf("rule", "%q is not the id of a rule", q.Get("rule"))
		}
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	f := samleng.EpisodeFilter{Since: s.From, Until: s.To, Topic: s.Topic, Rule: q.Get("rule"), Held: q.Get("held") == "1", Limit: mostEpisodes + 1}
	key := fmt.Sprintf("%d|%d|%d|%s|%s|%t", p.events.sequence(), f.Since.Unix(), f.Until.Unix(), f.Topic, f.Rule, f.Held)
	found, at, err := p.alerts.get(r.Context(), key, func(ctx context.Context) (foundAlerts, error) {
		found, err := p.findAlerts(ctx, f)
		if err != nil {
			return found, &storeError{err}
		}
		return found, nil
	})
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	// Silences are asked for each time: whoever made one wants to see it at once.
	silences, err := p.silencesFrom(r.Context(), p.now())
	if err != nil {
		p.refuse(w, r, &storeError{err})
		return
	}
	a := p.opts.Alerting
	now := a.InForce()
	out := alertsJSON{
		AsOf: at.UTC(), From: s.From, To: s.To, Period: s.period, Episodes: found.episodes, More: found.more,
		Rules: now.Rules, Places: a.Places, Channels: now.Channels, Watching: a.Watching(), Failed: found.failed, Silences: make([]silenceJSON, 0, len(silences)),
		May: mayJSON{Silence: p.hush != nil, Try: p.trier != nil && p.trier.tries, Save: p.trier != nil && p.trier.saver != nil, Judge: p.bench != nil},
	}
	for i := range silences {
		out.Silences = append(out.Silences, silenced(&silences[i]))
	}
	writeJSON(w, r, http.StatusOK, out)
}

// findAlerts asks the store for episodes and what became of them.
func (p *Page) findAlerts(ctx context.Context, f samleng.EpisodeFilter) (foundAlerts, error) {
	store := p.opts.Alerting.Store
	out := foundAlerts{failed: []deliveryJSON{}}
	all, err := store.Episodes(ctx, f)
	if err != nil {
		return out, err
	}
	if out.more = len(all) == f.Limit; out.more {
		all = all[:f.Limit-1]
	}
	if out.episodes, err = p.became(ctx, all); err != nil {
		return out, err
	}
	now := p.now()
	failed, err := store.FailedDeliveries(ctx, now.Add(-failedFor), mostFailed)
	if err != nil {
		return out, err
	}
	for i := range failed {
		out.failed = append(out.failed, delivered(&failed[i]))
	}
	return out, nil
}

// silencesFrom gives the silences of file and store that hold at a moment or later.
func (p *Page) silencesFrom(ctx context.Context, at time.Time) ([]samleng.Silence, error) {
	all, err := p.opts.Alerting.Store.SilencesAt(ctx, at)
	if err != nil {
		return nil, err
	}
	for _, q := range p.opts.Alerting.InForce().Fixed {
		if q.Until.After(at) {
			all = append(all, q)
		}
	}
	slices.SortStableFunc(all, func(a, b samleng.Silence) int { return a.From.Compare(b.From) })
	return all, nil
}

// became adds to episodes how they were delivered and what readers said of them.
func (p *Page) became(ctx context.Context, all []samleng.Episode) ([]episodeJSON, error) {
	ids := make([]string, len(all))
	out := make([]episodeJSON, len(all))
	place := make(map[string]*episodeJSON, len(all))
	for i := range all {
		e := &all[i]
		ids[i] = e.ID
		open := e.State == samleng.AlertOpened || e.State == samleng.AlertEscalated
		lost := open && p.now().Sub(e.Last) > lostAfter
		if e.Signals == nil {
			e.Signals = []samleng.Signal{}
		}
		out[i] = episodeJSON{Episode: *e, Level: e.Level.String(), Open: open && !lost, Lost: lost, Deliveries: []deliveryJSON{}, Said: map[samleng.Verdict]int{}}
		if e.Alerts == 1 && e.Held == samleng.HeldSmall {
			out[i].Peak, out[i].Signals, out[i].Burst = 0, []samleng.Signal{}, false
		}
		place[e.ID] = &out[i]
	}
	sent, err := p.opts.Alerting.Store.DeliveriesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i := range sent {
		if e := place[sent[i].Episode]; e != nil {
			e.Deliveries = append(e.Deliveries, delivered(&sent[i]))
		}
	}
	said, err := p.opts.Alerting.Store.FeedbackOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, f := range said {
		if e := place[f.Episode]; e != nil {
			e.Said[f.Verdict]++
		}
	}
	return out, nil
}
