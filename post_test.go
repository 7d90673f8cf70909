package samleng_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"samleng"
)

func TestPostIDIsFixedForEver(t *testing.T) {
	t.Parallel()
	// These values are a promise to every store that holds posts: they must never change.
	tests := []struct{ namespace, own, want string }{
		{"web", "https://example.org/a", "d00940a575e00d7e2d28734bc8dfe25e"},
		{"feed", "https://example.org/a", "33fa1f063aca029ebcdb035754447dcd"},
	}
	for _, tt := range tests {
		id := samleng.NewPostID(tt.namespace, tt.own)
		if got := id.String(); got != tt.want {
			t.Errorf("NewPostID(%q, %q) = %s, want %s", tt.namespace, tt.own, got, tt.want)
		}
		back, err := samleng.ParsePostID(id.String())
		if err != nil || back != id {
			t.Errorf("ParsePostID(%s) = %s, %v", id, back, err)
		}
	}
	if samleng.NewPostID("a", "bc") == samleng.NewPostID("ab", "c") {
		t.Error("namespace and own id run into each other")
	}
}

func TestParsePostIDRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "12", strings.Repeat("g", 32), strings.Repeat("a", 33)} {
		if _, err := samleng.ParsePostID(in); err == nil {
			t.Errorf("ParsePostID(%q) gave no error", in)
		}
	}
}

func TestSetPublished(t *testing.T) {
	t.Parallel()
	seen := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name    string
		claimed time.Time
		want    time.Time
		flag    samleng.Flag
	}{
		{"believed", seen.Add(-time.Hour), seen.Add(-time.Hour), ""},
		{"a little ahead", seen.Add(9 * time.Minute), seen.Add(9 * time.Minute), ""},
		{"missing", time.Time{}, seen, samleng.FlagDateMissing},
		{"next week", seen.AddDate(0, 0, 7), seen, samleng.FlagDateFuture},
		{"year 2203", seen.AddDate(177, 0, 0), seen, samleng.FlagDateFuture},
		{"year 1970", time.Unix(0, 0), seen, samleng.FlagDateOld},
		{"other zone", time.Date(2026, 11, 22, 18, 0, 0, 0, time.FixedZone("ICT", 7*3600)), seen.Add(-time.Hour), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var p samleng.Post
			p.SetPublished(tt.claimed, seen)
			if !p.Published.Equal(tt.want) || p.Published.Location() != time.UTC {
				t.Errorf("Published = %s, want %s in UTC", p.Published, tt.want)
			}
			if got := slices.Contains(p.Flags, tt.flag); got != (tt.flag != "") {
				t.Errorf("Flags = %q, want %q", p.Flags, tt.flag)
			}
		})
	}
}

func TestValidateNamesEveryFault(t *testing.T) {
	t.Parallel()
	p := samleng.Post{Schema: 99, Kind: "rumour"}
	err := p.Validate()
	if samleng.ClassOf(err) != samleng.BadInput {
		t.Fatalf("class = %q, want bad-input", samleng.ClassOf(err))
	}
	for _, want := range []string{"schema version 99", "id is missing", `source "": want`, `kind "rumour"`, "both empty", "published 0001-01-01T00:00:00Z is not between", "seen_at 0001-01-01T00:00:00Z cannot be"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q: %v", want, err)
		}
	}
}

func TestPostJSONKeepsEverything(t *testing.T) {
	t.Parallel()
	want := samleng.Post{
		Schema: samleng.PostSchema, ID: samleng.NewPostID("web", "x"), Source: "s", Kind: samleng.KindNews,
		URL: "https://example.org/x", Title: "ចំណងជើង", Text: "a\nb",
		Published: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), SeenAt: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC),
		Language: "km", Flags: []samleng.Flag{samleng.FlagSummary}, Sample: true,
	}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got samleng.Post
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(got); err != nil || string(again) != string(b) {
		t.Errorf("round trip: %s, %v, want %s", again, err, b)
	}
}

func TestErrorClasses(t *testing.T) {
	t.Parallel()
	base := errors.New("refused")
	err := samleng.WithWait(samleng.RateLimited, time.Minute, base)
	wrapped := errors.Join(errors.New("other"), err)
	if got := samleng.ClassOf(wrapped); got != samleng.RateLimited {
		t.Errorf("ClassOf = %q", got)
	}
	if got := samleng.WaitOf(wrapped); got != time.Minute {
		t.Errorf("WaitOf = %s", got)
	}
	if !errors.Is(wrapped, base) {
		t.Error("the cause is lost")
	}
	if samleng.ClassOf(base) != samleng.Permanent || samleng.ClassOf(nil) != "" || samleng.WithClass(samleng.BadInput, nil) != nil {
		t.Error("an unclassified error is permanent, and no error has no class")
	}
}
