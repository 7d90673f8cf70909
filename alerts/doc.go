// Package alerts is the room in which changes that are worth a person's attention are found,
// judged and told. What all of its parts share belongs here; detection itself is in
// alerts/spike. It owns no input and no output of its own.
package alerts
