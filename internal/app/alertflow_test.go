package app

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"samleng"
	"samleng/storage/clickhouse"
)

// lived makes the store look as if each post had been stored when it was seen, and not now.
func lived(t *testing.T, store *clickhouse.Store) {
	t.Helper()
	for _, statement := range []string{
		"ALTER TABLE posts UPDATE inserted_at = seen_at WHERE 1 SETTINGS mutations_sync = 2",
		"TRUNCATE TABLE arrivals",
		"INSERT INTO arrivals SELECT seen_at, id, seen_at, published FROM posts WHERE removed = 0",
	} {
		statementOn(t, store, statement)
	}
}

func statementOn(t *testing.T, store *clickhouse.Store, statement string) {
	t.Helper()
	r, err := store.Query(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// sighted is a store that shows the engine no more than had arrived by the tick, and notes since
// when observations are read.
type sighted struct {
	deskStore
	since *time.Time
}

func (s sighted) SeriesCounts(ctx context.Context, series []samleng.Series, from, to, by time.Time) ([]samleng.SeriesCount, error) {
	if by.IsZero() {
		by = s.d.clock().Truncate(time.Minute)
	}
	return s.deskStore.SeriesCounts(ctx, series, from, to, by)
}

func (s sighted) Observations(ctx context.Context, after, until time.Time) ([]samleng.SeriesCount, []samleng.Heard, error) {
	if s.since != nil && (s.since.IsZero() || after.Before(*s.since)) {
		*s.since = after
	}
	return s.deskStore.Observations(ctx, after, until)
}

// byTheClock gives the desk a store that shows what had arrived by its clock.
func (d *desk) byTheClock() *time.Time {
	since := new(time.Time)
	d.needs.Store = sighted{deskStore{d.store, d}, since}
	return since
}

// to lets the desk go on until another time.
func (d *desk) to(now, end time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now, d.end = now, end
}

// heardOf gives what was kept of the ticks of a time, of which no bucket may be missing or twice.
func heardOf(t *testing.T, store *clickhouse.Store, from, until time.Time) []samleng.Heard {
	t.Helper()
	_, all, err := store.Observations(t.Context(), from, until)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// aDay is a midnight in Phnom Penh that is recent enough for arrivals to be kept.
func aDay(back int) time.Time {
	return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -back).Add(-7 * time.Hour)
}

// TestGraceFollowsTheLag lets posts take seven minutes, then a quarter of an hour, then one, while
// the program dies at random: the grace follows, no bucket is looked at twice or left out, and a
// replay gives the log byte for byte.
func TestGraceFollowsTheLag(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	live := aDay(2)
	slow, fast, end := live.Add(time.Hour), live.Add(4*time.Hour), live.Add(6*time.Hour)
	w := newTown()
	w.usual(live.AddDate(0, 0, -5), end, 30, func(_ int, at time.Time) time.Duration {
		switch spread := time.Duration(w.random.Float64() * float64(time.Minute)); {
		case at.Before(slow):
			return 6*time.Minute + spread
		case at.Before(fast):
			return 14*time.Minute + spread
		default:
			return spread
		}
	})
	w.poll(live.AddDate(0, 0, -5), end, never)
	w.burst(fast, 90*time.Minute, 3000, "land", .3, "")
	w.burst(slow.Add(90*time.Minute), 30*time.Minute, 120, "health", .9, "21")
	w.store(t, store)
	lived(t, store)

	d := newDesk(t, store, live.Add(20*time.Second), end)
	d.byTheClock()
	random := rand.New(rand.NewPCG(2, 2)) //nolint:gosec // a reproducible test
	d.crash = func() bool { return random.Float64() < .06 }
	deaths := d.run()

	graces := map[time.Duration]bool{}
	all := heardOf(t, store, live.Add(-time.Hour), end.Add(time.Hour))
	for i := range all {
		h := &all[i]
		graces[h.Grace] = true
		if h.Grace < 5*time.Minute || h.Grace > 10*time.Minute || h.Grace%time.Minute != 0 {
			t.Errorf("the grace behind %s is %s", h.Tick, h.Grace)
		}
		if i == 0 {
			continue
		}
		before := &all[i-1]
		if !h.Bucket.Equal(before.Bucket.Add(samleng.Bucket)) {
			t.Errorf("bucket %s comes behind %s", h.Bucket, before.Bucket)
		}
		if got := h.Tick.Sub(h.Bucket.Add(samleng.Bucket)); got != before.Grace {
			t.Errorf("bucket %s was looked at %s after its end, want %s", h.Bucket, got, before.Grace)
		}
	}
	graceAt := func(at time.Time) time.Duration {
		i := slices.IndexFunc(all, func(h samleng.Heard) bool { return h.Tick.After(at) })
		if i < 0 {
			t.Fatalf("nothing was heard behind %s", at)
		}
		return all[i].Grace
	}
	for _, c := range []struct {
		when string
		at   time.Time
		want time.Duration
	}{{"of posts of 6 to 7 minutes", live.Add(50 * time.Minute), 7 * time.Minute}, {"of slow ones", fast.Add(-10 * time.Minute), 10 * time.Minute}, {"of quick ones", end.Add(-20 * time.Minute), 5 * time.Minute}} {
		if got := graceAt(c.at); got != c.want {
			t.Errorf("the grace %s is %s, want %s", c.when, got, c.want)
		}
	}
	records, err := store.AlertRecords(t.Context(), "", live, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := lines(records), lines(d.replay(live, end.Add(time.Hour))); !bytes.Equal(a, b) {
		t.Errorf("log:\n%s\nreplay:\n%s", a, b)
	}
	t.Logf("%d deaths, %d ticks, graces %v, %d alerts", deaths, len(all), graces, len(records))
	if deaths < 5 || len(records) == 0 || len(all) < 60 {
		t.Errorf("%d deaths, %d alerts, %d ticks: the test has not tried anything", deaths, len(records), len(all))
	}
}

// TestALongStopIsAGap stops everything for five days: the start reads little, what was not heard is
// frozen and not forgotten, and what comes right behind the gap is held.
func TestALongStopIsAGap(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	live := aDay(9)
	stop := live.Add(3 * time.Hour)
	back := stop.Add(5 * 24 * time.Hour)
	end := back.Add(3 * time.Hour)
	w := newTown()
	w.usual(live.AddDate(0, 0, -4), stop, 20, soon)
	w.poll(live.AddDate(0, 0, -4), stop, never)
	w.usual(back, end, 20, soon)
	w.poll(back, end, never)
	w.burst(back.Add(5*time.Minute), 20*time.Minute, 400, "land", .2, "")
	w.burst(back.Add(80*time.Minute), 20*time.Minute, 400, "health", .2, "")
	w.store(t, store)
	lived(t, store)

	d := newDesk(t, store, live.Add(20*time.Second), stop)
	since := d.byTheClock()
	d.run()
	last, ok, err := store.LastHeard(t.Context(), stop.Add(time.Hour))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	*since = time.Time{}
	d.to(back.Add(20*time.Second), end)
	d.run()
	if since.Before(last.Tick.Add(-3 * time.Hour)) {
		t.Errorf("what was observed since %s was read, and the last tick was %s", since, last.Tick)
	}
	frozen := 0
	for _, h := range heardOf(t, store, last.Tick, back) {
		if h.Coverage < .5 {
			frozen++
		}
	}
	if want := 47 * 12; frozen < want {
		t.Errorf("%d buckets of the gap are on record as not heard, want %d or more: the last two days", frozen, want)
	}
	records, err := store.AlertRecords(t.Context(), "topics", last.Tick, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for i := range records {
		a := &records[i].Alert
		got[fmt.Sprint(a.Series.Topic, " ", a.State, " ", a.Held)] = true
		if a.State == samleng.AlertOpened && a.Quality.WarmUp < 4*24*time.Hour {
			t.Errorf("%s: it has learned for %s only", records[i].Line, a.Quality.WarmUp)
		}
	}
	if !got["land held "+samleng.HeldGap] || !got["health opened "] {
		t.Errorf("behind the gap: %v", got)
	}
	all, err := store.AlertRecords(t.Context(), "", live, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := lines(all), lines(d.replay(live, end.Add(time.Hour))); !bytes.Equal(a, b) {
		t.Errorf("log:\n%s\nreplay:\n%s", a, b)
	}
}

// TestCaughtUpAsLive watches some hours live, with polls exactly at ticks, and then the same hours
// as what was missed: both are told the same.
func TestCaughtUpAsLive(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	live := aDay(2)
	end := live.Add(5 * time.Hour)
	w := newTown()
	w.usual(live.AddDate(0, 0, -3), end, 20, func(source int, _ time.Time) time.Duration {
		return time.Duration(source*source) * time.Minute // up to 81
	})
	down := func(source int, at time.Time) bool {
		return source < 3 && at.After(live.Add(time.Hour)) && at.Before(live.Add(3*time.Hour))
	}
	for at := live.AddDate(0, 0, -3); at.Before(end); at = at.Add(10 * time.Minute) {
		for i := range 10 { // ticks are at minutes 2 and 7
			c := samleng.Coverage{Source: fmt.Sprintf("s%d", i), At: at.Add(2 * time.Minute)}
			if down(i, at) {
				c.Class, c.Error = samleng.RetryAfter, "connection refused"
			}
			w.polls = append(w.polls, c)
		}
	}
	for i := range w.rows { // some posts come exactly at a tick
		if p := &w.rows[i].Post; i%7 == 0 {
			p.SeenAt = p.SeenAt.Truncate(samleng.Bucket).Add(7 * time.Minute)
		}
	}
	w.burst(live.Add(210*time.Minute), 30*time.Minute, 90, "land", .2, "")
	w.store(t, store)
	lived(t, store)

	watch := func(now time.Time) (counts []samleng.SeriesCount, heard []samleng.Heard) {
		for _, table := range []string{"alert_heard", "alert_observations", "alert_states", "alert_log"} {
			statementOn(t, store, "TRUNCATE TABLE "+table)
		}
		d := newDesk(t, store, live.Add(-3*time.Minute+10*time.Second), live.Add(time.Minute))
		d.needs.Settings.Alerts.Grace = 7 * time.Minute
		d.byTheClock()
		d.run() // learns, and sees the first tick
		d.to(now, end.Add(30*time.Second))
		d.run()
		counts, heard, err := store.Observations(t.Context(), live.Add(-time.Hour), end)
		if err != nil {
			t.Fatal(err)
		}
		return counts, heard
	}
	liveCounts, liveHeard := watch(live.Add(2*time.Minute + 10*time.Second))
	counts, heard := watch(end.Add(20 * time.Second))
	if len(heard) < 55 || len(heard) != len(liveHeard) {
		t.Fatalf("%d ticks, %d live", len(heard), len(liveHeard))
	}
	for i := range heard {
		if a, b := fmt.Sprintf("%+v", heard[i]), fmt.Sprintf("%+v", liveHeard[i]); a != b {
			t.Errorf("caught up with:\n%s\nlive:\n%s", a, b)
		}
	}
	if len(counts) != len(liveCounts) {
		t.Errorf("%d counts, %d live", len(counts), len(liveCounts))
	}
	told := map[string]samleng.SeriesCount{}
	key := func(c *samleng.SeriesCount) string { return fmt.Sprint(c.Tick.Unix(), c.Bucket.Unix(), c.Series) }
	for i := range liveCounts {
		told[key(&liveCounts[i])] = liveCounts[i]
	}
	for i := range counts {
		if was := told[key(&counts[i])]; was != counts[i] {
			t.Errorf("caught up with %+v, live %+v", counts[i], was)
		}
	}
}

// TestARuleThatWasAwayLearnsAgain disables a rule for hours in which nothing counts its series:
// what it then remembers is what was posted, not that there was nothing, and a replay that begins
// before gives the log byte for byte.
func TestARuleThatWasAwayLearnsAgain(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	live := aDay(2)
	away, back, end := live.Add(30*time.Minute), live.Add(4*time.Hour), live.Add(330*time.Minute)
	w := newTown()
	w.usual(live.AddDate(0, 0, -5), end, 20, soon)
	w.poll(live.AddDate(0, 0, -5), end, never)
	w.burst(back.Add(30*time.Minute), 20*time.Minute, 600, "land", .2, "")
	w.store(t, store)
	lived(t, store)
	const others = `rules:
  - {id: health, name: {km: ក, en: Health}, topics: [health], level: warning, channels: [team]}
`
	const with = others + `  - {id: words, name: {km: ខ, en: Words}, keywords: [number], signals: [volume], level: warning, channels: [team]}
`
	const channels = `channels:
  - {id: team, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
`
	var d *desk
	for _, part := range []struct {
		rules     string
		from, end time.Time
	}{{with, live, away}, {others, away, back}, {with, back, end}} {
		d = newDeskOf(t, store, part.rules+channels, part.from.Add(20*time.Second), part.end)
		d.byTheClock()
		d.run()
	}
	records, err := store.AlertRecords(t.Context(), "words", back, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(records) == 0 || len(records[0].Alert.Changes) == 0 {
		t.Fatalf("%d alerts of the rule that came back", len(records))
	}
	// 40 posts an hour, of which one third and more are in a window of an hour; never as if there had been none.
	change := records[0].Alert.Changes[0]
	if window := change.Factors["window_minutes"]; window > 0 && change.Expected < .85*window*40/60 {
		t.Errorf("it expects %v in %v minutes: %s", change.Expected, window, records[0].Line)
	}
	var again []samleng.AlertRecord
	for _, r := range d.replay(live, end.Add(time.Hour)) {
		if r.Alert.Rule == "words" && !r.Tick.Before(back) {
			again = append(again, r)
		}
	}
	if a, b := lines(records), lines(again); !bytes.Equal(a, b) {
		t.Errorf("log:\n%s\nreplay:\n%s", a, b)
	}
}

// TestANewRuleLearnsFromAStop adds a rule while the alerts, but not the sources, are off for days: it
// learns from those days, and is told nothing twice.
func TestANewRuleLearnsFromAStop(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	live := aDay(7)
	back := live.Add(5 * 24 * time.Hour)
	end := back.Add(2 * time.Hour)
	w := newTown()
	w.usual(live.AddDate(0, 0, -2), end, 15, soon)
	w.poll(live.AddDate(0, 0, -2), end, never)
	w.burst(back.Add(10*time.Minute), 20*time.Minute, 600, "land", .2, "")
	w.store(t, store)
	lived(t, store)
	const old = `rules:
  - {id: old, name: {km: ក, en: Old}, topics: [land], level: warning, channels: [team]}
`
	const added = `  - {id: new, name: {km: ខ, en: New}, topics: [land], level: warning, channels: [team]}
`
	const channels = `channels:
  - {id: team, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
`
	d := newDeskOf(t, store, old+channels, live.Add(20*time.Second), live.Add(30*time.Minute))
	d.byTheClock()
	d.run()
	d = newDeskOf(t, store, old+added+channels, back.Add(20*time.Second), end)
	d.byTheClock()
	d.run()
	records, err := store.AlertRecords(t.Context(), "", back, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	age := map[string]time.Duration{}
	for i := range records {
		if a := &records[i].Alert; a.State == samleng.AlertOpened {
			age[a.Rule] = a.Quality.WarmUp
		}
	}
	const day = 24 * time.Hour
	if age["old"] < 4*day || age["old"] > 5*day || age["new"] < 6*day+12*time.Hour {
		t.Errorf("learned: %v; want two days and the last two for the old rule, all seven for the new one", age)
	}
	if a, b := lines(records), lines(d.replay(back, end.Add(time.Hour))); !bytes.Equal(a, b) {
		t.Errorf("log:\n%s\nreplay:\n%s", a, b)
	}
}
