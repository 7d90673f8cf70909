package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"samleng"
)

// overviewJSON is the answer of /api/v1/overview. Total, Volume, Languages and Kinds are
// of the posts chosen; Topics ranks every topic, whichever is chosen.
type overviewJSON struct {
	AsOf        time.Time    `json:"as_of"`
	Sequence    uint64       `json:"sequence"` // of the latest "posts" event that is in it
	From        time.Time    `json:"from"`
	To          time.Time    `json:"to"`
	Period      string       `json:"period"`       // empty when from and to were given
	BeforeFrom  time.Time    `json:"before_from"`  // the period before ends at From
	StepSeconds int          `json:"step_seconds"` // width of a point of Volume
	Total       tallyJSON    `json:"total"`
	Before      tallyJSON    `json:"before"`
	Change      changeJSON   `json:"change"`
	StoryChange changeJSON   `json:"change_stories"` // of the stories: its posts are stories
	Comparable  bool         `json:"comparable"`     // posts are stored of the period before: without any, no change says anything
	Volume      []pointJSON  `json:"volume"`         // ascending, without gaps
	Topics      []topicJSON  `json:"topics"`         // most posts first, hidden and empty ones left out
	Hidden      int          `json:"hidden_topics"`  // topics left out because their group is too small
	Languages   []shareJSON  `json:"languages"`
	Kinds       []shareJSON  `json:"kinds"`
	Withheld    bool         `json:"withheld"` // the posts chosen are too small a group: every count is zero
	Minimum     groupJSON    `json:"minimum"`
	Newest      *time.Time   `json:"newest,omitempty"` // only without posts: when the newest of all publishers was published
	Sources     coverageJSON `json:"coverage"`
}

// coverageJSON says how much of what was to be read was read: a topic that falls silent
// because its sources did is not a trend.
type coverageJSON struct {
	Sources int `json:"sources"` // that are polled, or will be; not those that were imported
	Failing int `json:"failing"` // whose last poll failed
	Waiting int `json:"waiting"` // not yet polled
}

// tallyJSON is a samleng.Tally with its net sentiment, -1..1, which is null without any
// scored post. NetLow and NetHigh bound it with 95 % confidence, as far as the posts are
// a sample of what is said.
type tallyJSON struct {
	samleng.Tally
	Unscored int      `json:"unscored"`
	Net      *float64 `json:"net"`
	NetLow   *float64 `json:"net_low"`
	NetHigh  *float64 `json:"net_high"`
}

type pointJSON struct {
	Start time.Time `json:"start"`
	samleng.Tally
}

// changeJSON is the change of the posts against the period before. Percent is null where
// the period before has fewer than smallBase posts, for it would say more than is known.
type changeJSON struct {
	Posts   int      `json:"posts"`
	Percent *float64 `json:"percent"`
	New     bool     `json:"new"` // there were none before, and there are now; only where Comparable
}

type topicJSON struct {
	ID      string     `json:"id"`
	Now     tallyJSON  `json:"now"`
	Before  tallyJSON  `json:"before"`
	Change  changeJSON `json:"change"`
	Stories changeJSON `json:"change_stories"` // of the stories: its posts are stories
	Sources int        `json:"sources"`
}

type shareJSON struct {
	Value string    `json:"value"`
	Tally tallyJSON `json:"tally"`
	// Partial says that the tally lacks posts of private people, too small a group.
	Partial bool `json:"partial,omitempty"`
	Few     bool `json:"few,omitempty"` // too small a group of private people's posts: the tally is zero
}

// smallBase is the fewest posts in the period before that a percentage is told of. Counts
// below it vary by a third and more from chance alone (1/sqrt(n) of a Poisson count).
const smallBase = 10

func (p *Page) overview(w http.ResponseWriter, r *http.Request) {
	s, err := p.parseSelection(r.URL.Query(), p.now())
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	out, err := p.sumUp(r.Context(), s)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	writeJSON(w, r, http.StatusOK, out)
}

func (p *Page) sumUp(ctx context.Context, s selection) (overviewJSON, error) {
	seq := p.events.sequence()
	o, at, err := p.ask(ctx, s.Filter)
	if err != nil {
		return overviewJSON{}, err
	}
	ranking := o
	if s.Topic != "" {
		every := s.Filter
		every.Topic = ""
		if ranking, _, err = p.ask(ctx, every); err != nil {
			return overviewJSON{}, err
		}
	}
	states, _, err := p.sourceStates(ctx, s.From, s.To)
	if err != nil {
		return overviewJSON{}, err
	}
	out := overviewJSON{
		AsOf: at.UTC(), Sequence: seq,
		From: s.From, To: s.To, Period: s.period, BeforeFrom: s.From.Add(-s.To.Sub(s.From)),
		StepSeconds: int(o.Step / time.Second),
		Volume:      make([]pointJSON, 0, len(o.Volume)),
		Topics:      make([]topicJSON, 0, len(ranking.Topics)),
		Languages:   []shareJSON{},
		Kinds:       []shareJSON{},
		Minimum:     group(p.opts.Minimum),
		Withheld:    hidden(o, ranking, s.Topic) || o.Total.Posts == 0 && slices.ContainsFunc(o.Sources, few),
		Comparable:  ranking.Before.Posts > 0,
	}
	for _, t := range ranking.Topics {
		switch {
		case t.Hidden:
			out.Hidden++
		case t.Now.Posts > 0 || t.Before.Posts > 0:
			out.Topics = append(out.Topics, topicJSON{
				t.Topic, tally(t.Now), tally(t.Before), change(t.Now, t.Before, out.Comparable), storyChange(t.Now, t.Before, out.Comparable), t.Sources,
			})
		}
	}
	for _, state := range states {
		switch condition(state, at) {
		case conditionImported:
			continue
		case conditionFailing:
			out.Sources.Failing++
		case conditionWaiting:
			out.Sources.Waiting++
		}
		out.Sources.Sources++
	}
	for _, v := range o.Volume {
		if out.Withheld {
			v.Tally = samleng.Tally{}
		}
		out.Volume = append(out.Volume, pointJSON{v.Start, v.Tally})
	}
	if out.Withheld {
		return out, nil
	}
	out.Total, out.Before, out.Change = tally(o.Total), tally(o.Before), change(o.Total, o.Before, out.Comparable)
	out.StoryChange = storyChange(o.Total, o.Before, out.Comparable)
	for _, l := range o.Languages {
		out.Languages = append(out.Languages, shareJSON{Value: l.Value, Tally: tally(l.Tally), Partial: l.Partial})
	}
	for _, k := range o.Sources {
		share := shareJSON{Value: k.Value, Tally: tally(k.Tally)}
		if few(k) {
			share = shareJSON{Value: k.Value, Few: true}
		}
		out.Kinds = append(out.Kinds, share)
	}
	if o.Total.Posts == 0 {
		if out.Newest, err = p.newest(ctx); err != nil {
			return overviewJSON{}, err
		}
	}
	return out, nil
}

// ask asks the store for an overview, once for all who ask the same at about the same time.
func (p *Page) ask(ctx context.Context, f samleng.Filter) (samleng.Overview, time.Time, error) {
	key := fmt.Sprintf("%d|%d|%d|%s|%s|%s", p.events.sequence(), f.From.Unix(), f.To.Unix(), f.Topic, f.Language, f.Kind)
	return p.overviews.get(ctx, key, func(ctx context.Context) (samleng.Overview, error) {
		o, err := p.opts.Store.Overview(ctx, f)
		if err != nil {
			return samleng.Overview{}, &storeError{fmt.Errorf("sum up the posts: %w", err)}
		}
		return o, nil
	})
}

// newest gives when the newest post of all publishers was published, or nil without any. Of
// private people it tells no such moment, for that would be of a single post.
func (p *Page) newest(ctx context.Context) (*time.Time, error) {
	var newest *time.Time
	for _, kind := range samleng.Kinds() {
		if kind.Personal() {
			continue
		}
		latest, err := p.opts.Store.Posts(ctx, samleng.Filter{Kind: kind}, 1, time.Time{}, samleng.PostID{})
		if err != nil {
			return nil, &storeError{fmt.Errorf("look for the newest post: %w", err)}
		}
		if len(latest) > 0 && (newest == nil || latest[0].Post.Published.After(*newest)) {
			newest = &latest[0].Post.Published
		}
	}
	return newest, nil
}

// hidden reports whether topic is one of the groups that are too small to be shown, by
// either of the overviews that list it.
func hidden(chosen, ranking samleng.Overview, topic string) bool {
	if topic == "" {
		return false
	}
	for _, list := range [][]samleng.TopicTrend{chosen.Topics, ranking.Topics} {
		for _, t := range list {
			if t.Topic == topic && t.Hidden {
				return true
			}
		}
	}
	return false
}

// few reports whether the store left out a kind's posts of the selection because they are too
// small a group: the kind then stands in the overview without any.
func few(kind samleng.ShareOf) bool {
	return samleng.Kind(kind.Value).Personal() && kind.Posts == 0
}

func tally(t samleng.Tally) tallyJSON {
	out := tallyJSON{Tally: t, Unscored: max(0, t.Posts-t.Positive-t.Neutral-t.Negative)}
	net, ok := t.Net()
	if !ok {
		return out
	}
	low, high := netInterval(t)
	out.Net, out.NetLow, out.NetHigh = &net, &low, &high
	return out
}

// netInterval bounds the net sentiment with 95 % confidence. Net sentiment is a difference
// of two shares of the same posts, for which Agresti and Min (2005, "Simple improved
// confidence intervals for comparing matched proportions", Statistics in Medicine 24)
// add half a post to each of the four cells before using the normal approximation: it
// holds for a handful of posts too.
func netInterval(t samleng.Tally) (low, high float64) {
	n := float64(t.Positive+t.Neutral+t.Negative) + 2
	difference := float64(t.Positive - t.Negative)
	discordant := float64(t.Positive+t.Negative) + 1
	centre := difference / n
	half := 1.96 * math.Sqrt(discordant-difference*difference/n) / n
	return max(-1, centre-half), min(1, centre+half)
}

func storyChange(now, before samleng.Tally, comparable bool) changeJSON {
	return change(samleng.Tally{Posts: now.Stories}, samleng.Tally{Posts: before.Stories}, comparable)
}

func change(now, before samleng.Tally, comparable bool) changeJSON {
	c := changeJSON{Posts: now.Posts - before.Posts, New: comparable && before.Posts == 0 && now.Posts > 0}
	if before.Posts >= smallBase {
		percent := 100 * float64(c.Posts) / float64(before.Posts)
		c.Percent = &percent
	}
	return c
}
