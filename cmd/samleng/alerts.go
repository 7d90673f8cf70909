package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"samleng"
	"samleng/internal/app"
	"samleng/internal/config"
)

func alertsCommand() *cli.Command {
	return &cli.Command{
		Name:     "alerts",
		Usage:    "check rules, run them over the past, read what was told and how it did, make digests, try channels",
		Commands: []*cli.Command{alertsCheckCommand(), alertsReplayCommand(), alertsLogCommand(), alertsReportCommand(), alertsDigestCommand(), alertsSendTestCommand()},
	}
}

func alertsSendTestCommand() *cli.Command {
	return &cli.Command{
		Name:      "send-test",
		Usage:     "send one test message to a channel and say what came of it",
		ArgsUsage: "CHANNEL...",
		Description: `Reads the channels of the file, with their secrets, and sends a test message to each that is
named: once, now, and past the outbox. Prints what the other side said, and what to do about
it. No secret is printed.

Exits with 1 when a message was not sent, or the file has a fault.

Example:
   $ printf 'channels:\n- {id: team, webhook: {url: "http://127.0.0.1:1/", secret: 0123456789abcdef}}\n' > a.yaml; samleng alerts send-test --rules a.yaml team
   team (webhook): NOT sent: post to the webhook: dial tcp 127.0.0.1:1: connect: connection refused
       What to do: the other side is away or in trouble. Alerts wait in the outbox and are tried again.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "rules", Usage: "read the channels of `FILE`, an alerts.yaml", Required: true},
			logFlag("warn"),
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if !cmd.Args().Present() {
				return errors.New("name the channels to try; see `samleng alerts send-test --help`")
			}
			logger, err := newLogger(cmd)
			if err != nil {
				return err
			}
			settings, err := config.LoadAlerts(cmd.String("rules"), nil)
			if err != nil {
				return err
			}
			failed := false
			for _, id := range cmd.Args().Slice() {
				c, ok := settings.Channel(id)
				if !ok {
					return fmt.Errorf("there is no channel %q in %s%s", id, cmd.String("rules"), channelsOf(&settings))
				}
				result, err := app.SendTest(ctx, c, logger)
				if err != nil {
					return err
				}
				failed = failed || result.Err != nil
				if _, err := io.WriteString(cmd.Root().Writer, id+" ("+c.Kind()+"): "+told(result)+"\n"); err != nil {
					return fmt.Errorf("write the result: %w", err)
				}
			}
			if failed {
				return errReported
			}
			return nil
		},
	}
}

// channelsOf lists the channels of a file for whoever mistyped one.
func channelsOf(a *config.Alerts) string {
	ids := make([]string, 0, len(a.Channels))
	for i := range a.Channels {
		ids = append(ids, a.Channels[i].ID)
	}
	if len(ids) == 0 {
		return ", which lists none"
	}
	return "; it has " + strings.Join(ids, ", ")
}

// told says in words what became of a test message.
func told(r app.TestMessage) string {
	if r.Err == nil {
		text := fmt.Sprintf("sent and taken, in %s.", r.Took.Round(time.Millisecond))
		if r.Editable {
			text += " Updates of an episode will change its first message."
		}
		return text
	}
	text := "NOT sent: " + r.Err.Error()
	if r.Unsure {
		text = "perhaps sent, look whether it has arrived: " + r.Err.Error()
	}
	return text + "\n    What to do: " + advice(samleng.ClassOf(r.Err))
}

// advice says what a person can do about a class of error.
func advice(class samleng.Class) string {
	switch class {
	case samleng.Unauthorised:
		return "check the token or password, the id of the chat or channel, and that the bot is a member and may write."
	case samleng.RateLimited:
		return "the other side asks to slow down. Alerts wait for as long as it says."
	case samleng.RetryAfter:
		return "the other side is away or in trouble. Alerts wait in the outbox and are tried again."
	case samleng.Permanent, samleng.BadInput:
	}
	return "the other side refuses this for good: its words above say why."
}
