package duplicate

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// child names the folder in which the test binary is to fill an index until it is killed.
const child = "SAMLENG_TEST_STORIES"

func TestMain(m *testing.M) {
	if dir := os.Getenv(child); dir != "" {
		if err := fillUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// fillUntilKilled assigns the posts of sequence 0 on, and says after each flush how many.
func fillUntilKilled(dir string) error {
	x, err := Open(Options{Dir: dir, MaxPosts: 100_000, Now: func() time.Time { return day0 }})
	if err != nil {
		return err
	}
	for n := 0; ; n++ {
		id, p := sequence(n)
		x.Assign(id, day0, p)
		if n%37 == 36 {
			if err := x.Flush(); err != nil {
				return err
			}
			fmt.Println(n + 1)
		}
	}
}

// sequence gives the post number n, of which every other carries the one before.
func sequence(n int) (id [16]byte, p Print) {
	_, p = randomPost(rand.New(rand.NewPCG(uint64(n/2), 0)))
	return nthID(n), p
}

// TestKill kills a process that fills an index, again and again: what was flushed is there,
// and the process that goes on gives the same answers.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	most := 0
	for round := range 6 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), child+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		flushed, seen := 0, 0
		for scan := bufio.NewScanner(out); scan.Scan(); {
			if flushed, err = strconv.Atoi(scan.Text()); err != nil {
				t.Fatal(err)
			}
			if seen++; seen == 40*(round+1) {
				_ = cmd.Process.Kill()
			}
		}
		_ = cmd.Wait()
		if seen < 40*(round+1) {
			t.Fatalf("the process ended by itself after %d posts", flushed)
		}
		most = max(most, flushed)
		x := open(t, Options{Dir: dir, MaxPosts: 100_000})
		for n := range most {
			id, _ := sequence(n)
			if story, ok := x.Story(id); !ok || story != nthID(n/2*2) {
				t.Fatalf("round %d: post %d of %d flushed is in story %s, known: %v", round, n, most, story, ok)
			}
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzReadRecord(f *testing.F) {
	id, p := sequence(1)
	for _, kind := range []recordKind{recordFirst, recordCarrier, recordEdit, recordRemoved} {
		r := record{kind: kind, id: id, story: id, arrived: 1, published: 2}
		if kind == recordFirst || kind == recordEdit {
			r.print = p
		}
		f.Add(appendRecord(nil, &r))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var r record
		n := readRecord(b, &r)
		if n == 0 {
			return
		}
		if again := appendRecord(nil, &r); string(again) != string(b[:n]) {
			t.Fatalf("%x came back as %x", b[:n], again)
		}
	})
}
