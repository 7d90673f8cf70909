// Package spike finds the moments in which a topic is talked about far more than usual, or far
// more negatively (or positively) than usual, and says how rare such a moment is in that very
// series.
//
// It owns: the two channels (Volume counts and Share of labelled posts), each with a baseline,
// an overdispersed count model and a memory of the series' own peaks, which turns "unlikely"
// into "expected once in N weeks"; Detector, which runs the channels of one series over
// event-time buckets with grace, one learning at finalisation and frozen gaps; Episode, which
// turns scores into few alerts; Set, which holds many series, their parents, the budget of
// false alarms and the promote rule; and the exact snapshot of all that.
//
// It does not own any input, output or clock: time is the watermark it is told. Rules, cards
// and delivery are elsewhere.
//
// Scores: s = 2 - log10(peaks at least this rare that are expected a week), so 2 is once a
// week, 3 once in ten weeks.
package spike
