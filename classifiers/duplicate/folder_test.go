package duplicate

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"samleng"
)

func TestReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{Dir: dir, MaxPosts: 20_000}
	stories := map[samleng.PostID]samleng.PostID{}
	r := rand.New(rand.NewPCG(1, 2))
	var prints []Print
	for round := range 4 {
		x := open(t, o)
		if s := x.Stats(); s.Posts != len(stories) || s.Damaged != 0 || s.Lost != 0 {
			t.Fatalf("round %d: %+v, want %d posts", round, s, len(stories))
		}
		for id, want := range stories {
			if got, ok := x.Story(id); !ok || got != want {
				t.Fatalf("round %d: %s was in %s and is in %s", round, id, want, got)
			}
		}
		for i := range 4000 {
			id, p := randomPost(r)
			if i%3 == 0 && len(prints) > 0 {
				p = prints[r.IntN(len(prints))]
			}
			stories[id] = x.Assign(id, day0, p)
			if stories[id] == id {
				prints = append(prints, p)
			}
			if i%1000 == 0 {
				_, edited := randomPost(r)
				x.Assign(id, day0, edited)
				prints = append(prints, edited)
			}
		}
		x.Remove(nthID(round), func() samleng.PostID { // one that is there
			for id := range stories {
				delete(stories, id)
				return id
			}
			return samleng.PostID{}
		}())
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(segmentsOf(t, dir)); n < 4 {
		t.Errorf("%d segments: the test should see several", n)
	}
}

func segmentsOf(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "stories-*.log"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// TestFolderStaysBounded: segments go when nothing in them is needed.
func TestFolderStaysBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := &clock{day0}
	x := open(t, Options{Dir: dir, MaxPosts: 2000, Now: c.now})
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		c.at = c.at.Add(time.Second)
		id, p := randomPost(r)
		x.Assign(id, c.at, p)
		if err := x.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	var size int64
	for _, name := range segmentsOf(t, dir) {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if most := int64(2000+2*1024) * int64(recordFirst.size()); size > most {
		t.Errorf("%d bytes for 2000 posts, at most %d", size, most)
	}
	c.at = c.at.Add(DefaultWindow + time.Second)
	id, p := randomPost(r)
	x.Assign(id, c.at, p)
	if n := len(segmentsOf(t, dir)); n != 1 {
		t.Errorf("%d segments after all has expired", n)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	y := open(t, Options{Dir: dir, MaxPosts: 2000, Now: c.now})
	if _, ok := y.Story(id); !ok {
		t.Error("the last post is gone")
	}
}

// TestDamage cuts the newest segment at every length, and breaks an older one.
func TestDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x := open(t, Options{Dir: dir})
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3 {
		_, p := randomPost(r)
		x.Assign(nthID(i), day0, p)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	name := segmentsOf(t, dir)[0]
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) + 1 {
		if err := os.WriteFile(name, append(slices.Clone(whole[:n]), 0, 0), 0o600); err != nil {
			t.Fatal(err)
		}
		y, err := Open(Options{Dir: dir, Now: x.now})
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		want := max(0, n-len(segmentMagic)) / recordFirst.size()
		if s := y.Stats(); s.Posts != want || s.Damaged != 1 {
			t.Fatalf("cut at %d: %+v, want %d posts", n, s, want)
		}
		_, p := randomPost(r)
		y.Assign(nthID(100), day0, p)
		if err := y.Close(); err != nil {
			t.Fatal(err)
		}
		z := open(t, Options{Dir: dir})
		if s := z.Stats(); s.Posts != want+1 {
			t.Fatalf("cut at %d and gone on: %+v, want %d posts", n, s, want+1)
		}
		_ = z.Close()
		for _, other := range segmentsOf(t, dir) {
			if other != name {
				_ = os.Remove(other)
			}
		}
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	x := open(t, Options{Dir: t.TempDir()})
	r := rand.New(rand.NewPCG(1, 2))
	id, p := randomPost(r)
	x.Assign(id, day0, p)
	good := x.log.file
	closed, err := os.Open(good.Name()) // for reading: writing fails
	if err != nil {
		t.Fatal(err)
	}
	x.log.file = closed
	if err := x.Flush(); err == nil {
		t.Fatal("no error")
	}
	n := 0
	for ; x.Stats().Lost == 0; n++ {
		id, p := randomPost(r)
		x.Assign(id, day0, p)
		if n > keepAtMost {
			t.Fatal("the records that cannot be written are kept without a bound")
		}
	}
	x.log.file = good
	last, q := randomPost(r)
	if x.Assign(last, day0, q) != last || x.Assign(id, day0, p) != id {
		t.Error("the answers are wrong")
	}
	if err := x.Flush(); err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
}
