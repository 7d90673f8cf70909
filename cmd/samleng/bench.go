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

	"samleng/alerts/spike/simulation"
)

func benchCommand() *cli.Command {
	return &cli.Command{
		Name:     "bench",
		Usage:    "measure parts of the program on made-up data",
		Commands: []*cli.Command{benchSpikesCommand()},
	}
}

func benchSpikesCommand() *cli.Command {
	return &cli.Command{
		Name:  "spikes",
		Usage: "measure what the spike detector finds in generated series, and what it finds wrongly",
		Description: `Reads nothing: generates series of 8 weeks of 5-minute buckets from the seed, 0.05 to 500 posts
an hour, with cycles of the day and week, autocorrelated noise, small bursts, drift, outages
whose backlog comes in afterwards, and spikes of volume, of the negative share and of both;
then lets the detector watch them as they arrive. The first two weeks are not scored.

Prints, for each rule, the share of the spikes found (recall), of the alarms that were right
(precision), false alarms a series and week, the median delay from the start of the spike to
the end of the bucket that alerts (the grace comes on top), the share of the strong spikes
found (x5 or +.25, 8 posts an hour and more), outages and partial outages that alarmed;
recall by posts an hour; and each figure that has to be reached beside what it has to reach.
"at .02" is the lowest threshold with at most .02 false alarms a series and week.

With --holidays the series have public holidays, each series with .3 to 2.5 times the usual
posts on them, and are watched with and without the table of holidays: printed is what either
finds, and the false alarms and spikes found on holidays and the day after them.

Exits with 1 with --check when a figure is not reached.

Example:
   $ samleng bench spikes --seed 1 --series 7 | head -n 1
   seed 1, 7 series, 6 weeks scored`,
		Flags: []cli.Flag{
			&cli.Uint64Flag{Name: "seed", Value: 11, Usage: "draw everything by this `NUMBER`"},
			&cli.IntFlag{Name: "series", Value: 210, Usage: "generate `NUMBER` series"},
			&cli.IntFlag{Name: "workers", Value: 2, Usage: "use at most `NUMBER` processors"},
			&cli.BoolFlag{Name: "holidays", Usage: "measure what the table of public holidays is worth, instead"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
			&cli.BoolFlag{Name: "check", Usage: "fail when a figure is not reached"},
		},
		Action: runBenchSpikes,
	}
}

func runBenchSpikes(ctx context.Context, cmd *cli.Command) error {
	if cmd.Args().Present() {
		return errors.New("bench spikes takes no arguments; see `samleng bench spikes --help`")
	}
	if n := cmd.Int("series"); n < 1 || n > 100_000 {
		return fmt.Errorf("--series %d: want between 1 and 100000", n)
	}
	options := simulation.Options{Seed: cmd.Uint64("seed"), Series: cmd.Int("series"), Workers: cmd.Int("workers")}
	if cmd.Bool("holidays") {
		report, err := simulation.Holidays(ctx, options)
		if err != nil {
			return err
		}
		return writeBench(cmd, report, func(out io.Writer) error { return printHolidays(out, report) })
	}
	report, err := simulation.Bench(ctx, options)
	if err != nil {
		return err
	}
	if err := writeBench(cmd, report, func(out io.Writer) error { return printSpikes(out, report) }); err != nil {
		return err
	}
	if cmd.Bool("check") {
		return missed(report)
	}
	return nil
}

// writeBench writes a report as JSON or as print does.
func writeBench(cmd *cli.Command, report any, print func(io.Writer) error) error {
	out := cmd.Root().Writer
	var err error
	if cmd.Bool("json") {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(report)
	} else {
		err = print(out)
	}
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// printHolidays writes the report as a table for people.
func printHolidays(out io.Writer, r *simulation.HolidayReport) error {
	var text strings.Builder // to which writing never fails
	fmt.Fprintf(&text, "seed %d, %d series, %d days are holidays or follow one\n\n", r.Seed, r.Series, r.Days)
	text.WriteString("table of holidays\trecall\tprecision\tfalse/week\tdelay min\tfalse on these days\tfound on these days\n")
	for _, row := range []struct {
		name string
		f    *simulation.HolidayFigures
	}{{"without", &r.Without}, {"with", &r.With}} {
		u := row.f.Union
		fmt.Fprintf(&text, "%s\t%.3f\t%.3f\t%.3f\t%.0f\t%d\t%d/%d\n", row.name, u.Recall, u.Precision, u.FalseAlarms, u.Delay, row.f.Wrong, row.f.Found.Some, row.f.Found.All)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(w, text.String()); err != nil {
		return err
	}
	return w.Flush()
}

// missed names the figures that were not reached.
func missed(r *simulation.Report) error {
	var names []string
	for _, t := range r.Targets {
		if !t.Met {
			names = append(names, t.Name)
		}
	}
	if len(names) > 0 {
		return fmt.Errorf("not reached: %s", strings.Join(names, "; "))
	}
	return nil
}

// printSpikes writes the report as tables for people.
func printSpikes(out io.Writer, r *simulation.Report) error {
	var text strings.Builder // to which writing never fails
	line := func(format string, args ...any) { fmt.Fprintf(&text, format+"\n", args...) }
	rules := []struct {
		name string
		f    *simulation.Figures
	}{
		{"volume 2.3", r.Volume},
		{"volume at .02", r.VolumeAt02},
		{"volume at .10", r.VolumeAt10},
		{"share 3.0", r.Share},
		{"share at .02", r.ShareAt02},
		{"share at .10", r.ShareAt10},
		{"union 2.3/3.0", r.Union},
		{"union x1.13", r.Quiet},
	}
	line("seed %d, %d series, %s scored", r.Seed, r.Series, count(r.Weeks, "week"))
	line("\nrule\tthreshold\trecall\tprecision\tfalse/week\tdelay min\tstrong\toutages\tpartial")
	for _, rule := range rules {
		f := rule.f
		threshold := "-"
		if f.Threshold != 1 {
			threshold = fmt.Sprintf("%.2f", f.Threshold)
		}
		line("%s\t%s\t%.3f\t%.3f\t%.3f\t%.0f\t%.3f\t%d/%d\t%d/%d", rule.name, threshold, f.Recall, f.Precision, f.FalseAlarms, f.Delay, f.Strong,
			f.Outages.Some, f.Outages.All, f.Partial.Some, f.Partial.All)
	}
	line("\nrecall by posts/h\t%s", strings.Join(simulation.Rates(), "\t"))
	for _, rule := range rules {
		cells := make([]string, 0, len(simulation.Rates()))
		for _, rate := range simulation.Rates() {
			cells = append(cells, fmt.Sprintf("%.2f", rule.f.ByRate[rate].Recall))
		}
		line("%s\t%s", rule.name, strings.Join(cells, "\t"))
	}
	line("\noutages that alarm when posts count as they arrive\t%d/%d", r.Arrival.Some, r.Arrival.All)
	line("\nto reach\tgot\twant\t")
	for _, t := range r.Targets {
		want, met := fmt.Sprintf(">= %g", t.Least), "yes"
		if t.Least == 0 {
			want = fmt.Sprintf("<= %g", t.Most)
		}
		if !t.Met {
			met = "NO"
		}
		line("%s\t%.3f\t%s\t%s", t.Name, t.Got, want, met)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if _, err := io.WriteString(w, text.String()); err != nil {
		return err
	}
	return w.Flush()
}
