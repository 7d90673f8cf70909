package watch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"samleng"
	"samleng/alerts/rule"
)

func scenePost(n int, story, source string, label samleng.Label, text string) samleng.ScenePost {
	return samleng.ScenePost{
		ID: samleng.NewPostID("p", fmt.Sprint(n)), Story: samleng.NewPostID("s", story), Carriers: 1, Source: source, URL: "https://x.example", Text: text, Label: label,
		Confidence: .8, Published: noon.Add(time.Duration(n) * time.Second),
	}
}

func TestExamplesAreDiverse(t *testing.T) {
	t.Parallel()
	var posts []samleng.ScenePost
	for i := range 20 {
		posts = append(posts, scenePost(i, "copied", "loud", samleng.Negative, "the same"))
		posts[i].Carriers = 20
	}
	for i := range 6 {
		posts = append(posts, scenePost(100+i, fmt.Sprint(i), fmt.Sprint("source", i), []samleng.Label{samleng.Negative, samleng.Neutral}[i%2], "other"))
	}
	got := examples(posts, samleng.Negative)
	sources := map[string]bool{}
	negative := 0
	for _, e := range got {
		sources[e.Source] = true
		if e.Label == samleng.Negative {
			negative++
		}
	}
	if len(got) != mostExamples || len(sources) != mostExamples || negative != 4 || got[0].Source != "loud" {
		t.Errorf("%d examples, %d sources, %d negative, first of %s", len(got), len(sources), negative, got[0].Source)
	}
	if all := examples(posts[:3], ""); len(all) != 1 {
		t.Errorf("one story gives %d examples", len(all))
	}
}

func TestNewTerms(t *testing.T) {
	t.Parallel()
	var posts []samleng.ScenePost
	for i := range 12 {
		posts = append(posts, scenePost(i, fmt.Sprint(i), fmt.Sprint("s", i%4), samleng.Negative, "The bridge has collapsed in the night 2026"))
	}
	posts = append(posts, scenePost(99, "x", "s1", samleng.Negative, "unheard unheard unheard"))
	var before []string
	for i := range 300 {
		before = append(before, fmt.Sprintf("The road has been closed in the day, says number %d", i))
	}
	got := newTerms(posts, before, strings.Fields, samleng.MinimumGroup{})
	for _, want := range []string{"bridge", "collapsed", "night"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q lacks %s", got, want)
		}
	}
	for _, never := range []string{"the", "in", "2026", "unheard", "has"} {
		if slices.Contains(got, never) {
			t.Errorf("%q holds %s", got, never)
		}
	}
	if got := newTerms(nil, nil, strings.Fields, samleng.MinimumGroup{}); len(got) != 0 {
		t.Errorf("nothing gives %q", got)
	}
}

// TestTermsOfFew has a word that so many posts hold, each its own story, between twenty of another.
func TestTermsOfFew(t *testing.T) {
	t.Parallel()
	minimum := samleng.MinimumGroup{Posts: 5, Sources: 3}
	for name, c := range map[string]struct {
		kinds          []samleng.Kind // of the posts that hold the word, in turn
		posts, sources int
		want           bool
	}{
		"enough posts of enough sources": {[]samleng.Kind{samleng.KindSocial}, 6, 3, true},
		"too few posts":                  {[]samleng.Kind{samleng.KindSocial}, 4, 4, false},
		"too few sources":                {[]samleng.Kind{samleng.KindSocial}, 9, 2, false},
		"two kinds, each too few":        {[]samleng.Kind{samleng.KindSocial, samleng.KindSurvey}, 8, 4, false},
		"two papers":                     {[]samleng.Kind{samleng.KindNews}, 4, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var posts []samleng.ScenePost
			for i := range c.posts {
				p := scenePost(i, fmt.Sprint(i), fmt.Sprint("s", i%c.sources), samleng.Negative, "flooded flooded")
				p.Kind = c.kinds[i%len(c.kinds)]
				posts = append(posts, p)
			}
			var before []string
			for i := range 300 {
				before = append(before, "usual words")
				if i < 20 {
					p := scenePost(1000+i, fmt.Sprint(1000+i), fmt.Sprint("n", i%9), samleng.Neutral, "usual")
					p.Kind = samleng.KindNews
					posts = append(posts, p)
				}
			}
			if got := newTerms(posts, before, strings.Fields, minimum); slices.Contains(got, "flooded") != c.want {
				t.Errorf("terms are %q", got)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "short", strings.Repeat("ប្រជាពលរដ្ឋ", 300), strings.Repeat("word ", 900)} {
		got := shorten(text, longestExample)
		if len(got) > longestExample || !utf8.ValidString(got) || !strings.HasPrefix(text, got) {
			t.Errorf("%d bytes of %d", len(got), len(text))
		}
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	r := rule.Rule{ID: "r", Name: rule.Name{Khmer: "ក", English: "R"}, Channels: []string{"team"}}
	book, err := rule.NewBook(rule.Config{Rules: []rule.Rule{r}, Silences: []rule.Silence{
		{Topic: "health", Until: noon.Add(time.Hour).Format(time.RFC3339), Reason: "known"},
		{Topic: "migration", From: noon.Add(time.Minute).Format(time.RFC3339), Until: noon.Add(time.Hour).Format(time.RFC3339), Reason: "known"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	alert := func(topic string, state samleng.AlertState, number int, level samleng.Level) samleng.Alert {
		return samleng.Alert{Episode: topic, Number: number, State: state, Level: level, Rule: "r", Series: samleng.Series{Topic: topic}, At: noon}
	}
	later := func(a samleng.Alert) samleng.Alert {
		a.At = noon.Add(2 * time.Minute)
		return a
	}
	type step struct {
		a       samleng.Alert
		stories int
		want    string // channels and reason; empty: no record
	}
	tests := map[string][]step{
		"told, and its end": {
			{alert("land", samleng.AlertOpened, 1, samleng.LevelWarning), 9, "[team] warning"},
			{alert("land", samleng.AlertClosed, 2, samleng.LevelWarning), 0, "[team] warning"},
			{alert("land", samleng.AlertClosed, 3, samleng.LevelWarning), 0, ""},
		},
		"copies are one level lower": {
			{alert("land", samleng.AlertOpened, 1, samleng.LevelWarning), 2, "[] notice a notice is for the digest"},
			{alert("land", samleng.AlertEscalated, 2, samleng.LevelUrgent), 2, "[team] warning"},
			{alert("land", samleng.AlertClosed, 3, samleng.LevelWarning), 0, "[team] warning"},
		},
		"silenced, and so is its end": {
			{alert("health", samleng.AlertOpened, 1, samleng.LevelUrgent), 9, "[] urgent silenced until 2026-11-22T13:00:00Z: known"},
			{alert("health", samleng.AlertClosed, 2, samleng.LevelUrgent), 0, ""},
		},
		"silenced after it was told, but for its end": {
			{alert("migration", samleng.AlertOpened, 1, samleng.LevelWarning), 9, "[team] warning"},
			{later(alert("migration", samleng.AlertEscalated, 2, samleng.LevelUrgent)), 9, "[] urgent silenced until 2026-11-22T13:00:00Z: known"},
			{later(alert("migration", samleng.AlertClosed, 3, samleng.LevelUrgent)), 0, "[team] urgent"},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &group{rule: r, memory: memory{Episodes: map[string]*told{}}}
			for i, s := range steps {
				got := ""
				if record, ok := g.decide(book, &s.a, s.a.At, behind{s.stories, s.stories < fewStories}); ok {
					got = strings.TrimSpace(fmt.Sprint(record.Channels, " ", record.Alert.Level, " ", record.Alert.Held))
				}
				if got != s.want {
					t.Errorf("step %d: %q, want %q", i, got, s.want)
				}
			}
			if len(g.memory.Episodes) != 0 {
				t.Errorf("remembers %v", g.memory.Episodes)
			}
		})
	}
}
