package app

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"samleng/classifiers/khmer"
	"samleng/classifiers/language"
	"samleng/classifiers/model"
	"samleng/classifiers/topic"
	"samleng/configs/sample"
	"samleng/internal/config"
)

// TopicPost is a post to try the topics on. Topics are the labels that people gave, and
// are nil where nobody gave any.
type TopicPost struct {
	Title  string    `json:"title"`
	Text   string    `json:"text"`
	Topics *[]string `json:"topics"`
}

// maxPostLine bounds a line of a file of posts in bytes.
const maxPostLine = 4 << 20

// ReadTopicPosts reads posts, one a line, plain or as JSON {"text", "title"?, "topics"?},
// and normalises them. Empty lines are left out. The error names the line at fault.
func ReadTopicPosts(name string, in io.Reader) ([]TopicPost, error) {
	var posts []TopicPost
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxPostLine)
	for number := 1; lines.Scan(); number++ {
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\uFEFF")))
		post := TopicPost{Text: strings.ToValidUTF8(string(line), "\uFFFD")}
		if bytes.HasPrefix(line, []byte("{")) {
			post = TopicPost{}
			if err := json.Unmarshal(line, &post); err != nil {
				return nil, fmt.Errorf("%s:%d: is not a JSON object with a text: %w", name, number, err)
			}
		}
		post.Title, post.Text = khmer.Normalise(post.Title), khmer.Normalise(post.Text)
		if post.Title != "" || post.Text != "" {
			posts = append(posts, post)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return posts, nil
}

// TestedPost is a post with what was found in it.
type TestedPost struct {
	Post  TopicPost         `json:"post"`
	Found topic.Explanation `json:"found"`
	Right *bool             `json:"right,omitempty"` // the labels are those that people gave; absent where they gave none
}

// TestedTopics is what a list of topics finds in posts.
type TestedTopics struct {
	Posts []TestedPost `json:"posts"`
	// Report is on the posts with labels, nil without any.
	Report *model.Report `json:"report,omitempty"`
}

// TestTopics tries the topics of a file, or the built-in ones when it is empty, on posts.
func TestTopics(topicsFile string, posts []TopicPost) (TestedTopics, error) {
	seg, err := NewSegmenter()
	if err != nil {
		return TestedTopics{}, err
	}
	c, err := topicRules(seg, topicsFile)
	if err != nil {
		return TestedTopics{}, err
	}
	detector, err := language.New(language.DefaultConfig())
	if err != nil {
		return TestedTopics{}, fmt.Errorf("load language model: %w", err)
	}
	var classes []string
	for _, d := range c.Definitions() {
		classes = append(classes, d.ID)
	}
	var tested TestedTopics
	var predictions []model.Prediction
	var faults []error
	for i, p := range posts {
		t := TestedPost{Post: p, Found: c.Explain(p.Title, p.Text, detector.Detect(p.Title+"\n"+p.Text).Language)}
		if p.Topics != nil {
			got := model.Prediction{Confidence: math.NaN()}
			for _, id := range *p.Topics {
				if n := slices.Index(classes, id); n >= 0 {
					got.Want = append(got.Want, n)
				} else if id != topic.None {
					faults = append(faults, fmt.Errorf("post %d: there is no topic %q", i+1, id))
				}
			}
			for _, f := range t.Found.Topics {
				if f.Labelled {
					got.Got = append(got.Got, slices.Index(classes, f.ID))
				}
			}
			slices.Sort(got.Got)
			right := slices.Equal(slices.Compact(slices.Sorted(slices.Values(got.Want))), got.Got)
			t.Right = &right
			predictions = append(predictions, got)
		}
		tested.Posts = append(tested.Posts, t)
	}
	if len(predictions) > 0 {
		report := model.Evaluate(predictions, classes, 1)
		tested.Report = &report
	}
	return tested, errors.Join(faults...)
}

// TopicProblem is a problem of a list of topics at its place.
type TopicProblem struct {
	Where string `json:"where"` // file:line
	topic.Problem
}

// CheckTopics looks for terms that stand in each other's way in the topics of a file, or the
// built-in ones when it is empty, and tries them on the posts of the history files, or on
// the sample posts when none is named. limit is the share of posts (0..1) from which a term
// says nothing.
func CheckTopics(topicsFile string, history []string, limit float64) ([]TopicProblem, error) {
	definitions, where, err := config.TopicLines(topicsFile)
	if err != nil {
		return nil, err
	}
	seg, err := NewSegmenter()
	if err != nil {
		return nil, err
	}
	texts, err := historyTexts(history)
	if err != nil {
		return nil, err
	}
	found, err := topic.Check(definitions, seg, topic.CheckOptions{Texts: texts, Limit: limit, Unused: len(history) > 0})
	if err != nil {
		return nil, err
	}
	var problems []TopicProblem
	for _, p := range found {
		problems = append(problems, TopicProblem{Where: where(p.Key), Problem: p})
	}
	return problems, nil
}

func historyTexts(files []string) ([]topic.Text, error) {
	var texts []topic.Text
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		posts, err := ReadTopicPosts(file, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		for _, p := range posts {
			texts = append(texts, topic.Text{Title: p.Title, Text: p.Text})
		}
	}
	if len(files) > 0 {
		return texts, nil
	}
	posts, err := sample.Posts(time.Unix(0, 0))
	if err != nil {
		return nil, fmt.Errorf("read sample posts: %w", err)
	}
	for i := range posts {
		texts = append(texts, topic.Text{Title: khmer.Normalise(posts[i].Title), Text: khmer.Normalise(posts[i].Text)})
	}
	return texts, nil
}
