package duplicate

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"samleng"
)

var day0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// clock is a clock that the test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t testing.TB, o Options) *Index {
	t.Helper()
	if o.Now == nil {
		o.Now = (&clock{day0}).now
	}
	x, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestCarriersShareTheStoryOfTheFirst(t *testing.T) {
	t.Parallel()
	x := open(t, Options{})
	first := Fingerprint("Road 7 to be repaired", roadEn)
	if got := x.Assign(nthID(1), day0, first); got != nthID(1) {
		t.Errorf("the first carrier is in story %s", got)
	}
	for i, text := range []string{
		roadEn,
		strings.ToUpper(roadEn) + " https://x.example",
		strings.Replace(roadEn, "next week", "Tuesday", 1),
		"BREAKING: road works ahead. " + roadEn,
	} {
		if got := x.Assign(nthID(2+i), day0.Add(time.Hour), Fingerprint("", text)); got != nthID(1) {
			t.Errorf("carrier %d is in story %s", i, got)
		}
	}
	if got := x.Assign(nthID(9), day0, Fingerprint("", roadKm)); got != nthID(9) {
		t.Errorf("another report is in story %s", got)
	}
	if s := x.Stats(); s.Posts != 6 || s.Prints != 2 {
		t.Errorf("%+v", s)
	}
}

func TestShortPostsAreAloneOrExact(t *testing.T) {
	t.Parallel()
	x := open(t, Options{})
	greeting := Fingerprint("", "Happy Khmer New Year to all")
	if x.Assign(nthID(1), day0, greeting) != nthID(1) || x.Assign(nthID(2), day0, greeting) != nthID(2) {
		t.Error("a greeting was made a story")
	}
	if s := x.Stats(); s.Posts != 0 {
		t.Errorf("%d posts are kept for nothing", s.Posts)
	}
	headline := "Ministry of Health opens three new clinics in Siem Reap before the rainy season"
	x.Assign(nthID(3), day0, Fingerprint("", headline))
	if got := x.Assign(nthID(4), day0, Fingerprint(strings.ToUpper(headline), "")); got != nthID(3) {
		t.Errorf("the same headline is in story %s", got)
	}
	if got := x.Assign(nthID(5), day0, Fingerprint("", strings.Replace(headline, "three", "two", 1))); got != nthID(5) {
		t.Errorf("another headline is in story %s", got)
	}
}

func TestTheMostAlikeWins(t *testing.T) {
	t.Parallel()
	x := open(t, Options{})
	r := rand.New(rand.NewPCG(1, 2))
	_, base := randomPost(r)
	like := func(n int) Print { // agrees with base in n places
		_, p := randomPost(r)
		copy(p.Sketch[:n], base.Sketch[:])
		return p
	}
	x.Assign(nthID(1), day0, like(50))
	x.Assign(nthID(2), day0, like(80))
	if got := x.Assign(nthID(3), day0, base); got != nthID(2) && got != nthID(1) {
		t.Errorf("in no story: %s", got)
	}
	y := open(t, Options{})
	a, b := base, base
	for i := range 40 { // a and b agree with base in 56 places each, and with each other in 16
		a.Sketch[i] ^= 1
		b.Sketch[bins-1-i] ^= 1
	}
	c := base
	c.Sketch[bins-1] ^= 1 // 57 with a, 56 with b
	y.Assign(nthID(1), day0, b)
	y.Assign(nthID(2), day0, a)
	c.Sketch = a.Sketch
	for i := 36; i < 40; i++ {
		c.Sketch[i] = base.Sketch[i]
	}
	if got := y.Assign(nthID(3), day0, c); got != nthID(2) {
		t.Errorf("in story %s, not in that of the most alike", got)
	}
	if got := y.Assign(nthID(4), day0, base); got != nthID(1) {
		t.Errorf("in story %s, not in the older of two as like", got)
	}
}

func TestAssignAgainAndEdits(t *testing.T) {
	t.Parallel()
	x := open(t, Options{})
	en, km := Fingerprint("", roadEn), Fingerprint("", roadKm)
	x.Assign(nthID(1), day0, en)
	x.Assign(nthID(2), day0, en)
	for _, p := range []Print{en, km, {}, Fingerprint("", "now a headline of some ten words, and no more than them")} {
		for _, id := range []int{1, 2} {
			if got := x.Assign(nthID(id), day0.Add(time.Hour), p); got != nthID(1) {
				t.Errorf("post %d is in story %s after an edit", id, got)
			}
		}
	}
	if got := x.Assign(nthID(3), day0, km); got != nthID(1) {
		t.Errorf("a carrier of the edited text is in story %s", got)
	}
	if s := x.Stats(); s.Posts != 3 || s.Prints != 2 {
		t.Errorf("%+v", s)
	}
	if story, ok := x.Story(nthID(2)); !ok || story != nthID(1) {
		t.Error(story, ok)
	}
	if _, ok := x.Story(nthID(7)); ok {
		t.Error("a story of a post that was never seen")
	}
}

func TestWindowAndExpiry(t *testing.T) {
	t.Parallel()
	c := &clock{day0}
	x := open(t, Options{Now: c.now})
	p := Fingerprint("", roadEn)
	x.Assign(nthID(1), day0, p)
	if got := x.Assign(nthID(2), day0.Add(DefaultWindow), p); got != nthID(1) {
		t.Errorf("at the end of the window in story %s", got)
	}
	if got := x.Assign(nthID(3), day0.Add(DefaultWindow+time.Second), p); got != nthID(3) {
		t.Errorf("after the window in story %s", got)
	}
	if got := x.Assign(nthID(4), day0.Add(-DefaultWindow-time.Second), p); got != nthID(4) {
		t.Errorf("long before the window in story %s", got)
	}
	c.at = day0.Add(DefaultWindow + time.Second)
	r := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		id, other := randomPost(r)
		x.Assign(id, c.at, other)
	}
	if _, ok := x.Story(nthID(1)); ok {
		t.Error("a post is known after its window")
	}
	if s := x.Stats(); s.Posts != 3 || s.Prints != 3 || s.Evicted != 0 {
		t.Errorf("%+v", s)
	}
}

func TestFullIndexForgetsTheOldest(t *testing.T) {
	t.Parallel()
	for _, most := range []int{1, 7, 1500, 3000} {
		c := &clock{day0}
		x := open(t, Options{MaxPosts: most, Now: c.now})
		r := rand.New(rand.NewPCG(1, 2))
		var all []Print
		for i := range 2*most + 3 {
			c.at = c.at.Add(time.Second)
			_, p := randomPost(r)
			all = append(all, p)
			x.Assign(nthID(i), day0, p)
		}
		s := x.Stats()
		if s.Posts != most || s.Prints != most || s.Evicted != uint64(most+3) || s.Horizon != time.Duration(most-1)*time.Second {
			t.Errorf("at most %d: %+v", most, s)
		}
		for _, i := range []int{most + 3, 2*most + 2} {
			if h := x.heads.find(&all[i], seconds(day0), x.window); h < 0 || x.heads.ring[h].story != nthID(i) {
				t.Errorf("at most %d: post %d is not found", most, i)
			}
		}
		if h := x.heads.find(&all[most+2], seconds(day0), x.window); h >= 0 {
			t.Errorf("at most %d: a forgotten post is found", most)
		}
		used := 0
		for _, l := range x.heads.lines {
			for _, slot := range l {
				if slot != 0 {
					used++
				}
			}
		}
		if used > bands*most || used < bands*most*97/100 {
			t.Errorf("at most %d: %d entries in the table, want about %d", most, used, bands*most)
		}
	}
}

// TestOneBandForAll: posts that share a band cannot fill the table or slow it down.
func TestOneBandForAll(t *testing.T) {
	t.Parallel()
	x := open(t, Options{})
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 5000 {
		_, p := randomPost(r)
		copy(p.Sketch[:30], make([]byte, 30))
		if got := x.Assign(nthID(i), day0, p); got != nthID(i) {
			t.Fatalf("strangers are one story: %s", got)
		}
		if again := x.heads.find(&p, seconds(day0), x.window); again < 0 || x.heads.ring[again].of != nthID(i) {
			t.Fatal("a post does not find itself")
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	x := open(t, Options{MaxPosts: 3000})
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(7, 7)) // all the same posts
			for i := range 2000 {
				id, p := randomPost(r)
				if story := x.Assign(id, day0, p); story != id {
					t.Errorf("a post like no other is in story %s", story)
				}
				if i%100 == worker {
					x.Stats()
				}
			}
		})
	}
	wait.Wait()
	if s := x.Stats(); s.Posts != 2000 || s.Prints != 2000 {
		t.Errorf("%+v", s)
	}
}

func TestRestoreGivesTheSameAnswers(t *testing.T) {
	t.Parallel()
	x, y := open(t, Options{}), open(t, Options{})
	r := rand.New(rand.NewPCG(1, 2))
	type kept struct {
		id, story samleng.PostID
		p         Print
	}
	var all []kept
	for i := range 3000 {
		id, p := randomPost(r)
		if i%4 > 0 && i > 4 {
			p = all[r.IntN(len(all))].p
			p.Sketch[r.IntN(bins)] ^= 1
		}
		all = append(all, kept{id, x.Assign(id, day0, p), p})
	}
	for _, k := range all {
		y.Restore(k.id, k.story, day0, day0, k.p)
	}
	for _, k := range all {
		if got := y.Assign(k.id, day0, k.p); got != k.story {
			t.Fatalf("%s was in %s and is in %s", k.id, k.story, got)
		}
		id, _ := randomPost(r)
		if a, b := x.Assign(id, day0, k.p), y.Assign(id, day0, k.p); a != b {
			t.Fatalf("a new carrier is in %s here and in %s there", a, b)
		}
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	x := open(t, Options{})
	p := Fingerprint("", roadEn)
	x.Assign(nthID(1), day0, p)
	x.Assign(nthID(2), day0, p)
	x.Remove(nthID(1))
	if _, ok := x.Story(nthID(1)); ok {
		t.Error("a removed post has a story")
	}
	if story, _ := x.Story(nthID(2)); story != nthID(1) {
		t.Errorf("the story of the other carrier is now called %s", story)
	}
	if got := x.Assign(nthID(3), day0, p); got != nthID(3) {
		t.Errorf("a later carrier is in story %s", got)
	}
}

// TestRestoreWithoutTheFirst: the next carrier stands for a story whose first was taken down, and
// an edit that was restored still stands beside the text that it replaced.
func TestRestoreWithoutTheFirst(t *testing.T) {
	t.Parallel()
	x := open(t, Options{})
	en, km := Fingerprint("", roadEn), Fingerprint("", roadKm)
	x.Restore(nthID(2), nthID(1), day0, day0, en)
	x.Restore(nthID(3), nthID(1), day0, day0, en)
	x.Restore(nthID(2), nthID(2), day0, day0, km) // known: it keeps its story
	for i, p := range []Print{en, km} {
		if got := x.Assign(nthID(4+i), day0, p); got != nthID(1) {
			t.Errorf("carrier %d is in story %s", i, got)
		}
	}
	if s := x.Stats(); s.Posts != 4 || s.Prints != 2 {
		t.Errorf("%+v", s)
	}
}

func TestBadOptions(t *testing.T) {
	t.Parallel()
	_, err := New(Options{Window: time.Second, MaxPosts: -1})
	if err == nil || !strings.Contains(err.Error(), "window") || !strings.Contains(err.Error(), "max_posts") {
		t.Errorf("%v", err)
	}
}
