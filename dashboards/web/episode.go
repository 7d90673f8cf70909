package web

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"samleng"
)

// detailJSON is the answer of /api/v1/alerts/{episode}.
type detailJSON struct {
	AsOf     time.Time     `json:"as_of"`
	Episode  episodeJSON   `json:"episode"`
	Alerts   []alertJSON   `json:"alerts"`   // in the order in which they were decided
	Chart    *chartJSON    `json:"chart"`    // null for an episode about the sources
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
	At       time.Time          `json:"at"`
	Decided  time.Time          `json:"decided"`
	Start    time.Time          `json:"start"`
	End      time.Time          `json:"end"`
	Changes  []samleng.Change   `json:"changes"`
	Folded   []samleng.Series   `json:"folded"`
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
	Expected []expectedJSON `json:"expected"` // ascending, where it is on record
	Without  []samleng.Kind `json:"without"`  // kinds left out: private people's posts, too few
}

// expectedJSON is how many posts were expected from Start on for so many seconds.
type expectedJSON struct {
	Start time.Time `json:"start"`
	Step  int       `json:"step_seconds"`
	Posts float64   `json:"posts"`
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
	if len(e.Silent) == 0 {
		chart, err := store.SeriesChart(ctx, &e.Series, from, to, p.opts.Minimum)
		if err != nil {
			return err
		}
		out.Chart = drawn(&chart, from, to, records)
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

// touches reports whether a silence is about an episode and held before its end.
func touches(q *samleng.Silence, e *samleng.Episode, end time.Time) bool {
	about := q.Covers(e.Rule, &e.Series)
	return about && q.From.Before(end)
}

// drawn is a chart with what was expected when the alerts were told.
func drawn(c *samleng.SeriesChart, from, to time.Time, records []samleng.AlertRecord) *chartJSON {
	out := &chartJSON{From: from.UTC(), To: to.UTC(), Step: int(c.Step / time.Second), Points: make([]pointJSON, 0, len(c.Points)), Expected: []expectedJSON{}, Without: c.Without}
	if out.Without == nil {
		out.Without = []samleng.Kind{}
	}
	for _, v := range c.Points {
		out.Points = append(out.Points, pointJSON{v.Start, v.Tally})
	}
	var upTo time.Time
	for i := range records {
		h := &records[i].Alert.History
		for j, posts := range h.Expected {
			at := h.Start.Add(time.Duration(j) * h.Step)
			if at.Before(upTo) || h.Step <= 0 {
				continue // an earlier alert said so already
			}
			out.Expected = append(out.Expected, expectedJSON{at.UTC(), int(h.Step / time.Second), posts})
			upTo = at.Add(h.Step)
		}
	}
	return out
}

func told(r *samleng.AlertRecord, names map[string]string) alertJSON {
	a := &r.Alert
	out := alertJSON{
		Number: a.Number, State: a.State, Level: a.Level.String(), Held: a.Held, At: a.At.UTC(), Decided: r.Tick.UTC(), Start: a.Start.UTC(), End: a.End.UTC(),
		Changes: filled(a.Changes), Folded: filled(a.Folded), Tally: a.Tally, Stories: a.Stories, Burst: a.Burst, Terms: filled(a.Terms), Silent: filled(a.Silent),
		Sources: make([]shareOfJSON, 0, len(a.Sources)), Examples: make([]exampleJSON, 0, len(a.Examples)), Channels: filled(r.Channels),
		Quality: qualityJSON{a.Quality.Coverage, a.Quality.Lag.Seconds(), a.Quality.Late, a.Quality.WarmUp.Seconds(), a.Quality.Tested, a.Quality.Model},
	}
	if len(r.Channels) > 0 {
		out.Due = known(r.Due)
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

// filled is the list, never nil.
func filled[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
