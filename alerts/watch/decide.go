package watch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"samleng"
	"samleng/alerts/rule"
	"samleng/alerts/spike"
)

// told is an open episode that was not held back when it opened.
type told struct {
	First     samleng.Alert `json:"first"`     // as it was told first, without texts of posts
	Latest    samleng.Alert `json:"latest"`    // likewise, as it was last
	Top       samleng.Alert `json:"top"`       // likewise, when it was highest
	Channels  []string      `json:"channels"`  // that were told
	Escalated bool          `json:"escalated"` // others were told because it stayed open
}

// highest is the alert of the episode with the highest score of those that were told.
func (t *told) highest() *samleng.Alert {
	if len(t.Top.Changes) == 0 {
		return &t.First
	}
	return &t.Top
}

// score is the highest of the alert's signals.
func score(a *samleng.Alert) float64 {
	best := 0.0
	for i := range a.Changes {
		best = max(best, a.Changes[i].Score)
	}
	return best
}

// tells takes in a further alert of the episode that is told.
func (t *told) tells(a *samleng.Alert, channels []string) {
	t.Latest, t.Channels = bare(a), channels
	if score(a) > score(t.highest()) {
		t.Top = t.Latest
	}
}

// decide says what becomes of an alert that is complete but for its level, and remembers it.
// Found is what lies behind it. It reports false for the end of an episode of which nothing was to
// be told.
func (g *group) decide(book *rule.Book, a *samleng.Alert, tick time.Time, found behind) (samleng.AlertRecord, bool) {
	if a.State != samleng.AlertClosed && a.State != samleng.AlertHeld && len(a.Silent) == 0 {
		a.Stories, a.Burst = found.stories, found.burst
		if a.Burst {
			a.Level = lower(a.Level)
		}
	}
	known := g.memory.Episodes[a.Episode]
	if known == nil && a.State == samleng.AlertClosed {
		return samleng.AlertRecord{}, false
	}
	verdict := book.Decide(a, tick)
	channels, held := verdict.Channels, verdict.Held
	switch {
	case held != "":
		channels = nil
	case a.State == samleng.AlertClosed:
		channels = known.Channels
	case a.Level <= samleng.LevelNotice:
		channels = nil
	case known != nil:
		channels = union(known.Channels, channels)
	}
	// An alert that nobody is told of at once is one all the same, and so is its end.
	a.Held = held
	switch {
	case held != "" || len(channels) > 0:
	case a.Level <= samleng.LevelNotice:
		a.Held = samleng.HeldForDigest
	default:
		a.Held = samleng.HeldNoChannel
	}
	switch {
	case a.State == samleng.AlertClosed:
		delete(g.memory.Episodes, a.Episode)
	case held != "":
	case known == nil:
		g.memory.Episodes[a.Episode] = &told{First: bare(a), Latest: bare(a), Top: bare(a), Channels: channels}
	default:
		known.tells(a, channels)
	}
	return recordOf(a, tick, channels, verdict.At), true
}

// escalate tells others of the episodes that have been open for as long as the rule says.
func (g *group) escalate(book *rule.Book, tick time.Time) []samleng.AlertRecord {
	var all []samleng.AlertRecord
	for _, id := range slices.Sorted(maps.Keys(g.memory.Episodes)) {
		t := g.memory.Episodes[id]
		if t.Escalated || t.Latest.Level <= samleng.LevelNotice { // that is for the digest
			continue
		}
		channels := book.Escalated(&t.First, tick)
		if len(channels) == 0 {
			continue
		}
		t.Escalated = true
		a := t.Latest
		a.State, a.Still, a.At, a.Held = samleng.AlertEscalated, true, tick, ""
		a.Peak = max(a.Peak, score(t.highest()), g.peak(&a))
		t.Channels = union(t.Channels, channels)
		all = append(all, recordOf(&a, tick, channels, book.Due(&a, tick)))
	}
	return all
}

// peak is the highest score of the episode that an alert is of, whether it was told or not; 0 where
// the detectors know of none.
func (g *group) peak(a *samleng.Alert) float64 {
	if g.set == nil || g.rule.Fixed != nil || g.set.Detector(a.Series) == nil {
		return 0
	}
	e := g.set.Detector(a.Series).Episode()
	if !e.Open || g.memory.Veiled[spike.Name(a.Series)] == veiledNow || !a.Since.Equal(time.Unix(e.Opened, 0)) {
		return 0
	}
	return e.Peak
}

func union[T comparable](a, b []T) []T {
	all := slices.Clone(a)
	for _, id := range b {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// bare is an alert without what lies behind it.
func bare(a *samleng.Alert) samleng.Alert {
	b := *a
	b.Tally, b.Terms, b.Sources, b.Examples = samleng.Tally{}, nil, nil, nil
	b.Quality.Lag, b.Quality.Late, b.Cut = 0, 0, false
	b.History = samleng.History{LastAlert: b.History.LastAlert, LastScore: b.History.LastScore}
	return b
}

func recordOf(a *samleng.Alert, tick time.Time, channels []string, due time.Time) samleng.AlertRecord {
	r := samleng.AlertRecord{Tick: tick, Alert: *a, Channels: channels}
	if len(channels) > 0 {
		r.Due = due
	}
	r.Line = line(&r)
	return r
}

// logged is an alert as the log has it: what was decided, without what is read from posts.
type logged struct {
	Tick     time.Time          `json:"tick"`
	Rule     string             `json:"rule"`
	Episode  string             `json:"episode"`
	Number   int                `json:"number"`
	State    samleng.AlertState `json:"state"`
	Still    bool               `json:"still,omitempty"`
	Level    string             `json:"level"`
	Series   samleng.Series     `json:"series"`
	At       time.Time          `json:"at"`
	Start    time.Time          `json:"start"`
	End      time.Time          `json:"end"`
	Since    time.Time          `json:"since,omitzero"`
	Peak     float64            `json:"peak,omitempty"`
	Changes  []samleng.Change   `json:"changes,omitempty"`
	Folded   []samleng.Series   `json:"folded,omitempty"`
	Without  []samleng.Kind     `json:"without,omitempty"`
	Stories  int                `json:"stories,omitempty"`
	Burst    bool               `json:"burst,omitempty"`
	Silent   []string           `json:"silent,omitempty"`
	Coverage float64            `json:"coverage"`
	WarmUp   string             `json:"warm_up"`
	Tested   int                `json:"tested"`
	Model    string             `json:"model"`
	Held     string             `json:"held,omitempty"`
	Ended    string             `json:"ended,omitempty"`
	Channels []string           `json:"channels,omitempty"`
	Due      time.Time          `json:"due,omitzero"`
}

func line(r *samleng.AlertRecord) []byte {
	a := &r.Alert
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(logged{
		Tick: r.Tick, Rule: a.Rule, Episode: a.Episode, Number: a.Number, State: a.State, Still: a.Still, Level: a.Level.String(), Series: a.Series,
		At: a.At, Start: a.Start, End: a.End, Since: a.Since, Peak: a.Peak, Changes: a.Changes, Folded: a.Folded, Without: a.Without, Stories: a.Stories, Burst: a.Burst, Silent: a.Silent,
		Coverage: a.Quality.Coverage, WarmUp: a.Quality.WarmUp.String(), Tested: a.Quality.Tested, Model: a.Quality.Model,
		Held: a.Held, Ended: a.Ended, Channels: r.Channels, Due: r.Due,
	})
	if err != nil {
		// A number that JSON does not have: the detectors give none.
		return fmt.Appendf(nil, `{"rule":%q,"episode":%q,"fault":%q}`, a.Rule, a.Episode, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
