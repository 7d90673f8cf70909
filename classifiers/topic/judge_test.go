package topic_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"samleng"
	"samleng/classifiers/topic"
)

// pets is a topic that the embedded judge does not know.
func pets() []topic.Definition {
	return []topic.Definition{{
		ID: "pets", Name: topic.Name{Khmer: "សត្វចិញ្ចឹម", English: "Pets"},
		Terms: topic.Terms{English: []string{"kitten", "puppy", "vet clinic", "cat food"}, Khmer: []string{"កូនឆ្មា"}},
		Weak:  topic.Terms{English: []string{"cat", "leash"}},
	}}
}

func TestJudgeOfATopicThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	c, err := topic.New(pets(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"The vet clinic gave the puppy and the kitten cat food for a week": true,
		"We sat in the shade and talked about a cat until the evening":     false,
		"Nothing of the kind": false,
	} {
		if got := c.Classify("", text, ""); (len(got) == 1) != want {
			t.Errorf("%q: got %+v, want a label %v: %+v", text, got, want, c.Explain("", text, ""))
		}
	}
}

func TestLongPostsAreLeftToTheFormula(t *testing.T) {
	t.Parallel()
	judged, err := topic.New(definitions(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text := "eviction, land dispute, hospital" + filler
	if got, want := judged.Classify("", text, ""), classifier(t).Classify("", text, ""); len(want) == 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// petPosts are about pets where they say so outright, and about none where a cat is in passing.
func petPosts() []topic.Labelled {
	var posts []topic.Labelled
	for i := range 30 {
		posts = append(posts,
			topic.Labelled{Text: fmt.Sprintf("The puppy number %d saw the kitten at the vet clinic", i), Topics: []string{"pets"}},
			topic.Labelled{Text: fmt.Sprintf("Its fur was soft and it purred, day %d, %s", i, strings.Repeat("purring ", i%3+1)), Topics: []string{"pets"}, GramsOnly: true},
			topic.Labelled{Text: fmt.Sprintf("Rain again on day %d and a kitten on the wallpaper of my phone", i)},
			topic.Labelled{Text: fmt.Sprintf("Rice and fish for dinner, day %d", i)})
	}
	return posts
}

func TestTrainJudge(t *testing.T) {
	t.Parallel()
	rules, err := topic.NewRules(pets(), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := topic.DefaultJudgeOptions()
	file, report, err := rules.TrainJudge(petPosts(), o)
	if err != nil {
		t.Fatal(err)
	}
	if again, _, err := rules.TrainJudge(petPosts(), o); err != nil || !bytes.Equal(file, again) {
		t.Errorf("the same posts gave another file, or %v", err)
	}
	if report.Posts != 90 || report.Precision() < 0.9 || report.Recall() < 0.9 {
		t.Errorf("report on %d posts: precision %.2f, recall %.2f", report.Posts, report.Precision(), report.Recall())
	}
	judge, err := topic.LoadJudge(file)
	if err != nil {
		t.Fatal(err)
	}
	c := rules.With(judge)
	for text, want := range map[string]bool{
		"The puppy saw a kitten at the vet clinic":         true,
		"Rain again and a kitten on the wallpaper of mine": false,
	} {
		if got := c.Classify("", text, ""); (len(got) == 1) != want {
			t.Errorf("%q: got %+v, want a label %v", text, got, want)
		}
	}
	for n := range 3 {
		if _, err := topic.LoadJudge(file[:n*len(file)/3]); err == nil {
			t.Errorf("%d thirds of a judge were loaded", n)
		}
	}
	if _, _, err := rules.TrainJudge([]topic.Labelled{{Text: "x", Topics: []string{"cars"}}}, o); err == nil || !strings.Contains(err.Error(), `"cars"`) {
		t.Errorf("a post about an unknown topic: %v", err)
	}
}

// TestJudgeKnowsTheSoundsOfRomanisedKhmer has topics that only a word tells, which the posts to
// learn from spell in another way, a program some of them.
func TestJudgeKnowsTheSoundsOfRomanisedKhmer(t *testing.T) {
	t.Parallel()
	rules, err := topic.NewRules(pets(), nil)
	if err != nil {
		t.Fatal(err)
	}
	posts := petPosts()
	for i := range 30 {
		posts = append(posts,
			topic.Labelled{Text: fmt.Sprintf("chhkae knhom chheu khlang nas day %d", i), Topics: []string{"pets"}, Language: samleng.RomanisedKhmer},
			topic.Labelled{Text: fmt.Sprintf("chhmaa rt bat puppy %d", i), Topics: []string{"pets"}, Language: samleng.RomanisedKhmer, Spelt: true},
			topic.Labelled{Text: fmt.Sprintf("knhom tov psar tinh trey day %d", i), Language: samleng.RomanisedKhmer})
	}
	file, report, err := rules.TrainJudge(posts, topic.DefaultJudgeOptions())
	if err != nil {
		t.Fatal(err)
	}
	if report.Posts != 150 {
		t.Errorf("report on %d posts, want those that people wrote and that teach more than n-grams, 150", report.Posts)
	}
	judge, err := topic.LoadJudge(file)
	if err != nil {
		t.Fatal(err)
	}
	c := rules.With(judge)
	const text = "jkai kyom jeur klong" // no word, nor four letters in a row, of the posts above
	if got := c.Classify("", text, samleng.RomanisedKhmer); len(got) != 1 || len(got[0].Evidence) == 0 {
		t.Errorf("%q: got %+v, want the topic with evidence", text, got)
	}
	if got := c.Classify("", text, samleng.English); len(got) > 0 && len(got[0].Evidence) > 0 {
		t.Errorf("%q as English: got %+v, want nothing known of it", text, got)
	}
	without, _, err := rules.TrainJudge(petPosts(), topic.DefaultJudgeOptions())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(without, file) || judge.Version() == "" || len(judge.Version()) != 24 {
		t.Errorf("version %q, want eight digits of each of three models", judge.Version())
	}
}
