package web

import (
	"context"
	"math"
	"net/http"
	"regexp"
	"slices"
	"time"

	"samleng"
)

// detailJSON is the answer of /api/v1/alerts/{episode}.
type detailJSON struct {
	AsOf     time.Time     `json:"as_of"`
	Episode  episodeJSON   `json:"episode"`
	Alerts   []alertJSON   `json:"alerts"`   // in the order in which they were decided
	Chart    *chartJSON    `json:"chart"`    // null for an episode about the sources, or of too small a group
	Others   []episodeJSON `json:"others"`   // of the same topic, within the chart
	Silences []silenceJSON `json:"silences"` // that held while it lasted
	Minimum  groupJSON     `json:"minimum"`
}

// alertJSON is an alert of an episode.
type alertJSON struct {
	Number   int                `json:"number"`
	State    samleng.AlertState `json:"state"`
	Level    string             `json:"level"`
	Held     string             `json:"held"`
	Ended    string             `json:"ended"` // why it is not followed any more; empty: it is over, or goes on
	At       time.Time          `json:"at"`
	Decided  time.Time          `json:"decided"`
	Start    time.Time          `json:"start"`
	End      time.Time          `json:"end"`
	Changes  []samleng.Change   `json:"changes"`
	Folded   []samleng.Series   `json:"folded"`
	Without  []samleng.Kind     `json:"without"` // kinds left out of all of this: private people's posts, too few
	Cut      bool               `json:"cut"`     // terms and examples are of the latest posts alone
	Tally    samleng.Tally      `json:"tally"`
	Stories  int                `json:"stories"`
	Burst    bool               `json:"burst"`
	Terms    []string           `json:"terms"`
	Sources  []shareOfJSON      `json:"sources"`
	Silent   []string           `json:"silent"`
	Examples []exampleJSON      `json:"examples"`
	Quality  qualityJSON        `json:"quality"`
	Channels []string           `json:"channels"`
	Due      *time.Time         `json:"due"`
}

type shareOfJSON struct {
	Value string `json:"value"`
	Posts int    `json:"posts"`
}

// qualityJSON is a samleng.DataQuality with its durations in seconds.
type qualityJSON struct {
	Coverage float64 `json:"coverage"`
	Lag      float64 `json:"lag_seconds"`
	Late     float64 `json:"late"`
	WarmUp   float64 `json:"warm_up_seconds"`
	Tested   int     `json:"tested"`
	Model    string  `json:"model"`
}

// exampleJSON is a post that an alert shows: never its author.
type exampleJSON struct {
	ID         samleng.PostID `json:"id"`
	SourceName string         `json:"source_name"`
	URL        string         `json:"url"`
	Title      string         `json:"title"`
	Text       string         `json:"text"`
	Published  time.Time      `json:"published"`
	Label      samleng.Label  `json:"label"`
	Confidence float64        `json:"confidence"`
}

// chartJSON is the series of an episode around it.
type chartJSON struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Step     int            `json:"step_seconds"`
	Points   []pointJSON    `json:"points"`
	Expected []expectedJSON `json:"expected"` // of those points of which it is on record, ascending
	Without  []samleng.Kind `json:"without"`  // kinds left out: private people's posts, too few
}

// expectedJSON is how many posts were expected in a step of the chart, and between which numbers
// they were expected nine times in ten; null where that is not on record.
type expectedJSON struct {
	Start time.Time `json:"start"`
	Posts float64   `json:"posts"`
	Low   *float64  `json:"low"`
	High  *float64  `json:"high"`
}

var episodeID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// episode is /api/v1/alerts/{episode}.
func (p *Page) episode(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("episode")
	if !episodeID.MatchString(id) {
		p.refuse(w, r, paramErrorf("episode", "%q is not the id of an episode", id))
		return
	}
	out, err := p.detail(r.Context(), id)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	writeJSON(w, r, http.StatusOK, out)
}

func (p *Page) detail(ctx context.Context, id string) (detailJSON, error) {
	store := p.opts.Alerting.Store
	now := p.now()
	out := detailJSON{AsOf: now.UTC(), Alerts: []alertJSON{}, Others: []episodeJSON{}, Silences: []silenceJSON{}, Minimum: group(p.opts.Minimum)}
	records, err := store.EpisodeAlerts(ctx, id)
	if err != nil {
		return out, &storeError{err}
	}
	if len(records) == 0 {
		return out, &refusal{http.StatusNotFound, "no-episode", "No such alert is on record. Alerts are kept for 400 days."}
	}
	var e samleng.Episode
	for i := range records {
		e.Add(&records[i])
	}
	whole, err := p.became(ctx, []samleng.Episode{e})
	if err != nil {
		return out, &storeError{err}
	}
	out.Episode = whole[0]
	states, _, err := p.sourceStates(ctx, now.Add(-24*time.Hour).Truncate(time.Hour), now.Truncate(time.Hour))
	if err != nil {
		return out, err
	}
	names := make(map[string]string, len(states))
	for i := range states {
		names[states[i].ID] = states[i].Name
	}
	for i := range records {
		out.Alerts = append(out.Alerts, told(&records[i], names))
	}
	if err := p.surround(ctx, &out, &e, records); err != nil {
		return out, &storeError{err}
	}
	return out, nil
}

// surround adds the chart, the episodes in it, and the silences.
func (p *Page) surround(ctx context.Context, out *detailJSON, e *samleng.Episode, records []samleng.AlertRecord) error {
	store := p.opts.Alerting.Store
	end := e.End
	if out.Episode.Open {
		end = p.now()
	}
	from, to := e.Start.Add(-aroundEpisode), end.Add(afterEpisode)
	if now := ceil(p.now()); to.After(now) {
		to = now
	}
	if to.Sub(from) > longestChart {
		to = from.Add(longestChart)
	}
	if len(e.Silent) == 0 && !onlySmall(records) {
		chart, err := store.SeriesChart(ctx, &e.Series, from, to, leftOut(records), p.opts.Minimum)
		if err != nil {
			return err
		}
		out.Chart = p.drawn(&chart, from, to, records, out.Episode.Open)
		others, err := store.Episodes(ctx, samleng.EpisodeFilter{Since: from, Until: to, Topic: e.Series.Topic, Limit: mostEpisodes})
		if err != nil {
			return err
		}
		for i := range others {
			if o := &others[i]; o.ID != e.ID && o.Series == e.Series {
				open := o.Closed.IsZero() && p.now().Sub(o.Last) <= lostAfter
				out.Others = append(out.Others, episodeJSON{Episode: *o, Level: o.Level.String(), Open: open, Deliveries: []deliveryJSON{}, Said: map[samleng.Verdict]int{}})
			}
		}
	}
	silences, err := p.silencesFrom(ctx, e.Opened)
	if err != nil {
		return err
	}
	for i := range silences {
		if q := &silences[i]; touches(q, e, end) {
			out.Silences = append(out.Silences, silenced(q))
		}
	}
	return nil
}

// leftOut gives the kinds that alerts leave out because they are too few: where these are many in a
// longer time, a chart with them would tell by subtraction how few.
func leftOut(records []samleng.AlertRecord) []samleng.Kind {
	var all []samleng.Kind
	for i := range records {
		for _, kind := range records[i].Alert.Without {
			if !slices.Contains(all, kind) {
				all = append(all, kind)
			}
		}
	}
	return all
}

// touches reports whether a silence is about an episode and held before its end.
func touches(q *samleng.Silence, e *samleng.Episode, end time.Time) bool {
	about := q.Covers(e.Rule, &e.Series)
	return about && q.From.Before(end)
}

// drawn is a chart with what was expected when the alerts were told and, of an open episode, what
// is expected now.
func (p *Page) drawn(c *samleng.SeriesChart, from, to time.Time, records []samleng.AlertRecord, open bool) *chartJSON {
	out := &chartJSON{From: from.UTC(), To: to.UTC(), Step: int(c.Step / time.Second), Points: make([]pointJSON, 0, len(c.Points)), Expected: []expectedJSON{}, Without: c.Without}
	if out.Without == nil {
		out.Without = []samleng.Kind{}
	}
	var pieces []piece
	for i := range records {
		a := &records[i].Alert
		pieces = add(pieces, &a.History, dispersionOf(a, c.Step))
	}
	if expecting := p.opts.Alerting.Expecting; open && expecting != nil && len(records) > 0 {
		if h, ok := expecting(records[0].Alert.Episode); ok {
			pieces = add(pieces, &h, nearest(h.Dispersions, c.Step))
		}
	}
	for _, v := range c.Points {
		out.Points = append(out.Points, pointJSON{v.Start, v.Tally})
		if e, ok := p.expected(pieces, v.Start, c.Step); ok {
			out.Expected = append(out.Expected, e)
		}
	}
	return out
}

// piece is how many posts were expected over a time, and how counts spread then, negative where
// that is not known.
type piece struct {
	start, end time.Time
	posts      float64
	dispersion float64
}

// add adds the pieces of a history, or parts of them, that are later than all there are.
func add(pieces []piece, h *samleng.History, dispersion float64) []piece {
	var upTo time.Time
	if n := len(pieces); n > 0 {
		upTo = pieces[n-1].end
	}
	for i, posts := range h.Expected {
		from := h.Start.Add(time.Duration(i) * h.Step)
		end := from.Add(h.Step)
		if h.Step <= 0 || !end.After(upTo) {
			continue
		}
		if from.Before(upTo) {
			posts *= float64(end.Sub(upTo)) / float64(h.Step)
			from = upTo
		}
		pieces = append(pieces, piece{from.UTC(), end.UTC(), posts, dispersion})
	}
	return pieces
}

// dispersionOf is how counts over a step spread when an alert was told. Alerts of earlier versions
// say so of their own window alone, where they are about a volume.
func dispersionOf(a *samleng.Alert, step time.Duration) float64 {
	if len(a.History.Dispersions) > 0 {
		return nearest(a.History.Dispersions, step)
	}
	for i := range a.Changes {
		if d, ok := a.Changes[i].Factors["dispersion"]; ok && a.Changes[i].Signal == samleng.SignalVolume {
			return d
		}
	}
	return -1
}

// nearest is the dispersion of the window that is nearest in length to a step, negative without any.
func nearest(all []samleng.Dispersion, step time.Duration) float64 {
	best, value := math.Inf(1), -1.0
	for _, d := range all {
		if away := math.Abs(math.Log(d.Window.Seconds() / step.Seconds())); away < best {
			best, value = away, d.Value
		}
	}
	return value
}

// expected is what was expected in a step, from the pieces that cover half of it or more.
func (p *Page) expected(pieces []piece, start time.Time, step time.Duration) (expectedJSON, bool) {
	out := expectedJSON{Start: start.UTC()}
	end, covered, dispersion := start.Add(step), time.Duration(0), -1.0
	for _, x := range pieces {
		a, b := x.start, x.end
		if a.Before(start) {
			a = start
		}
		if b.After(end) {
			b = end
		}
		if !a.Before(b) {
			continue
		}
		covered += b.Sub(a)
		out.Posts += x.posts * float64(b.Sub(a)) / float64(x.end.Sub(x.start))
		dispersion = x.dispersion
	}
	if covered*2 < step {
		return out, false
	}
	out.Posts *= float64(step) / float64(covered)
	if interval := p.opts.Alerting.Interval; interval != nil && dispersion >= 0 {
		low, high := interval(out.Posts, dispersion)
		out.Low, out.High = &low, &high
	}
	return out, true
}

func told(r *samleng.AlertRecord, names map[string]string) alertJSON {
	a := &r.Alert
	out := alertJSON{
		Number: a.Number, State: a.State, Level: a.Level.String(), Held: a.Held, Ended: a.Ended, Without: filled(a.Without), Cut: a.Cut, At: a.At.UTC(), Decided: r.Tick.UTC(), Start: a.Start.UTC(), End: a.End.UTC(),
		Changes: filled(a.Changes), Folded: filled(a.Folded), Tally: a.Tally, Stories: a.Stories, Burst: a.Burst, Terms: filled(a.Terms), Silent: filled(a.Silent),
		Sources: make([]shareOfJSON, 0, len(a.Sources)), Examples: make([]exampleJSON, 0, len(a.Examples)), Channels: filled(r.Channels),
		Quality: qualityJSON{a.Quality.Coverage, a.Quality.Lag.Seconds(), a.Quality.Late, a.Quality.WarmUp.Seconds(), a.Quality.Tested, a.Quality.Model},
	}
	if len(r.Channels) > 0 {
		out.Due = known(r.Due)
	}
	if a.Held == samleng.HeldSmall {
		return unfigured(&out)
	}
	for i := range a.Sources {
		out.Sources = append(out.Sources, shareOfJSON{a.Sources[i].Value, a.Sources[i].Posts})
	}
	for i := range a.Examples {
		x := &a.Examples[i]
		name := names[x.Source]
		if name == "" {
			name = x.Source
		}
		text, _ := shorten(x.Text, maxShown)
		out.Examples = append(out.Examples, exampleJSON{x.ID, name, safeURL(x.URL), x.Title, text, x.Published.UTC(), x.Label, x.Confidence})
	}
	return out
}

// unfigured takes out of an alert that is held because its group is too small whatever posts there
// are behind it made: it says that something was held back, and why.
func unfigured(a *alertJSON) alertJSON {
	a.Changes, a.Folded, a.Terms, a.Tally, a.Stories, a.Burst, a.Cut = []samleng.Change{}, []samleng.Series{}, []string{}, samleng.Tally{}, 0, false, false
	a.Quality.Lag, a.Quality.Late = 0, 0
	return *a
}

// onlySmall reports whether nothing of an episode was told because its group is too small.
func onlySmall(records []samleng.AlertRecord) bool {
	return !slices.ContainsFunc(records, func(r samleng.AlertRecord) bool { return r.Alert.Held != samleng.HeldSmall })
}

// filled is the list, never nil.
func filled[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
