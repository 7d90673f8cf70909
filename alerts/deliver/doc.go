// Package deliver brings alerts to channels: it keeps them in an outbox until the other side has
// taken them, waits for quiet hours and rate limits, tries again, edits the first message of an
// episode where the channel can, and says how it stands.
//
// It does not decide who is told what (package rule), write cards (card), or speak to anybody
// (one package for each kind of channel).
//
// # What holds
//
// Every delivery is kept, by Store, before Queue returns, and leaves the outbox only when the
// other side has said that it has taken it, or has refused it for good, or after Config.GiveUp.
// So none is lost. Before each attempt the delivery is claimed in the store, and after it the
// outcome is noted. Where the program dies in between, or the connection does after everything
// was written, it is not known whether the message went out. It is then sent once more, marked
// with alerts.RepeatMark and under the same key: after a crash once the program has been running
// for Config.Settle, and each further time twice as long after the one before. Edits are never
// marked: to edit twice is harmless.
//
// One process delivers from a store at a time.
package deliver
