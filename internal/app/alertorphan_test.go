package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
)

const orphanRules = `rules:
  - {id: topics, name: {km: ក, en: Topics}, topics: [land], level: warning, channels: [team]}
  - {id: places, name: {km: ខ, en: Places}, topics: [land], places: ["21"], level: warning, channels: [team]}
  - {id: floor, name: {km: គ, en: Fixed}, topics: [land], fixed: {posts: 40, window: 1h}, level: urgent, channels: [team, head]}
channels:
  - {id: team, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
  - {id: head, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
`

// TestEpisodesOfChangedRulesEnd changes one rule and takes another away while their episodes are
// open: who was told is told that they are not followed any more, and why, once. The third rule's
// episode goes on.
func TestEpisodesOfChangedRulesEnd(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	live := time.Date(2026, 11, 18, 17, 0, 0, 0, time.UTC)
	changed := live.Add(80 * time.Minute)
	end := changed.Add(time.Hour)
	w := newTown()
	w.usual(live.AddDate(0, 0, -4), end, 12, soon)
	w.poll(live.AddDate(0, 0, -4), end, never)
	w.burst(live.Add(30*time.Minute), 100*time.Minute, 250, "land", .2, "21")
	w.store(t, store)

	newDeskOf(t, store, orphanRules, live.Add(20*time.Second), changed).run()
	before, err := store.AlertRecords(t.Context(), "", live, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]samleng.AlertRecord{} // by rule
	for i := range before {
		if before[i].Alert.State != samleng.AlertHeld {
			last[before[i].Alert.Rule] = before[i]
		}
	}
	for _, id := range []string{"topics", "places", "floor"} {
		if r, ok := last[id]; !ok || r.Alert.State == samleng.AlertClosed {
			t.Fatalf("nothing of %s is open:\n%s", id, lines(before))
		}
	}

	edited := strings.Replace(orphanRules, "topics: [land], level", "topics: [land, health], level", 1)
	edited = strings.Replace(edited, "{id: floor,", "{id: floor, disabled: true,", 1)
	d := newDeskOf(t, store, edited, changed.Add(20*time.Second), changed.Add(30*time.Minute))
	d.run()
	again := newDeskOf(t, store, edited, changed.Add(30*time.Minute), end) // a restart ends nothing
	again.run()
	all, err := store.AlertRecords(t.Context(), "", live, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", lines(all))
	ended := map[string]samleng.AlertRecord{}
	for i := range all {
		r := &all[i]
		if r.Alert.Ended == "" {
			continue
		}
		if _, twice := ended[r.Alert.Rule]; twice {
			t.Errorf("ended twice: %s", r.Line)
		}
		ended[r.Alert.Rule] = *r
	}
	for id, want := range map[string]struct {
		why      string
		channels []string
	}{"topics": {samleng.EndedChanged, []string{"team"}}, "floor": {samleng.EndedGone, []string{"team", "head"}}} {
		r, was := ended[id], last[id]
		a := &r.Alert
		if a.Ended != want.why || a.State != samleng.AlertClosed || a.Episode != was.Alert.Episode || a.Number != was.Alert.Number+1 || a.Held != "" || !slices.Equal(r.Channels, want.channels) ||
			len(a.Changes) == 0 || len(a.Examples) > 0 || a.Tally.Posts > 0 || r.Due.IsZero() {
			t.Errorf("%s ended as %s", id, r.Line)
		}
		for _, channel := range want.channels {
			if n := d.queued[fmt.Sprintf("%s/%d/%s", a.Episode, a.Number, channel)]; n != 1 {
				t.Errorf("the end of %s was handed over to %s %d times", id, channel, n)
			}
		}
	}
	if len(ended) != 2 {
		t.Errorf("ended are %d episodes", len(ended))
	}
	for i := range all {
		if r := &all[i]; r.Tick.After(ended["topics"].Tick) && (r.Alert.Episode == last["topics"].Alert.Episode || r.Alert.Episode == last["floor"].Alert.Episode) {
			t.Errorf("told of an episode that has ended: %s", r.Line)
		}
	}
	// What is running says where it stands by the same words as the log.
	since := ended["topics"].Tick.Add(time.Second)
	var kept []samleng.AlertRecord
	for i := range all {
		if all[i].Tick.After(since) {
			kept = append(kept, all[i])
		}
	}
	if a, b := lines(kept), lines(d.replay(since, end.Add(time.Hour))); string(a) != string(b) {
		t.Errorf("log:\n%s\nreplay:\n%s", a, b)
	}

	// Rules that are again what they were do not go on with what they have ended.
	back := newDeskOf(t, store, orphanRules, end.Add(20*time.Second), end.Add(10*time.Minute))
	engine, err := back.rules.engine(back.needs)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := contextOf(t, back)
	defer cancel()
	if err := engine.Run(ctx, func() bool { return true }, back.ready); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s, ok := engine.Standing()
	if _, goesOn := s.Expected[last["places"].Alert.Episode]; !ok || !goesOn {
		t.Error("the episode of the rule that never changed does not go on")
	}
	for _, id := range []string{"topics", "floor"} {
		if _, goesOn := s.Expected[last[id].Alert.Episode]; goesOn {
			t.Errorf("the episode of %s that was ended goes on", id)
		}
	}
}
