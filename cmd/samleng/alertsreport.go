package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"samleng/alerts/report"
	"samleng/internal/app"
)

// defaultReport is how far back a report looks.
const defaultReport = 28 * 24 * time.Hour

func alertsReportCommand() *cli.Command {
	return &cli.Command{
		Name:  "report",
		Usage: "say how the alerts of each rule did, and what readers said of them",
		Description: `Counts the episodes that each rule told of and held back, what readers said of them by the
links in the cards (useful, false, known already), and two middle times of the episodes whose
sending is on record: "delay", from the start of the window that opened the episode until the
first card of it was sent, and "beyond", the part of that which did not have to be waited for:
from the end of the grace in which posts arrive, or of the quiet hours, until then. "false" is
the share of those episodes of which anybody said anything.

Where readers called 30 % of the alerts false or more, and rarer ones were right more often than
chance explains, it says what to set the rule's alerts_a_week to; an episode counts by its
peak. It rests on few verdicts: weigh it, and try it first with samleng alerts replay.

Exits with 1 when a flag is wrong or the store cannot be reached.

Example:
   $ samleng migrate --data d --config ephemeral.yaml > /dev/null && samleng alerts report --data d --config ephemeral.yaml --since 2026-11-01 --until 2026-11-15
   No rule has alerted between 2026-11-01 and 2026-11-15.`,
		Flags: commonFlags(
			&cli.StringFlag{Name: "since", Usage: "count alerts of `DAY` (2026-11-01, UTC) and later; four weeks when left out"},
			&cli.StringFlag{Name: "until", Usage: "count alerts before `DAY`; now when left out"},
			&cli.BoolFlag{Name: "sample", Usage: "read the store of `samleng up --sample`"},
			logFlag("warn"),
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return fmt.Errorf("alerts report takes no arguments, got %q", cmd.Args().First())
			}
			since, until, err := reportPeriod(cmd.String("since"), cmd.String("until"), time.Now().UTC())
			if err != nil {
				return err
			}
			return withStore(ctx, cmd, func(store *app.Store) error {
				rules, err := store.AlertReport(ctx, since, until)
				if err != nil {
					return err
				}
				return writeReport(cmd.Root().Writer, rules, since, until)
			})
		},
	}
}

// reportPeriod reads the days of a report.
func reportPeriod(from, to string, now time.Time) (since, until time.Time, err error) {
	until = now
	if to != "" {
		if until, err = time.Parse(time.DateOnly, to); err != nil {
			return since, until, fmt.Errorf("--until %q: want a day, as 2026-11-15", to)
		}
	}
	since = until.Add(-defaultReport)
	if from != "" {
		if since, err = time.Parse(time.DateOnly, from); err != nil {
			return since, until, fmt.Errorf("--since %q: want a day, as 2026-11-01", from)
		}
	}
	if !since.Before(until) {
		return since, until, errors.New("--since is not before --until")
	}
	return since, until, nil
}

func writeReport(out io.Writer, rules []report.Rule, since, until time.Time) error {
	var b strings.Builder
	period := since.Format(time.DateOnly) + " and " + until.Format(time.DateOnly)
	if len(rules) == 0 {
		_, err := fmt.Fprintf(out, "No rule has alerted between %s.\n", period)
		return err
	}
	fmt.Fprintf(&b, "Alerts between %s\n\n", period)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "rule\ttold\ta week\theld\tuseful\tfalse\tknown\tsilent\tshare false\tdelay\tbeyond") // a strings.Builder takes everything
	for i := range rules {
		r := &rules[i]
		share, delay, beyond := "-", "-", "-"
		if s, ok := r.FalseShare(); ok {
			share = fmt.Sprintf("%.0f%%", 100*s)
		}
		if r.Sent > 0 {
			delay, beyond = strings.TrimSuffix(r.Delay.Round(time.Minute).String(), "0s"), r.Beyond.Round(time.Second).String()
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%.1f\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", r.Rule, r.Episodes, r.AWeek, r.Held, r.Useful, r.False, r.Known, r.Episodes-r.Judged, share, delay, beyond)
	}
	_ = table.Flush()
	b.WriteString("\n")
	for i := range rules {
		b.WriteString(rules[i].Rule + ": " + suggested(&rules[i]) + "\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// suggested is a suggestion in words.
func suggested(r *report.Rule) string {
	s := &r.Suggestion
	switch s.Kind {
	case report.TooFew:
		return fmt.Sprintf("readers judged %s, too few to suggest anything.", count(r.Judged, "episode"))
	case report.Fewer:
		return fmt.Sprintf("set alerts_a_week to %g. It would have spared %s, and lost %s.", s.AWeek, count(s.Spared, "false alarm"), count(s.Lost, "other alert"))
	case report.More:
		return fmt.Sprintf("hardly any was false: alerts_a_week may be %g, if more is wanted.", s.AWeek)
	case report.Unfit:
		return "many were false at every score: a stricter threshold does not help, look at what the rule watches and at min_posts."
	case report.Keep:
	}
	return "keep it as it is."
}
