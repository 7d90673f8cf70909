package link

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samleng"
)

var at = time.Date(2026, 11, 22, 1, 3, 0, 0, time.UTC)

func maker(t testing.TB) *Maker {
	t.Helper()
	m, err := New("https://samleng.example/", []byte(strings.Repeat("k", KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func alert() *samleng.Alert {
	return &samleng.Alert{
		Episode: "0123456789abcdef0123456789abcdef", Rule: "topics", At: at, Start: at.Add(-3 * time.Hour), End: at,
		Series: samleng.Series{Topic: "land", Place: "17", Kind: samleng.KindNews, Language: "km"},
	}
}

// of is the alert under another episode.
func of(episode string) *samleng.Alert {
	a := alert()
	a.Episode = episode
	return a
}

func TestPage(t *testing.T) {
	t.Parallel()
	m := maker(t)
	long := alert()
	long.Episode, long.Start, long.Series = "", at.Add(-50*time.Hour), samleng.Series{Keyword: "road", Stories: true, Kind: "odd"}
	for _, c := range []struct {
		alert *samleng.Alert
		want  string
	}{
		{alert(), "https://samleng.example/alerts?episode=0123456789abcdef0123456789abcdef"},
		{of("digest:morning"), "https://samleng.example/?from=2026-11-21T08:00&to=2026-11-22T08:05&topic=land&kind=news&language=km"},
		{long, "https://samleng.example/?from=2026-11-20T06:00&to=2026-11-22T08:05&count=stories"},
		{&samleng.Alert{}, "https://samleng.example"},
	} {
		if got := m.Page(c.alert); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	m, a := maker(t), alert()
	for _, action := range samleng.AlertActions() {
		address := m.Act(a, action)
		token, ok := strings.CutPrefix(address, "https://samleng.example/a/")
		if !ok || len(address) > 130 || address != m.Act(a, action) {
			t.Fatalf("address %q", address)
		}
		want := samleng.AlertClaim{Action: action, Episode: a.Episode, Rule: "topics", Topic: "land", Place: "17", Expires: at.Add(Holds)}
		if action == samleng.ActionSilence {
			want.Kind, want.Language = samleng.KindNews, "km"
		}
		if got, err := m.Claim(token, at); err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := m.Claim(token, at.Add(Holds)); !errors.Is(err, ErrExpired) {
			t.Errorf("after it has expired: %v", err)
		}
	}
	a.Episode = "digest-2026"
	if got, err := m.Claim(strings.TrimPrefix(m.Act(a, samleng.ActionKnown), "https://samleng.example/a/"), at); err != nil || got.Episode != a.Episode {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestSilenceNamesItsSeries reads back what a link silences, and a link as it was made before a
// link could say it.
func TestSilenceNamesItsSeries(t *testing.T) {
	t.Parallel()
	m := maker(t)
	for _, s := range []samleng.Series{
		{}, {Topic: "land"}, {Topic: "land", Place: "17", Kind: samleng.KindSocial}, {Keyword: "ស្ពាន", Language: "km"}, {Keyword: strings.Repeat("ក", 85), Place: "12"},
	} {
		a := alert()
		a.Series = s
		got, err := m.Claim(strings.TrimPrefix(m.Act(a, samleng.ActionSilence), "https://samleng.example/a/"), at)
		want := samleng.SilenceRequest{Rule: "topics", Topic: s.Topic, Place: s.Place, Kind: s.Kind, Language: s.Language, Keyword: s.Keyword}
		if err != nil || got.Silences() != want {
			t.Errorf("got %+v, %v, want %+v", got.Silences(), err, want)
		}
	}
	old, err := m.token(samleng.AlertClaim{Action: samleng.ActionSilence, Episode: alert().Episode, Rule: "words", Expires: at.Add(Holds)})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Claim(old, at); err != nil || got.Rule != "words" || got.Keyword != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	long := alert()
	long.Series = samleng.Series{Keyword: strings.Repeat("k", 256)}
	if got := m.Act(long, samleng.ActionSilence); got != "" {
		t.Errorf("a phrase that a link cannot name: %s", got)
	}
	if m.Act(long, samleng.ActionFalse) == "" {
		t.Error("a verdict does not need the phrase")
	}
}

func TestNoLinkFor(t *testing.T) {
	t.Parallel()
	m := maker(t)
	for name, change := range map[string]func(*samleng.Alert){
		"no episode": func(a *samleng.Alert) { a.Episode = "" }, "a long rule": func(a *samleng.Alert) { a.Rule = strings.Repeat("r", 65) },
		"no time": func(a *samleng.Alert) { a.At = time.Time{} }, "an episode like another's bytes": func(a *samleng.Alert) { a.Episode = strings.Repeat("e", 16) },
	} {
		a := alert()
		change(a)
		if got := m.Act(a, samleng.ActionFalse); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := m.Act(alert(), "delete"); got != "" {
		t.Errorf("an unknown action: %s", got)
	}
	nowhere, err := New("", []byte(strings.Repeat("k", KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	if nowhere.Page(alert()) != "" || nowhere.Act(alert(), samleng.ActionFalse) != "" {
		t.Error("links of a page without address")
	}
}

// TestEveryBitCounts changes a token in every place.
func TestEveryBitCounts(t *testing.T) {
	t.Parallel()
	m := maker(t)
	token := strings.TrimPrefix(m.Act(alert(), samleng.ActionFalse), "https://samleng.example/a/")
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 * len(b) {
		b[i/8] ^= 1 << (i % 8)
		if _, err := m.Claim(base64.RawURLEncoding.EncodeToString(b), at); !errors.Is(err, ErrForged) {
			t.Fatalf("bit %d: %v", i, err)
		}
		b[i/8] ^= 1 << (i % 8)
	}
	for _, bad := range []string{"", "a", token[:len(token)-1], token + "A", token + "=", strings.Repeat("A", 1600)} {
		if _, err := m.Claim(bad, at); !errors.Is(err, ErrForged) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	other, err := New("https://samleng.example", []byte(strings.Repeat("o", KeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Claim(token, at); !errors.Is(err, ErrForged) {
		t.Errorf("by another key: %v", err)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "links.key")
	first, err := Key(file)
	if err != nil || len(first) != KeyBytes {
		t.Fatalf("%d bytes, %v", len(first), err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	again, err := Key(file)
	if err != nil || string(again) != string(first) {
		t.Errorf("another key the second time, %v", err)
	}
	if err := os.WriteFile(file, []byte("zz"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Key(file); err == nil || !strings.Contains(err.Error(), "hexadecimal") {
		t.Errorf("a broken file: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".links-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"samleng.example", "ftp://x.example", "https://x.example/?a=b", "https://u@x.example"} {
		if _, err := New(address, make([]byte, KeyBytes)); err == nil {
			t.Errorf("%s is taken", address)
		}
	}
	if _, err := New("", make([]byte, 8)); err == nil {
		t.Error("a short key is taken")
	}
}

func FuzzClaim(f *testing.F) {
	m, err := New("https://samleng.example", []byte(strings.Repeat("k", KeyBytes)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(strings.TrimPrefix(m.Act(alert(), samleng.ActionFalse), "https://samleng.example/a/"))
	more := alert()
	more.Series = samleng.Series{Keyword: "ស្ពាន"}
	f.Add(strings.TrimPrefix(m.Act(more, samleng.ActionSilence), "https://samleng.example/a/"))
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, token string) {
		_, _ = parse([]byte(token)) // must not panic, signed or not
		c, err := m.Claim(token, at)
		if err != nil {
			return
		}
		if again, err := m.token(c); err != nil || again != token {
			t.Errorf("%q is read and written as %q, %v", token, again, err)
		}
	})
}
