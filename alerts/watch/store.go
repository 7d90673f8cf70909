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
	// had arrived by a moment, zero for all that have; counts of zero are left out.
	SeriesCounts(ctx context.Context, series []samleng.Series, from, to, by time.Time) ([]samleng.SeriesCount, error)
	// SeriesHistory gives what was known of the buckets in [from, to) at each tick from their end
	// plus grace to their end plus final, where it had changed, in the order of ticks.
	SeriesHistory(ctx context.Context, series []samleng.Series, from, to, polled time.Time, grace, final time.Duration) ([]samleng.SeriesCount, error)
	// Arrivals counts posts by when they arrived, in [from, to): by their insert, or by when they
	// were seen.
	Arrivals(ctx context.Context, from, to time.Time, seen bool) ([]samleng.Arrivals, error)
	// Polls gives the polls that ended in [from, to), in order.
	Polls(ctx context.Context, from, to time.Time) ([]samleng.Coverage, error)
	// CurrentModel names the classifiers of the post inserted last, of those published in
	// [from, to); empty where there is none.
	CurrentModel(ctx context.Context, from, to time.Time) (string, error)
	// Models names the classifiers of most posts published in each hour of [from, to), in order;
	// hours without posts are left out.
	Models(ctx context.Context, from, to time.Time) ([]samleng.ModelHour, error)
	// Scene gives what lies behind a window of a series.
	Scene(ctx context.Context, series *samleng.Series, from, to time.Time, grace time.Duration, minimum samleng.MinimumGroup) (samleng.Scene, error)
}

// Log is what the engine keeps.
type Log interface {
	// Observe keeps what the detectors are told at a tick. Keeping it again changes nothing.
	Observe(ctx context.Context, counts []samleng.SeriesCount, heard *samleng.Heard) error
	// Observations gives what was kept of the ticks in (after, until], in order.
	Observations(ctx context.Context, after, until time.Time) ([]samleng.SeriesCount, []samleng.Heard, error)
	// SaveSpikes keeps a state with these parts in its slot, wholly or not at all. A part is valid
	// until the next; an error among them ends it.
	SaveSpikes(ctx context.Context, state *samleng.SpikeState, parts iter.Seq2[samleng.SpikePart, error]) error
	// Spikes gives the latest state of a rule that has the print and is not later than until.
	// With kept it is one that replays begin from, the earliest where all are later.
	Spikes(ctx context.Context, rule, print string, until time.Time, kept bool) (samleng.SpikeState, bool, error)
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
