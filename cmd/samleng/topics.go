package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"samleng/classifiers/topic"
	"samleng/internal/app"
)

func topicsCommand() *cli.Command {
	return &cli.Command{
		Name:     "topics",
		Usage:    "try a list of topics on posts, and look for terms that stand in each other's way",
		Commands: []*cli.Command{topicsTestCommand(), topicsCheckCommand()},
	}
}

func topicsTestCommand() *cli.Command {
	return &cli.Command{
		Name:      "test",
		Usage:     "say which topics posts get, what matched where, and why near misses are none",
		ArgsUsage: "FILE",
		Description: `Reads FILE, or standard input for "-": one post a line, plain or as JSON
{"text", "title"?, "topics"?}. Under each post stand its topics with their score, each term
and rule that was found with its field, place in bytes and weight; then, after "-", the
topics of which something was found that it did not get, and the rules that nearly hold, with
the reason. "none" is a post off every topic.

Where posts bring the topics that a reader gave them, "topics": ["health"] or [] for none,
wrong posts are marked and a table at the end gives precision, recall and F1 of each topic.

Exits with 1 when FILE cannot be read, a line is faulty, or a label is no topic.

Example:
   $ echo 'ដាច់ភ្លើងទៀតហើយ នៅជិតផ្សារ' | samleng topics test -
   1: ដាច់ភ្លើងទៀតហើយ នៅជិតផ្សារ
     water-electricity 0.96: mass 2.00, needed 2.00; the model says 0.96
       text 0-27 "ដាច់ភ្លើង" +1.00 for ដាច់ភ្លើង
     - prices-markets: mass 1.00 is less than 2.00
       text 61-76 "ផ្សារ" +0.50 for ផ្សារ`,
		Flags: []cli.Flag{
			topicsFlag(),
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
			&cli.BoolFlag{Name: "wrong", Usage: "show only posts that got other topics than a reader gave them"},
		},
		Action: runTopicsTest,
	}
}

func runTopicsTest(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Len() != 1 {
		return errors.New("want one file of posts, or - for standard input; see `samleng topics test --help`")
	}
	name, in := cmd.Args().First(), cmd.Root().Reader
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("read posts: %w", err)
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	posts, err := app.ReadTopicPosts(name, in)
	if err != nil {
		return err
	}
	tested, err := app.TestTopics(cmd.String("topics"), posts)
	if err != nil {
		return err
	}
	if out := cmd.Root().Writer; cmd.Bool("json") {
		err = writeIndented(out, tested)
	} else {
		err = printTested(out, &tested, cmd.Bool("wrong"))
	}
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func writeIndented(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// printTested writes the posts with what was found, for people.
func printTested(out io.Writer, tested *app.TestedTopics, wrongOnly bool) error {
	var text strings.Builder // to which writing never fails
	line := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	for i := range tested.Posts {
		p := &tested.Posts[i]
		if wrongOnly && (p.Right == nil || *p.Right) {
			continue
		}
		line("%d: %s", i+1, strings.TrimSpace(strings.ReplaceAll(p.Post.Title+" "+p.Post.Text, "\n", " ")))
		if p.Right != nil && !*p.Right {
			want := strings.Join(*p.Post.Topics, ", ")
			if want == "" {
				want = "none"
			}
			line("  WRONG: a reader says %s", want)
		}
		none := true
		for _, f := range p.Found.Topics {
			if f.Labelled {
				line("  %s %.2f: %s", f.ID, f.Score, f.Why)
				none = false
			} else {
				if none {
					line("  none")
					none = false
				}
				line("  - %s: %s", f.ID, f.Why)
			}
			for _, e := range f.Evidence {
				line("    %s %d-%d %q %+.2f for %s", e.Field, e.Start, e.End, e.Text, e.Weight, e.Reason)
			}
			for _, m := range f.Missed {
				line("    nearly: %s", m)
			}
		}
		if none {
			line("  none")
		}
	}
	if r := tested.Report; r != nil {
		var rows strings.Builder
		rows.WriteString("\ntopic\tposts\tgot\tprecision\trecall\tF1\n")
		for _, c := range r.Classes {
			fmt.Fprintf(&rows, "%s\t%d\t%d\t%.3f\t%.3f\t%.3f\n", c.Class, c.N, c.Got, c.Precision, c.Recall, c.F1)
		}
		fmt.Fprintf(&rows, "all (micro)\t%d\t\t%.3f\t%.3f\t%.3f\n", r.N, r.Precision.Value, r.Recall.Value, r.MicroF1.Value)
		w := tabwriter.NewWriter(&text, 0, 0, 3, ' ', 0)
		if _, err := io.WriteString(w, rows.String()); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, text.String())
	return err
}

func topicsCheckCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "find terms that are everywhere, nowhere, or in the way of others",
		Description: `Reads the list of topics of --topics, or the built-in one, and tries it on the posts of
--history, or on the sample posts. Prints one line for each problem: file and line, "fault"
or "warning", and what it is:

  faults     what the program refuses to load (a term twice in a topic, empty, or with its
             Khmer letters not in canonical order); a term that is in more posts than
             --limit
  warnings   a term that is found already as a form of another; the same term under two
             topics; a term that is not found inside a longer one of another topic; with
             --history, a term that is in no post

What changes most comes first. Of each kind of warning the first ten are printed and the rest
counted; --all prints every one, and so does --json. Faults are always printed.

Exits with 1 when there is a fault, or a file cannot be read.

Example:
   $ printf 'topics:\n  - id: parks\n    name: {km: សួន, en: Parks}\n    terms: {en: [public park, public parks]}\n' > my.yaml && samleng topics check --topics my.yaml
   my.yaml:4: warning: "public parks" is found already as a form of "public park"
   0 faults, 1 warning`,
		Flags: []cli.Flag{
			topicsFlag(),
			&cli.StringSliceFlag{Name: "history", Usage: "try the terms on the posts of `FILE`: one a line, plain or JSON with text and title"},
			&cli.FloatFlag{Name: "limit", Value: 0.1, Usage: "a term in more than this `SHARE` of the posts says nothing"},
			&cli.BoolFlag{Name: "all", Usage: "print every warning"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a line"},
		},
		Action: runTopicsCheck,
	}
}

func runTopicsCheck(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return fmt.Errorf("takes no arguments, got %q; see `samleng topics check --help`", cmd.Args().First())
	}
	limit := cmd.Float("limit")
	if !(limit > 0 && limit <= 1) {
		return fmt.Errorf("--limit %v: want a share above 0, at most 1", limit)
	}
	problems, err := app.CheckTopics(cmd.String("topics"), cmd.StringSlice("history"), limit)
	if err != nil {
		return err
	}
	var text strings.Builder // to which writing never fails
	faults := 0
	for _, p := range problems {
		if p.Fault {
			faults++
		}
	}
	if cmd.Bool("json") {
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		for _, p := range problems {
			if err := encoder.Encode(p); err != nil {
				return fmt.Errorf("write problems: %w", err)
			}
		}
	} else {
		writeProblems(&text, problems, cmd.Bool("all"))
		fmt.Fprintf(&text, "%s, %s\n", count(faults, "fault"), count(len(problems)-faults, "warning"))
	}
	if _, err := io.WriteString(cmd.Root().Writer, text.String()); err != nil {
		return fmt.Errorf("write problems: %w", err)
	}
	if faults > 0 {
		return errReported
	}
	return nil
}

// mostWarnings is how many warnings of one kind are printed.
const mostWarnings = 10

// writeProblems writes the problems by kind.
func writeProblems(text *strings.Builder, problems []app.TopicProblem, all bool) {
	kinds := map[topic.Kind]string{
		topic.Shared: "terms under two topics", topic.Hidden: "terms inside longer ones of other topics",
		topic.Unused: "terms that are in no post", topic.Excepted: "terms inside phrases under not",
		topic.Form: "terms that others find already",
	}
	for _, kind := range topic.Kinds() {
		printed, left := 0, 0
		for _, p := range problems {
			switch {
			case p.Kind != kind:
			case p.Fault:
				fmt.Fprintf(text, "%s: fault: %s\n", p.Where, p.Text)
			case all || printed < mostWarnings:
				fmt.Fprintf(text, "%s: warning: %s\n", p.Where, p.Text)
				printed++
			default:
				left++
			}
		}
		if left > 0 {
			fmt.Fprintf(text, "... and %d more %s: --all prints them\n", left, kinds[kind])
		}
	}
}
