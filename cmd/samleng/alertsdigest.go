package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"samleng/alerts"
	"samleng/alerts/card"
	"samleng/internal/app"
)

func alertsDigestCommand() *cli.Command {
	return &cli.Command{
		Name:      "digest",
		Usage:     "print or send the digest of a period now",
		ArgsUsage: "[DIGEST]",
		Description: `Reads what is stored and sums it up: how many posts there were and how much that changed, the
topics that moved, stories that several outlets told and none had told before, what was unusual
and told to nobody, topics with too few posts, and sources that went quiet. DIGEST is the id of one in
the file of rules, whose topics, places and last period it then has; without it, everything of
the last 24 hours. Prints the card; --to sends it to channels of the file as well, once, now,
and past the outbox. What is due at its hour is sent all the same.

Exits with 1 when a flag or the file is wrong, the store cannot be reached, or a channel did
not take it.

Example:
   $ samleng migrate --data d --config ephemeral.yaml > /dev/null && samleng alerts digest --data d --config ephemeral.yaml --since 2026-11-16 --until 2026-11-23 --language en
   The week in public posts, 16 Nov 2026 to 22 Nov 2026
   0 posts.
   No alert was told.
   Too few posts to say anything: Public order, Land, Roads and traffic, Water and electricity, Prices and markets, Jobs and labour, Public services, Health, 12 more.`,
		Flags: commonFlags(rulesFlag(),
			&cli.StringFlag{Name: "since", Usage: "begin at `TIME`: RFC 3339, a day in Phnom Penh, or how long ago, as in 7d"},
			&cli.StringFlag{Name: "until", Usage: "end before `TIME`, instead of now"},
			&cli.StringFlag{Name: "language", Value: card.Both, Usage: "write in `LANGUAGE`: km, en or both"},
			&cli.StringFlag{Name: "format", Value: string(alerts.FormatPlain), Usage: "print as `FORMAT`: plain, telegram, slack, mail or json"},
			&cli.StringSliceFlag{Name: "to", Usage: "send it to `CHANNEL` of the file as well; may be repeated"},
			&cli.BoolFlag{Name: "sample", Usage: "read the store of `samleng up --sample`"},
			logFlag("warn"),
		),
		Action: runDigest,
	}
}

func runDigest(ctx context.Context, cmd *cli.Command) error {
	o, err := digestOptions(cmd)
	if err != nil {
		return err
	}
	asJSON := o.Format == "json"
	if asJSON {
		o.Format = alerts.FormatPlain
	}
	made, err := app.MakeDigest(ctx, o)
	if err != nil {
		return err
	}
	text := made.Card.Text
	switch {
	case asJSON:
		b, err := json.MarshalIndent(made.Digest, "", "  ")
		if err != nil {
			return fmt.Errorf("write the digest: %w", err)
		}
		text = string(b)
	case o.Format != alerts.FormatPlain:
		text = made.Card.Markup
	}
	text = strings.TrimRight(text, "\n") + "\n"
	failed := false
	for _, id := range o.Channels {
		text += id + ": " + told(made.Sent[id]) + "\n"
		failed = failed || made.Sent[id].Err != nil
	}
	if _, err := io.WriteString(cmd.Root().Writer, text); err != nil {
		return fmt.Errorf("write the digest: %w", err)
	}
	if failed {
		return errReported
	}
	return nil
}

func digestOptions(cmd *cli.Command) (app.DigestOptions, error) {
	var o app.DigestOptions
	s, err := settings(cmd)
	if err != nil {
		return o, err
	}
	logger, err := newLogger(cmd)
	if err != nil {
		return o, err
	}
	o = app.DigestOptions{
		AlertOptions: app.AlertOptions{Settings: s, Rules: cmd.String("rules"), Sample: cmd.Bool("sample"), Logger: logger},
		ID:           cmd.Args().First(), Language: cmd.String("language"), Format: alerts.Format(cmd.String("format")), Channels: cmd.StringSlice("to"),
	}
	if cmd.Args().Len() > 1 {
		return o, errors.New("alerts digest takes one digest; see `samleng alerts digest --help`")
	}
	if !slices.Contains(append(card.Formats(), "json"), o.Format) {
		return o, fmt.Errorf("--format %q: want plain, telegram, slack, mail or json", o.Format)
	}
	now := time.Now()
	for _, flag := range []struct {
		name string
		to   *time.Time
	}{{"since", &o.Since}, {"until", &o.Until}} {
		if !cmd.IsSet(flag.name) {
			continue
		}
		if *flag.to, err = moment(cmd.String(flag.name), now); err != nil {
			return o, fmt.Errorf("--%s: %w", flag.name, err)
		}
	}
	return o, nil
}
