package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"samleng/classifiers/model"
	"samleng/internal/app"
)

func evalCommand() *cli.Command {
	return &cli.Command{
		Name:      "eval",
		Usage:     "say how well language, sentiment or topics are found in labelled texts",
		ArgsUsage: "TASK FILE",
		Description: `TASK is language, sentiment or topic. Reads FILE: columns separated by tabs, with a header
that names "label" and "text" (or "tokens"). A language is a code as classify gives it, or an
ISO 639-3 code with its script (khm_Khmr), which may stand in a column "lang". A label of
topics may hold several ids with commas, or none; of topics, a FILE that ends in .jsonl holds
posts as samleng topics test reads them. Without --model the classifiers are asked that posts
meet: sentiment after the language is found, topics by configs/topics.yaml and the judge.

Prints the number of texts, accuracy (all labels of a text right), means over the classes
that the texts have (macro), figures over all labels (micro), each with its 95 % bootstrap
interval, the expected calibration error, every class, and what was taken for what.

Exits with 1 when a file cannot be read or a row is faulty, or when a figure is below a
floor that --floor names; the sentence says which.

Example:
   $ printf 'label\ttext\npositive\tThe new road is wonderful, thank you!\nnegative\tThe road is terrible and dangerous.\n' > posts.tsv && samleng eval sentiment posts.tsv | grep accuracy
   accuracy       1.000   1.000-1.000`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "model", Usage: "ask the model of `MODEL`, which samleng train wrote"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
			&cli.StringSliceFlag{Name: "without", Usage: "leave out the rows that repeat a text of `FILE`, as the one trained on"},
			&cli.StringSliceFlag{Name: "floor", Usage: "fail below `FIGURE=VALUE`, as in macro_f1=0.64; ece is a ceiling"},
			&cli.Uint64Flag{Name: "seed", Value: 1, Usage: "draw the bootstrap samples by this `NUMBER`"},
			topicsFlag(),
		},
		Action: runEval,
	}
}

func runEval(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Len() != 2 {
		return errors.New("want a task and one file; see `samleng eval --help`")
	}
	found, err := app.Eval(app.EvalOptions{
		Task: cmd.Args().First(), File: cmd.Args().Get(1), Model: cmd.String("model"),
		Without: cmd.StringSlice("without"), Topics: cmd.String("topics"), Seed: cmd.Uint64("seed"),
	})
	if err != nil {
		return err
	}
	out := cmd.Root().Writer
	if cmd.Bool("json") {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(found)
	} else {
		err = printReport(out, &found)
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return found.CheckFloors(cmd.StringSlice("floor"))
}

// printReport writes the report as tables for people.
func printReport(out io.Writer, e *app.Evaluated) error {
	var text strings.Builder // to which writing never fails
	line := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	row := func(name string, i *model.Interval) {
		if i != nil {
			line("%s\t%.3f\t%.3f-%.3f", name, i.Value, i.Low, i.High)
		}
	}
	line("n\t%d", e.N)
	row("accuracy", &e.Accuracy)
	row("macro F1", &e.MacroF1)
	row("macro recall", &e.MacroRecall)
	row("micro F1", &e.MicroF1)
	row("precision", &e.Precision)
	row("recall", &e.Recall)
	row("ECE", e.ECE)
	line("\nclass\tn\tgot\tprecision\trecall\tF1")
	for _, c := range e.Classes {
		line("%s\t%d\t%d\t%.3f\t%.3f\t%.3f", c.Class, c.N, c.Got, c.Precision, c.Recall, c.F1)
	}
	if len(e.Confusion) > 0 {
		names := make([]string, len(e.Classes))
		for i := range e.Classes {
			names[i] = e.Classes[i].Class
		}
		line("\nis \\ taken for\t%s", strings.Join(names, "\t"))
		for i, c := range e.Classes {
			if c.N > 0 {
				line("%s\t%s", c.Class, strings.Trim(strings.ReplaceAll(fmt.Sprint(e.Confusion[i]), " ", "\t"), "[]"))
			}
		}
	}
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	if _, err := io.WriteString(w, text.String()); err != nil {
		return err
	}
	return w.Flush()
}
