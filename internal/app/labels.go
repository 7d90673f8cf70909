package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"samleng"
	"samleng/classifiers/topic"
)

// LabelsOptions say which corrections become labelled texts.
type LabelsOptions struct {
	Task     samleng.Task // empty: every task, named in a column of its own
	MinVotes int          // the fewest readers who must say the same
	Since    time.Time    // the day from which corrections count; zero: all of them
	// Languages are those that the posts must be in, as readers say or else as was found.
	// Empty: any.
	Languages []string
}

// Exported says what became of the corrections.
type Exported struct {
	Rows        map[samleng.Task]int
	Corrections int // of the tasks and days that were asked for, lost ones included
	Conflicts   int // labels of posts on which readers do not agree: the majority counts, then the latest
	Undecided   int // conflicts left out, because neither decides
	Few         int // labels of posts left out, because fewer than MinVotes say the same
	// Lost counts the corrections left out because their words are not there any more.
	Lost map[samleng.Loss]int
}

// ExportLabels writes what readers say as labelled texts, in the form that Train and Eval read:
// a header, then a label and a text a line, separated by tabs, in the order of the post ids. A
// row of topics has all topics of the post, as found, with the corrections made. Texts are
// masked, as all stored text is. The same store gives the same bytes.
func (s *Store) ExportLabels(ctx context.Context, o LabelsOptions, out io.Writer) (Exported, error) {
	if o.Task != "" {
		if err := checkTask(string(o.Task)); err != nil {
			return Exported{}, err
		}
	}
	if have, err := s.SchemaVersion(ctx); err != nil {
		return Exported{}, err
	} else if want, err := TableSchema(); err != nil || have < want {
		return Exported{}, errors.Join(err, fmt.Errorf("the store has schema %d and this program writes %d: run `samleng migrate` first", have, want))
	}
	e := exporter{o: o, out: bufio.NewWriter(out), result: Exported{Rows: map[samleng.Task]int{}, Lost: map[samleng.Loss]int{}}}
	header := "label\ttext\n"
	if o.Task == "" {
		header = "task\t" + header
	}
	if _, err := e.out.WriteString(header); err != nil {
		return e.result, fmt.Errorf("write labels: %w", err)
	}
	if err := s.EachCorrected(ctx, o.Since, e.post); err != nil {
		return e.result, err
	}
	if err := e.out.Flush(); err != nil {
		return e.result, fmt.Errorf("write labels: %w", err)
	}
	return e.result, nil
}

// exporter turns what is said of posts into rows.
type exporter struct {
	o      LabelsOptions
	out    *bufio.Writer
	result Exported
}

// post writes the rows of one post.
func (e *exporter) post(p samleng.CorrectedPost) error {
	r := &e.result
	by := map[samleng.Task][]samleng.Said{}
	for _, s := range p.Said {
		if asked := e.o.Task == "" || e.o.Task == s.Task; asked {
			r.Corrections += s.Votes
			if s.Loss != "" {
				r.Lost[s.Loss] += s.Votes
			}
		}
		if s.Loss == "" {
			by[s.Task] = append(by[s.Task], s)
		}
	}
	language := p.Analysis.Language
	if said, ok := choose(by[samleng.TaskLanguage]); ok {
		language = said.Label
	}
	if len(e.o.Languages) > 0 && !slices.Contains(e.o.Languages, language) {
		return nil
	}
	for _, task := range samleng.Tasks() {
		if e.o.Task != "" && e.o.Task != task {
			continue
		}
		label, ok := e.label(task, &p, by[task])
		if !ok {
			continue
		}
		line := label + "\t" + oneLine(p.Post.Title, p.Post.Text) + "\n"
		if e.o.Task == "" {
			line = string(task) + "\t" + line
		}
		if _, err := e.out.WriteString(line); err != nil {
			return fmt.Errorf("write labels: %w", err)
		}
		r.Rows[task]++
	}
	return nil
}

// label gives the label of a row, and false for no row. A label that was found meanwhile too
// stays: learnt from before, it would be unlearnt.
func (e *exporter) label(task samleng.Task, p *samleng.CorrectedPost, said []samleng.Said) (string, bool) {
	if len(said) == 0 {
		return "", false
	}
	if task == samleng.TaskTopic {
		return e.topics(p, said)
	}
	s, ok := e.decide(said)
	return s.Label, ok
}

// topics gives the topics of a post with those that readers deny taken out and those that they
// miss put in.
func (e *exporter) topics(p *samleng.CorrectedPost, said []samleng.Said) (string, bool) {
	var ids []string
	for _, t := range p.Analysis.Topics {
		ids = append(ids, t.ID)
	}
	decided := false
	for len(said) > 0 {
		// Of one topic: that the post is about it, and that it is not.
		n := 1
		for n < len(said) && said[n].Label == said[0].Label {
			n++
		}
		s, ok := e.decide(said[:n])
		said = said[n:]
		if !ok {
			continue
		}
		decided = true
		if ids = slices.DeleteFunc(ids, func(id string) bool { return id == s.Label }); !s.Not {
			ids = append(ids, s.Label)
		}
	}
	if len(ids) == 0 {
		return topic.None, decided
	}
	slices.Sort(ids)
	return strings.Join(ids, ","), decided
}

// decide chooses among what readers say of one label, and counts why it cannot.
func (e *exporter) decide(said []samleng.Said) (samleng.Said, bool) {
	if len(said) > 1 {
		e.result.Conflicts++
	}
	s, ok := choose(said)
	switch {
	case !ok:
		e.result.Undecided++
	case s.Votes < e.o.MinVotes:
		e.result.Few++
		ok = false
	}
	return s, ok
}

// choose gives what most readers say; of two that as many say, what was said on the later day;
// and false where that does not decide either, or nothing is said.
func choose(said []samleng.Said) (best samleng.Said, ok bool) {
	for _, s := range said {
		switch {
		case s.Votes > best.Votes || s.Votes == best.Votes && s.Last.After(best.Last):
			best, ok = s, true
		case s.Votes == best.Votes && s.Last.Equal(best.Last):
			ok = false
		}
	}
	return best, ok
}

// escaped finds what a reader of labelled texts would take for an escape.
var escaped = regexp.MustCompile(`\\(u[0-9a-fA-F]{4})`)

// oneLine writes title and text as one column: controls become spaces, and what would be read
// as an escape is escaped.
func oneLine(title, text string) string {
	line := strings.TrimSpace(title + " " + text)
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(line, "\uFFFD"))
	line = strings.ReplaceAll(line, "&", "&amp;")
	return escaped.ReplaceAllString(line, `\u005c$1`)
}
