package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"samleng"
	"samleng/internal/app"
)

func labelsCommand() *cli.Command {
	return &cli.Command{
		Name:     "labels",
		Usage:    "what readers of the page say of labels",
		Commands: []*cli.Command{labelsExportCommand()},
	}
}

func labelsExportCommand() *cli.Command {
	return &cli.Command{
		Name:  "export",
		Usage: "write what readers corrected as labelled texts to train with",
		Description: `Reads the corrections in the store and the posts they are about, and writes labelled texts
as samleng train and samleng eval read them: a header, then a label, a tab and a text a line.
Without --task there is a column "task" before them, and train and eval use the rows of
their own task. Texts are masked, as they are stored.

Of readers who do not agree, the majority counts, then what was said on the later day; where
neither decides, the label is left out. A row of topics has every topic of the post, as found
and corrected. A summary goes to standard error, with what was left out: a text that has
expired, or was edited or taken down since, is not exported. The file itself does not expire:
export again instead of keeping it.

Exits with 1 when a flag is wrong, the file cannot be written, or the store cannot be reached.

Example:
   $ samleng migrate --data d --config ephemeral.yaml > /dev/null && samleng labels export --data d --config ephemeral.yaml --task sentiment
   label	text`,
		Flags: commonFlags(
			&cli.StringFlag{Name: "task", Usage: "write the labels of one `TASK`: language, sentiment or topic"},
			&cli.IntFlag{Name: "min-votes", Value: 1, Usage: "leave out what fewer than `N` readers say"},
			&cli.StringFlag{Name: "since", Usage: "count corrections of `DAY` (2026-11-01, UTC) and later"},
			&cli.StringSliceFlag{Name: "language", Usage: "write posts in `CODE` only, as in km; may be repeated"},
			&cli.StringFlag{Name: "out", Usage: "write to `FILE` instead of standard output"},
			&cli.BoolFlag{Name: "sample", Usage: "read the store of `samleng up --sample`"},
			logFlag("warn"),
		),
		Action: runLabelsExport,
	}
}

func runLabelsExport(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return fmt.Errorf("labels export takes no arguments, got %q", cmd.Args().First())
	}
	o := app.LabelsOptions{Task: samleng.Task(cmd.String("task")), MinVotes: cmd.Int("min-votes"), Languages: cmd.StringSlice("language")}
	if o.Task != "" && !slices.Contains(samleng.Tasks(), o.Task) {
		return fmt.Errorf("--task %q: want language, sentiment or topic", o.Task)
	}
	if o.MinVotes < 1 {
		return fmt.Errorf("--min-votes %d: want 1 or more", o.MinVotes)
	}
	if day := cmd.String("since"); day != "" {
		var err error
		if o.Since, err = time.Parse(time.DateOnly, day); err != nil {
			return fmt.Errorf("--since %q: want a day, as 2026-11-01", day)
		}
	}
	return withStore(ctx, cmd, func(store *app.Store) error {
		var body bytes.Buffer
		out, file := cmd.Root().Writer, cmd.String("out")
		if file != "" {
			out = &body
		}
		found, err := store.ExportLabels(ctx, o, out)
		if err != nil {
			return err
		}
		if file != "" {
			if err := writeWhole(file, body.Bytes()); err != nil {
				return fmt.Errorf("write labels: %w", err)
			}
		}
		_, err = fmt.Fprint(cmd.Root().ErrWriter, labelsSummary(&found))
		return err
	})
}

// labelsSummary says what was written and what was left out, a line each.
func labelsSummary(e *app.Exported) string {
	var rows []string
	for _, task := range samleng.Tasks() {
		if n := e.Rows[task]; n > 0 {
			rows = append(rows, fmt.Sprintf("%s %d", task, n))
		}
	}
	if rows == nil {
		rows = []string{"no text"}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "wrote %s, from %s\n", strings.Join(rows, ", "), count(e.Corrections, "correction"))
	if e.Conflicts > 0 {
		fmt.Fprintf(&b, "readers do not agree on %s: %d decided by majority or day, %d left out\n", count(e.Conflicts, "label"), e.Conflicts-e.Undecided, e.Undecided)
	}
	if e.Few > 0 {
		fmt.Fprintf(&b, "left out %s that too few readers give\n", count(e.Few, "label"))
	}
	for _, loss := range []struct {
		loss samleng.Loss
		why  string
	}{
		{samleng.LossExpired, "of texts that have expired"},
		{samleng.LossEdited, "of posts that were edited since"},
		{samleng.LossGone, "of posts that are not stored"},
	} {
		if n := e.Lost[loss.loss]; n > 0 {
			fmt.Fprintf(&b, "left out %s %s\n", count(n, "correction"), loss.why)
		}
	}
	return b.String()
}
