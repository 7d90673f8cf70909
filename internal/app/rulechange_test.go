package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"samleng"
)

// TestEpisodesOutliveTheirRules changes rules in the middle of episodes: what was told goes on under
// the same name where the rule still holds, and ends where it does not.
func TestEpisodesOutliveTheirRules(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	before := deskRules
	for name, c := range map[string]struct {
		after string
		want  map[string]string // of the episodes that were open at the change, by rule and topic
	}{
		"the same rules": {before, map[string]string{"topics land": "closed later", "floor land": "closed later"}},
		"another budget": {strings.Replace(before, "en: Topics}, level", "en: Topics}, min_posts: 6, alerts_a_week: 3, level", 1), map[string]string{"topics land": "closed later", "floor land": "closed later"}},
		"other topics":   {strings.Replace(before, "en: Topics}, level", "en: Topics}, topics: [health], level", 1), map[string]string{"topics land": "closed at once", "floor land": "closed later"}},
		"rules that go":  {"rules:\n" + before[strings.Index(before, "  - {id: sources"):], map[string]string{"topics land": "closed at once", "floor land": "closed at once"}},
	} {
		t.Run(name, func(t *testing.T) {
			store := newNewsroom(t).store
			live := time.Now().UTC().Truncate(time.Hour).Add(-9 * time.Hour)
			change, end := live.Add(100*time.Minute), live.Add(8*time.Hour)
			w := newTown()
			w.usual(live.AddDate(0, 0, -6), end, 12, soon)
			w.poll(live.AddDate(0, 0, -6), end.Add(time.Hour), never)
			w.burst(live.Add(time.Hour), 40*time.Minute, 90, "land", .2, "")
			w.store(t, store)
			newDeskOf(t, store, before, live.Add(20*time.Second), change).run()
			first, err := store.AlertRecords(t.Context(), "", live, end)
			if err != nil {
				t.Fatal(err)
			}
			newDeskOf(t, store, c.after, change.Add(20*time.Second), end).run()
			all, err := store.AlertRecords(t.Context(), "", live, end.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			open := map[string]string{} // rule and topic by episode
			for i := range first {
				if a := &first[i].Alert; a.State == samleng.AlertOpened && a.Series.Place == "" && a.Rule != "places" {
					open[a.Episode] = strings.TrimSpace(a.Rule + " " + a.Series.Topic)
				}
			}
			got := map[string]string{}
			for id, name := range open {
				got[name] = "open for ever"
				opened := 0
				for i := range all {
					r := &all[i]
					switch {
					case r.Alert.Episode != id && r.Alert.State == samleng.AlertOpened && r.Alert.Series.Topic == "land" && r.Alert.Rule+" land" == name && r.Tick.Before(live.Add(4*time.Hour)):
						t.Errorf("%s was told again as %s at %s", name, r.Alert.Episode, r.Tick)
					case r.Alert.Episode != id:
					case r.Alert.State == samleng.AlertOpened:
						opened++
					case r.Alert.State == samleng.AlertClosed && r.Tick.After(change.Add(10*time.Minute)):
						got[name] = "closed later"
					case r.Alert.State == samleng.AlertClosed:
						got[name] = "closed at once"
						if len(r.Channels) != 1 || r.Due.IsZero() || r.Alert.Number < 2 {
							t.Errorf("the end of %s is told to %v at %v: %+v", name, r.Channels, r.Due, r.Alert)
						}
					}
				}
				if opened != 1 {
					t.Errorf("%s was opened %d times", name, opened)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
