package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/deliver"
	"samleng/internal/config"
	"samleng/storage/clickhouse"
)

const trustRules = `rules:
  - {id: topics, name: {km: ក, en: Topics}, topics: [land, health], level: warning, channels: [team], quiet: {from: "21:00", to: "06:00"}, escalate: {after: 1h, channels: [head]}}
  - {id: words, name: {km: ខ, en: Words}, keywords: [bridge, ស្ពាន], signals: [volume], level: warning, channels: [team]}
  - {id: strict, name: {km: គ, en: Strict}, signals: [volume], alerts_a_week: 0.0004, level: warning, channels: [team]}
  - {id: sources, name: {km: ឃ, en: Sources}, signals: [silence], level: warning, channels: [team]}
channels:
  - {id: team, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
  - {id: head, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
`

// angry makes the tone of the posts of a topic negative for a while.
func (w *town) angry(topic string, from, to time.Time) {
	for i := range w.rows {
		r := &w.rows[i]
		if at := r.Post.Published; r.Analysis.Topics[0].ID == topic && !at.Before(from) && at.Before(to) {
			r.Analysis.Sentiment.Label, r.Analysis.Topics[0].Sentiment.Label = samleng.Negative, samleng.Negative
		}
	}
}

// TestTrust follows days in which something happens that an alert must not be misled by, through
// the store, the engine and the rules.
func TestTrust(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	store := newNewsroom(t).store
	begin := time.Date(2026, 8, 31, 17, 0, 0, 0, time.UTC) // midnight in Phnom Penh
	at := func(day, hour int) time.Time { return begin.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour) }
	end := at(17, 0)
	w := newTown()
	w.usual(begin, end, 12, soon)
	together := []string{"public-order", "education", "roads-traffic", "jobs-labour", "prices-markets", "environment", "culture-sport", "economy-business"}
	for n := begin; n.Before(end); n = n.Add(20 * time.Minute) { // three an hour of each of those, two of them with the word
		for i, topic := range together {
			w.post(n.Add(time.Duration(w.random.IntN(1200))*time.Second), w.random.IntN(10), topic, samleng.Neutral, "", time.Minute)
			if i < 2 && w.random.IntN(3) > 0 {
				w.rows[len(w.rows)-1].Post.Text += " at the bridge"
			}
		}
	}
	w.burst(at(9, 22), 30*time.Minute, 40, "land", .2, "") // in the quiet hours
	w.angry("health", at(10, 9), at(10, 12))               // tone alone
	for range 60 {                                         // a phrase
		w.post(at(11, 9).Add(time.Duration(w.random.IntN(1800))*time.Second), w.random.IntN(10), "public-order", samleng.Neutral, "", time.Minute)
		w.rows[len(w.rows)-1].Post.Text += " at the bridge"
	}
	copied := len(w.rows)
	w.burst(at(11, 15), 30*time.Minute, 40, "land", .2, "") // one story, many copies
	copies := w.rows[copied:]
	for _, topic := range together { // all together, each a little
		w.burst(at(12, 9), 30*time.Minute, 14, topic, 0, "")
	}
	w.burst(at(13, 9), 30*time.Minute, 60, "land", .2, "") // while four sources of ten are silent
	changed := at(14, 6)
	w.angry("health", at(14, 9), at(14, 12))                // after the model has changed
	w.burst(at(14, 15), 30*time.Minute, 60, "land", .2, "") // volume does not depend on it
	w.angry("health", at(16, 9), at(16, 12))
	for i := range w.rows {
		if !w.rows[i].Post.Published.Before(changed) {
			w.rows[i].Analysis.Model = "test-2"
		}
	}
	w.poll(begin, end, func(source int, now time.Time) bool {
		return source < 4 && !now.Before(at(13, 7)) && now.Before(at(13, 12))
	})
	w.store(t, store)
	var stories []samleng.Assignment
	for i := range copies {
		stories = append(stories, samleng.Assignment{Post: copies[i].Post.ID, Story: copies[0].Post.ID})
	}
	if err := store.SetStories(t.Context(), stories); err != nil {
		t.Fatal(err)
	}

	d := newDeskOf(t, store, trustRules, end.Add(time.Hour), end)
	local := time.FixedZone("", 7*60*60)
	all := d.replay(at(9, 0), end)
	day := func(n int, rule string, states ...samleng.AlertState) (found []samleng.AlertRecord) {
		for i := range all {
			a := &all[i].Alert
			if !a.At.Before(at(n, 0)) && a.At.Before(at(n+1, 0)) && a.Rule == rule && (len(states) == 0 || slices.Contains(states, a.State)) {
				found = append(found, all[i])
			}
		}
		return found
	}
	dump := func(all []samleng.AlertRecord) string { return string(lines(all)) }

	// Quiet hours hold, and let go at their end; so they do with those who are told later.
	night := day(9, "topics", samleng.AlertOpened, samleng.AlertEscalated)
	if len(night) != 2 || night[0].Alert.Level != samleng.LevelWarning || night[0].Due.In(local).Format("2 15:04") != "11 06:00" || !slices.Equal(night[0].Channels, []string{"team"}) {
		t.Fatalf("in the quiet hours:\n%s", dump(night))
	}
	if still := &night[1]; !still.Alert.Still || !slices.Equal(still.Channels, []string{"head"}) || !still.Due.Equal(night[0].Due) || still.Alert.At.Sub(night[0].Alert.At) != time.Hour || len(still.Alert.Examples) < 3 {
		t.Errorf("still open after an hour:\n%s", dump(night))
	}
	throughQuietHours(t, d, &night[0])

	// Tone alone: it opens, rises, others are told when it stays, and its end is told to all.
	tone := slices.DeleteFunc(day(10, "topics"), func(r samleng.AlertRecord) bool { return r.Alert.Series.Topic != "health" }) // the night's ends then too
	if len(tone) < 4 || tone[0].Alert.State != samleng.AlertOpened || tone[0].Alert.Changes[0].Signal != samleng.SignalNegative || tone[len(tone)-1].Alert.State != samleng.AlertClosed ||
		!slices.Equal(tone[len(tone)-1].Channels, []string{"team", "head"}) || tone[len(tone)-1].Alert.Quality.Coverage != 1 {
		t.Errorf("tone:\n%s", dump(tone))
	}
	stayed := slices.IndexFunc(tone, func(r samleng.AlertRecord) bool { return r.Alert.Still })
	if stayed < 1 || tone[stayed].Alert.Number != tone[stayed-1].Alert.Number || tone[stayed].Alert.Changes[0].Score != tone[stayed-1].Alert.Changes[0].Score {
		t.Errorf("others are not told how it stands now:\n%s", dump(tone))
	}

	// A phrase, and a burst of copies.
	if words := day(11, "words", samleng.AlertOpened); len(words) != 1 || words[0].Alert.Series.Keyword != "bridge" || len(words[0].Channels) != 1 || words[0].Alert.Tally.Posts < 5 {
		t.Errorf("a phrase:\n%s", dump(words))
	}
	if burst := day(11, "topics", samleng.AlertOpened); len(burst) != 1 || !burst[0].Alert.Burst || burst[0].Alert.Level != samleng.LevelNotice || burst[0].Alert.Held != samleng.HeldForDigest {
		t.Errorf("copies:\n%s", dump(burst))
	}

	// What moves together is told once, at the rule's level.
	led := 0
	for _, r := range day(12, "strict", samleng.AlertOpened, samleng.AlertHeld) {
		switch {
		case len(r.Alert.Folded) > 0:
			led += 1 + len(r.Alert.Folded)
			if r.Alert.Level != samleng.LevelWarning || len(r.Channels) == 0 || r.Alert.Changes[0].Score > 6 {
				t.Errorf("together: %s", r.Line)
			}
		case len(r.Channels) > 0 || (r.Alert.State == samleng.AlertHeld && r.Alert.Held != samleng.HeldTogether):
			t.Errorf("told by itself: %s", r.Line)
		}
	}
	if led < 5 {
		t.Errorf("%d topics are told of together", led)
	}

	// Sources that go silent are named within two polls; what happens meanwhile is held.
	silence := day(13, "sources", samleng.AlertOpened, samleng.AlertEscalated)
	if len(silence) != 1 || strings.Join(silence[0].Alert.Silent, ", ") != "Source 0, Source 1, Source 2, Source 3" || silence[0].Alert.At.Sub(at(13, 7)) > 2*10*time.Minute+5*time.Minute ||
		silence[0].Alert.Quality.Coverage != .6 || silence[0].Alert.Changes[0].Observed != .6 {
		t.Errorf("silence:\n%s", dump(silence))
	}
	if held := day(13, "topics"); len(held) != 1 || held[0].Alert.Held != samleng.HeldCoverage || len(held[0].Channels) != 0 {
		t.Errorf("while sources are silent:\n%s", dump(held))
	}

	// A new model: for a day no tone is told, volume is.
	if held := day(14, "topics", samleng.AlertHeld); len(held) != 1 || held[0].Alert.Held != samleng.HeldModel || held[0].Alert.Series.Topic != "health" || held[0].Alert.Quality.Model != "test-2" {
		t.Errorf("after the model has changed:\n%s", dump(held))
	}
	if told := day(14, "topics", samleng.AlertOpened); len(told) != 1 || told[0].Alert.Series.Topic != "land" || told[0].Alert.Changes[0].Signal != samleng.SignalVolume || len(told[0].Channels) == 0 {
		t.Errorf("volume after the model has changed:\n%s", dump(told))
	}
	if told := day(16, "topics", samleng.AlertOpened); len(told) != 1 || told[0].Alert.Series.Topic != "health" || len(told[0].Channels) == 0 {
		t.Errorf("when the new model is known:\n%s", dump(told))
	}
	replayIsCut(t, d, at(9, 0), end)
	if t.Failed() {
		t.Logf("all:\n%s", dump(all))
	}
}

// cutting is a store that ends a context when it has told some history.
type cutting struct {
	*clickhouse.Store
	cut context.CancelFunc
}

func (c cutting) Scene(ctx context.Context, series *samleng.Series, from, to time.Time, grace time.Duration, without []samleng.Kind) (samleng.Scene, error) {
	defer c.cut()
	return c.Store.Scene(ctx, series, from, to, grace, without)
}

// replayIsCut ends a replay at the first alert, as whoever closes the page does.
func replayIsCut(t *testing.T, d *desk, since, until time.Time) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	needs := d.needs
	needs.Store, needs.Outbox = cutting{d.store, cancel}, nil
	engine, err := d.rules.engine(needs)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := engine.Replay(ctx, since, until); !errors.Is(err, context.Canceled) || len(all) > 0 {
		t.Errorf("a replay that was cut gives %d alerts, %v", len(all), err)
	}
}

// throughQuietHours hands an alert over to the real deliverer before it is due, and lets time go on.
func throughQuietHours(t *testing.T, d *desk, r *samleng.AlertRecord) {
	t.Helper()
	now := r.Tick
	var mu sync.Mutex
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := newCards(topics, nil)
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan alerts.Message, 10)
	deliverer, err := deliver.New(deliver.Options{Config: deliver.DefaultConfig(), Store: d.store, Renderer: renderer, Now: clock, Channels: []deliver.Channel{{ID: "team", Language: "both", Channel: board{said}}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := deliverer.Queue(t.Context(), &r.Alert, r.Channels, r.Due); err != nil {
		t.Fatal(err)
	}
	for _, moment := range []struct {
		at   time.Time
		sent int
	}{{r.Tick, 0}, {r.Due.Add(-time.Minute), 0}, {r.Due.Add(time.Second), 1}} {
		mu.Lock()
		now = moment.at
		mu.Unlock()
		if moment.sent == 0 {
			stop := runs(t, deliverer) // which finishes what it has begun
			time.Sleep(300 * time.Millisecond)
			stop()
		} else {
			stop := runs(t, deliverer)
			if m := <-said; m.Alert == nil || m.Alert.Episode != r.Alert.Episode {
				t.Errorf("it said %+v", m.Key)
			}
			stop()
		}
		if n := len(said); n != 0 {
			t.Errorf("%d more at %s", n, moment.at)
		}
	}
}
