package watch

import (
	"context"
	"iter"
	"time"

	"samleng"
	"samleng/alerts/rule"
)

// Past is what can be asked about posts and polls.
type Past interface {
	// Beginnings gives when a source was first polled and when the earliest post was published,
	// each zero where there is none.
	Beginnings(ctx context.Context) (polled, published time.Time, err error)
	// SeriesCounts counts the posts of series that were published in the buckets [from, to) and
	// had arrived before a moment, zero for all that have; counts of zero are left out.
	SeriesCounts(ctx context.Context, series []samleng.Series, from, to, by time.Time) ([]samleng.SeriesCount, error)
	// SeriesHistory gives what was known of the buckets in [from, to) at their end plus grace and
	// every five minutes from then to their end plus final, where it had changed, in the order of
	// ticks.
	SeriesHistory(ctx context.Context, series []samleng.Series, from, to, polled time.Time, grace, final time.Duration) ([]samleng.SeriesCount, error)
	// Arrivals counts posts by when they arrived first, in [from, to): by their insert, or by when
	// they were seen.
	Arrivals(ctx context.Context, from, to time.Time, seen bool) ([]samleng.Arrivals, error)
	// Lag gives the quantile of the time from publication to arrival over the posts that arrived
	// first in [from, to) and took no longer than longest, and how many these are.
	Lag(ctx context.Context, from, to time.Time, longest time.Duration, quantile float64) (time.Duration, int, error)
	// Polls gives the polls that ended in [from, to), in order.
	Polls(ctx context.Context, from, to time.Time) ([]samleng.Coverage, error)
	// LastPolls gives when each source was last polled, and when last heard, before a moment.
	LastPolls(ctx context.Context, before time.Time) (polled, heard map[string]time.Time, err error)
	// Models counts the posts published in each hour of [from, to) by the classifiers that label
	// them now, in the order of hours and names.
	Models(ctx context.Context, from, to time.Time) ([]samleng.ModelHour, error)
	// SmallKinds gives the kinds of private people's posts of which a series has some in one of the
	// windows, and fewer than the minimum or from fewer sources.
	SmallKinds(ctx context.Context, series *samleng.Series, windows []samleng.Period, minimum samleng.MinimumGroup) ([]samleng.Kind, error)
	// CountsWithout is SeriesCounts of one series and all that has arrived, without posts of some
	// kinds.
	CountsWithout(ctx context.Context, series *samleng.Series, from, to time.Time, without []samleng.Kind) ([]samleng.SeriesCount, error)
	// Scene gives what lies behind a window of a series, without posts of some kinds.
	Scene(ctx context.Context, series *samleng.Series, from, to time.Time, grace time.Duration, without []samleng.Kind) (samleng.Scene, error)
}

// Log is what the engine keeps.
type Log interface {
	// Observe keeps what the detectors are told at a tick. Keeping it again changes nothing.
	Observe(ctx context.Context, counts []samleng.SeriesCount, heard *samleng.Heard) error
	// Observations gives what was kept of the ticks in (after, until], in order.
	Observations(ctx context.Context, after, until time.Time) ([]samleng.SeriesCount, []samleng.Heard, error)
	// LastHeard gives what was kept of the latest tick that is not later than until, and whether
	// there is one.
	LastHeard(ctx context.Context, until time.Time) (samleng.Heard, bool, error)
	// Ticks counts the ticks in (after, until] of which something was kept.
	Ticks(ctx context.Context, after, until time.Time) (int, error)
	// SaveSpikes keeps a state with these parts in its slot, wholly or not at all. A part is valid
	// until the next; an error among them ends it.
	SaveSpikes(ctx context.Context, state *samleng.SpikeState, parts iter.Seq2[samleng.SpikePart, error]) error
	// Spikes gives the latest state of a rule that has the print and is not later than until.
	// With kept it is one that replays begin from, the earliest where all are later.
	Spikes(ctx context.Context, rule, print string, until time.Time, kept bool) (samleng.SpikeState, bool, error)
	// KeptSpikes gives the ticks of the states of a rule that have the print and from which replays
	// begin, in order.
	KeptSpikes(ctx context.Context, rule, print string) ([]time.Time, error)
	// RecordAlerts keeps alerts as they were decided. Keeping one again changes nothing.
	RecordAlerts(ctx context.Context, all []samleng.AlertRecord) error
	// RecordCandidates keeps scores, by which thresholds can be chosen later. Keeping one again
	// changes nothing.
	RecordCandidates(ctx context.Context, all []samleng.Candidate) error
	// AlertRecords gives the alerts decided in [since, until), in order; an empty rule stands
	// for all.
	AlertRecords(ctx context.Context, rule string, since, until time.Time) ([]samleng.AlertRecord, error)
}

// Store is all of it.
type Store interface {
	Past
	Log
}

// Outbox tells people.
type Outbox interface {
	// Queue hands an alert over, not to be sent before a moment. When it returns nil the alert
	// will be delivered; handing it over again is harmless.
	Queue(ctx context.Context, a *samleng.Alert, channels []string, notBefore time.Time) error
}

// Silencer gives silences that were made elsewhere than in the file.
type Silencer interface {
	Silences(ctx context.Context) ([]rule.Silence, error)
}
