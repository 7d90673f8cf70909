package clickhouse

import (
	"context"
	"fmt"
	"time"

	"samleng"
)

// spikeBatch is how many series go into one insert: about 15 MB.
const spikeBatch = 2000

// insertSpikes has every column of spike_states.
const insertSpikes = "INSERT INTO spike_states (slot, whole, topic, place, kind, language, keyword, stories, version, through, rows, state)"

// SaveSpikes stores the memory of the spike detector as it is at a watermark: what the series
// have in common, and a snapshot of each series, which each hands over one by one. Until the
// last row is stored the save before stays the one that LoadSpikes gives. One caller at a time.
func (s *Store) SaveSpikes(ctx context.Context, through time.Time, common []byte, each func(save func(samleng.Series, []byte) error) error) error {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	var version uint64
	var slot uint8 // the one that does not hold the save before
	if err := s.conn.QueryRow(ctx, "SELECT max(version) + 1, toUInt8(1 - argMaxIf(slot, version, whole)) FROM spike_states").Scan(&version, &slot); err != nil {
		return fmt.Errorf("save spike detector: %w", classify(err))
	}
	count := uint32(0)
	batch, err := s.conn.PrepareBatch(ctx, insertSpikes)
	if err != nil {
		return fmt.Errorf("save spike detector: %w", classify(err))
	}
	defer func() { _ = batch.Close() }() // Send has reported
	if err := each(func(series samleng.Series, state []byte) error {
		count++
		if err := batch.Append(slot, false, series.Topic, series.Place, string(series.Kind), series.Language, series.Keyword, series.Stories, version, through, uint32(0), string(state)); err != nil {
			return classify(err)
		}
		if batch.Rows() < spikeBatch {
			return nil
		}
		if err := batch.Send(); err != nil {
			return classify(err)
		}
		batch, err = s.conn.PrepareBatch(ctx, insertSpikes)
		return classify(err)
	}); err != nil {
		return fmt.Errorf("save spike detector: %w", err)
	}
	if batch.Rows() > 0 {
		if err := batch.Send(); err != nil {
			return fmt.Errorf("save spike detector: %w", classify(err))
		}
	}
	whole, err := s.conn.PrepareBatch(ctx, insertSpikes)
	if err != nil {
		return fmt.Errorf("save spike detector: %w", classify(err))
	}
	defer whole.Close() //nolint:errcheck // Send has reported
	if err := whole.Append(slot, true, "", "", "", "", "", false, version, through, count, string(common)); err != nil {
		return fmt.Errorf("save spike detector: %w", classify(err))
	}
	if err := whole.Send(); err != nil {
		return fmt.Errorf("save spike detector: %w", classify(err))
	}
	return nil
}

// LoadSpikes gives the last save that is whole: first what the series have in common, then each
// series. It calls neither, and gives the zero time, when there is none.
func (s *Store) LoadSpikes(ctx context.Context, common func([]byte) error, each func(samleng.Series, []byte) error) (through time.Time, err error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	rows, err := s.conn.Query(ctx, "SELECT slot, version, through, rows, state FROM spike_states WHERE whole ORDER BY version DESC LIMIT 1")
	if err != nil {
		return time.Time{}, fmt.Errorf("load spike detector: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var slot uint8
	var version uint64
	var count uint32
	var state string
	found := false
	for rows.Next() {
		if err := rows.Scan(&slot, &version, &through, &count, &state); err != nil {
			return time.Time{}, fmt.Errorf("load spike detector: %w", classify(err))
		}
		found = true
	}
	if err := rows.Err(); err != nil {
		return time.Time{}, fmt.Errorf("load spike detector: %w", classify(err))
	}
	if !found {
		return time.Time{}, nil
	}
	if err := common([]byte(state)); err != nil {
		return time.Time{}, fmt.Errorf("load spike detector: %w", err)
	}
	got, err := s.eachSpike(ctx, slot, version, each)
	if err != nil {
		return time.Time{}, fmt.Errorf("load spike detector: %w", err)
	}
	if got != count {
		return time.Time{}, fmt.Errorf("load spike detector: %d series of %d are stored", got, count)
	}
	return through, nil
}

// eachSpike gives the series of one save and counts them.
func (s *Store) eachSpike(ctx context.Context, slot uint8, version uint64, each func(samleng.Series, []byte) error) (count uint32, err error) {
	rows, err := s.conn.Query(ctx, `SELECT topic::String, place::String, kind::String, language::String, keyword, stories, state
		FROM spike_states FINAL WHERE slot = ? AND NOT whole AND version = ?`, slot, version)
	if err != nil {
		return 0, classify(err)
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	for rows.Next() {
		var series samleng.Series
		var kind, state string
		if err := rows.Scan(&series.Topic, &series.Place, &kind, &series.Language, &series.Keyword, &series.Stories, &state); err != nil {
			return count, classify(err)
		}
		series.Kind = samleng.Kind(kind)
		if err := each(series, []byte(state)); err != nil {
			return count, err
		}
		count++
	}
	return count, classify(rows.Err())
}
