// Package simulation makes series of posts with known spikes and measures the detector on them.
//
// It owns the generator (posting rates, daily and weekly cycles, autocorrelated noise, small
// bursts, drift, outages with their backlog, partial outages, and the spikes to be found) and
// the reckoning of recall, precision, false alarms and delay. The detector is in package spike.
// Everything follows from the seed.
package simulation
