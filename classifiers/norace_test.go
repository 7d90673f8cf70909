//go:build !race

package classifiers_test

// raceDetector says that the tests run without the race detector.
const raceDetector = false
