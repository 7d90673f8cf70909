package sample

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"samleng"
)

// now is eight in the evening in Phnom Penh: the ages are written for a replay at that hour.
var now = time.Date(2026, time.March, 20, 13, 0, 0, 0, time.UTC)

// topics are the ids of the topics that the program ships with.
var topics = strings.Fields(`public-order land roads-traffic water-electricity prices-markets jobs-labour
	public-services health education social-protection economy-business agriculture environment disasters
	governance-corruption elections-parties border-diplomacy technology-digital culture-sport migration`)

func mustLoad(t *testing.T) []entry {
	t.Helper()
	entries, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestPosts(t *testing.T) {
	t.Parallel()
	posts, err := Posts(now)
	if err != nil {
		t.Fatal(err)
	}
	if len(posts) < 420 {
		t.Errorf("%d posts, want at least 420", len(posts))
	}
	sources, err := Sources()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]int{}
	ids := map[samleng.PostID]bool{}
	for i, p := range posts {
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
		if !p.Sample {
			t.Errorf("post %s is not marked as sample", p.ID)
		}
		if p.URL != "" || len(p.Flags) != 0 {
			t.Errorf("post %s has url %q and flags %v, want neither", p.ID, p.URL, p.Flags)
		}
		if ids[p.ID] {
			t.Errorf("post %s comes twice", p.ID)
		}
		ids[p.ID] = true
		used[p.Source]++
		if i > 0 && p.Published.Before(posts[i-1].Published) {
			t.Errorf("post %s is older than the one before it", p.ID)
		}
		if age := now.Sub(p.Published); age < 2*time.Minute || age >= MaxAge {
			t.Errorf("post %s is %v old, want 2m to %v", p.ID, age, MaxAge)
		}
		if !p.SeenAt.Equal(p.Published) {
			t.Errorf("post %s was seen at %v but published at %v", p.ID, p.SeenAt, p.Published)
		}
	}
	if len(sources) < 8 || len(sources) > 10 {
		t.Errorf("%d sources, want 8 to 10", len(sources))
	}
	for _, s := range sources {
		if used[s.ID] == 0 {
			t.Errorf("source %s has no post", s.ID)
		}
		if !strings.HasPrefix(s.ID, "sample-") {
			t.Errorf("source %s does not say that it is a sample", s.ID)
		}
	}
}

func TestPostsKeepTheirIDs(t *testing.T) {
	t.Parallel()
	first, err := Posts(now)
	if err != nil {
		t.Fatal(err)
	}
	later, err := Posts(now.Add(90 * time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for i := range first {
		if first[i].ID != later[i].ID {
			t.Fatalf("post %d is %s at one hour and %s at another", i, first[i].ID, later[i].ID)
		}
		if moved := later[i].Published.Sub(first[i].Published); moved != 90*time.Minute {
			t.Fatalf("post %d moved by %v with now, want 1h30m", i, moved)
		}
	}
}

// TestMix holds what the views need: enough of every language, topic, tone and kind.
func TestMix(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	stories := map[string]map[string]bool{}
	for _, e := range mustLoad(t) {
		count["lang "+e.Lang]++
		count["kind "+string(e.Kind)]++
		count["sentiment "+string(e.Sentiment)]++
		for _, topic := range e.Topics {
			count["topic "+topic]++
			count["topic "+topic+" "+string(e.Sentiment)]++
		}
		if len(e.Topics) == 0 {
			count["off topic"]++
		}
		switch {
		case time.Duration(e.Ago) <= time.Hour:
			count["last hour"]++
			fallthrough
		case time.Duration(e.Ago) <= 24*time.Hour:
			count["last day"]++
		}
		if e.Story != "" {
			if stories[e.Story] == nil {
				stories[e.Story] = map[string]bool{}
			}
			stories[e.Story][e.Source] = true
		}
	}
	least := map[string]int{
		"lang km": 200, "lang en": 100, "lang mixed": 50, "lang km-Latn": 45,
		"kind news": 80, "kind government": 30, "kind social": 200, "kind survey": 10,
		"sentiment positive": 100, "sentiment neutral": 80, "sentiment negative": 100,
		"off topic": 40, "last hour": 12, "last day": 60,
	}
	known := map[string]bool{}
	for _, topic := range topics {
		known["topic "+topic] = true
		least["topic "+topic] = 8
		for _, s := range []samleng.Label{samleng.Positive, samleng.Neutral, samleng.Negative} {
			known["topic "+topic+" "+string(s)] = true
			least["topic "+topic+" "+string(s)] = 1
		}
	}
	for what, want := range least {
		if count[what] < want {
			t.Errorf("%s: %d posts, want at least %d", what, count[what], want)
		}
	}
	for what := range count {
		if strings.HasPrefix(what, "topic ") && !known[what] {
			t.Errorf("%s is not a topic of the program", what)
		}
	}
	if len(stories) < 6 {
		t.Errorf("%d stories, want at least 6", len(stories))
	}
	for story, sources := range stories {
		if len(sources) < 2 {
			t.Errorf("story %s is in one source only", story)
		}
	}
}

// TestTextIsClean: the replay skips collectors, so nothing that a collector masks or mends
// may stand in the texts.
func TestTextIsClean(t *testing.T) {
	t.Parallel()
	personal := map[string]*regexp.Regexp{
		"e-mail address": regexp.MustCompile(`\S@\S`),
		"handle":         regexp.MustCompile(`(^|\s)@\w`),
		"link":           regexp.MustCompile(`(?i)https?:|www\.|t\.me/|\.com\b|\.kh\b`),
		"phone number":   regexp.MustCompile(`[\d០-៩]([ .-]?[\d០-៩]){6,}`),
	}
	for _, e := range mustLoad(t) {
		for _, text := range []string{e.Title, e.Text} {
			if !utf8.ValidString(text) {
				t.Errorf("%s: invalid UTF-8", e.ID)
			}
			if !norm.NFC.IsNormalString(text) {
				t.Errorf("%s: not NFC", e.ID)
			}
			if text != strings.TrimSpace(text) || strings.Contains(text, "  ") {
				t.Errorf("%s: stray white space in %q", e.ID, text)
			}
			for _, r := range text {
				if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || r == utf8.RuneError {
					t.Errorf("%s: character %U", e.ID, r)
				}
			}
			for what, pattern := range personal {
				if found := pattern.FindString(text); found != "" {
					t.Errorf("%s: %s %q", e.ID, what, found)
				}
			}
		}
		length := utf8.RuneCountInString(e.Text)
		if e.Kind.Personal() && (length < 35 || length > 320) {
			t.Errorf("%s: a %s post of %d characters, want 35 to 320", e.ID, e.Kind, length)
		}
		if !e.Kind.Personal() && e.Title == "" {
			t.Errorf("%s: a %s item without a title", e.ID, e.Kind)
		}
	}
}

// TestScripts checks the language labels against the letters: Khmer letters in no English or
// romanised post, and both scripts well present in each mixed one.
func TestScripts(t *testing.T) {
	t.Parallel()
	for _, e := range mustLoad(t) {
		var khmer, latin float64
		for _, r := range e.Title + e.Text {
			switch {
			case unicode.Is(unicode.Khmer, r):
				khmer++
			case unicode.Is(unicode.Latin, r):
				latin++
			}
		}
		share, low, high := khmer/(khmer+latin), 0.8, 1.0
		switch e.Lang {
		case "en", samleng.RomanisedKhmer:
			low, high = 0, 0
		case samleng.Mixed:
			low, high = 0.2, 0.8
		}
		if share < low || share > high {
			t.Errorf("%s: labelled %s with a Khmer share of %.2f, want %.1f to %.1f", e.ID, e.Lang, share, low, high)
		}
	}
}

// TestNoNearDuplicates: only posts of one declared story may resemble each other.
func TestNoNearDuplicates(t *testing.T) {
	t.Parallel()
	const limit = 0.6
	entries := mustLoad(t)
	grams := make([]map[string]bool, len(entries))
	for i, e := range entries {
		grams[i] = fiveGrams(e.Title + " " + e.Text)
	}
	for i, a := range entries {
		for j := range i {
			b := entries[j]
			if a.Title == b.Title && a.Text == b.Text {
				t.Errorf("%s and %s are identical", a.ID, b.ID)
			}
			if a.Story != "" && a.Story == b.Story {
				continue
			}
			if likeness := jaccard(grams[i], grams[j]); likeness >= limit {
				t.Errorf("%s and %s resemble each other by %.2f and are no declared story", a.ID, b.ID, likeness)
			}
		}
	}
}

func fiveGrams(text string) map[string]bool {
	runes := []rune(strings.ToLower(text))
	set := map[string]bool{}
	for i := 0; i+5 <= len(runes); i++ {
		set[string(runes[i:i+5])] = true
	}
	return set
}

func jaccard(a, b map[string]bool) float64 {
	shared := 0
	for gram := range a {
		if b[gram] {
			shared++
		}
	}
	return float64(shared) / float64(len(a)+len(b)-shared)
}

// TestNight holds the rhythm of a day: little is posted between 11 at night and 5.
func TestNight(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("Asia/Phnom_Penh", 7*60*60)
	night, entries := 0, mustLoad(t)
	for _, e := range entries {
		if hour := now.Add(-time.Duration(e.Ago)).In(zone).Hour(); hour >= 23 || hour < 5 {
			night++
		}
	}
	if night*20 > len(entries) {
		t.Errorf("%d of %d posts between 23:00 and 05:00, want at most one in twenty", night, len(entries))
	}
}

func TestLoadFaults(t *testing.T) {
	t.Parallel()
	const source = `{"id":"sample-a","name":"A","collector":"sample","kind":"news","permission":"written for samleng"}`
	const post = `{"id":"x1","source":"sample-a","kind":"news","ago":"1h","text":"T","topics":[],"sentiment":"neutral","lang":"en"}`
	tests := []struct {
		name, sources, posts, want string
	}{
		{"well formed", source, post, ""},
		{"unknown key in a post", source, strings.Replace(post, `"ago"`, `"author":"x","ago"`, 1), `posts/a.jsonl line 1: json: unknown field "author"`},
		{"unknown key in a source", strings.Replace(source, `"id"`, `"url":"x","id"`, 1), post, `sources.jsonl line 1: json: unknown field "url"`},
		{"id twice", source, post + "\n" + post, `posts/a.jsonl line 2: post id "x1" is used twice`},
		{"source twice", source + "\n" + source, post, `sources.jsonl line 2: source id "sample-a" is used twice`},
		{"source of another collector", strings.Replace(source, `"sample"`, `"feed"`, 1), post, `sources.jsonl line 1: collector "feed": want "sample"`},
		{"source of no kind", strings.Replace(source, `"news"`, `"blog"`, 1), post, `sources.jsonl line 1: kind "blog" is none of`},
		{"source without permission", strings.Replace(source, `"written for samleng"`, `""`, 1), post, `sources.jsonl line 1: id, name and permission are all needed`},
		{"no such source", source, strings.Replace(post, "sample-a", "sample-b", 1), `posts/a.jsonl line 1: source "sample-b" is not in sources.jsonl`},
		{"kind of another source", source, strings.Replace(post, `"news"`, `"social"`, 1), `posts/a.jsonl line 1: kind "social": the source is "news"`},
		{"no topics", source, strings.Replace(post, `"topics":[],`, "", 1), `posts/a.jsonl line 1: topics is missing`},
		{"no text", source, strings.Replace(post, `"T"`, `""`, 1), `posts/a.jsonl line 1: text is missing`},
		{"no age", source, strings.Replace(post, `"ago":"1h",`, "", 1), `posts/a.jsonl line 1: ago is missing`},
		{"age past the limit", source, strings.Replace(post, "1h", "14d", 1), `posts/a.jsonl line 1: age "14d": must lie between 0 and 14 days`},
		{"unscored", source, strings.Replace(post, "neutral", "unscored", 1), `posts/a.jsonl line 1: sentiment "unscored" is none of`},
		{"no such language", source, strings.Replace(post, `"lang":"en"`, `"lang":"fr"`, 1), `posts/a.jsonl line 1: lang "fr" is none of`},
		{"two values on a line", source, post + post, `posts/a.jsonl line 1: more than one value`},
		{"not JSON", source, "x", `posts/a.jsonl line 1: invalid character 'x'`},
		{"no id", source, strings.Replace(post, "x1", "", 1), `posts/a.jsonl line 1: id is missing`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(fstest.MapFS{
				"sources.jsonl": {Data: []byte(test.sources + "\n")},
				"posts/a.jsonl": {Data: []byte(test.posts + "\n")},
			})
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}
