//go:build !race

package khmer

// raceDetector says that the tests run without the race detector.
const raceDetector = false
