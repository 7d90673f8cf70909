package samleng

import "time"

// Verdict is what a reader says of an alert.
type Verdict string

// The verdicts.
const (
	VerdictUseful Verdict = "useful"
	VerdictFalse  Verdict = "false" // nothing had happened
	VerdictKnown  Verdict = "known" // it had, and the reader knew
)

// Valid reports whether v is one of these.
func (v Verdict) Valid() bool {
	return v == VerdictUseful || v == VerdictFalse || v == VerdictKnown
}

// Feedback is what somebody said of an alert. Who it was is not known, and no field for that
// exists: no name, address, session or exact time.
type Feedback struct {
	Episode string // as in Alert
	Rule    string // as in Alert
	Verdict Verdict
	Day     time.Time // midnight UTC of the day it was said
}

// SilenceRequest keeps alerts from being told for a while: those of a rule, on series that have
// all of what it names. What is empty is any.
type SilenceRequest struct {
	Rule, Topic, Place string
	Kind               Kind      // of source
	Language, Keyword  string    // as in Series
	From, Until        time.Time // UTC
	Reason             string    // for those who wonder why it is quiet
}

// Covers reports whether the silence is about the alerts of a rule on a series.
func (q *SilenceRequest) Covers(rule string, s *Series) bool {
	return (q.Rule == "" || q.Rule == rule) && (q.Topic == "" || q.Topic == s.Topic) && (q.Place == "" || q.Place == s.Place) &&
		(q.Kind == "" || q.Kind == s.Kind) && (q.Language == "" || q.Language == s.Language) && (q.Keyword == "" || q.Keyword == s.Keyword)
}

// AlertAction is what a link in an alert offers: a verdict, or ActionSilence.
type AlertAction string

// The actions.
const (
	ActionUseful              = AlertAction(VerdictUseful)
	ActionFalse               = AlertAction(VerdictFalse)
	ActionKnown               = AlertAction(VerdictKnown)
	ActionSilence AlertAction = "silence"
)

// AlertActions lists every action, in the order in which they are offered.
func AlertActions() []AlertAction {
	return []AlertAction{ActionUseful, ActionFalse, ActionKnown, ActionSilence}
}

// AlertClaim is what a signed link in an alert entitles whoever holds it to do, once.
type AlertClaim struct {
	Action             AlertAction
	Episode            string
	Rule, Topic, Place string
	// Kind, Language and Keyword are further parts of what ActionSilence silences; empty for a verdict.
	Kind              Kind
	Language, Keyword string
	Expires           time.Time // UTC, to the second
}

// Silences is what ActionSilence asks for, but for its times and its reason.
func (c *AlertClaim) Silences() SilenceRequest {
	return SilenceRequest{Rule: c.Rule, Topic: c.Topic, Place: c.Place, Kind: c.Kind, Language: c.Language, Keyword: c.Keyword}
}
