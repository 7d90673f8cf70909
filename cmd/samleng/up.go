package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/urfave/cli/v3"

	"samleng/internal/app"
	"samleng/internal/config"
)

// commonFlags are those of every command that uses the data folder and the configuration.
func commonFlags(more ...cli.Flag) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "config", Usage: "read the settings of `FILE` (configs/samleng.yaml lists them all)"},
		&cli.StringFlag{Name: "data", Usage: "keep everything in `DIR`, instead of the configured folder (./data)"},
	}, more...)
}

// settings are those of the file named on the command line, overlaid by the flags.
func settings(cmd *cli.Command) (config.Settings, error) {
	s, err := config.Load(cmd.String("config"))
	if err != nil {
		return config.Settings{}, err
	}
	if cmd.IsSet("data") {
		s.Data = cmd.String("data")
	}
	if cmd.IsSet("listen") {
		s.Listen = cmd.String("listen")
	}
	return s, s.Validate()
}

// newLogger writes to standard error: what changes state, unless more or less is asked for.
func newLogger(cmd *cli.Command) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cmd.String("log"))); err != nil {
		return nil, fmt.Errorf("--log %q: want debug, info, warn or error", cmd.String("log"))
	}
	return slog.New(slog.NewTextHandler(cmd.Root().ErrWriter, &slog.HandlerOptions{Level: level})), nil
}

func logFlag(value string) cli.Flag {
	return &cli.StringFlag{Name: "log", Value: value, Usage: "log `LEVEL`: debug, info, warn or error"}
}

func upCommand() *cli.Command {
	return &cli.Command{
		Name:  "up",
		Usage: "run everything on this machine: broker, store, workers, collectors and the live page",
		Description: `Reads public feeds (configs/sources.yaml), and prints each step of the start and
then the address of the page. Kafka and ClickHouse run inside this process, with their data
under --data, unless the configuration names servers. Nothing is read from standard input.

Stops on Ctrl-C or SIGTERM, and loses nothing: what has been read is stored first, for 8
seconds at most; a second Ctrl-C ends it at once, and loses nothing either. Exits with 1 when a part
cannot start: the sentence says which and what to do (` + "`samleng doctor`" + ` looks at more).

With --sample, posts written for this project are replayed into a store of their own
(DIR/sample), and no source is read.

Example:
   $ timeout --signal=INT 30 samleng up --sample --data "$(mktemp -d)" --listen 127.0.0.1:0 --config ephemeral.yaml | grep -o '^ready *http://'
   ready        http://`,
		Flags: commonFlags(
			&cli.StringFlag{Name: "listen", Usage: "serve the page at `ADDR` (127.0.0.1:8090)"},
			&cli.BoolFlag{Name: "sample", Usage: "replay the sample posts instead of reading sources"},
			logFlag("warn"),
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return fmt.Errorf("up takes no arguments, got %q", cmd.Args().First())
			}
			s, err := settings(cmd)
			if err != nil {
				return err
			}
			logger, err := newLogger(cmd)
			if err != nil {
				return err
			}
			running, err := app.Start(ctx, app.Options{
				Settings: s, Sample: cmd.Bool("sample"), Collect: true, Page: true, Version: version, Steps: cmd.Root().Writer, Logger: logger,
			})
			if err != nil {
				return err
			}
			err = running.Wait(ctx)
			_, _ = fmt.Fprintln(cmd.Root().Writer, "stopping     finishing what has been read") // to stop matters more
			return errors.Join(err, running.Stop())
		},
	}
}
