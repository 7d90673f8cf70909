//go:build race

package classifiers_test

// raceDetector says that sync.Pool throws things away at random, as it does under the
// detector, so that counts of allocations mean nothing.
const raceDetector = true
