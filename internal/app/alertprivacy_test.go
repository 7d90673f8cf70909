package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"samleng"
)

const privateRules = `rules:
  - {id: topics, name: {km: ក, en: Topics}, topics: [land, health], level: warning, channels: [team]}
  - {id: forums, name: {km: ខ, en: Forums}, topics: [health], kinds: [social], signals: [volume], level: warning, channels: [team]}
  - {id: floor, name: {km: គ, en: Fixed}, topics: [land, health], fixed: {posts: 35, window: 1h}, level: urgent, channels: [team]}
channels:
  - {id: team, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
`

// forum makes the last posts those of private people, in some forums.
func (w *town) forum(posts, forums int) {
	for i := range posts {
		p := &w.rows[len(w.rows)-1-i].Post
		p.Kind, p.Source = samleng.KindSocial, fmt.Sprintf("forum%d", i%forums)
	}
}

// TestSmallGroupsAreNotTold watches two spikes: one is made by many posts of two forums, the other by
// the press, beside three posts of private people. Nothing that is told or kept of either has a
// figure in which these posts count.
func TestSmallGroupsAreNotTold(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	live := time.Date(2026, 11, 18, 17, 0, 0, 0, time.UTC) // midnight in Phnom Penh
	end := live.Add(11 * time.Hour)
	w := newTown()
	w.usual(live.AddDate(0, 0, -6), end, 12, soon)
	w.poll(live.AddDate(0, 0, -6), end, never)
	w.burst(live.Add(time.Hour), 30*time.Minute, 45, "health", .2, "")
	w.forum(45, 2)
	w.burst(live.Add(3*time.Hour), 30*time.Minute, 90, "land", .2, "")
	w.burst(live.Add(3*time.Hour), 30*time.Minute, 3, "land", 1, "")
	w.forum(3, 3)
	w.store(t, store)

	d := newDeskOf(t, store, privateRules, live.Add(20*time.Second), end)
	random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // a reproducible test
	d.crash = func() bool { return random.Float64() < .02 }
	d.run()
	records, err := store.AlertRecords(t.Context(), "", live, end.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := lines(records), lines(d.replay(live, end.Add(time.Hour))); !bytes.Equal(a, b) {
		t.Errorf("log:\n%s\nreplay:\n%s", a, b)
	}
	t.Logf("%s", lines(records))
	// press counts what of a topic the press has in a period.
	press := func(topic string, from, to time.Time) (posts int) {
		for i := range w.rows {
			p := &w.rows[i].Post
			if !p.Kind.Personal() && w.rows[i].Analysis.Topics[0].ID == topic && !p.Published.Before(from) && p.Published.Before(to) {
				posts++
			}
		}
		return posts
	}
	seen := map[string]int{}
	for i := range records {
		a := &records[i].Alert
		key := fmt.Sprintf("%s %s %s", a.Rule, a.Series.Topic, a.State)
		seen[key]++
		var kept samleng.Alert
		if err := json.Unmarshal(records[i].Line, &kept); err != nil {
			t.Fatal(err)
		}
		if a.Held == samleng.HeldSmall {
			if len(records[i].Channels) > 0 || a.Changes != nil || kept.Changes != nil || a.Tally != (samleng.Tally{}) || a.Stories+kept.Stories != 0 || a.Peak+kept.Peak != 0 ||
				len(a.Examples)+len(a.Terms)+len(a.Sources)+len(a.History.Observed) > 0 || !slices.Equal(kept.Without, []samleng.Kind{samleng.KindSocial}) {
				t.Errorf("%s holds figures: %+v\n%s", key, a, records[i].Line)
			}
			continue
		}
		if a.Series.Topic == "health" {
			t.Errorf("told of forums: %s", records[i].Line)
		}
		for j := range a.Changes {
			if c := &a.Changes[j]; c.Signal == samleng.SignalVolume && int(c.Observed) != press("land", c.Start, c.End) {
				t.Errorf("%s tells of %g posts, %d are of the press: %s", key, c.Observed, press("land", c.Start, c.End), records[i].Line)
			}
			if kept.Changes[j].Observed != a.Changes[j].Observed {
				t.Errorf("the line says otherwise: %s", records[i].Line)
			}
		}
		if a.State == samleng.AlertClosed {
			continue
		}
		if want := press("land", a.Start, a.End); a.Tally.Posts != want || len(a.Sources) != 1 || a.Stories != a.Tally.Stories {
			t.Errorf("%s: %d posts behind it, %d of the press, sources %+v, %d stories", key, a.Tally.Posts, want, a.Sources, a.Stories)
		}
		if a.Peak > 0 && a.Peak != max(a.Changes[0].Score, a.Changes[len(a.Changes)-1].Score) && a.Number == 1 {
			t.Errorf("%s: peak %g of %+v", key, a.Peak, a.Changes)
		}
		bars := 0.0
		for _, n := range a.History.Observed {
			bars += n
		}
		if want := press("land", a.End.Add(-24*time.Hour), a.End); int(bars) != want {
			t.Errorf("%s: the chart has %g posts, %d are of the press", key, bars, want)
		}
	}
	for _, want := range []string{"topics health held", "forums health held", "floor health held", "topics land opened", "floor land opened", "topics land closed"} {
		if seen[want] == 0 {
			t.Errorf("there is no %s: %v", want, seen)
		}
	}
	result, err := store.Query(t.Context(), "SELECT topic::String FROM alert_candidates FINAL WHERE tick >= toDateTime("+fmt.Sprint(live.Add(time.Hour).Unix())+") AND tick < toDateTime("+fmt.Sprint(live.Add(2*time.Hour).Unix())+") AND topic = 'health' AND score >= 2.3")
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close() //nolint:errcheck // the test has read it
	if result.Next() {
		t.Error("what was held stands among the candidates with its count")
	}
}
