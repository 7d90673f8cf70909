package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"samleng"
	"samleng/internal/app"
)

// kills is how often the process is killed.
const kills = 20

// TestKilledProcess kills a real process again and again while feeds grow and change
// under it, and then finds everything that was ever published in the store: nothing lost,
// nothing doubled, the last edit of each post, every story with all its carriers, and rollups
// equal to a recount.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var round atomic.Int64
	const growing = 6
	for i := range growing {
		path := fmt.Sprintf("/growing/%d", i)
		h.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/rss+xml")
			_, _ = io.WriteString(w, growingFeed(i, int(round.Load()), h.address("")))
		})
		h.source(fmt.Sprintf("growing-%d", i), path, 150*time.Millisecond)
	}
	// Every second round one more outlet carries the same two reports.
	h.serveOutlets(150*time.Millisecond, func(i int) bool { return 2*i < int(round.Load()) })
	config := h.write()

	for n := range kills {
		round.Add(1)
		p := startProcess(t, config)
		if n%2 == 0 {
			p.waitReady(t) // in the middle of the work; else somewhere in the start
		}
		time.Sleep(time.Duration(rand.Int64N(int64(1500 * time.Millisecond))))
		p.kill(t)
	}
	round.Add(1)
	want := expected{}
	for i := range growing {
		lines, _, err := app.ParseFeed([]byte(growingFeed(i, int(round.Load()), h.address(""))), h.address(fmt.Sprintf("/growing/%d", i)), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			var post samleng.Post
			if err := json.Unmarshal(line, &post); err != nil {
				t.Fatal(err)
			}
			want[post.ID] = post
		}
	}
	for i := range outlets {
		if !want.addFeed(t, []byte(outletFeed(i, h.address(""))), h.address(fmt.Sprintf("/outlet-%d", i))) {
			t.Fatalf("outlet %d has no posts of its own", i)
		}
	}

	p := startProcess(t, config)
	p.waitReady(t)
	store := h.store()
	eventually(t, 2*time.Minute, func() error { return want.same(t.Context(), store.Store) })
	eventually(t, time.Minute, func() error { return wantStories(t.Context(), store.Store) })
	p.stop(t)
}

// growingFeed is what feed number i says in a round: thirty posts more in each, and the
// first ten edited in each, some of them to another date.
func growingFeed(i, round int, base string) string {
	var feed strings.Builder
	feed.WriteString(`<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Growing</title>`)
	begin := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -2)
	for n := range 30 * round {
		edit, date := 0, begin.Add(time.Duration(i*1000+n)*time.Minute/4)
		if n < 10 {
			edit, date = round, date.Add(time.Duration(round)*time.Hour)
		}
		fmt.Fprintf(&feed, "<item><guid isPermaLink=\"false\">urn:samleng:test:%d:%d</guid><link>%s/post/%d/%d</link><title>ទឹកជំនន់ Post %d of feed %d, edit %d</title>"+
			"<description>The road to market %d is flooded and the price of rice goes up, says edit %d.</description><pubDate>%s</pubDate></item>\n",
			i, n, base, i, n, n, i, edit, n, edit, date.Format(time.RFC1123Z))
	}
	feed.WriteString("</channel></rss>")
	return feed.String()
}

// process is a samleng of its own.
type process struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when it says that it is ready
	said  chan string   // everything it printed, once it has ended
}

func startProcess(t *testing.T, config string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	link := filepath.Join(folder, "samleng")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	// Its life is this test's to end, not the context's, which ends before the clean-ups.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), link, "up", "--config", config)
	cmd.Env = append(os.Environ(), engineEnvironment(t), "PATH="+folder+":"+os.Getenv("PATH"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, ready: make(chan struct{}), said: make(chan string, 1)}
	go p.listen(out)
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended already, unless the test failed
	return p
}

func (p *process) listen(out io.Reader) {
	var all strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		all.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "ready ") {
			close(p.ready)
		}
	}
	p.said <- all.String()
}

func (p *process) waitReady(t *testing.T) {
	t.Helper()
	select {
	case <-p.ready:
	case said := <-p.said:
		t.Fatalf("samleng ended before it was ready:\n%s", said)
	case <-time.After(time.Minute):
		t.Fatal("samleng is not ready after a minute")
	}
}

// kill ends the process the hard way and checks that it had not ended by itself.
func (p *process) kill(t *testing.T) {
	t.Helper()
	select {
	case said := <-p.said:
		t.Fatalf("samleng ended by itself:\n%s", said)
	default:
	}
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.said
	_ = p.cmd.Wait() // it was killed, which is an error
}

// stop ends the process the polite way: it must drain and exit with 0.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	said := <-p.said
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("samleng: %v\n%s", err, said)
	}
}
