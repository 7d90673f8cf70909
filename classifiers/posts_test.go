package classifiers_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"samleng"
)

// postFolder holds the posts written and labelled for evaluation; its README says by
// which conventions.
const postFolder = "testdata/posts"

// postTopics are the topics that the written posts are labelled with. They are listed here,
// and not read from the configuration, so that the set stays as it was labelled when the
// configuration changes.
func postTopics() []string {
	return []string{
		"agriculture", "border-diplomacy", "culture-sport", "disasters", "economy-business",
		"education", "elections-parties", "environment", "governance-corruption", "health",
		"jobs-labour", "land", "migration", "prices-markets", "public-order",
		"public-services", "roads-traffic", "social-protection", "technology-digital",
		"water-electricity",
	}
}

// writtenPost is one line of the files of posts and of headlines. Headlines have
// neither form, kind, title nor sentiments towards topics.
type writtenPost struct {
	ID              string                   `json:"id"`
	Form            string                   `json:"form"`
	Kind            string                   `json:"kind"`
	Title           string                   `json:"title"`
	Text            string                   `json:"text"`
	Topics          []string                 `json:"topics"`
	Sentiment       samleng.Label            `json:"sentiment"`
	TopicSentiments map[string]samleng.Label `json:"topic_sentiments"`
}

func readWrittenPosts(t testing.TB, name string) []writtenPost {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(postFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	if !utf8.Valid(body) {
		t.Fatalf("%s is not valid UTF-8", name)
	}
	var posts []writtenPost
	for line := range strings.Lines(string(body)) {
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		var post writtenPost
		if err := decoder.Decode(&post); err != nil {
			t.Fatalf("%s: %v in %s", name, err, line)
		}
		posts = append(posts, post)
	}
	return posts
}

// sameText folds what does not make two posts different: case, spaces, signs and the
// invisible breaks between Khmer words.
func sameText(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

func checkWrittenLabels(t *testing.T, post writtenPost) {
	t.Helper()
	labels := []samleng.Label{samleng.Positive, samleng.Neutral, samleng.Negative}
	if !slices.Contains(labels, post.Sentiment) {
		t.Errorf("%s: sentiment %q", post.ID, post.Sentiment)
	}
	if post.Topics == nil {
		t.Errorf("%s: no list of topics", post.ID)
	}
	for i, topic := range post.Topics {
		if !slices.Contains(postTopics(), topic) {
			t.Errorf("%s: topic %q is not known", post.ID, topic)
		}
		if slices.Contains(post.Topics[:i], topic) {
			t.Errorf("%s: topic %q twice", post.ID, topic)
		}
	}
	if strings.TrimSpace(post.Text) != post.Text || utf8.RuneCountInString(post.Text) < 10 {
		t.Errorf("%s: text %q", post.ID, post.Text)
	}
}

// checkWrittenForm holds the form to the letters of the text.
func checkWrittenForm(t *testing.T, post writtenPost) {
	t.Helper()
	khmer, latin := 0, 0
	for _, r := range post.Title + post.Text {
		switch {
		case unicode.Is(unicode.Khmer, r):
			khmer++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	ok := false
	switch post.Form {
	case samleng.Khmer:
		ok = khmer > 4*latin
	case samleng.English, samleng.RomanisedKhmer:
		ok = khmer == 0 && latin > 0
	case samleng.Mixed:
		ok = khmer > 0 && latin > 0
	}
	if !ok {
		t.Errorf("%s: form %q with %d Khmer and %d Latin letters", post.ID, post.Form, khmer, latin)
	}
}

func TestWrittenPostsFormat(t *testing.T) {
	t.Parallel()
	// The least number of posts in a file, of each form, of each topic, of no topic and of
	// each sentiment: what its README promises, with a little room for corrected labels.
	for _, file := range []struct {
		name                            string
		posts, topic, noTopic, polarity int
		forms                           map[string]int
	}{
		{"dev", 300, 11, 75, 70, map[string]int{
			samleng.Khmer: 120, samleng.English: 70, samleng.Mixed: 40, samleng.RomanisedKhmer: 40,
		}},
		{"test", 300, 11, 75, 70, map[string]int{
			samleng.Khmer: 120, samleng.English: 70, samleng.Mixed: 40, samleng.RomanisedKhmer: 40,
		}},
		{"dev-2", 500, 18, 110, 100, map[string]int{
			samleng.Khmer: 215, samleng.English: 105, samleng.Mixed: 70, samleng.RomanisedKhmer: 85,
		}},
		{"dev-3", 500, 13, 105, 100, map[string]int{
			samleng.Khmer: 195, samleng.English: 120, samleng.Mixed: 70, samleng.RomanisedKhmer: 95,
		}},
		{"dev-4", 460, 7, 110, 90, map[string]int{
			samleng.Khmer: 200, samleng.English: 115, samleng.Mixed: 65, samleng.RomanisedKhmer: 65,
		}},
		{"dev-5", 460, 8, 110, 85, map[string]int{
			samleng.Khmer: 200, samleng.English: 115, samleng.Mixed: 65, samleng.RomanisedKhmer: 68,
		}},
		{"dev-6", 490, 18, 125, 100, map[string]int{
			samleng.Khmer: 205, samleng.English: 115, samleng.Mixed: 78, samleng.RomanisedKhmer: 78,
		}},
		{"dev-7", 490, 19, 115, 100, map[string]int{
			samleng.Khmer: 218, samleng.English: 118, samleng.Mixed: 70, samleng.RomanisedKhmer: 70,
		}},
		{"dev-8", 520, 20, 120, 90, map[string]int{
			samleng.Khmer: 200, samleng.English: 160, samleng.Mixed: 80, samleng.RomanisedKhmer: 80,
		}},
		{"dev-9", 560, 22, 130, 110, map[string]int{
			samleng.Khmer: 170, samleng.English: 200, samleng.Mixed: 70, samleng.RomanisedKhmer: 120,
		}},
		{"dev-10", 400, 16, 90, 70, map[string]int{
			samleng.Khmer: 110, samleng.English: 160, samleng.Mixed: 50, samleng.RomanisedKhmer: 80,
		}},
		{"test-3", 300, 11, 75, 75, map[string]int{
			samleng.Khmer: 110, samleng.English: 90, samleng.Mixed: 50, samleng.RomanisedKhmer: 50,
		}},
		{"test-2", 360, 13, 80, 70, map[string]int{
			samleng.Khmer: 165, samleng.English: 85, samleng.Mixed: 45, samleng.RomanisedKhmer: 50,
		}},
	} {
		t.Run(file.name, func(t *testing.T) {
			t.Parallel()
			posts := readWrittenPosts(t, file.name+".jsonl")
			if len(posts) < file.posts {
				t.Errorf("%d posts, want %d", len(posts), file.posts)
			}
			forms, topics, sentiments := map[string]int{}, map[string]int{}, map[samleng.Label]int{}
			for _, post := range posts {
				checkWrittenLabels(t, post)
				checkWrittenForm(t, post)
				if !slices.Contains([]string{"news", "social", "survey"}, post.Kind) {
					t.Errorf("%s: kind %q", post.ID, post.Kind)
				}
				towards := slices.Sorted(maps.Keys(post.TopicSentiments))
				if !slices.Equal(towards, slices.Sorted(slices.Values(post.Topics))) {
					t.Errorf("%s: topics %v, sentiments towards %v", post.ID, post.Topics, towards)
				}
				forms[post.Form]++
				sentiments[post.Sentiment]++
				for _, topic := range post.Topics {
					topics[topic]++
				}
				if len(post.Topics) == 0 {
					topics["none"]++
				}
			}
			for form, least := range file.forms {
				if forms[form] < least {
					t.Errorf("%d posts of form %s, want %d", forms[form], form, least)
				}
			}
			for _, topic := range postTopics() {
				if topics[topic] < file.topic {
					t.Errorf("%d posts about %s, want %d", topics[topic], topic, file.topic)
				}
			}
			if topics["none"] < file.noTopic {
				t.Errorf("%d posts about no topic, want %d", topics["none"], file.noTopic)
			}
			for _, label := range []samleng.Label{samleng.Positive, samleng.Neutral, samleng.Negative} {
				if sentiments[label] < file.polarity {
					t.Errorf("%d %s posts, want %d", sentiments[label], label, file.polarity)
				}
			}
		})
	}
}

func TestWrittenHeadlinesFormat(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"headlines-dev", "headlines-test"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			headlines := readWrittenPosts(t, name+".jsonl")
			sentiments := map[samleng.Label]int{}
			for _, headline := range headlines {
				checkWrittenLabels(t, headline)
				if !strings.ContainsFunc(headline.Text, func(r rune) bool { return unicode.Is(unicode.Khmer, r) }) {
					t.Errorf("%s is not Khmer: %s", headline.ID, headline.Text)
				}
				sentiments[headline.Sentiment]++
			}
			if len(headlines) < 120 {
				t.Errorf("%d headlines", len(headlines))
			}
			for _, label := range []samleng.Label{samleng.Positive, samleng.Neutral, samleng.Negative} {
				if sentiments[label] < len(headlines)/5 {
					t.Errorf("%d %s headlines of %d", sentiments[label], label, len(headlines))
				}
			}
		})
	}
}

// What is in two files, or twice in one, would be counted twice or known beforehand.
func TestWrittenPostsAreDistinct(t *testing.T) {
	t.Parallel()
	ids, texts := map[string]bool{}, map[string]string{}
	for _, name := range []string{"dev", "dev-2", "dev-3", "dev-4", "dev-5", "dev-6", "dev-7", "dev-8", "dev-9", "dev-10", "test", "test-2", "test-3", "headlines-dev", "headlines-test"} {
		for _, post := range readWrittenPosts(t, name+".jsonl") {
			if post.ID == "" || ids[post.ID] {
				t.Errorf("%s: id %q is empty or given twice", name, post.ID)
			}
			ids[post.ID] = true
			for _, text := range []string{post.Text, post.Title} {
				if text == "" {
					continue
				}
				key := sameText(text)
				if earlier, seen := texts[key]; seen {
					t.Errorf("%s says the same as %s: %s", post.ID, earlier, text)
				}
				texts[key] = post.ID
			}
		}
	}
}
