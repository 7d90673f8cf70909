package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samleng/internal/app"
)

// labelsHouse is a running samleng with posts about a made-up word, whose tone nothing knows.
type labelsHouse struct {
	*house
	page  string
	posts []shownPost
}

type shownPost struct {
	ID        string
	Title     string
	Sentiment struct{ Label string }
	Topics    []struct{ ID string }
	Said      []struct {
		Task, Label string
		Votes       int
	}
}

const correctedPosts = 40

func newLabelsHouse(t *testing.T) *labelsHouse {
	t.Helper()
	h := &labelsHouse{house: newHouse(t)}
	var items strings.Builder
	date := time.Now().Add(-time.Hour).UTC()
	places := []string{"the market", "the river", "the school", "the old bridge", "the station", "the clinic", "the pagoda", "the field"}
	days := []string{"on Monday", "in the morning", "after the meeting", "at noon", "before the rain"}
	for i := range correctedPosts {
		text := fmt.Sprintf("The crossing at %s was zerbat %s, people of group %d said &amp; wrote.", places[i%len(places)], days[i/len(places)], i)
		if i == 7 {
			text += " Call 012 345 678 for more."
		}
		fmt.Fprintf(&items, "<item><title>Notice %d of the crossing</title><guid>g%d</guid><link>%s</link><description>%s</description><pubDate>%s</pubDate></item>\n",
			i, i, h.address(fmt.Sprintf("/notice/%d", i)), html.EscapeString(text), date.Add(-time.Duration(i)*time.Second).Format(time.RFC1123Z))
	}
	h.mux.HandleFunc("/feed.xml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/rss+xml")
		_, _ = fmt.Fprintf(w, `<?xml version="1.0"?><rss version="2.0"><channel><title>Notices</title>%s</channel></rss>`, items.String())
	})
	h.source("notices", "/feed.xml", time.Hour)
	h.page = "http://" + h.start().Page()
	eventually(t, time.Minute, func() error {
		h.posts = h.shown()
		if len(h.posts) != correctedPosts {
			return fmt.Errorf("%d posts are shown", len(h.posts))
		}
		return nil
	})
	return h
}

// shown asks the page for the posts.
func (h *labelsHouse) shown() []shownPost {
	h.t.Helper()
	answer, err := http.Get(h.page + "/api/v1/posts?limit=100")
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	var page struct{ Posts []shownPost }
	if err := json.NewDecoder(answer.Body).Decode(&page); err != nil {
		h.t.Fatal(err)
	}
	return page.Posts
}

// correct says that a label is wrong, as the page's script does, and gives the correction's id.
func (h *labelsHouse) correct(post, task, was, shouldBe string) string {
	h.t.Helper()
	body := fmt.Sprintf(`{"post": %q, "task": %q, "was": %q, "should_be": %q}`, post, task, was, shouldBe)
	var id struct{ ID string }
	eventually(h.t, 2*time.Minute, func() error { // the page takes a number a minute
		r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.page+"/api/v1/corrections", strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", h.page)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close() //nolint:errcheck // only read
		if answer.StatusCode == http.StatusTooManyRequests {
			return fmt.Errorf("%s", answer.Status)
		}
		if answer.StatusCode != http.StatusCreated {
			h.t.Fatalf("%s: %s", body, answer.Status)
		}
		return json.NewDecoder(answer.Body).Decode(&id)
	})
	return id.ID
}

// samleng runs a command on the house's configuration and gives what it prints.
func (h *labelsHouse) samleng(args ...string) (out, said string) {
	h.t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(h.t.Context(), append([]string{"samleng"}, args...), strings.NewReader(""), &stdout, &stderr); code != 0 {
		h.t.Fatalf("samleng %v: %s", args, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// TestCorrectionsTeach goes the whole way of a correction: posts are read, their tone is called
// wrong on the page, the corrections are exported and trained with, and the model has learnt
// them.
//
// Not parallel: the engine is opened once in a process.
func TestCorrectionsTeach(t *testing.T) {
	h := newLabelsHouse(t)
	config := filepath.Join(h.folder, "samleng.yaml")
	for _, p := range h.posts {
		h.correct(p.ID, "sentiment", p.Sentiment.Label, "positive")
	}
	first, second := h.posts[0], h.posts[1]
	h.correct(second.ID, "sentiment", "neutral", "negative") // as many say positive, on one day
	h.correct(first.ID, "sentiment", first.Sentiment.Label, "positive")
	h.correct(first.ID, "sentiment", "negative", "neutral")
	h.correct(first.ID, "topic", "", "education")
	h.correct(first.ID, "language", "en", "vi")
	if said := h.shown()[0].Said; len(said) != 4 || said[2].Label != "positive" && said[1].Label != "positive" {
		t.Errorf("the page does not show what was said: %+v", said)
	}

	corrections := filepath.Join(h.folder, "corrections.tsv")
	_, summary := h.samleng("labels", "export", "--config", config, "--task", "sentiment", "--out", corrections)
	for _, want := range []string{
		fmt.Sprintf("wrote sentiment %d, from %d corrections", correctedPosts-1, correctedPosts+3),
		"readers do not agree on 2 labels: 1 decided by majority or day, 1 left out",
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary lacks %q: %s", want, summary)
		}
	}
	body, err := os.ReadFile(corrections)
	if err != nil {
		t.Fatal(err)
	}
	text := string(body)
	if !strings.HasPrefix(text, "label\ttext\n") || strings.Count(text, "\npositive\t") != correctedPosts-1 {
		t.Errorf("not the labelled texts: %.300s", text)
	}
	if strings.Contains(text, "345") || !strings.Contains(text, "[phone]") {
		t.Error("the texts are not masked")
	}
	again, _ := h.samleng("labels", "export", "--config", config, "--task", "sentiment")
	if again != text {
		t.Error("the same corrections give another file")
	}

	h.learns(corrections)

	// A file of every task is used by each task's training for its own rows.
	all, _ := h.samleng("labels", "export", "--config", config)
	for _, want := range []string{"task\tlabel\ttext\n", "\ntopic\teducation", "\nlanguage\tvi\tNotice", "\nsentiment\tpositive\tNotice"} {
		if !strings.Contains(all, want) {
			t.Errorf("the export of all tasks lacks %q", want)
		}
	}
	h.learns(h.file("all.tsv", all))

	// What is taken down is forgotten, and what too few say is left out.
	h.samleng("takedown", "--config", config, h.posts[2].ID)
	_, summary = h.samleng("labels", "export", "--config", config, "--task", "sentiment")
	if want := fmt.Sprintf("wrote sentiment %d, from %d corrections", correctedPosts-2, correctedPosts+2); !strings.Contains(summary, want) {
		t.Errorf("after a takedown: %s, want %q", summary, want)
	}
	out, summary := h.samleng("labels", "export", "--config", config, "--task", "sentiment", "--min-votes", "2")
	if strings.Count(out, "\n") != 2 || !strings.Contains(summary, "too few readers") {
		t.Errorf("two votes: %s%s", out, summary)
	}
	if out, _ = h.samleng("labels", "export", "--config", config, "--since", "2199-01-01"); out != "task\tlabel\ttext\n" {
		t.Errorf("since a day to come: %s", out)
	}
	if out, _ = h.samleng("labels", "export", "--config", config, "--task", "sentiment", "--language", "vi"); strings.Count(out, "\n") != 2 {
		t.Errorf("of posts in the language that a reader named: %s", out)
	}
}

func (h *labelsHouse) file(name, body string) string {
	h.t.Helper()
	path := filepath.Join(h.folder, name)
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return path
}

// learns trains without and with the corrections, and compares what the models make of texts
// that neither has seen.
func (h *labelsHouse) learns(corrections string) {
	h.t.Helper()
	var base, unseen strings.Builder
	base.WriteString("label\ttext\n")
	unseen.WriteString("label\ttext\n")
	for i := range 20 {
		fmt.Fprintf(&base, "positive\tThe road %d is good and people are happy.\nnegative\tThe road %d is bad and people are angry.\nneutral\tThe road %d was zerbat and open.\n", i, i, i)
		fmt.Fprintf(&unseen, "positive\tThe office %d was zerbat and people said so.\n", i)
	}
	files := []string{h.file("base.tsv", base.String()), corrections}
	for n, want := range map[int]float64{1: 0, 2: 1} {
		model := filepath.Join(h.folder, "learnt.model")
		h.samleng(append(append([]string{"train", "sentiment"}, files[:n]...), "--out", model)...)
		found, err := app.Eval(app.EvalOptions{Task: "sentiment", File: h.file("unseen.tsv", unseen.String()), Model: model, Seed: 1})
		if err != nil {
			h.t.Fatal(err)
		}
		if found.Accuracy.Value != want {
			h.t.Errorf("trained with %d of 2 files: %.2f of the unseen texts are positive, want %.0f", n, found.Accuracy.Value, want)
		}
	}
}
