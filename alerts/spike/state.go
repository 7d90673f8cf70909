package spike

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// State is everything a Detector remembers: plain numbers, a fixed size below 8 KB.
type State struct {
	Started  bool
	Final    int64 // index of the last finalised bucket; see Detector.index
	Scored   int64 // of the last scored one
	Pending  [maxPending]pending
	Frozen   int64   // length of the run of frozen buckets up to Scored
	Settled  int64   // buckets before this one are held: a gap has just ended
	NewModel int64   // shares of buckets before this one are held: the model changed
	Model    uint64  // hash of the model's name
	Parent   float64 // share of negative posts in the series above, 0 when there is none
	ParentUp float64 // the same of positive posts
	Volume   volume
	Labelled labelled
	Negative share
	Positive share
	Episode  Episode
}

// pending is a bucket that is not final yet.
type pending struct {
	Index                        int64 // 0: empty
	Posts                        float64
	Labelled, Negative, Positive float32
	Coverage, Late               float32
	Changed                      bool           // since it was scored
	Mean                         float64        // expected when it was scored
	Adds                         slot           // to the season, likewise
	Above                        [channels]mask // windows that exceeded their quantile when it was scored
}

// mask has a bit for each window.
type mask uint8

// stateVersion is the first byte of a snapshot.
const stateVersion = 3 // 2: what holidays are like; 3: the share's windows are others

// AppendBinary appends the snapshot of the detector: a version byte, the number of the state's
// bytes, the state in little-endian order.
func (d *Detector) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, stateVersion)
	b, err := binary.Append(b, binary.LittleEndian, &d.state)
	if err != nil {
		return nil, fmt.Errorf("write state: %w", err)
	}
	return b, nil
}

// MarshalBinary gives the snapshot of the detector. A detector restored from it continues
// exactly, to the last bit.
func (d *Detector) MarshalBinary() ([]byte, error) {
	return d.AppendBinary(make([]byte, 0, 1+binary.Size(&d.state)))
}

// UnmarshalBinary replaces the detector's memory by a snapshot. The detector must have been
// made with the same Config; after an error it is as before.
func (d *Detector) UnmarshalBinary(b []byte) error {
	size := binary.Size(&d.state)
	if len(b) != size+1 || b[0] != stateVersion {
		return fmt.Errorf("read state: %d bytes, want %d of version %d", len(b), size+1, stateVersion)
	}
	var state State
	if err := binary.Read(bytes.NewReader(b[1:]), binary.LittleEndian, &state); err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	if err := state.check(); err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	d.state = state
	return nil
}

// check refuses what would make a detector fail or never end.
func (s *State) check() error {
	v, l := &s.Volume, &s.Labelled
	for _, head := range []int32{v.Head, l.Head} {
		if head < 0 || head >= ring {
			return fmt.Errorf("ring at %d", head)
		}
	}
	for _, filled := range []int32{v.Filled, l.Filled} {
		if filled < 0 || filled > ring {
			return fmt.Errorf("ring filled to %d", filled)
		}
	}
	if s.Scored < s.Final || s.Scored-s.Final > maxPending {
		return fmt.Errorf("scored %d, finalised %d", s.Scored, s.Final)
	}
	return nil
}
