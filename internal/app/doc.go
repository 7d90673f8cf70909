// Package app wires the rooms of the house together and owns the life of the process: it
// starts the embedded engines or reaches the external ones, runs collectors, workers and
// the page, and stops them in the opposite order.
//
// It owns no logic of collecting, understanding, storing or showing. Whatever two rooms
// need of each other is adapted here and nowhere else.
package app
