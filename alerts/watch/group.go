package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/rule"
	"samleng/alerts/spike"
)

// group is a rule with its detectors and everything it remembers.
type group struct {
	rule    rule.Rule
	floor   float64 // coverage below which alerts are held
	print   string
	set     *spike.Set // nil for a rule that watches the sources alone
	series  []samleng.Series
	watched map[samleng.Series]bool
	memory  memory
	grace   time.Duration // after which the last bucket was looked at
	// near are the candidates of the last step, where the set tells them.
	near []samleng.Candidate
}

// noteCandidates lets the group gather the scores of each step that are nearly alerts.
func (g *group) noteCandidates() {
	if g.set == nil || g.rule.Fixed != nil {
		return
	}
	g.set.OnCandidate = func(series samleng.Series, t spike.Terms) {
		if g.rule.Watches(t.Signal) {
			g.near = append(g.near, samleng.Candidate{Rule: g.rule.ID, Series: series, Start: t.Start, End: t.End, Change: t.Change()})
		}
	}
}

// memory is what a group remembers beside its detectors. As JSON it keeps every bit.
type memory struct {
	Tick   time.Time `json:"tick"`   // up to which it has seen everything
	Bucket time.Time `json:"bucket"` // that was looked at then
	Model  string    `json:"model"`
	// Relabelled is the bucket from which on posts have labels of Model, where there was another
	// before.
	Relabelled time.Time `json:"relabelled,omitzero"`
	Beats      []beatOf  `json:"beats"` // of buckets that may still change, in order
	Outage     outage    `json:"outage"`
	// Began is when the rule had learned from history, and Learned the episodes that were open in it
	// then, by spike.Name of the series: Unix seconds of their opening.
	Began    time.Time         `json:"began,omitzero"`
	Learned  map[string]int64  `json:"learned,omitempty"`
	Fixed    map[string]*fixed `json:"fixed,omitempty"`  // by spike.Name of the series
	Veiled   map[string]int    `json:"veiled,omitempty"` // by spike.Name: episodes out of which small groups were left
	Episodes map[string]*told  `json:"episodes"`         // that are open and were told, by id
}

// beatOf is what was heard when a bucket was first looked at.
type beatOf struct {
	Bucket   time.Time `json:"bucket"`
	Coverage float64   `json:"coverage"`
	Late     float64   `json:"late"`
}

// newGroup makes a group without memory.
func newGroup(r rule.Rule, topics, provinces []string, floor float64, holidays spike.Holidays) (*group, error) {
	g := &group{rule: r, floor: floor, watched: map[samleng.Series]bool{}, memory: memory{Episodes: map[string]*told{}, Fixed: map[string]*fixed{}, Veiled: map[string]int{}}}
	config := spikeConfig(&r, floor)
	config.Holidays = holidays
	if r.WatchesSeries() {
		if err := config.Validate(); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.ID, err)
		}
		g.set = spike.NewSet(&config)
		if err := g.add(r.Series(topics, provinces), len(r.Places) > 1 || slices.Contains(r.Places, rule.Each)); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.ID, err)
		}
	}
	// Everything that decides what the group remembers, so that memory is of use to the same only.
	decides, err := json.Marshal(struct {
		Version int
		Rule    string
		Config  string
		Series  []samleng.Series
		Fixed   *rule.Fixed
		Minimum int
		Silence bool
	}{1, r.ID, fmt.Sprintf("%+v", config), g.series, r.Fixed, r.Minimum(), r.Watches(samleng.SignalSilence)})
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", r.ID, err)
	}
	g.print = digest(string(decides))
	return g, nil
}

// spikeConfig is how the detectors of a rule are set.
func spikeConfig(r *rule.Rule, floor float64) spike.Config {
	c := spike.DefaultConfig()
	c.Grace, c.Final, c.Floor, c.Budget = leastGrace, final, floor, r.Budget()
	c.MinPosts = float64(r.Minimum())
	c.Positive = r.Watches(samleng.SignalPositive)
	for _, s := range []samleng.Signal{samleng.SignalVolume, samleng.SignalNegative} {
		if !r.Watches(s) {
			c.Unwatched = append(c.Unwatched, s)
		}
	}
	return c
}

// add watches series. With whole, the series of the whole country is watched above those of
// provinces: it lends them its shares, and what happens everywhere is told once.
func (g *group) add(all []samleng.Series, whole bool) error {
	put := func(s samleng.Series, parent *samleng.Series) error {
		if g.watched[s] {
			return nil
		}
		if err := g.set.Add(s, parent); err != nil {
			return err
		}
		g.watched[s] = true
		g.series = append(g.series, s)
		return nil
	}
	for _, s := range all {
		if s.Place == "" || !whole {
			if err := put(s, nil); err != nil {
				return err
			}
			continue
		}
		country := s
		country.Place = ""
		if err := put(country, nil); err != nil {
			return err
		}
		if err := put(s, &country); err != nil {
			return err
		}
	}
	return nil
}

// step takes what was known at a tick and gives what the rule's detectors raise because of it,
// in order.
func (g *group) step(h *samleng.Heard, counts []samleng.SeriesCount) ([]samleng.Alert, error) {
	if !h.Tick.After(g.memory.Tick) && !g.memory.Tick.IsZero() {
		return nil, nil // seen already
	}
	var raised []samleng.Alert
	g.near, g.grace = g.near[:0], graceOf(h)
	if g.set != nil {
		all, err := g.detect(h, counts)
		if err != nil {
			return nil, fmt.Errorf("rule %s at %s: %w", g.rule.ID, h.Tick.Format(time.RFC3339), err)
		}
		raised = all
	}
	for i := range g.near {
		g.near[i].Tick = h.Tick
	}
	if g.rule.Watches(samleng.SignalSilence) {
		raised = append(raised, g.memory.Outage.step(&g.rule, h)...)
	}
	g.memory.Tick, g.memory.Bucket = h.Tick, h.Bucket
	return raised, nil
}

func (g *group) detect(h *samleng.Heard, counts []samleng.SeriesCount) ([]samleng.Alert, error) {
	var events []spike.Event
	m := &g.memory
	if !m.Bucket.IsZero() && h.Bucket.Sub(m.Bucket) > samleng.Bucket {
		events = g.set.Advance(watermark(h.Bucket.Add(-samleng.Bucket))) // nothing is known of the time between
	}
	if h.Model != "" && h.Model != m.Model {
		if m.Model != "" {
			m.Relabelled = h.Bucket
		}
		m.Model = h.Model
		g.set.SetModel(h.Model)
	}
	m.Beats = slices.DeleteFunc(m.Beats, func(b beatOf) bool { return b.Bucket.Before(firstOpen(h.Tick)) })
	m.Beats = append(m.Beats, beatOf{h.Bucket, h.Coverage, h.Late})
	if err := g.set.Heartbeat(h.Bucket, h.Coverage, h.Late); err != nil {
		return nil, err
	}
	for i := range counts {
		c := &counts[i]
		if !g.watched[c.Series] {
			continue
		}
		at := slices.IndexFunc(m.Beats, func(b beatOf) bool { return b.Bucket.Equal(c.Bucket) })
		if at < 0 {
			continue // of before the beginning
		}
		err := g.set.Observe(c.Series, &spike.Bucket{
			Start: c.Bucket, Posts: float64(c.Posts), Labelled: float64(c.Labelled), Negative: float64(c.Negative), Positive: float64(c.Positive),
			Coverage: m.Beats[at].Coverage, Late: m.Beats[at].Late,
		})
		if err != nil && !errors.Is(err, spike.ErrFinal) {
			return nil, err
		}
	}
	events = append(events, g.set.Advance(watermark(h.Bucket))...)
	if g.rule.Fixed != nil {
		return g.fixedStep(h, counts), nil // instead of the detectors', which say what is expected
	}
	return g.alerts(events), nil
}

// The names of the parts of a state that are not series.
const (
	partSet    = "~set"
	partMemory = "~memory"
)

// errEnough ends the parts of a state when no more are wanted.
var errEnough = errors.New("no more parts are wanted")

// state is everything the group remembers: what it is, and its parts one by one, each valid until
// the next. A part that cannot be written comes as an error.
func (g *group) state(slot uint32) (*samleng.SpikeState, iter.Seq2[samleng.SpikePart, error]) {
	s := &samleng.SpikeState{Rule: g.rule.ID, Slot: slot, Tick: g.memory.Tick, Print: g.print}
	return s, func(yield func(samleng.SpikePart, error) bool) {
		give := func(name string, body []byte) error {
			if !yield(samleng.SpikePart{Name: name, Body: body}, nil) {
				return errEnough
			}
			return nil
		}
		if err := g.parts(give); err != nil && !errors.Is(err, errEnough) {
			yield(samleng.SpikePart{}, fmt.Errorf("write the memory of rule %s: %w", g.rule.ID, err))
		}
	}
}

func (g *group) parts(give func(name string, body []byte) error) error {
	body, err := json.Marshal(&g.memory)
	if err != nil {
		return err
	}
	if err := give(partMemory, body); err != nil || g.set == nil {
		return err
	}
	if body, err = g.set.MarshalBinary(); err != nil {
		return err
	}
	if err := give(partSet, body); err != nil {
		return err
	}
	return g.set.Snapshots(func(series samleng.Series, b []byte) error { return give(spike.Name(series), b) })
}

// restore gives a new group the memory of a state.
func (g *group) restore(s *samleng.SpikeState) error {
	byName := make(map[string]samleng.Series, len(g.series))
	for _, series := range g.series {
		byName[spike.Name(series)] = series
	}
	for _, p := range s.Parts {
		var err error
		switch p.Name {
		case partMemory:
			g.memory = memory{}
			err = json.Unmarshal(p.Body, &g.memory)
		case partSet:
			err = g.set.UnmarshalBinary(p.Body)
		default:
			err = g.set.Restore(byName[p.Name], p.Body)
		}
		if err != nil {
			return fmt.Errorf("restore rule %s: %w", g.rule.ID, err)
		}
	}
	if g.memory.Episodes == nil {
		g.memory.Episodes = map[string]*told{}
	}
	if g.memory.Veiled == nil {
		g.memory.Veiled = map[string]int{}
	}
	if g.memory.Fixed == nil {
		g.memory.Fixed = map[string]*fixed{}
	}
	return nil
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
