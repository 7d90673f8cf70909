package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"samleng/internal/app"
)

func migrateCommand() *cli.Command {
	return &cli.Command{
		Name:  "migrate",
		Usage: "bring the tables to the version of this program",
		Description: `Reads the settings, and changes the tables in ClickHouse where they are of an older
version; ` + "`samleng up`" + ` does the same when it starts. Prints the version before and after.

Exits with 1 when ClickHouse cannot be reached or its tables are of a newer program.

Example:
   $ samleng migrate --data "$(mktemp -d)" --config ephemeral.yaml | grep -o '^tables were at version 0'
   tables were at version 0`,
		Flags: commonFlags(logFlag("warn")),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return fmt.Errorf("migrate takes no arguments, got %q", cmd.Args().First())
			}
			return withStore(ctx, cmd, func(store *app.Store) error {
				from, to, err := store.Migrate(ctx)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.Root().Writer, "tables were at version %d and are at version %d\n", from, to)
				return err
			})
		},
	}
}

// withStore opens the store that the settings name, or that a running samleng has open,
// and closes it after use.
func withStore(ctx context.Context, cmd *cli.Command, use func(*app.Store) error) error {
	s, err := settings(cmd)
	if err != nil {
		return err
	}
	logger, err := newLogger(cmd)
	if err != nil {
		return err
	}
	store, err := app.OpenStore(ctx, s, cmd.Bool("sample"), logger)
	if err != nil {
		return err
	}
	err = use(store)
	if closing := store.Close(); err == nil {
		err = closing
	}
	return err
}
