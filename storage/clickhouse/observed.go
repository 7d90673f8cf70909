package clickhouse

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"samleng"
)

// insert sends one batch of n rows, none of them where n is 0.
func (s *Store) insert(ctx context.Context, statement string, n int, row func(driver.Batch, int) error) error {
	if n == 0 {
		return nil
	}
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	batch, err := s.conn.PrepareBatch(ctx, statement)
	if err != nil {
		return classify(err)
	}
	defer batch.Close() //nolint:errcheck // Send has reported
	for i := range n {
		if err := row(batch, i); err != nil {
			return classify(err)
		}
	}
	if err := batch.Send(); err != nil {
		return classify(err)
	}
	return nil
}

// Observe keeps what the detectors are told at a tick: counts first, so that a tick with a Heard
// is whole. Keeping the same again changes nothing.
func (s *Store) Observe(ctx context.Context, counts []samleng.SeriesCount, heard *samleng.Heard) error {
	err := s.insert(ctx, "INSERT INTO alert_observations (tick, bucket, topic, place, kind, language, keyword, stories, posts, labelled, negative, positive)", len(counts),
		func(b driver.Batch, i int) error {
			c := &counts[i]
			return b.Append(c.Tick, c.Bucket, c.Series.Topic, c.Series.Place, string(c.Series.Kind), c.Series.Language, c.Series.Keyword, c.Series.Stories,
				uint32(c.Posts), uint32(c.Labelled), uint32(c.Negative), uint32(c.Positive)) //nolint:gosec // counts
		})
	if err != nil {
		return fmt.Errorf("keep observations: %w", err)
	}
	err = s.insert(ctx, "INSERT INTO alert_heard (tick, bucket, coverage, late, grace, model, sources, silent, failing)", 1, func(b driver.Batch, _ int) error {
		return b.Append(heard.Tick, heard.Bucket, heard.Coverage, heard.Late, uint32(heard.Grace/time.Second), heard.Model, uint32(heard.Sources), list(heard.Silent), list(heard.Failing)) //nolint:gosec // small
	})
	if err != nil {
		return fmt.Errorf("keep what was heard: %w", err)
	}
	return nil
}

// RecordCandidates keeps scores that were nearly alerts. Keeping one again changes nothing.
func (s *Store) RecordCandidates(ctx context.Context, all []samleng.Candidate) error {
	err := s.insert(ctx, `INSERT INTO alert_candidates (tick, rule, topic, place, kind, language, keyword, stories, signal, window_start, window_end,
		score, observed, expected, labelled, log_p, dispersion, excess, quantile, lambda, beta, coverage)`, len(all), func(b driver.Batch, i int) error {
		c := &all[i]
		v, f := &c.Change, c.Change.Factors
		return b.Append(c.Tick, c.Rule, c.Series.Topic, c.Series.Place, string(c.Series.Kind), c.Series.Language, c.Series.Keyword, c.Series.Stories, string(v.Signal), c.Start, c.End,
			v.Score, v.Observed, v.Expected, float64(v.Count), v.LogP, f["dispersion"], f["excess"], f["quantile"], f["lambda"], f["beta"], f["coverage"])
	})
	if err != nil {
		return fmt.Errorf("keep candidates: %w", err)
	}
	return nil
}

// list is the slice, never nil.
func list(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

// Observations gives what was kept of the ticks in (after, until], in order. Counts of a tick
// without a Heard are of one that was cut short: they are given too.
func (s *Store) Observations(ctx context.Context, after, until time.Time) ([]samleng.SeriesCount, []samleng.Heard, error) {
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	where := fmt.Sprintf("WHERE tick > toDateTime(%d, 'UTC') AND tick <= toDateTime(%d, 'UTC')", after.Unix(), until.Unix())
	rows, err := s.conn.Query(ctx, `SELECT tick, bucket, topic::String, place::String, kind::String, language::String, keyword::String, stories, posts, labelled, negative, positive
		FROM alert_observations FINAL `+where+" ORDER BY tick, bucket, topic, place, kind, language, keyword, stories")
	if err != nil {
		return nil, nil, fmt.Errorf("read observations: %w", classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var counts []samleng.SeriesCount
	for rows.Next() {
		var c samleng.SeriesCount
		var kind string
		var posts, labelled, negative, positive uint32
		if err := rows.Scan(&c.Tick, &c.Bucket, &c.Series.Topic, &c.Series.Place, &kind, &c.Series.Language, &c.Series.Keyword, &c.Series.Stories, &posts, &labelled, &negative, &positive); err != nil {
			return nil, nil, fmt.Errorf("read observations: %w", classify(err))
		}
		c.Series.Kind = samleng.Kind(kind)
		c.Posts, c.Labelled, c.Negative, c.Positive = int(posts), int(labelled), int(negative), int(positive)
		counts = append(counts, c)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read observations: %w", classify(err))
	}
	heard, err := s.heard(ctx, where+" ORDER BY tick")
	if err != nil {
		return nil, nil, fmt.Errorf("read what was heard: %w", classify(err))
	}
	return counts, heard, nil
}

// LastHeard gives what was kept of the latest tick that is not later than until, and whether there
// is any.
func (s *Store) LastHeard(ctx context.Context, until time.Time) (samleng.Heard, bool, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	all, err := s.heard(ctx, fmt.Sprintf("WHERE tick <= toDateTime(%d, 'UTC') ORDER BY tick DESC LIMIT 1", until.Unix()))
	if err != nil || len(all) == 0 {
		if err != nil {
			err = fmt.Errorf("read what was heard last: %w", classify(err))
		}
		return samleng.Heard{}, false, err
	}
	return all[0], true, nil
}

// Ticks counts the ticks in (after, until] of which something was kept.
func (s *Store) Ticks(ctx context.Context, after, until time.Time) (int, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	var n uint64
	if err := s.conn.QueryRow(ctx, fmt.Sprintf("SELECT uniqExact(tick) FROM alert_heard WHERE tick > toDateTime(%d, 'UTC') AND tick <= toDateTime(%d, 'UTC')",
		after.Unix(), until.Unix())).Scan(&n); err != nil {
		return 0, fmt.Errorf("count ticks: %w", classify(err))
	}
	return int(n), nil //nolint:gosec // far from the limit
}

// heard reads the rows that a condition chooses, in its order.
func (s *Store) heard(ctx context.Context, where string) ([]samleng.Heard, error) {
	rows, err := s.conn.Query(ctx, "SELECT tick, bucket, coverage, late, grace, model::String, sources, silent::Array(String), failing::Array(String) FROM alert_heard FINAL "+where)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []samleng.Heard
	for rows.Next() {
		var h samleng.Heard
		var grace, sources uint32
		if err := rows.Scan(&h.Tick, &h.Bucket, &h.Coverage, &h.Late, &grace, &h.Model, &sources, &h.Silent, &h.Failing); err != nil {
			return nil, err
		}
		h.Grace, h.Sources = time.Duration(grace)*time.Second, int(sources)
		all = append(all, h)
	}
	return all, rows.Err()
}

// partsAtOnce is how many parts of a state, of some 8 kB each, one insert carries.
const partsAtOnce = 1000

// SaveSpikes keeps what the detectors of a rule remember in its slot, in place of what was there.
// The state is whole only when all of it is kept. A part has to be valid until the next one.
func (s *Store) SaveSpikes(ctx context.Context, state *samleng.SpikeState, parts iter.Seq2[samleng.SpikePart, error]) error {
	if err := s.saveParts(ctx, state, parts); err != nil {
		return fmt.Errorf("keep the state of rule %s: %w", state.Rule, err)
	}
	return nil
}

func (s *Store) saveParts(ctx context.Context, state *samleng.SpikeState, parts iter.Seq2[samleng.SpikePart, error]) error {
	const statement = "INSERT INTO alert_states (rule, slot, name, tick, print, parts, body)"
	var waiting []samleng.SpikePart
	kept := 0
	flush := func() error {
		err := s.insert(ctx, statement, len(waiting), func(b driver.Batch, i int) error {
			return b.Append(state.Rule, state.Slot, waiting[i].Name, state.Tick, state.Print, uint32(0), string(waiting[i].Body))
		})
		kept += len(waiting)
		waiting = waiting[:0]
		return err
	}
	for p, err := range parts {
		if err != nil {
			return err
		}
		waiting = append(waiting, samleng.SpikePart{Name: p.Name, Body: bytes.Clone(p.Body)})
		if len(waiting) == partsAtOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	// The row without a name completes it, and says how many there are.
	return s.insert(ctx, statement, 1, func(b driver.Batch, _ int) error {
		return b.Append(state.Rule, state.Slot, "", state.Tick, state.Print, uint32(kept), "") //nolint:gosec // small
	})
}

// KeptSpikes gives the ticks of the whole states of a rule that have the print and are kept for
// replays, in order.
func (s *Store) KeptSpikes(ctx context.Context, rule, print string) ([]time.Time, error) {
	ctx, cancel := s.question(ctx)
	defer cancel()
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT tick FROM alert_states FINAL WHERE rule = %s AND print = %s AND slot > 1 GROUP BY slot, tick
		HAVING countIf(name = '') = 1 AND countIf(name != '') = anyIf(parts, name = '') ORDER BY tick`, quote(rule), quote(print)))
	if err != nil {
		return nil, fmt.Errorf("list the states of rule %s: %w", rule, classify(err))
	}
	defer rows.Close() //nolint:errcheck // Err has reported
	var all []time.Time
	for rows.Next() {
		var tick time.Time
		if err := rows.Scan(&tick); err != nil {
			return nil, fmt.Errorf("list the states of rule %s: %w", rule, classify(err))
		}
		all = append(all, tick)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the states of rule %s: %w", rule, classify(err))
	}
	return all, nil
}

// Spikes gives the latest whole state of a rule that has the print and is not later than until,
// and whether there is any. With kept, only the states that are kept for replays count, and where
// all of them are later than until, the earliest is given.
func (s *Store) Spikes(ctx context.Context, rule, print string, until time.Time, kept bool) (samleng.SpikeState, bool, error) {
	state := samleng.SpikeState{Rule: rule, Print: print}
	fail := func(err error) (samleng.SpikeState, bool, error) {
		return state, false, fmt.Errorf("read the state of rule %s: %w", rule, classify(err))
	}
	ctx, cancel := s.change(ctx, nil)
	defer cancel()
	where := fmt.Sprintf("rule = %s AND print = %s", quote(rule), quote(print))
	order := fmt.Sprintf("tick <= toDateTime(%d, 'UTC') DESC, if(tick <= toDateTime(%[1]d, 'UTC'), 1, -1) * toInt64(toUnixTimestamp(tick)) DESC", until.Unix())
	only := fmt.Sprintf("tick <= toDateTime(%d, 'UTC')", until.Unix())
	if kept {
		only = "slot > 1"
	}
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT slot, tick FROM alert_states FINAL WHERE %s AND %s GROUP BY slot, tick
		HAVING countIf(name = '') = 1 AND countIf(name != '') = anyIf(parts, name = '') ORDER BY %s, slot LIMIT 1`, where, only, order))
	if err != nil {
		return fail(err)
	}
	found := rows.Next()
	if found {
		err = rows.Scan(&state.Slot, &state.Tick)
	}
	if err == nil {
		err = rows.Err()
	}
	_ = rows.Close() // Err has reported
	if err != nil {
		return fail(err)
	}
	if !found {
		return state, false, nil
	}
	parts, err := s.conn.Query(ctx, fmt.Sprintf("SELECT name, body FROM alert_states FINAL WHERE %s AND slot = %d AND tick = toDateTime(%d, 'UTC') AND name != '' ORDER BY name",
		where, state.Slot, state.Tick.Unix()))
	if err != nil {
		return fail(err)
	}
	defer parts.Close() //nolint:errcheck // Err has reported
	for parts.Next() {
		var p samleng.SpikePart
		var body string
		if err := parts.Scan(&p.Name, &body); err != nil {
			return fail(err)
		}
		p.Body = []byte(body)
		state.Parts = append(state.Parts, p)
	}
	if err := parts.Err(); err != nil {
		return fail(err)
	}
	return state, true, nil
}
