package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"samleng"
	"samleng/classifiers/duplicate"
	"samleng/storage/clickhouse"
	"samleng/storage/embedded"
)

// newsroom is a store that posts are put into as a worker does it, with a keeper over it.
type newsroom struct {
	t     testing.TB
	store *clickhouse.Store
	sent  int
	now   time.Time
}

func newNewsroom(t testing.TB) *newsroom {
	t.Helper()
	library, err := embedded.Locate("")
	if err != nil {
		t.Skip(err)
	}
	engine, err := embedded.Start(t.Context(), embedded.Options{Library: library, Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	config := clickhouse.DefaultConfig()
	config.DSN = engine.DSN()
	store, err := clickhouse.Open(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &newsroom{t: t, store: store, now: time.Now().UTC().Truncate(time.Second)}
}

// storyText is a text of its own for each number, of about sixty words.
func storyText(n int) string {
	random := rand.New(rand.NewPCG(uint64(n), 9)) //nolint:gosec // a reproducible test
	var words []string
	for range 60 {
		words = append(words, fmt.Sprintf("w%x", random.IntN(1<<20)))
	}
	return strings.Join(words, " ")
}

func postID(name string) samleng.PostID { return samleng.NewPostID("test", name) }

// publish stores posts as one batch: pairs of name and text.
func (n *newsroom) publish(pairs ...string) {
	n.t.Helper()
	var rows []samleng.Row
	for i := 0; i < len(pairs); i += 2 {
		n.sent++
		p := samleng.Post{
			Schema: samleng.PostSchema, ID: postID(pairs[i]), Source: "paper-" + pairs[i], Kind: samleng.KindNews, Text: pairs[i+1],
			Published: n.now.Add(-time.Hour), SeenAt: n.now.Add(time.Duration(n.sent) * time.Second),
		}
		rows = append(rows, samleng.Row{Post: p, Analysis: samleng.Analysis{Language: "en"}, Print: fingerprint(p.Title, p.Text), Offset: int64(n.sent)})
	}
	if err := n.store.Insert(n.t.Context(), "test", "posts", fmt.Sprint("batch", n.sent), rows); err != nil {
		n.t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond) // the next batch has a time of its own
}

// open starts a keeper, whose clock is ahead by some time.
func (n *newsroom) open(ahead time.Duration) *book {
	n.t.Helper()
	k, err := newKeeper(keeperOptions{
		Config: duplicate.DefaultConfig(), Store: n.store, OnStored: func() {}, Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(ahead) },
	})
	if err != nil {
		n.t.Fatal(err)
	}
	b, err := k.open(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	return b
}

func (n *newsroom) step(b *book) {
	n.t.Helper()
	for {
		more, err := b.step(n.t.Context())
		if err != nil {
			n.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// want checks the stories of all posts: words of names, each word a story, whose first
// letter names it, also where that post is gone ("A-BC").
func (n *newsroom) want(when string, stories ...string) {
	n.t.Helper()
	rows, err := n.store.Query(n.t.Context(), "SELECT id::String, story_id::String FROM current_posts")
	if err != nil {
		n.t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // only read
	got := map[string]string{}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			n.t.Fatal(err)
		}
		got[values[0].(string)] = values[1].(string)
	}
	wanted := 0
	for _, story := range stories {
		first := story[:1]
		for _, name := range strings.TrimPrefix(story, first+"-") {
			wanted++
			if is := got[postID(string(name)).String()]; is != postID(first).String() {
				n.t.Errorf("%s: %c is of story %s, want that of %s", when, name, is, first)
			}
		}
	}
	if len(got) != wanted {
		n.t.Errorf("%s: %d posts are stored, want %d", when, len(got), wanted)
	}
	differences, err := n.store.CheckRollups(n.t.Context())
	if err != nil || differences != 0 {
		n.t.Errorf("%s: %d rollups differ from a recount, %v", when, differences, err)
	}
}

// TestKeeper follows a story through everything that can happen to it. It is not parallel: a
// process can hold one store open at a time.
func TestKeeper(t *testing.T) {
	n := newNewsroom(t)
	bridge, market, school := storyText(1), storyText(2), storyText(3)
	b := n.open(0)
	n.publish("A", bridge, "M", market, "s", "too short for a story", "t", "too short for a story")
	n.step(b)
	n.publish("B", "Our reporters say: "+bridge)
	n.step(b)
	n.want("two carriers", "AB", "M", "s", "t")

	n.publish("A", school) // an edit, unlike everything
	n.step(b)
	n.publish("C", school, "D", bridge)
	n.step(b)
	n.want("carriers of an edit and of what it replaced", "ABCD", "M", "s", "t")

	n.publish("E", bridge) // while no keeper runs
	b = n.open(0)
	n.publish("F", school, "N", market)
	n.step(b)
	n.want("after a restart", "ABCDEF", "MN", "s", "t")

	if err := n.store.RemovePost(t.Context(), postID("A")); err != nil {
		t.Fatal(err)
	}
	n.step(b)
	n.publish("G", bridge, "H", school)
	n.step(b)
	n.want("after a takedown of the first carrier", "A-BCDEFGH", "MN", "s", "t")
	b = n.open(0)
	n.publish("I", bridge, "J", school)
	n.step(b)
	n.want("after a takedown and a restart", "A-BCDEFGHIJ", "MN", "s", "t")

	// Fifteen days later nothing of it is known: who carries it then starts another story.
	later := 15 * 24 * time.Hour
	n.publish("K", bridge)
	if rows, err := n.store.Query(t.Context(), "INSERT INTO prints SELECT inserted_at + INTERVAL 15 DAY, id, version, published, print FROM prints WHERE id = '"+postID("K").String()+"'"); err != nil {
		t.Fatal(err)
	} else if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	b = n.open(later)
	n.step(b)
	n.want("after the window", "A-BCDEFGHIJ", "MN", "s", "t", "K")
	if s := b.index.Stats(); s.Posts != 1 {
		t.Errorf("after the window the index knows %d posts, want 1", s.Posts)
	}
}

// TestTwoKeepers lets two keepers work at once, as when a partition changes hands, and one
// of them be cut off: the stories are those of one keeper.
func TestTwoKeepers(t *testing.T) {
	n := newNewsroom(t)
	a, b := n.open(0), n.open(0)
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a reproducible test
	const names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var stories [5]string
	for i, name := range names {
		tell := random.IntN(len(stories))
		stories[tell] += string(name)
		n.publish(string(name), fmt.Sprintf("Paper %c has it that %s", name, storyText(tell)))
		switch i % 4 {
		case 0:
			n.step(a)
		case 1:
			n.step(b)
		case 2:
			cut, stop := context.WithTimeout(t.Context(), time.Duration(random.IntN(4))*time.Millisecond)
			if _, err := a.step(cut); err != nil {
				a = n.open(0) // as keep does after an error
			}
			stop()
		}
	}
	n.step(b)
	n.step(a)
	n.want("two keepers", stories[:]...)
}
