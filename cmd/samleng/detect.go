package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
	_ "time/tzdata" // --timezone works where the system has no table of time zones

	"github.com/urfave/cli/v3"

	"samleng"
	"samleng/internal/app"
)

func detectCommand() *cli.Command {
	return &cli.Command{
		Name:      "detect",
		Usage:     "score a series of counts for spikes, row by row",
		ArgsUsage: "[FILE]",
		Description: `Reads FILE or standard input: CSV with a timestamp and a value a line, in order of time, such as
posts in each 5 minutes; for --channel share also the negative posts among them. Columns are
timestamp,value,negative, or as a header names them. A timestamp is RFC 3339, a local
"2026-11-22 08:05:00" or Unix seconds.

Writes timestamp,score,alert for each line as soon as it is read, from that line and those
before it alone. A score of s says that a peak this size is expected 10^(2-s) times a week in
this series; the first day scores 0. alert is 1 where an alert begins: one for each
episode, which ends after 3 hours below the threshold, or with --rest at most one in that
time. With --terms further columns say what each score is made of.

The width of the buckets is the most frequent distance between the rows of the first day.
Missing rows are times that were not heard, unless --missing zero says that they are times
without posts; after such a gap of more than 30 minutes alerts wait for 30 more. Values
that are no whole numbers are no counts: they are scaled so that the first day has a
mean of 100, or as --scale says, and negative ones count 0.

Exits with 1 when a line cannot be read; the others are scored, and the line has an empty
one in its place. A line that is not later than the one before is named and scores 0.

Example:
   $ seq 0 599 | awk '{print 1771200000 + 300*$1 "," ($1 == 590 ? 60 : 3 + $1%3)}' | samleng detect | grep ',1$'
   1771377000,2.5888,1`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "channel", Value: "volume", Usage: "score `CHANNEL`: volume, or share of the negative posts"},
			&cli.FloatFlag{Name: "threshold", Usage: "alert at `SCORE`; 2.3 for volume and 3.0 for share unless given"},
			&cli.DurationFlag{Name: "rest", Usage: "alert at most once in `TIME`, instead of once an episode"},
			&cli.StringFlag{Name: "timezone", Value: "Asia/Phnom_Penh", Usage: "of timestamps without one, and of the hours of the day: `ZONE`"},
			&cli.DurationFlag{Name: "step", Usage: "take buckets to be `TIME` wide"},
			&cli.FloatFlag{Name: "scale", Usage: "multiply values by `NUMBER`"},
			&cli.StringFlag{Name: "missing", Value: "gap", Usage: "take missing rows for a `KIND` of time: gap or zero"},
			&cli.BoolFlag{Name: "terms", Usage: "also write what each score is made of"},
		},
		Action: runDetect,
	}
}

func runDetect(ctx context.Context, cmd *cli.Command) error {
	options, err := detectOptions(cmd)
	if err != nil {
		return err
	}
	in := cmd.Root().Reader
	switch cmd.Args().Len() {
	case 0:
	case 1:
		f, err := os.Open(cmd.Args().First())
		if err != nil {
			return fmt.Errorf("read rows: %w", err)
		}
		defer func() { _ = f.Close() }() // read only
		in = f
	default:
		return errors.New("want one file or standard input; see `samleng detect --help`")
	}
	errOut := cmd.Root().ErrWriter
	options.Fault = func(line int, err error) { _, _ = fmt.Fprintf(errOut, "samleng: line %d: %v\n", line, err) }
	return reported(app.Detect(ctx, in, cmd.Root().Writer, options))
}

// reported turns faults that were told row by row into errReported.
func reported(err error) error {
	if errors.Is(err, app.ErrRows) {
		return errReported
	}
	return err
}

func detectOptions(cmd *cli.Command) (*app.DetectOptions, error) {
	location, err := time.LoadLocation(cmd.String("timezone"))
	if err != nil {
		return nil, fmt.Errorf("--timezone %q: want a name like Asia/Phnom_Penh or UTC", cmd.String("timezone"))
	}
	o := &app.DetectOptions{
		Location: location, Threshold: cmd.Float("threshold"), Rest: cmd.Duration("rest"),
		Step: cmd.Duration("step"), Scale: cmd.Float("scale"), Terms: cmd.Bool("terms"),
	}
	switch cmd.String("channel") {
	case "volume":
		o.Channel = samleng.SignalVolume
	case "share":
		o.Channel = samleng.SignalNegative
	default:
		return nil, fmt.Errorf("--channel %q: want volume or share", cmd.String("channel"))
	}
	switch cmd.String("missing") {
	case "gap":
	case "zero":
		o.Zero = true
	default:
		return nil, fmt.Errorf("--missing %q: want gap or zero", cmd.String("missing"))
	}
	if cmd.IsSet("scale") && !(o.Scale > 0 && o.Scale <= 1e9) {
		return nil, fmt.Errorf("--scale %v: want a number above 0", o.Scale)
	}
	if cmd.IsSet("threshold") && !(o.Threshold >= 1 && o.Threshold <= 10) {
		return nil, fmt.Errorf("--threshold %v: want a score between 1 and 10", o.Threshold)
	}
	return o, nil
}
