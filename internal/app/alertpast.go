package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"samleng"
	"samleng/alerts/rule"
	"samleng/internal/config"
)

// AlertOptions choose rules and store of the commands about alerts.
type AlertOptions struct {
	Settings config.Settings
	Rules    string // file; empty: the configured one
	Sample   bool   // the store of the sample
	Logger   *slog.Logger
}

// ReplayAlerts runs rules over [since, until) of what is stored, and gives what was or would have
// been decided, in order.
func ReplayAlerts(ctx context.Context, o AlertOptions, since, until time.Time) ([]samleng.AlertRecord, error) {
	rules, sources, err := openAlerting(&o.Settings, o.Rules, o.Sample)
	if err != nil {
		return nil, err
	}
	store, err := openMigrated(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer store.Close() //nolint:errcheck // it was only read
	return rules.replay(ctx, &o, sources, store, since, until)
}

func (a *alerting) replay(ctx context.Context, o *AlertOptions, sources []samleng.Source, store *Store, since, until time.Time) ([]samleng.AlertRecord, error) {
	engine, err := a.engine(engineNeeds{Settings: &o.Settings, Sources: sources, Store: store, Silencer: silencer{store.Store}, Logger: o.Logger, Now: time.Now})
	if err != nil {
		return nil, err
	}
	all, err := engine.Replay(ctx, since, until)
	if err != nil {
		return nil, fmt.Errorf("run the rules over the past: %w", err)
	}
	return all, nil
}

// openMigrated opens the store with the tables of this program.
func openMigrated(ctx context.Context, o *AlertOptions) (*Store, error) {
	store, err := OpenStore(ctx, o.Settings, o.Sample, o.Logger)
	if err != nil {
		return nil, err
	}
	if _, _, err := store.Migrate(ctx); err != nil {
		_ = store.Close() // the first error says more
		return nil, err
	}
	return store, nil
}

// AlertLog gives the alerts that were decided in [since, until), in order.
func AlertLog(ctx context.Context, o AlertOptions, since, until time.Time) ([]samleng.AlertRecord, error) {
	store, err := openMigrated(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer store.Close() //nolint:errcheck // it was only read
	return store.AlertRecords(ctx, "", since, until)
}

// CheckedRule is a rule with how often it would have told something.
type CheckedRule struct {
	Rule   rule.Rule
	Series int // that it watches; 0: it watches the sources
	Opened int // episodes in the period, of which
	Told   int // had somebody told at once, and
	Held   map[string]int
}

// CheckedAlerts is what AlertRules found.
type CheckedAlerts struct {
	Rules []CheckedRule
	// Since and Until are the period that the rules were run over; both zero where there is no
	// store, or nothing in it.
	Since, Until time.Time
}

// CheckAlerts validates rules and, where there is a store, runs them over [since, now).
func CheckAlerts(ctx context.Context, o AlertOptions, since time.Time) (CheckedAlerts, error) {
	var checked CheckedAlerts
	rules, sources, err := openAlerting(&o.Settings, o.Rules, o.Sample)
	if err != nil {
		return checked, err
	}
	at := map[string]int{}
	for i, r := range rules.book.Rules() {
		c := CheckedRule{Rule: r, Held: map[string]int{}}
		if r.WatchesSeries() {
			c.Series = len(r.Series(rules.topics, rules.provinces))
		}
		at[r.ID] = i
		checked.Rules = append(checked.Rules, c)
	}
	if !hasStore(&o) {
		return checked, nil
	}
	store, err := openMigrated(ctx, &o)
	if err != nil {
		return checked, err
	}
	defer store.Close() //nolint:errcheck // it was only read
	_, first, err := store.Beginnings(ctx)
	if err != nil || first.IsZero() {
		return checked, err
	}
	// Rules tell nothing in the first day of a series.
	if since.Before(first) {
		since = first
	}
	checked.Since, checked.Until = since.UTC(), time.Now().UTC()
	records, err := rules.replay(ctx, &o, sources, store, checked.Since, checked.Until)
	if err != nil {
		return checked, err
	}
	for i := range records {
		a := &records[i].Alert
		c := &checked.Rules[at[a.Rule]]
		if a.Held != "" && (a.State == samleng.AlertHeld || a.State == samleng.AlertOpened) {
			c.Held[a.Held]++
		}
		if a.State == samleng.AlertOpened {
			c.Opened++
			if len(records[i].Channels) > 0 {
				c.Told++
			}
		}
	}
	return checked, nil
}

// hasStore reports whether there is a store to look at, without making one.
func hasStore(o *AlertOptions) bool {
	if o.Settings.ClickHouse.DSN != "" {
		return true
	}
	folder := o.Settings.Data
	if o.Sample {
		folder = filepath.Join(folder, "sample")
	}
	_, err := os.Stat(filepath.Join(folder, "clickhouse"))
	return err == nil
}
