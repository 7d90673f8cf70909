package card

import (
	"cmp"
	"strings"
	"time"

	"samleng"
)

// Bounds on what a card takes from an alert, in UTF-16 units where it is text. They keep the
// shortest form of every card far below every limit.
const (
	maxName     = 60 // of a topic, place, source or language
	maxWord     = 30 // of a new term
	maxReason   = 200
	maxModel    = 80
	maxExamples = 5
	maxHeadline = 100 // of an example
	maxExcerpt  = 160
	maxTerms    = 8
	fewTerms    = 4
	maxListed   = 8 // names in a list
	maxKinds    = 6
)

// facts is an alert as a sentence takes it: every figure written out in one language, "" where
// it is not known. The names are those that words/ uses.
type facts struct {
	State, Signal, Level string // as samleng writes them
	Joined               bool   // a second signal has joined
	Still                bool   // it is told because it stays open

	Topic, Keyword, Place, Kind, Language string // names of what is watched; one that is "" does not restrict
	Watched                               string // topic, phrase, series
	Unit                                  string // posts, stories
	Subject                               string // all of it together, as the sentence "subject" puts it

	Held, Ended, Lasted, PeakRarity string
	From, To, Length                string

	change // the first one
	Often  string

	Burst                               bool
	StoryCount                          string
	Positive, Neutral, Negative         string
	Terms, Sources, Silent, SilentCount string
	Without                             string // kinds of private people whose posts are left out
	Cut                                 bool   // not all posts were looked at for words and examples
	Folded, LastAlert, LastRarity       string
	Coverage, Lag, Late, Model          string
	Tested, WarmUp                      string
	Highest, Last, LastExpected, Step   string
	secondary                           []change
}

// change is one signal.
type change struct {
	Signal, Observed, Expected, Interval, Ratio, Count string
	Within                                             string // length of its window, where that is not the alert's
}

// sentence is what "change" is given.
type sentence struct {
	change
	Unit string
}

func (r *Renderer) facts(a *samleng.Alert, w *words) (*facts, error) {
	start, end := a.Window()
	f := &facts{
		State: string(a.State), Level: a.Level.String(), Joined: len(a.Changes) > 1, Still: a.Still, Held: r.held(a.Held, w),
		From: w.moment(start), To: w.until(start, end), Length: w.length(end.Sub(start)), Burst: a.Burst, Cut: a.Cut, Without: r.list(r.kinds(a.Without, w), maxKinds, maxName, w),
		Coverage: w.percent(a.Quality.Coverage), Lag: w.length(a.Quality.Lag), Model: r.clip(a.Quality.Model, maxModel),
		WarmUp: w.length(a.Quality.WarmUp), LastAlert: w.moment(a.History.LastAlert), LastRarity: w.rare(a.History.LastScore),
	}
	if a.Quality == (samleng.DataQuality{}) {
		f.Coverage = "" // it was not looked at
	}
	if !plausible(start) || !plausible(end) {
		f.Length = ""
	}
	if f.From == "" {
		f.From = w.moment(a.At)
	}
	if a.Quality.Late >= .01 {
		f.Late = w.percent(a.Quality.Late)
	}
	if a.Quality.Tested > 1 {
		f.Tested = w.count(a.Quality.Tested)
	}
	if stories := max(a.Stories, a.Tally.Stories); stories > 0 {
		f.StoryCount = w.count(stories)
	}
	if n := a.Tally.Positive + a.Tally.Neutral + a.Tally.Negative; n > 0 && a.Tally.Positive >= 0 && a.Tally.Neutral >= 0 && a.Tally.Negative >= 0 {
		f.Positive, f.Neutral, f.Negative = w.percent(float64(a.Tally.Positive)/float64(n)), w.percent(float64(a.Tally.Neutral)/float64(n)), w.percent(float64(a.Tally.Negative)/float64(n))
	}
	r.subject(f, a, w)
	var err error
	if f.Subject, err = w.say("subject", f); err != nil {
		return nil, err
	}
	r.changes(f, a, w)
	f.Sources = r.mix(a.Sources, w)
	if silent := len(a.Silent); silent > 0 || f.Signal == string(samleng.SignalSilence) {
		f.Signal = string(samleng.SignalSilence)
		f.Silent = r.list(a.Silent, maxListed, maxName, w)
		if silent > 0 {
			f.SilentCount = w.count(silent)
		}
	}
	f.Folded = r.folded(a.Folded, w)
	if a.State == samleng.AlertClosed {
		f.Lasted, f.PeakRarity = w.lasted(a, a.End), w.rare(peak(a))
		f.Ended = r.held(a.Ended, w)
	}
	if a.State == samleng.AlertEscalated && peak(a) >= score(a)+notably {
		f.PeakRarity = w.rare(peak(a))
	}
	if a.Still {
		f.Lasted = w.lasted(a, a.At)
	}
	f.history(a, w)
	return f, nil
}

// notably is by how much the peak of an episode is above what is told for that to be said: twice as
// rare.
const notably = .3

// lasted is how long the episode has been open at a moment.
func (w *words) lasted(a *samleng.Alert, until time.Time) string {
	since := a.Since
	if !plausible(since) {
		since = a.Start
	}
	if !plausible(since) || !plausible(until) {
		return ""
	}
	return w.length(until.Sub(since))
}

// heldWords names the sentences for the reasons of samleng.
var heldWords = map[string]string{
	samleng.HeldForDigest: "held.digest", samleng.HeldNoChannel: "held.nobody", samleng.HeldTogether: "held.together", samleng.HeldFolded: "held.folded",
	samleng.HeldGap: "held.gap", samleng.HeldModel: "held.model", samleng.HeldCoverage: "held.coverage", samleng.HeldSmall: "held.small",
	samleng.EndedChanged: "ended.changed", samleng.EndedGone: "ended.gone",
}

// held says why an alert is held in the language of the card; a reason that is not known in its own
// words.
func (r *Renderer) held(reason string, w *words) string {
	if name, ok := heldWords[reason]; ok {
		return r.clip(cmp.Or(w.word(name, ""), reason), maxReason)
	}
	if until, why, ok := samleng.Silenced(reason); ok {
		said, err := w.say("held.silenced", struct{ Until, Reason string }{w.moment(until), r.clip(why, maxReason)})
		if err == nil && said != "" {
			return r.clip(said, maxReason)
		}
	}
	return r.clip(reason, maxReason)
}

// subject fills in what is watched.
func (r *Renderer) subject(f *facts, a *samleng.Alert, w *words) {
	s := &a.Series
	f.Watched = w.word("watched.all", "")
	if s.Topic != "" {
		f.Topic, f.Watched = r.topic(s.Topic, w), w.word("watched.topic", "")
	} else if s.Keyword != "" {
		f.Keyword, f.Watched = r.clip("“"+s.Keyword+"”", maxName), w.word("watched.keyword", "")
	}
	f.Place, f.Kind, f.Language = r.place(s.Place, w), r.kind(s.Kind, w), ""
	if s.Language != "" {
		f.Language = r.known(w.word("language."+s.Language, ""), s.Language)
	}
	f.Unit = w.word("unit.posts", "")
	if s.Stories {
		f.Unit = w.word("unit.stories", "")
	}
}

func (r *Renderer) known(name, id string) string {
	if name == "" {
		name = id
	}
	return r.clip(name, maxName)
}

func (r *Renderer) topic(id string, w *words) string {
	return r.known(r.o.Names.Topic(id, w.language), id)
}

func (r *Renderer) place(code string, w *words) string {
	if code == "" {
		return ""
	}
	return r.known(r.o.Names.Place(code, w.language), code)
}

func (r *Renderer) kind(kind samleng.Kind, w *words) string {
	return r.known(w.word("kind."+string(kind), ""), string(kind))
}

func (r *Renderer) kinds(all []samleng.Kind, w *words) []string {
	names := make([]string, len(all))
	for i, kind := range all {
		names[i] = r.kind(kind, w)
	}
	return names
}

// changes fills in the signals, the rarest peak and what the title tells.
func (r *Renderer) changes(f *facts, a *samleng.Alert, w *words) {
	for i := range a.Changes {
		c := change{Signal: string(a.Changes[i].Signal)}
		v := &a.Changes[i]
		if start, end := a.Window(); plausible(v.Start) && plausible(v.End) && (!v.Start.Equal(start) || !v.End.Equal(end)) {
			c.Within = w.length(v.End.Sub(v.Start))
		}
		switch v.Signal {
		case samleng.SignalVolume:
			c.Observed, c.Expected = w.number(v.Observed, 0), w.amount(v.Expected)
			if finite(v.Low) && finite(v.High) && v.High > v.Low {
				c.Interval = w.number(v.Low, 0) + "–" + w.number(v.High, 0)
			}
			if finite(v.Observed) && finite(v.Expected) && v.Expected >= .5 && v.Observed > v.Expected {
				c.Ratio = w.amount(v.Observed / v.Expected)
			}
		case samleng.SignalNegative, samleng.SignalPositive:
			c.Observed, c.Expected = w.percent(v.Observed), w.percent(v.Expected)
			if finite(v.Low) && finite(v.High) && v.High > v.Low {
				c.Interval = w.percent(v.Low) + "–" + w.percent(v.High)
			}
			if v.Count > 0 {
				c.Count = w.count(v.Count)
			}
		case samleng.SignalSilence:
		}
		if i == 0 {
			f.change = c
		} else if len(f.secondary) < 3 {
			f.secondary = append(f.secondary, c)
		}
	}
	f.Signal, f.Often = f.change.Signal, w.often(score(a))
}

// score is the highest of the alert's signals.
func score(a *samleng.Alert) float64 {
	best := 0.0
	for i := range a.Changes {
		if s := a.Changes[i].Score; finite(s) {
			best = max(best, s)
		}
	}
	return best
}

// peak is the highest score of the episode.
func peak(a *samleng.Alert) float64 {
	if finite(a.Peak) {
		return max(a.Peak, score(a))
	}
	return score(a)
}

// mix writes how the posts are spread over kinds of sources.
func (r *Renderer) mix(sources []samleng.ShareOf, w *words) string {
	total := 0
	for i := range sources {
		total += max(0, sources[i].Posts)
	}
	if total <= 0 {
		return ""
	}
	var parts []string
	for i := range sources {
		if n := sources[i].Posts; n > 0 && len(parts) < maxKinds {
			parts = append(parts, r.kind(samleng.Kind(sources[i].Value), w)+" "+w.percent(float64(n)/float64(total)))
		}
	}
	return strings.Join(parts, ", ")
}

// list writes names, and how many more there are.
func (r *Renderer) list(names []string, most, width int, w *words) string {
	var parts []string
	for i, name := range names {
		if i == most {
			parts = append(parts, w.word("and-others", w.count(len(names)-most)))
			break
		}
		if name = r.clip(name, width); name != "" {
			parts = append(parts, name)
		}
	}
	return strings.Join(parts, ", ")
}

// folded names the series that the alert stands for by what they have beyond its topic.
func (r *Renderer) folded(below []samleng.Series, w *words) string {
	names := make([]string, 0, len(below))
	for i := range below {
		s := &below[i]
		name := r.place(s.Place, w)
		if name == "" && s.Kind == "" {
			name = s.Keyword
			if s.Topic != "" {
				name = r.topic(s.Topic, w)
			}
		}
		if s.Kind != "" {
			name = strings.TrimSpace(name + " (" + r.kind(s.Kind, w) + ")")
		}
		names = append(names, name)
	}
	return r.list(names, maxListed, maxName, w)
}

// history fills in what the chart shows, for those who do not see it.
func (f *facts) history(a *samleng.Alert, w *words) {
	h := &a.History
	f.Step = w.length(h.Step)
	highest := 0.0
	for _, v := range h.Observed {
		if finite(v) {
			highest = max(highest, v)
		}
	}
	f.Highest = w.number(highest, 0)
	if last := len(h.Observed) - 1; last >= 0 {
		f.Last = w.number(h.Observed[last], 0)
		if last < len(h.Expected) {
			f.LastExpected = w.amount(h.Expected[last])
		}
	}
}

// span is how long the chart is.
func span(h *samleng.History) time.Duration { return time.Duration(len(h.Observed)) * h.Step }
