package spike

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"samleng"
)

// Set watches many series together: it decides what is told of them. It is not safe for
// concurrent use.
type Set struct {
	config  Config
	tuning  tuning
	members []*member // in order once they are: parents before children, then by name: the order of everything told
	mixed   bool      // members were added since they were put in order
	byName  map[samleng.Series]*member
	beats   map[int64]beat // what was heard in buckets that are not scored yet
	model   string
	tick    int64 // index of the last bucket that was scored
	started bool
	// OnCandidate, when set, is called for every score of CandidateScore and above: the
	// record by which thresholds can be chosen later.
	OnCandidate func(samleng.Series, Terms)
}

// ErrUnwatched is given for a series that was never added to the set, such as one that was kept
// before a rule was taken away.
var ErrUnwatched = errors.New("it is not watched")

// CandidateScore is the least score that OnCandidate is told of.
const CandidateScore = 1.5

// member is one series of a set.
type member struct {
	series   samleng.Series
	name     string
	parent   *member
	depth    int
	detector *Detector
	scored   []Scored
	last     *Scored // of this tick's bucket, nil when it was not scored
	told     samleng.AlertState
	held     string
	by       *Scored // the bucket that is told of
}

// beat is what was heard of all sources in one bucket.
type beat struct{ coverage, late float64 }

// NewSet makes a set without series. The config must be valid.
func NewSet(config *Config) *Set {
	return &Set{config: *config, tuning: newTuning(config), byName: map[samleng.Series]*member{}, beats: map[int64]beat{}}
}

// Len is the number of series.
func (s *Set) Len() int { return len(s.members) }

// Add begins to watch a series. A parent, which has to be there already, lends its shares while
// the series has seen little, and takes its alerts into its own.
func (s *Set) Add(series samleng.Series, parent *samleng.Series) error {
	if s.byName[series] != nil {
		return fmt.Errorf("series %s is watched already", Name(series))
	}
	m := &member{series: series, name: Name(series), detector: &Detector{config: &s.config, tuning: &s.tuning}}
	if parent != nil {
		if m.parent = s.byName[*parent]; m.parent == nil {
			return fmt.Errorf("parent %s of series %s is not watched", Name(*parent), m.name)
		}
		m.depth = m.parent.depth + 1
	}
	if s.model != "" {
		m.detector.SetModel(s.model)
	}
	s.members, s.mixed = append(s.members, m), true
	s.byName[series] = m
	return nil
}

// inOrder gives the members in their order.
func (s *Set) inOrder() []*member {
	if s.mixed {
		slices.SortFunc(s.members, func(a, b *member) int {
			return cmp.Or(cmp.Compare(a.depth, b.depth), cmp.Compare(a.name, b.name))
		})
		s.mixed = false
	}
	return s.members
}

// Name is a series as text, for order and identity: it never changes.
func Name(s samleng.Series) string {
	return fmt.Sprintf("%q/%q/%q/%q/%q/%t", s.Topic, s.Place, s.Kind, s.Language, s.Keyword, s.Stories)
}

// Detector gives the detector of a series, nil when it is not watched.
func (s *Set) Detector(series samleng.Series) *Detector {
	if m := s.byName[series]; m != nil {
		return m.detector
	}
	return nil
}

// Observe takes what is known of a bucket of one series by now; see Detector.Observe. A series
// without an observation of a bucket had no posts in it, if Heartbeat says that the sources
// were heard.
func (s *Set) Observe(series samleng.Series, b *Bucket) error {
	m := s.byName[series]
	if m == nil {
		return fmt.Errorf("series %s: %w", Name(series), ErrUnwatched)
	}
	if err := m.detector.Observe(b); err != nil {
		return fmt.Errorf("observe series %s: %w", m.name, err)
	}
	return nil
}

// Heartbeat says what was heard of the sources in a bucket: see Bucket.Coverage and Bucket.Late.
// It holds for every series that has no observation of the bucket when it is scored.
func (s *Set) Heartbeat(start time.Time, coverage, late float64) error {
	if err := (&Bucket{Coverage: coverage, Late: late}).check(); err != nil {
		return err
	}
	i := s.index(start)
	if s.started && (i <= s.tick || i > s.tick+farBehind) {
		return nil
	}
	s.beats[i] = beat{coverage, late}
	return nil
}

// SetModel tells which model labels the posts from now on; see Detector.SetModel.
func (s *Set) SetModel(name string) {
	s.model = name
	for _, m := range s.inOrder() {
		m.detector.SetModel(name)
	}
}

func (s *Set) index(at time.Time) int64 { return floor(at.Unix(), int64(s.config.Step/time.Second)) }

func (s *Set) start(i int64) time.Time {
	return time.Unix(i*int64(s.config.Step/time.Second), 0).UTC()
}

// Advance tells the set that posts up to the watermark have arrived, and gives what is to be
// told because of that, in order. It goes bucket by bucket, so that what it tells depends on
// what was observed and not on how often it is called.
func (s *Set) Advance(watermark time.Time) []Event {
	due := s.index(watermark.Add(-s.config.Grace)) - 1
	if !s.started {
		s.started, s.tick = true, due-1
		for i := range s.beats {
			s.tick = min(s.tick, i-1)
		}
	}
	if s.tick < due-farBehind {
		s.tick = due - farBehind
		maps.DeleteFunc(s.beats, func(i int64, _ beat) bool { return i <= s.tick }) // they are passed over
	}
	var events []Event
	for s.tick < due {
		s.tick++
		events = append(events, s.score(s.tick)...)
		delete(s.beats, s.tick)
	}
	return events
}

// score scores one bucket in every series and decides what is told.
func (s *Set) score(i int64) []Event {
	start := s.start(i)
	watermark := start.Add(s.config.Step + s.config.Grace)
	heard, ok := s.beats[i]
	for _, m := range s.inOrder() {
		if m.parent != nil {
			m.detector.SetParent(m.parent.detector.Shares())
		}
		if ok && !m.detector.Observed(start) {
			// An error would say that the bucket is final or far ahead, and it is neither.
			_ = m.detector.Observe(&Bucket{Start: start, Coverage: heard.coverage, Late: heard.late})
		}
		m.scored = m.detector.Advance(watermark, m.scored[:0])
		m.last, m.told, m.by = nil, "", nil
		for j := range m.scored {
			if m.scored[j].Start.Equal(start) && !m.scored[j].Again {
				m.last = &m.scored[j]
			}
		}
		s.candidates(m)
	}
	promoted := s.promote()
	thresholds := s.config.Thresholds(len(s.members))
	for _, m := range s.inOrder() {
		s.judge(m, thresholds, promoted)
	}
	return s.tell(thresholds)
}

func (s *Set) candidates(m *member) {
	if s.OnCandidate == nil {
		return
	}
	for j := range m.scored {
		for _, t := range m.scored[j].terms() {
			if t.Score >= CandidateScore {
				s.OnCandidate(m.series, *t)
			}
		}
	}
}

// judge lets the episode of a series see its scores. Of several in one tick the weightiest is
// told.
func (s *Set) judge(m *member, thresholds Thresholds, promoted [channels]float64) {
	for j := range m.scored {
		sc := &m.scored[j]
		var up [channels]bool
		if sc == m.last {
			for c, t := range sc.terms() {
				up[c] = t.Score >= promoted[c]
			}
		}
		state, held := m.detector.state.Episode.step(&s.config, sc, thresholds, up)
		if state != "" && (m.told == "" || weight(state) > weight(m.told)) {
			m.told, m.held, m.by = state, held, sc
		}
	}
}

func weight(state samleng.AlertState) int {
	return slices.Index([]samleng.AlertState{samleng.AlertClosed, samleng.AlertHeld, samleng.AlertEscalated, samleng.AlertOpened}, state)
}

// promote gives for each channel the least score that the promote rule opens, +Inf when
// nothing moves together. A series counts beside its parent only when that does not move.
func (s *Set) promote() [channels]float64 {
	none := math.Inf(1)
	least := [channels]float64{none, none, none}
	if !s.config.Promote {
		return least
	}
	thresholds := s.config.Thresholds(len(s.members)).array()
	var scores [channels][]float64
	for _, m := range s.inOrder() {
		if m.last == nil || m.last.Frozen || m.last.Gap {
			continue
		}
		for c, t := range m.last.terms() {
			if t.Score > 0 && (c == 0 || !m.last.Model) {
				scores[c] = append(scores[c], t.Score)
			}
		}
	}
	for c, rate := range [channels]float64{discoveryVolume, discoveryShare, discoveryShare} {
		if math.IsInf(thresholds[c], 1) {
			continue
		}
		found := max(PromoteScore, discoveries(scores[c], len(s.members), rate))
		if s.together(c, found) >= togetherLeast {
			least[c] = found
		}
	}
	return least
}

// together counts the series that reach a score and whose parent does not.
func (s *Set) together(c int, score float64) int {
	reaches := func(m *member) bool { return m != nil && m.last != nil && m.last.terms()[c].Score >= score }
	n := 0
	for _, m := range s.inOrder() {
		if reaches(m) && !reaches(m.parent) {
			n++
		}
	}
	return n
}
