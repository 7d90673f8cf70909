// Package watch is the engine of alerts: every five minutes it asks the store how many posts each
// watched series has, tells the detectors of each rule, and decides what becomes of what they
// find.
//
// It owns: which series a rule's detectors watch and with which settings; the coverage of the
// sources, and the notice that some went silent; the state of rules, kept so that a restart goes
// on exactly; what an alert says beside its score; and the time machine, which runs rules over
// history by the same code.
//
// It does not own the detection (spike), the meaning of rules (rule), cards, channels or the
// outbox, and no driver of a store: Store and Outbox are what it needs of them.
//
// # Exactness
//
// What the detectors are told is kept in the store before they are told it, so that a state of
// some earlier tick and what was kept since give the state of now, to the last bit. A restart and
// a replay do that. An alert's line in the log is a function of those observations, the rules,
// and the number of stories that was found behind it, which is read from the log where the alert
// is there.
package watch
