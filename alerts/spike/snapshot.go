package spike

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"samleng"
)

// A set is kept as one snapshot for each series, those of its detectors, and one small one for
// what the series have in common. Restored with the same Config and series, it tells exactly
// what it would have told.

// MarshalBinary gives what the series of the set have in common: how far they are scored and
// the heartbeats of later buckets.
func (s *Set) MarshalBinary() ([]byte, error) {
	b := []byte{stateVersion, 0}
	if s.started {
		b[1] = 1
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(s.tick))
	b = binary.LittleEndian.AppendUint64(b, uint64(s.config.Step))
	for _, i := range slices.Sorted(maps.Keys(s.beats)) {
		row := beatRow{i, s.beats[i].coverage, s.beats[i].late}
		var err error
		if b, err = binary.Append(b, binary.LittleEndian, row); err != nil {
			return nil, fmt.Errorf("write state of the set: %w", err)
		}
	}
	return b, nil
}

// beatRow is a heartbeat in a snapshot.
type beatRow struct {
	Index          int64
	Coverage, Late float64
}

// UnmarshalBinary replaces what MarshalBinary wrote. After an error the set is as before.
func (s *Set) UnmarshalBinary(b []byte) error {
	const head = 2 + 8 + 8
	size := binary.Size(beatRow{})
	if len(b) < head || b[0] != stateVersion || b[1] > 1 || (len(b)-head)%size != 0 {
		return errors.New("read state of the set: not one of this version")
	}
	if step := time.Duration(binary.LittleEndian.Uint64(b[10:])); step != s.config.Step {
		return fmt.Errorf("read state of the set: it has buckets of %s, want %s", step, s.config.Step)
	}
	beats := map[int64]beat{}
	for at := head; at < len(b); at += size {
		var row beatRow
		if _, err := binary.Decode(b[at:], binary.LittleEndian, &row); err != nil {
			return fmt.Errorf("read state of the set: %w", err)
		}
		beats[row.Index] = beat{row.Coverage, row.Late}
	}
	s.started, s.tick, s.beats = b[1] == 1, int64(binary.LittleEndian.Uint64(b[2:])), beats
	return nil
}

// Snapshots calls save with the snapshot of each series, in the set's order, until it gives an
// error. The bytes are valid during the call only.
func (s *Set) Snapshots(save func(samleng.Series, []byte) error) error {
	var b []byte
	for _, m := range s.inOrder() {
		var err error
		if b, err = m.detector.AppendBinary(b[:0]); err != nil {
			return fmt.Errorf("series %s: %w", m.name, err)
		}
		if err := save(m.series, b); err != nil {
			return fmt.Errorf("save series %s: %w", m.name, err)
		}
	}
	return nil
}

// Restore gives a series of the set its memory back, ErrUnwatched for one that is not in the
// set. A series that is not restored begins anew.
func (s *Set) Restore(series samleng.Series, snapshot []byte) error {
	m := s.byName[series]
	if m == nil {
		return fmt.Errorf("series %s: %w", Name(series), ErrUnwatched)
	}
	if err := m.detector.UnmarshalBinary(snapshot); err != nil {
		return fmt.Errorf("series %s: %w", m.name, err)
	}
	return nil
}
