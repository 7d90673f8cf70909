package deliver

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"samleng"
	"samleng/alerts"
	"samleng/alerts/internal/fake"
	"samleng/alerts/mail"
	"samleng/alerts/slack"
	"samleng/alerts/telegram"
	"samleng/alerts/webhook"
	"samleng/storage/clickhouse"
	"samleng/storage/embedded"
)

// The test binary is also the program that is killed.
const (
	childVariable  = "SAMLENG_TEST_CHILD"  // what it needs to know, as JSON
	roundsVariable = "SAMLENG_TEST_ROUNDS" // how often to kill; default 25
)

func TestMain(m *testing.M) {
	if told := os.Getenv(childVariable); told != "" {
		if err := childMain(told); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// task is what a child needs to know.
type task struct {
	Telegram, Slack, Webhook string // addresses
	SMTP                     int    // port
	Counter                  string // address that tells how many alerts are queued
	File                     string // of the file store; empty: ClickHouse
	DSN                      string
	// Settle is longer than any child lives but those that are let to empty their queues.
	Settle time.Duration
}

// plain is a channel without limits, which would make the test take hours.
type plain struct{ alerts.Channel }

func (p plain) Traits() alerts.Traits { return alerts.Traits{Format: p.Channel.Traits().Format} }

// editing is plain for a channel that can edit.
type editing struct {
	plain
	alerts.Editor
}

// testChannels opens a channel of every kind of package, at fake servers.
func testChannels(told task, client *http.Client) ([]Channel, error) {
	settings := map[string]alerts.Settings{
		"telegram": &telegram.Config{Token: "123456:AAAAAAAAAAAAAAAAAAAA", Chat: "-100123", API: told.Telegram},
		"slack":    &slack.Config{Token: "xoxb-0123456789", Channel: "C0123456789", API: told.Slack},
		"webhook":  &webhook.Config{URL: samleng.Secret(told.Webhook), Secret: "0123456789abcdef"},
		"mail":     &mail.Config{Host: "127.0.0.1", Port: told.SMTP, Encryption: mail.EncryptionNone, From: "samleng@example.org", To: []string{"team@example.org"}},
	}
	var all []Channel
	for _, id := range channelIDs {
		if err := settings[id].Validate(); err != nil {
			return nil, err
		}
		c, err := settings[id].Open(alerts.Deps{HTTP: client, Logger: slog.New(slog.DiscardHandler), Now: time.Now})
		if err != nil {
			return nil, err
		}
		opened := alerts.Channel(plain{c})
		if e, ok := c.(alerts.Editor); ok {
			opened = editing{plain{c}, e}
		}
		all = append(all, Channel{ID: id, Language: "en", Channel: opened})
	}
	return all, nil
}

var channelIDs = []string{"telegram", "slack", "webhook", "mail"}

// cards writes the least that the test needs.
type cards struct{}

func (cards) Card(a *samleng.Alert, format alerts.Format, _ string) (alerts.Card, error) {
	text := fmt.Sprintf("alert %s/%d is %s", a.Episode, a.Number, a.State)
	c := alerts.Card{Title: text, Text: text}
	if format != alerts.FormatPlain {
		c.Markup = text
	}
	return c, nil
}

func (cards) Digest(d *samleng.Digest, _ alerts.Format, _ string) (alerts.Card, error) {
	c := alerts.Card{Title: "The day", Text: fmt.Sprintf("%d alerts", d.Alerts)}
	for i := range d.Emerging {
		c.Text += ", " + d.Emerging[i].Title
	}
	return c, nil
}

// alertOf is the nth alert, from 0: three to an episode.
func alertOf(n int) *samleng.Alert {
	states := []samleng.AlertState{samleng.AlertOpened, samleng.AlertEscalated, samleng.AlertClosed}
	return &samleng.Alert{Episode: fmt.Sprintf("%032x", n/3), Number: n%3 + 1, State: states[n%3], Level: samleng.LevelWarning, Rule: "r"}
}

func hasty(settle time.Duration) Config {
	return Config{Timeout: 300 * time.Millisecond, FirstWait: 5 * time.Millisecond, LongestWait: 50 * time.Millisecond, GiveUp: time.Hour, Settle: settle, Queue: 1000}
}

// childMain delivers and queues until it is killed, or its input ends.
func childMain(told string) error {
	var t task
	if err := json.Unmarshal([]byte(told), &t); err != nil {
		return err
	}
	var store Store
	if t.File != "" {
		s, err := openFileStore(t.File)
		if err != nil {
			return err
		}
		store = s
	} else {
		c := clickhouse.DefaultConfig()
		c.DSN = t.DSN
		s, err := clickhouse.Open(c, nil)
		if err != nil {
			return err
		}
		store = s
	}
	channels, err := testChannels(t, &http.Client{})
	if err != nil {
		return err
	}
	d, err := New(Options{Config: hasty(t.Settle), Channels: channels, Store: store, Renderer: cards{}})
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()
	fmt.Println("ready")
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	n, goal, err := count(t.Counter, -1)
	for ; err == nil && ctx.Err() == nil; time.Sleep(2 * time.Millisecond) {
		if n >= goal {
			_, goal, err = count(t.Counter, n)
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if slices.ContainsFunc(d.States(), func(s State) bool { return s.Waiting > 60 }) {
			continue
		}
		if err = d.Queue(ctx, alertOf(n), channelIDs, time.Time{}); err == nil {
			n++
			_, goal, err = count(t.Counter, n)
		}
	}
	if err != nil {
		return err
	}
	return <-done
}

// count tells the parent how many alerts are queued, and hears how many there are to be.
func count(address string, n int) (queued, goal int, err error) {
	answer, err := http.Post(address, "text/plain", strings.NewReader(strconv.Itoa(n)))
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, err = fmt.Fscan(answer.Body, &queued, &goal)
	return queued, goal, err
}

// fates are drawn at random, but often enough kind.
func fates(seed uint64) func() fake.Fate {
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, seed))
	return func() fake.Fate {
		mu.Lock()
		defer mu.Unlock()
		switch n := dice.IntN(100); {
		case n < 5:
			return fake.Limit
		case n < 10:
			return fake.Break
		case n < 15:
			return fake.Hang
		case n < 20:
			return fake.Die
		case n < 25:
			return fake.Cut
		}
		return fake.Take
	}
}

// TestKilled kills a process that delivers to four fake servers, again and again, and then
// counts: nothing lost, and nothing twice but what a kill may have cut off before it was noted.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	killed(t, rounds(t, 25), 250*time.Millisecond, task{File: filepath.Join(t.TempDir(), "outbox"), Settle: time.Second})
}

// TestKilledWithClickHouse is TestKilled with the outbox in ClickHouse.
func TestKilledWithClickHouse(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	library, err := embedded.Locate("")
	if err != nil {
		t.Skip("the ClickHouse engine library is not installed: make engine")
	}
	engine, err := embedded.Start(t.Context(), embedded.Options{Library: library, Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	c := clickhouse.DefaultConfig()
	c.DSN = engine.DSN()
	store, err := clickhouse.Open(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	killed(t, max(8, rounds(t, 25)/10), time.Second, task{DSN: engine.DSN(), Settle: 5 * time.Second})
}

func rounds(t *testing.T, otherwise int) int {
	t.Helper()
	v := os.Getenv(roundsVariable)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// killed lets a child live for up to a time, again and again.
func killed(t *testing.T, rounds int, life time.Duration, told task) {
	const seed = 11
	logs := map[string]*fake.Log{}
	for i, id := range channelIDs {
		logs[id] = &fake.Log{Fate: fates(seed + uint64(i)), RetryAfter: "0.05", Patience: time.Second}
	}
	servers := []*httptest.Server{fake.Telegram(logs["telegram"]), fake.Slack(logs["slack"]), fake.Webhook(logs["webhook"])}
	for _, s := range servers {
		defer s.Close()
	}
	told.Telegram, told.Slack, told.Webhook = servers[0].URL, servers[1].URL, servers[2].URL
	smtp, err := fake.NewSMTP(logs["mail"], nil, false)
	if err != nil {
		t.Fatal(err)
	}
	defer smtp.Close()
	told.SMTP = smtp.Port()

	var queued atomic.Int64
	var goal atomic.Int64
	goal.Store(1 << 30)
	counter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if n, err := strconv.ParseInt(string(b), 10, 64); err == nil && n > queued.Load() {
			queued.Store(n)
		}
		_, _ = fmt.Fprintln(w, queued.Load(), goal.Load())
	}))
	defer counter.Close()
	told.Counter = counter.URL

	dice := rand.New(rand.NewPCG(seed, 0))
	for round := range rounds {
		before := queued.Load()
		c := startChild(t, told)
		for wait := time.Now().Add(20 * time.Second); told.File == "" && queued.Load() == before && time.Now().Before(wait); {
			time.Sleep(5 * time.Millisecond) // each round of the slower store is to queue something
		}
		time.Sleep(life/10 + time.Duration(dice.Int64N(int64(life))))
		if round%20 == 19 { // what may have been sent is repeated by this one
			goal.Store(queued.Load())
			await(logs, int(goal.Load()))
			time.Sleep(time.Second) // for the notes of the last ones
			goal.Store(1 << 30)
		}
		c.kill()
	}
	if queued.Load() < int64(rounds) {
		t.Errorf("in %d rounds only %d alerts were queued: the test tests nothing", rounds, queued.Load())
	}
	goal.Store(queued.Load())
	last := startChild(t, told)
	await(logs, int(goal.Load()))
	last.end()
	judge(t, logs, int(goal.Load()), rounds)
}

// await returns when all alerts have arrived, or cannot be expected to any more.
func await(logs map[string]*fake.Log, alerts int) {
	for wait := time.Now().Add(time.Minute); missing(logs, alerts) > 0 && time.Now().Before(wait); {
		time.Sleep(100 * time.Millisecond)
	}
}

// missing counts the alerts that have not arrived, over all channels.
func missing(logs map[string]*fake.Log, alerts int) int {
	n := 0
	for _, log := range logs {
		seen := map[string]bool{}
		for _, a := range log.Arrivals() {
			seen[a.Key()] = true
		}
		for i := range alerts {
			if !seen[keyOf(alertOf(i))] {
				n++
			}
		}
	}
	return n
}

func keyOf(a *samleng.Alert) string { return fmt.Sprintf("%s/%d", a.Episode, a.Number) }

// judge counts what arrived.
func judge(t *testing.T, logs map[string]*fake.Log, alerts, kills int) {
	t.Helper()
	for _, id := range channelIDs {
		sends, edits, order := map[string]int{}, map[string]int{}, map[string]int{}
		marked, twice, thrice := 0, 0, 0
		for _, a := range logs[id].Arrivals() {
			key := a.Key()
			episode, text, _ := strings.Cut(key, "/")
			number, _ := strconv.Atoi(text)
			if sends[key]+edits[key] == 0 && number != order[episode]+1 {
				t.Errorf("%s: %s arrived after number %d", id, key, order[episode])
			}
			order[episode] = max(order[episode], number)
			if a.Method == "editMessageText" || a.Method == "chat.update" {
				edits[key]++
				if a.Repeat {
					t.Errorf("%s: the edit of %s is marked as a repeat", id, key)
				}
				continue
			}
			sends[key]++
			if a.Repeat {
				marked++
			}
			switch {
			case sends[key] > 1 && !a.Repeat:
				t.Errorf("%s: %s arrived again and is not marked as a repeat", id, key)
			case sends[key] == 2:
				twice++
			case sends[key] > 2:
				thrice++
				t.Errorf("%s: %s arrived %d times", id, key, sends[key])
			}
		}
		for n := range alerts {
			key := keyOf(alertOf(n))
			if sends[key]+edits[key] == 0 {
				t.Errorf("%s: %s was queued and is lost", id, key)
			}
		}
		if twice+thrice > kills {
			t.Errorf("%s: %d messages arrived again after %d kills", id, twice+thrice, kills)
		}
		t.Logf("%s: %d alerts, %d requests, %d kills: %d sent, %d edited, %d marked as a repeat, %d arrived twice, %d thrice",
			id, alerts, logs[id].Requests(), kills, len(sends), len(edits), marked, twice, thrice)
	}
}

// child is a process that delivers.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

func startChild(t *testing.T, told task) *child {
	t.Helper()
	b, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(b))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, stdin}
	t.Cleanup(c.kill)
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the child did not start: %s %v", line, err)
	}
	return c
}

// kill is SIGKILL: the process gets no chance to put anything in order.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	_ = c.stdin.Close()
}

// end lets the process finish what it is doing.
func (c *child) end() {
	_ = c.stdin.Close()
	_ = c.cmd.Wait()
}
