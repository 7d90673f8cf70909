// Package samleng is the domain: a public post, what the classifiers found in it, the
// health of the sources, what can be asked of the store, and the classes of error that
// decide what happens next.
//
// It imports the standard library only, and every other package speaks in its types. It
// does not own any input or output: collecting is in collectors, transport in pipeline,
// understanding in classifiers, keeping and asking in storage.
package samleng
