package collectors_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"samleng"
	"samleng/collectors"
)

// post makes a valid post with the given text.
func post(own, text string) samleng.Post {
	p := samleng.Post{ID: samleng.NewPostID("test", own), Source: "test", Kind: samleng.KindNews, Text: text}
	seen := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	p.SetPublished(seen.Add(-time.Hour), seen)
	return p
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	p := post("a", "  Write to someone@example.org or 012 345 678.\xff\n")
	p.Title = "Ask @somebody"
	if err := collectors.Prepare(&p); err != nil {
		t.Fatal(err)
	}
	if p.Title != "Ask [handle]" || p.Text != "Write to [email] or [phone].\uFFFD" || p.Schema != samleng.PostSchema || p.Flags != nil {
		t.Errorf("got %+v", p)
	}

	p = post("b", strings.Repeat("ក្រុ", 100_000))
	p.Title = strings.Repeat("x", 5000)
	if err := collectors.Prepare(&p); err != nil {
		t.Fatal(err)
	}
	if len(p.Title) != samleng.MaxTitle || len(p.Text) > samleng.MaxText || len(p.Text) < samleng.MaxText-20 ||
		!strings.HasSuffix(p.Text, "ក្រុ") || !slices.Equal(p.Flags, []samleng.Flag{samleng.FlagTruncated}) {
		t.Errorf("%d and %d bytes, flags %v, ends with %q", len(p.Title), len(p.Text), p.Flags, p.Text[len(p.Text)-12:])
	}
	if err := collectors.Prepare(&p); err != nil || len(p.Flags) != 1 {
		t.Errorf("a second time: %v, flags %v", err, p.Flags)
	}

	// An identifier across the limit is masked whole.
	p = post("c", strings.Repeat("x", samleng.MaxText-5)+" 012 345 678")
	if err := collectors.Prepare(&p); err != nil || strings.Contains(p.Text, "012") {
		t.Errorf("%v, ends with %q", err, p.Text[len(p.Text)-12:])
	}

	p = post("d", " \n ")
	if err := collectors.Prepare(&p); samleng.ClassOf(err) != samleng.BadInput {
		t.Errorf("an empty post: %v", err)
	}

	p = post("e", "By Firstname Lastname\nRain fell.")
	if err := collectors.Prepare(&p); err != nil || p.Text != "Rain fell." {
		t.Errorf("%v, %q", err, p.Text)
	}
}

func TestPrepareAddress(t *testing.T) {
	t.Parallel()
	for address, kept := range map[string]bool{
		"https://www.facebook.com/sok.dara.99/posts/123": false, "https://mastodon.social/@sokdara/111": false,
		"https://x.com/sokdara/status/1?email=sok@dara.com": false, "https://news.example.org/author/sok-dara/post?phone=012345678": false,
		"https://news.example.org/2026/11/22/012345678.html": true, "https://news.example.org/article/501234567": true, "": true,
	} {
		p := post("a", "text")
		p.URL = address
		id := p.ID
		if err := collectors.Prepare(&p); err != nil || (p.URL == address) != kept || !kept && p.URL != "" || p.ID != id {
			t.Errorf("%s: %v, becomes %q", address, err, p.URL)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	const word = "ស្ត្រី" // one character to a reader, 18 bytes
	for limit := range 2 * len(word) {
		got, cut := collectors.Cut(word+word, limit)
		want := ""
		if limit >= len(word) {
			want = word
		}
		if got != want || !cut {
			t.Errorf("at %d: %q, %v, want %q", limit, got, cut, want)
		}
	}
	if got, cut := collectors.Cut(word, len(word)); got != word || cut {
		t.Errorf("at its length: %q, %v", got, cut)
	}
	heap := "a" + strings.Repeat("\u0301", 1000)
	if got, _ := collectors.Cut(heap, 999); len(got) < 900 || !utf8.ValidString(got) {
		t.Errorf("a heap of accents is cut to %d bytes", len(got))
	}
}

func FuzzCut(f *testing.F) {
	f.Add("ស្ត្រី", 5)
	f.Add("a\u200d\u0301 b", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit &= 0xff
		got, cut := collectors.Cut(s, limit)
		if len(got) > limit && cut || !cut && got != s || !strings.HasPrefix(s, got) && strings.TrimSpace(s) == s || utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("Cut(%q, %d) = %q, %v", s, limit, got, cut)
		}
	})
}

func TestWrap(t *testing.T) {
	t.Parallel()
	var emitted []samleng.Post
	refuse := error(nil)
	emit := func(_ context.Context, posts []samleng.Post) error {
		if refuse == nil {
			emitted = append(emitted, posts...)
		}
		return refuse
	}
	var out collectors.Outcome
	wrapped := collectors.Wrap(emit, &out)
	given := []samleng.Post{post("a", "call 012 345 678"), {}, post("b", "two")}
	given[2].Published = given[2].Published.Add(time.Minute)
	if err := wrapped(t.Context(), given); err != nil {
		t.Fatal(err)
	}
	if len(emitted) != 2 || emitted[0].Text != "call [phone]" || given[0].Text != "call 012 345 678" {
		t.Errorf("emitted %+v of %+v", emitted, given)
	}
	if out.Posts != 2 || out.Rejected != 1 || len(out.Reasons) != 1 || !out.Newest.Equal(given[2].Published) {
		t.Errorf("outcome %+v", out)
	}

	refuse = samleng.WithClass(samleng.RetryAfter, errors.New("broker is away"))
	if err := wrapped(t.Context(), given[:1]); samleng.ClassOf(err) != samleng.RetryAfter || out.Posts != 2 {
		t.Errorf("refused: %v, outcome %+v", err, out)
	}
	if err := wrapped(t.Context(), []samleng.Post{{}}); err != nil || out.Rejected != 2 {
		t.Errorf("nothing fit to emit: %v, outcome %+v", err, out)
	}
	for range 100 {
		_ = wrapped(t.Context(), []samleng.Post{{}})
	}
	if len(out.Reasons) != collectors.MaxReasons || out.Rejected != 102 {
		t.Errorf("%d reasons of %d rejections", len(out.Reasons), out.Rejected)
	}
}
