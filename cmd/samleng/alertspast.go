package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"samleng"
	"samleng/internal/app"
)

func rulesFlag() cli.Flag {
	return &cli.StringFlag{Name: "rules", Usage: "read rules from `FILE`, an alerts.yaml, instead of the configured ones"}
}

func alertOptions(cmd *cli.Command) (app.AlertOptions, error) {
	if cmd.Args().Present() {
		return app.AlertOptions{}, fmt.Errorf("%s takes no arguments, got %q", cmd.FullName(), cmd.Args().First())
	}
	s, err := settings(cmd)
	if err != nil {
		return app.AlertOptions{}, err
	}
	logger, err := newLogger(cmd)
	if err != nil {
		return app.AlertOptions{}, err
	}
	return app.AlertOptions{Settings: s, Rules: cmd.String("rules"), Sample: cmd.Bool("sample"), Logger: logger}, nil
}

// period reads --since and --until.
func period(cmd *cli.Command) (since, until time.Time, err error) {
	now := time.Now()
	if since, err = moment(cmd.String("since"), now); err != nil {
		return since, until, fmt.Errorf("--since: %w", err)
	}
	until = now
	if cmd.IsSet("until") {
		if until, err = moment(cmd.String("until"), now); err != nil {
			return since, until, fmt.Errorf("--until: %w", err)
		}
	}
	if !since.Before(until) {
		return since, until, fmt.Errorf("--since %s is not before --until %s", since.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	return since, until, nil
}

// moment reads a time, a day in Phnom Penh, or a distance back from now as in 7d or 36h.
func moment(text string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, time.FixedZone("Asia/Phnom_Penh", 7*60*60)); err == nil {
		return t.UTC(), nil
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); err == nil && n == 1 && text == fmt.Sprintf("%dd", days) && days > 0 {
		return now.AddDate(0, 0, -days).UTC(), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(-d).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q: want a time as 2026-11-22T08:00:00+07:00, a day as 2026-11-22, or how long ago, as in 7d or 36h", text)
}

func periodFlags(since string, more ...cli.Flag) []cli.Flag {
	return commonFlags(append([]cli.Flag{
		&cli.StringFlag{Name: "since", Value: since, Usage: "begin at `TIME`: RFC 3339, a day in Phnom Penh, or how long ago, as in 7d"},
		&cli.StringFlag{Name: "until", Usage: "end before `TIME`, instead of now"},
		&cli.BoolFlag{Name: "sample", Usage: "read the store of `samleng up --sample`"},
		logFlag("warn"),
	}, more...)...)
}

func alertsReplayCommand() *cli.Command {
	return &cli.Command{
		Name:  "replay",
		Usage: "run rules over the past and say what would have been told, and when",
		Description: `Runs the rules over what is stored with the code that watches live, and prints one JSON object
for each alert, in the order in which they would have been decided: "tick" is when, "due" from
when on the "channels" would have been told, "held" why nobody was. Nothing is sent.

Where the live run has told its detectors the same, they are told again what they were told,
and the lines equal those of ` + "`samleng alerts log`" + ` byte for byte. For other rules, and for
the time before, posts and polls say what was known when: a post from when a collector had
read it, and from its publication before the sources were first polled.

Exits with 1 when a flag or the file is wrong, or the store cannot be reached.

Example:
   $ samleng migrate --data d --config ephemeral.yaml > /dev/null && samleng alerts replay --data d --config ephemeral.yaml --since 7d | wc -l | tr -d ' '
   0`,
		Flags:  periodFlags("7d", rulesFlag(), &cli.BoolFlag{Name: "told", Usage: "print only what somebody would have been told at once"}),
		Action: printing(app.ReplayAlerts),
	}
}

func alertsLogCommand() *cli.Command {
	return &cli.Command{
		Name:  "log",
		Usage: "print the alerts that were decided, told or not",
		Description: `Reads the table alert_log, and prints one JSON object for each alert of the live run, in the
order in which they were decided:
the series, the window, how far each signal was from what was expected and with which score,
the level, the channels that were told and from when on, or why nobody was ("held"). Texts of
posts are not in it. The same is in the table alert_log, for SQL.

Exits with 1 when a flag is wrong or the store cannot be reached.

Example:
   $ samleng migrate --data d --config ephemeral.yaml > /dev/null && samleng alerts log --data d --config ephemeral.yaml --since 2026-11-01 | wc -l | tr -d ' '
   0`,
		Flags:  periodFlags("7d", &cli.BoolFlag{Name: "told", Usage: "print only what somebody was told at once"}),
		Action: printing(app.AlertLog),
	}
}

// printing is the action of a command that prints the alerts that find gives of a period.
func printing(find func(context.Context, app.AlertOptions, time.Time, time.Time) ([]samleng.AlertRecord, error)) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		options, err := alertOptions(cmd)
		if err != nil {
			return err
		}
		since, until, err := period(cmd)
		if err != nil {
			return err
		}
		all, err := find(ctx, options, since, until)
		if err != nil {
			return err
		}
		return printAlerts(cmd, all)
	}
}

func printAlerts(cmd *cli.Command, all []samleng.AlertRecord) error {
	var text strings.Builder // to which writing never fails
	for i := range all {
		if cmd.Bool("told") && len(all[i].Channels) == 0 {
			continue
		}
		text.Write(all[i].Line)
		text.WriteByte('\n')
	}
	if _, err := io.WriteString(cmd.Root().Writer, text.String()); err != nil {
		return fmt.Errorf("write alerts: %w", err)
	}
	return nil
}

func alertsCheckCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "validate rules and say how often each would have told something",
		Description: `Reads the rules, and names every fault with file, line and key. Where there is a store, it
then runs each rule over what is stored and says how often it would have told something, so
that a rule can be judged before anybody is woken by it.

Exits with 1 when the file has a fault, or the store cannot be reached.

Example:
   $ samleng alerts check --data none
   topics: watches 20 series. 2 alerts a week may come from chance alone. Nobody is told at once: they are for the digest.
   provinces: watches 500 series. 3 alerts a week may come from chance alone. Nobody is told at once: they are for the digest.
   sources: watches the sources for silence. Nobody is told at once: they are for the digest.
   There is no stored history to try them on.`,
		Flags: commonFlags(rulesFlag(),
			&cli.StringFlag{Name: "since", Value: "90d", Usage: "try the rules on what was stored since `TIME`: RFC 3339, a day in Phnom Penh, or how long ago"},
			&cli.BoolFlag{Name: "sample", Usage: "try them on the store of `samleng up --sample`"},
			logFlag("warn"),
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			options, err := alertOptions(cmd)
			if err != nil {
				return err
			}
			since, err := moment(cmd.String("since"), time.Now())
			if err != nil {
				return fmt.Errorf("--since: %w", err)
			}
			checked, err := app.CheckAlerts(ctx, options, since)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(cmd.Root().Writer, checkedText(&checked)); err != nil {
				return fmt.Errorf("write what was found: %w", err)
			}
			return nil
		},
	}
}

// checkedText says in words what the rules watch and would have told.
func checkedText(checked *app.CheckedAlerts) string {
	var text strings.Builder // to which writing never fails
	weeks := checked.Until.Sub(checked.Since).Hours() / (7 * 24)
	for i := range checked.Rules {
		c := &checked.Rules[i]
		fmt.Fprintf(&text, "%s: ", c.Rule.ID)
		switch {
		case c.Series == 0:
			text.WriteString("watches the sources for silence.")
		case c.Rule.Fixed != nil:
			fmt.Fprintf(&text, "watches %s by fixed thresholds.", fmt.Sprint(c.Series, " series"))
		default:
			fmt.Fprintf(&text, "watches %d series. %g alerts a week may come from chance alone.", c.Series, c.Rule.Budget())
		}
		if len(c.Rule.Channels) == 0 {
			text.WriteString(" Nobody is told at once: they are for the digest.")
		} else {
			fmt.Fprintf(&text, " Told: %s.", strings.Join(c.Rule.Channels, ", "))
		}
		text.WriteByte('\n')
		if checked.Since.IsZero() {
			continue
		}
		fmt.Fprintf(&text, "    would have opened %s, %.1f a week; %d told at once\n", count(c.Opened, "alert"), float64(c.Opened)/max(weeks, 1./7), c.Told)
		for _, reason := range slices.Sorted(maps.Keys(c.Held)) {
			fmt.Fprintf(&text, "    not told: %d, because %s\n", c.Held[reason], reason)
		}
	}
	if checked.Since.IsZero() {
		text.WriteString("There is no stored history to try them on.\n")
	} else {
		fmt.Fprintf(&text, "Tried on what is stored from %s to %s (UTC), %.1f weeks.\n", checked.Since.Format(time.DateTime), checked.Until.Format(time.DateTime), weeks)
	}
	return text.String()
}
