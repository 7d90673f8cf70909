// Package sample owns the posts that `samleng up --sample` replays: 480 texts written
// for this project in Khmer, English, both mixed, and romanised Khmer, with the labels a
// careful reader gives them. No text is collected, copied or about a real person, and
// every post carries Post.Sample so that nobody takes it for public opinion.
//
// It does not own the replay: who sends the posts, how fast and into which store is decided
// elsewhere. The labels say what the views are to show; the texts are too few, and too much of one
// pen, to measure classifiers.
package sample

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"samleng"
)

// Collector is the Source.Collector of every sample source.
const Collector = "sample"

// Namespace is the namespace of the sample posts' ids: see samleng.NewPostID.
const Namespace = "sample"

// MaxAge bounds how far before the replay's now a sample post lies.
const MaxAge = 14 * 24 * time.Hour

//go:embed sources.jsonl posts/*.jsonl
var files embed.FS

// entry is one line of posts/*.jsonl: a post, and what a careful human reader finds in it.
type entry struct {
	ID       string       `json:"id"`
	Source   string       `json:"source"`
	Kind     samleng.Kind `json:"kind"`
	Ago      age          `json:"ago"`
	Language string       `json:"language,omitempty"` // declared by the source
	Title    string       `json:"title,omitempty"`
	Text     string       `json:"text"`

	Topics    []string      `json:"topics"`          // ids, the main one first; empty for a post off every topic
	Sentiment samleng.Label `json:"sentiment"`       // positive, neutral or negative
	Lang      string        `json:"lang"`            // samleng.Khmer, "en", samleng.Mixed or samleng.RomanisedKhmer
	Story     string        `json:"story,omitempty"` // of posts that are the same report in several sources
}

// Posts gives every sample post with its date set back from now by its age, oldest first.
// SeenAt equals Published, as in a replay that saw each post when it came out. URL is empty.
// The ids do not depend on now. An error means that the embedded files are at fault.
func Posts(now time.Time) ([]samleng.Post, error) {
	entries, err := load(files)
	if err != nil {
		return nil, err
	}
	posts := make([]samleng.Post, 0, len(entries))
	for _, e := range entries {
		p := samleng.Post{
			Schema:   samleng.PostSchema,
			ID:       samleng.NewPostID(Namespace, e.ID),
			Source:   e.Source,
			Kind:     e.Kind,
			Title:    e.Title,
			Text:     e.Text,
			Language: e.Language,
			Sample:   true,
		}
		at := now.Add(-time.Duration(e.Ago))
		p.SetPublished(at, at)
		posts = append(posts, p)
	}
	slices.SortStableFunc(posts, func(a, b samleng.Post) int { return a.Published.Compare(b.Published) })
	return posts, nil
}

// Sources gives the invented sources that the sample posts name, in the order of the file.
// Their URL and Interval are zero: there is nothing to poll.
func Sources() ([]samleng.Source, error) { return loadSources(files) }

func loadSources(from fs.FS) ([]samleng.Source, error) {
	type line struct {
		ID         string       `json:"id"`
		Name       string       `json:"name"`
		Collector  string       `json:"collector"`
		Kind       samleng.Kind `json:"kind"`
		Language   string       `json:"language,omitempty"`
		Permission string       `json:"permission"`
	}
	var sources []samleng.Source
	seen := map[string]bool{}
	err := decodeLines(from, "sources.jsonl", func(l line) error {
		if l.ID == "" || l.Name == "" || l.Permission == "" {
			return errors.New("id, name and permission are all needed")
		}
		if seen[l.ID] {
			return fmt.Errorf("source id %q is used twice", l.ID)
		}
		if !l.Kind.Valid() {
			return fmt.Errorf("kind %q is none of %v", l.Kind, samleng.Kinds())
		}
		if l.Collector != Collector {
			return fmt.Errorf("collector %q: want %q", l.Collector, Collector)
		}
		seen[l.ID] = true
		sources = append(sources, samleng.Source{
			ID: l.ID, Name: l.Name, Collector: l.Collector, Kind: l.Kind, Language: l.Language, Permission: l.Permission,
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return sources, nil
}

// load reads every posts/*.jsonl, in the order of the file names, and checks each line
// against the sources and against the values a label may have.
func load(from fs.FS) ([]entry, error) {
	sources, err := loadSources(from)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]samleng.Source, len(sources))
	for _, s := range sources {
		byID[s.ID] = s
	}
	names, err := fs.Glob(from, "posts/*.jsonl")
	if err != nil {
		return nil, fmt.Errorf("list sample posts: %w", err)
	}
	var entries []entry
	seen := map[string]bool{}
	for _, name := range names {
		err := decodeLines(from, name, func(e entry) error {
			if seen[e.ID] {
				return fmt.Errorf("post id %q is used twice", e.ID)
			}
			seen[e.ID] = true
			entries = append(entries, e)
			return e.check(byID)
		})
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// check reports the faults that strict decoding cannot see.
func (e entry) check(sources map[string]samleng.Source) error {
	source, known := sources[e.Source]
	switch {
	case e.ID == "":
		return errors.New("id is missing")
	case e.Text == "":
		return errors.New("text is missing")
	case !known:
		return fmt.Errorf("source %q is not in sources.jsonl", e.Source)
	case e.Kind != source.Kind:
		return fmt.Errorf("kind %q: the source is %q", e.Kind, source.Kind)
	case e.Ago <= 0:
		return errors.New("ago is missing")
	case e.Topics == nil:
		return errors.New("topics is missing: write [] for a post off every topic")
	}
	switch e.Sentiment {
	case samleng.Positive, samleng.Neutral, samleng.Negative:
	default:
		return fmt.Errorf("sentiment %q is none of positive, neutral, negative", e.Sentiment)
	}
	switch e.Lang {
	case samleng.Khmer, "en", samleng.Mixed, samleng.RomanisedKhmer:
	default:
		return fmt.Errorf("lang %q is none of km, en, mixed, km-Latn", e.Lang)
	}
	return nil
}

// decodeLines hands each line of the JSON Lines file to use. Unknown keys, a second value on
// a line and what use finds are errors that name the file and the line.
func decodeLines[T any](from fs.FS, name string, use func(T) error) error {
	data, err := fs.ReadFile(from, name)
	if err != nil {
		return fmt.Errorf("read sample file: %w", err)
	}
	scanner := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; scanner.Scan(); n++ {
		var value T
		dec := json.NewDecoder(bytes.NewReader(scanner.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
		if _, err := dec.Token(); !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s line %d: more than one value", name, n)
		}
		if err := use(value); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
