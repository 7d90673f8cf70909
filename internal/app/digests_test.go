package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/deliver"
	"samleng/alerts/digest"
	"samleng/internal/config"
)

const digestRules = `rules: []
digests:
  - {id: morning, every: day, at: "07:00", channels: [team, head]}
  - {id: monday, every: week, on: monday, at: "08:00", topics: [land], places: ["12"], channels: [team]}
channels:
  - {id: team, language: en, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
  - {id: head, language: km, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}
`

// reception is a channel that counts what it is told, by its key.
type reception struct {
	board
	format alerts.Format
}

func (r reception) Traits() alerts.Traits { return alerts.Traits{Format: r.format} }

// press is what sends digests of a store.
type press struct {
	t        *testing.T
	keeper   *digest.Keeper
	said     chan alerts.Message
	shutdown func()
}

// newPress starts a deliverer and makes a keeper of digests at a moment, as a start of the program
// does.
func newPress(t *testing.T, d *desk, now *time.Time, formats map[string]alerts.Format) *press {
	t.Helper()
	p := &press{t: t, said: make(chan alerts.Message, 100)}
	topics, err := config.Topics("")
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := newCards(topics, nil)
	if err != nil {
		t.Fatal(err)
	}
	var channels []deliver.Channel
	for _, c := range d.rules.file.Channels {
		channels = append(channels, deliver.Channel{ID: c.ID, Language: c.Speaks(), Channel: reception{board{p.said}, formats[c.ID]}})
	}
	clock := func() time.Time { return *now }
	deliverer, err := deliver.New(deliver.Options{Config: deliver.DefaultConfig(), Channels: channels, Store: d.store, Renderer: renderer, Review: d.store.TakenDown, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	settings := config.Default()
	p.keeper, err = d.rules.keeper(digestNeeds{Maker: d.rules.maker(&settings, deskSources(), d.store), Deliverer: deliverer, Store: d.store, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	p.shutdown = runs(t, deliverer)
	return p
}

// due asks for what is due, and gives what arrives.
func (p *press) due(want int) []alerts.Message {
	p.t.Helper()
	for range 3 { // asking again changes nothing
		if err := p.keeper.Due(p.t.Context()); err != nil {
			p.t.Fatal(err)
		}
	}
	var all []alerts.Message
	for range want {
		select {
		case m := <-p.said:
			all = append(all, m)
		case <-time.After(30 * time.Second):
			p.t.Fatalf("%d cards arrived, want %d", len(all), want)
		}
	}
	slices.SortFunc(all, func(a, b alerts.Message) int { return strings.Compare(a.Key.String(), b.Key.String()) })
	return all
}

// quiet asks for what is due, and reports what arrives although nothing should.
func (p *press) quiet(when string) {
	p.t.Helper()
	if err := p.keeper.Due(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.shutdown() // what was on its way is said by then
	if n := len(p.said); n != 0 {
		p.t.Errorf("%s: %d cards too many: %s", when, n, (<-p.said).Key)
	}
}

// TestDigests follows digests from the store to the channels over restarts, a time in which the
// program was down, and a takedown.
func TestDigests(t *testing.T) { //nolint:paralleltest // the engine opens once in a process
	n := newNewsroom(t)
	store := n.store
	// Monday 23 November 2026, 07:00 in Phnom Penh, a quarter of an hour ago.
	hour := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	now := hour.Add(15 * time.Minute)
	w := newTown()
	w.usual(hour.AddDate(0, 0, -3), hour, 12, soon)
	w.poll(hour.AddDate(0, 0, -3), hour.Add(-24*time.Hour), never)
	w.poll(hour.Add(-24*time.Hour), hour, func(source int, _ time.Time) bool { return source == 9 })
	w.burst(hour.Add(-20*time.Hour), 4*time.Hour, 400, "land", .9, "12")
	w.post(hour.Add(-10*time.Hour), 1, "energy", samleng.Neutral, "", time.Minute)
	bridge := len(w.rows) // a story of three outlets, one that was told before, and one of a single outlet
	for source := range 3 {
		w.post(hour.Add(time.Duration(source-8)*time.Hour), source, "health", samleng.Neutral, "", time.Minute)
	}
	old := len(w.rows)
	w.post(hour.Add(-30*time.Hour), 4, "health", samleng.Neutral, "", time.Minute)
	w.post(hour.Add(-6*time.Hour), 5, "health", samleng.Neutral, "", time.Minute)
	w.post(hour.Add(-5*time.Hour), 6, "health", samleng.Neutral, "", time.Minute)
	w.rows[bridge].Post.Title = "A new bridge opens"
	w.store(t, store)
	id := func(i int) samleng.PostID { return w.rows[i].Post.ID }
	if err := store.SetStories(t.Context(), []samleng.Assignment{
		{Post: id(bridge), Story: id(bridge)},
		{Post: id(bridge + 1), Story: id(bridge)},
		{Post: id(bridge + 2), Story: id(bridge)},
		{Post: id(old), Story: id(old)},
		{Post: id(old + 1), Story: id(old)},
		{Post: id(old + 2), Story: id(old)},
	}); err != nil {
		t.Fatal(err)
	}
	notice := samleng.Alert{
		Episode: "e1", Number: 1, Rule: "topics", State: samleng.AlertOpened, Level: samleng.LevelNotice, Held: samleng.HeldForDigest, Series: samleng.Series{Topic: "land"}, At: hour.Add(-19 * time.Hour),
		Changes: []samleng.Change{{Signal: samleng.SignalVolume, Observed: 90, Expected: 3, Score: 4}},
	}
	held := notice
	held.Episode, held.Held, held.Series.Topic = "e2", samleng.HeldCoverage, "health"
	spoken := notice
	spoken.Episode, spoken.Held = "e3", ""
	if err := store.RecordAlerts(t.Context(), []samleng.AlertRecord{
		{Tick: notice.At, Line: []byte(`{}`), Alert: notice},
		{Tick: notice.At, Line: []byte(`{}`), Alert: held},
		{Tick: notice.At, Line: []byte(`{}`), Alert: spoken, Channels: []string{"team"}},
		{Tick: hour.Add(-25 * time.Hour), Line: []byte(`{}`), Alert: spoken, Channels: []string{"team"}},
	}); err != nil {
		t.Fatal(err)
	}

	d := newDeskOf(t, store, digestRules, now, now)
	formats := map[string]alerts.Format{"team": alerts.FormatPlain, "head": alerts.FormatTelegram}
	p := newPress(t, d, &now, formats)
	got := p.due(2)
	if got[0].Key.String() != "digest-morning-2026-11-23/1/head" || got[1].Key.String() != "digest-morning-2026-11-23/1/team" {
		t.Errorf("keys %v, %v", got[0].Key, got[1].Key)
	}
	t.Logf("%s\n%s", got[0].Markup, got[1].Text)
	for _, want := range []string{
		"22 Nov 2026, 07:00 to 23 Nov 2026, 07:00", "What moved most\n• Land: ", "negative (", "Unusual, and told here only\n• Land: 30 times", "Alerts told: 1.",
		"Sources that went quiet: Source 9.", "A new bridge opens\n  Source 0, 3 sources\n  https://s0.example/", "Too few posts to say anything: ",
	} {
		if !strings.Contains(got[1].Text, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	for _, wrong := range []string{"• Health: ", fmt.Sprintf("Post %d\n", old+1), "Too few posts to say anything: Land"} {
		if strings.Contains(got[1].Text, wrong) {
			t.Errorf("the card says %q", wrong)
		}
	}
	if !strings.Contains(got[0].Markup, "<b>អត្ថបទសាធារណៈប្រចាំថ្ងៃ") || !strings.Contains(got[0].Markup, "ដីធ្លី") {
		t.Errorf("the card of Telegram is not in Khmer:\n%s", got[0].Markup)
	}
	p.quiet("once told")

	// The program is started again, then it is down over the hour of Monday's digest of the week.
	p = newPress(t, d, &now, formats)
	p.quiet("after a restart")
	now = hour.Add(3 * time.Hour)
	p = newPress(t, d, &now, formats)
	got = p.due(1)
	if m := got[0]; m.Key.Episode != "digest-monday-2026-11-23" || !strings.Contains(m.Text, "Only posts about Land") || strings.Contains(m.Text, "% against") || strings.Contains(m.Text, "Health") {
		t.Errorf("the digest of the week, two hours late: %s\n%s", m.Key, m.Text)
	}
	p.quiet("once told late")
	now = hour.Add(24*time.Hour + digest.Latest + time.Minute)
	p = newPress(t, d, &now, formats)
	p.quiet("after its time")

	// A post that the next one shows is taken down before it is sent.
	now = hour.Add(48*time.Hour + time.Minute)
	for source := range 6 {
		w.post(now.Add(-time.Duration(9-source)*time.Hour), source, "health", samleng.Neutral, "", time.Minute)
	}
	late := w.rows[len(w.rows)-6:]
	late[0].Post.Title, late[3].Post.Title = "Taken down soon", "Another story"
	if err := store.Insert(t.Context(), "c", "posts", "late", late); err != nil {
		t.Fatal(err)
	}
	if err := store.SetStories(t.Context(), []samleng.Assignment{{Post: late[1].Post.ID, Story: late[0].Post.ID}, {Post: late[2].Post.ID, Story: late[0].Post.ID}, {Post: late[4].Post.ID, Story: late[3].Post.ID}, {Post: late[5].Post.ID, Story: late[3].Post.ID}}); err != nil {
		t.Fatal(err)
	}
	p = newPress(t, d, &now, formats)
	p.shutdown()
	if err := p.keeper.Due(t.Context()); err != nil {
		t.Fatal(err)
	}
	if k := holding(t, store, "Taken down soon"); k != 2 {
		t.Fatalf("%d rows of the outbox hold the story", k)
	}
	if err := store.RemovePost(t.Context(), late[0].Post.ID); err != nil {
		t.Fatal(err)
	}
	if k := holding(t, store, "Taken down soon"); k != 0 {
		t.Errorf("%d rows hold what was taken down, before they are sent", k)
	}
	p = newPress(t, d, &now, formats)
	for _, m := range p.due(2) {
		if text := m.Text + m.Markup; strings.Contains(text, "Taken down soon") || !strings.Contains(text, "Another story") {
			t.Errorf("the digest tells of what was taken down, or leaves out more:\n%s", text)
		}
	}
	p.quiet("of a post that was taken down")
	if k := holding(t, store, "Taken down soon"); k != 0 {
		t.Errorf("%d rows hold what was taken down", k)
	}
}
