package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"samleng"
)

func TestPostsPaging(t *testing.T) {
	t.Parallel()
	store := newMemory(testPosts(noon, 400), testSources(noon))
	page := apiPage(t, store)
	seen := map[samleng.PostID]bool{}
	last := time.Time{}
	cursor, rounds := "", 0
	for {
		var got postsJSON
		path := "/api/v1/posts?period=30d&limit=37"
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		get(t, page, path, &got)
		for _, p := range got.Posts {
			if seen[p.ID] {
				t.Fatalf("post %s comes twice", p.ID)
			}
			if !last.IsZero() && p.Published.After(last) {
				t.Fatalf("post of %s after one of %s", p.Published, last)
			}
			seen[p.ID], last = true, p.Published
		}
		rounds++
		if cursor = got.Next; cursor == "" || rounds > 50 {
			break
		}
	}
	want := 0
	for _, p := range store.all {
		if matches(p, samleng.Filter{From: ceil(noon).Add(-30 * 24 * time.Hour), To: ceil(noon)}) {
			want++
		}
	}
	if len(seen) != want || want == 0 {
		t.Errorf("%d posts in %d pages, want %d", len(seen), rounds, want)
	}
}

func TestPostsOfOneTime(t *testing.T) {
	t.Parallel()
	var posts []samleng.StoredPost
	for i := range 10 {
		posts = append(posts, one("land", samleng.KindNews, "a", "km", samleng.Neutral, noon.Add(-time.Hour), i))
	}
	page := apiPage(t, newMemory(posts, nil))
	var first, second, third postsJSON
	get(t, page, "/api/v1/posts?limit=5", &first)
	get(t, page, "/api/v1/posts?limit=4&cursor="+first.Next, &second)
	get(t, page, "/api/v1/posts?limit=4&cursor="+second.Next, &third)
	if len(first.Posts) != 5 || len(second.Posts) != 4 || len(third.Posts) != 1 || third.Next != "" {
		t.Errorf("%d, %d, %d posts, next %q", len(first.Posts), len(second.Posts), len(third.Posts), third.Next)
	}
}

// TestSmallGroups holds the rule that few posts by private people are not shown.
func TestSmallGroups(t *testing.T) {
	t.Parallel()
	state := func(id string, k samleng.Kind) samleng.SourceState {
		return samleng.SourceState{ID: id, Name: strings.ToUpper(id), Kind: k}
	}
	states := []samleng.SourceState{state("n", samleng.KindNews), state("s1", samleng.KindSocial), state("s2", samleng.KindSocial), state("s3", samleng.KindSocial), state("v", samleng.KindSurvey)}
	var many []samleng.StoredPost
	for i := range 6 {
		many = append(many, one("land", samleng.KindSocial, []string{"s1", "s2", "s3"}[i%3], "km", samleng.Neutral, noon.Add(-time.Minute), i))
	}
	news := one("land", samleng.KindNews, "n", "km", samleng.Neutral, noon.Add(-time.Hour), 100)
	lone := one("migration", samleng.KindSocial, "s1", "km", samleng.Neutral, noon.Add(-time.Hour), 101)
	survey := one("land", samleng.KindSurvey, "v", "km", samleng.Neutral, noon.Add(-time.Hour), 102)
	one3 := append([]samleng.StoredPost{news}, many[:3]...)
	for _, test := range []struct {
		name     string
		posts    []samleng.StoredPost
		query    string
		want     int
		withheld bool
	}{
		{"a group that is large enough", many, "topic=land", 6, false},
		{"too few posts", one3, "", 1, true},
		{"news beside too few", one3, "kind=news", 1, false},
		{"social alone", one3, "kind=social", 0, true},
		{"one survey among many social", append([]samleng.StoredPost{survey}, many...), "", 6, true},
		{"a language of one source", append([]samleng.StoredPost{
			one("land", samleng.KindSocial, "s1", "en", samleng.Neutral, noon.Add(-time.Minute), 110),
		}, many...), "language=en", 0, true},
		{"a hidden topic", append([]samleng.StoredPost{lone}, many...), "topic=migration", 0, true},
		{"six posts of one source", func() []samleng.StoredPost {
			var out []samleng.StoredPost
			for i := range 6 {
				out = append(out, one("", samleng.KindSocial, "s1", "km", samleng.Neutral, noon.Add(-time.Minute), i))
			}
			return out
		}(), "", 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got postsJSON
			get(t, apiPage(t, newMemory(test.posts, states)), "/api/v1/posts?"+test.query, &got)
			if len(got.Posts) != test.want || got.Withheld != test.withheld || got.Next != "" {
				t.Errorf("%d posts, withheld %v, next %q; want %d, %v", len(got.Posts), got.Withheld, got.Next, test.want, test.withheld)
			}
		})
	}
	t.Run("withheld posts in front of many others", func(t *testing.T) {
		t.Parallel()
		posts := []samleng.StoredPost{lone}
		for i := range 30 {
			posts = append(posts, one("land", samleng.KindNews, "n", "km", samleng.Neutral, noon.Add(-2*time.Hour), 200+i))
		}
		var got postsJSON
		get(t, apiPage(t, newMemory(posts, states)), "/api/v1/posts?limit=10", &got)
		if len(got.Posts) != 10 || !got.Withheld || got.Next == "" || got.Posts[0].SourceName != "N" {
			t.Errorf("%d posts, withheld %v, next %q", len(got.Posts), got.Withheld, got.Next)
		}
	})
}

func TestEvidencePlaces(t *testing.T) {
	t.Parallel()
	text := "😤 ដាច់ភ្លើង no *power*"
	p := samleng.StoredPost{Post: samleng.Post{Text: text, URL: "javascript:alert(1)", Source: "x"}}
	at := func(piece string, shift int) samleng.Evidence {
		start := strings.Index(text, piece) + shift
		return samleng.Evidence{Text: piece, Field: "text", Start: start, End: start + len(piece)}
	}
	p.Analysis.Sentiment.Evidence = []samleng.Evidence{
		at("ដាច់ភ្លើង", 0), at("power", 0), at("power", 1),
		{Text: "x", Field: "text", Start: -1, End: 0},
		{Text: "x", Field: "text", Start: 0, End: 9999},
		{Text: "x", Field: "body", Start: 0, End: 1},
	}
	p.Analysis.Places = []samleng.Place{{Code: "12", Khmer: "ភ្នំពេញ", English: "Phnom Penh", Score: 0.9, Evidence: p.Analysis.Sentiment.Evidence[:1]}}
	got := show(p, "")
	if place := got.Places[0]; place.Code != "12" || place.Evidence[0].Left == nil || *place.Evidence[0].Left != 3 {
		t.Errorf("place %+v", place)
	}
	units := utf16.Encode([]rune(text))
	for i, e := range got.Sentiment.Evidence {
		if i > 1 {
			if e.Left != nil || e.Right != nil {
				t.Errorf("evidence %d has a place where its text is not", i)
			}
			continue
		}
		if piece := string(utf16.Decode(units[*e.Left:*e.Right])); piece != e.Text {
			t.Errorf("evidence %d marks %q, want %q", i, piece, e.Text)
		}
	}
	if got.URL != "" || got.SourceName != "x" {
		t.Errorf("url %q, source name %q", got.URL, got.SourceName)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ក", maxShown)
	got, cut := shorten(long, maxShown)
	if !cut || len(got) > maxShown || len(got)%3 != 0 {
		t.Errorf("%d bytes, cut %v", len(got), cut)
	}
	if got, cut := shorten("short", maxShown); cut || got != "short" {
		t.Errorf("%q, %v", got, cut)
	}
}

func TestSafeURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://a.example/x?y=1": "https://a.example/x?y=1",
		"http://a.example":        "http://a.example",
		"javascript:alert(1)":     "", "JavaScript://a.example/%0aalert(1)": "", "data:text/html,x": "", "file:///etc/passwd": "", "//a.example": "", "https:///x": "", "": "", "http://[": "",
	} {
		if got := safeURL(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestSourceList(t *testing.T) {
	t.Parallel()
	states := []samleng.SourceState{
		{ID: "bad", Kind: samleng.KindNews, LastPoll: noon, Error: "no such host", Class: samleng.RetryAfter},
		{ID: "new", Kind: samleng.KindNews},
		{ID: "file", Kind: samleng.KindNews, LastPost: noon.Add(-800 * 24 * time.Hour)},
		{ID: "old", Kind: samleng.KindNews, LastPoll: noon, LastPost: noon.Add(-8 * 24 * time.Hour), URL: "javascript:alert(1)"},
		{ID: "fine", Name: "Fine", Kind: samleng.KindGovernment, LastPoll: noon, LastPost: noon.Add(-time.Hour), URL: "https://fine.example/"},
		{ID: "shy", Kind: samleng.KindSocial, LastPoll: noon, LastPost: noon.Add(-time.Hour)},
	}
	posts := []samleng.StoredPost{one("land", samleng.KindSocial, "shy", "km", samleng.Neutral, noon.Add(-time.Hour), 1)}
	page := apiPage(t, newMemory(posts, states))
	var got sourcesJSON
	get(t, page, "/api/v1/sources", &got)
	conditions := map[string]string{}
	for _, s := range got.Sources {
		conditions[s.ID] = s.Condition
		switch s.ID {
		case "shy":
			if !s.Few || s.Posts != 0 || s.LastPost != nil {
				t.Errorf("one post of a private person's source is counted: %+v", s)
			}
		case "old":
			if s.URL != "" || s.Name != "old" {
				t.Errorf("url %q, name %q", s.URL, s.Name)
			}
		case "new":
			if s.LastPoll != nil || s.LastPost != nil {
				t.Errorf("zero times are not null: %+v", s)
			}
		}
	}
	want := map[string]string{"bad": "failing", "new": "waiting", "file": "imported", "old": "silent", "fine": "ok", "shy": "ok"}
	for id, c := range want {
		if conditions[id] != c {
			t.Errorf("%s is %q, want %q", id, conditions[id], c)
		}
	}
	if got.Counts["ok"] != 2 || got.Counts["failing"] != 1 {
		t.Errorf("counts %v", got.Counts)
	}
	get(t, page, "/api/v1/sources?kind=government", &got)
	if len(got.Sources) != 1 || got.Sources[0].ID != "fine" {
		t.Errorf("government alone gives %+v", got.Sources)
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status Status
		want   string
	}{
		{"well", Status{State: Running, Sources: Reach{Configured: 3, Polled: 3, Reached: 3}}, ""},
		{"unreachable", Status{State: Waiting, Sources: Reach{Configured: 3, Polled: 3, Reason: "no such host."}}, "No source could be reached: no such host. Try `samleng up --sample` to see every view with sample data."},
		{"unreachable with a question", Status{Sources: Reach{Polled: 1, Reason: "is this machine online?"}}, "No source could be reached: is this machine online? Try `samleng up --sample` to see every view with sample data."},
		{"unreachable without a reason", Status{Sources: Reach{Polled: 1}}, "No source could be reached: no reason is known. Try `samleng up --sample` to see every view with sample data."},
		{"problem", Status{State: Waiting, Problems: []Problem{{Part: "kafka", Reason: "The broker is away."}}}, "The broker is away."},
		{"starting", Status{State: Starting, Activity: "Opening the database"}, "Opening the database"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			page := testPage(t, Options{Store: newMemory(nil, nil), Status: func() Status { return test.status }, Sample: true, Version: "v"}, calm())
			var got statusJSON
			if w := get(t, page, "/api/v1/status", &got); w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, %v", w.Code, w.Header())
			}
			if got.Sentence != test.want || !got.Sample || got.Version != "v" || got.Problems == nil || got.State == "" || got.AsOf == nil {
				t.Errorf("%+v, want the sentence %q", got, test.want)
			}
		})
	}
}

// TestSpans gives the languages of a mixed post their places in UTF-16, and cuts one that reaches
// beyond what is sent.
func TestSpans(t *testing.T) {
	t.Parallel()
	title, text := "😀 ខ្មែរ no", strings.Repeat("ក", maxShown/3+10)
	p := one("land", samleng.KindNews, "daily-river", samleng.Mixed, samleng.Negative, noon.Add(-time.Hour), 1)
	p.Post.Title, p.Post.Text = title, text
	p.Analysis.Topics, p.Analysis.Sentiment.Evidence = nil, nil
	p.Analysis.Scripts = map[string]float64{"Khmr": .9, "Latn": .1}
	p.Analysis.Spans = []samleng.LanguageSpan{
		{Field: "title", Start: 5, End: 20, Language: "km"},
		{Field: "title", Start: 21, End: 23, Language: "en"},
		{Field: "text", Start: 0, End: len(text), Language: "km"},
		{Field: "title", Start: 1, End: 3, Language: "xx"},
		{Field: "title", Start: 30, End: 40, Language: "xx"},
		{Field: "text", Start: -1, End: 3, Language: "xx"},
		{Field: "other", Start: 0, End: 1, Language: "xx"},
	}
	got := show(p, "")
	want := []spanJSON{{"title", 3, 8, "km"}, {"title", 9, 11, "en"}, {"text", 0, maxShown / 3, "km"}}
	if diff := cmp.Diff(want, got.Spans); diff != "" || got.Scripts["Khmr"] != .9 {
		t.Errorf("%v, want (-) got (+):\n%s", got.Scripts, diff)
	}
	if got = show(one("land", samleng.KindNews, "daily-river", "km", samleng.Negative, noon, 2), ""); got.Spans == nil || got.Scripts == nil {
		t.Error("a post without spans has null for a list")
	}
}
