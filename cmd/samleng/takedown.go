package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"samleng/internal/app"
)

func takedownCommand() *cli.Command {
	return &cli.Command{
		Name:      "takedown",
		Usage:     "remove posts for good, by address or id",
		ArgsUsage: "URL|ID...",
		Description: `Reads nothing. Removes each post from the store and from every count, and keeps it from
being stored again; prints the ids. The masked text stays in the Kafka log until that
forgets it (embedded.log_days, or the retention of the topic).

Exits with 1 when an address has no post, or the store cannot be reached.

Example:
   $ samleng migrate --data d --config ephemeral.yaml > /dev/null && samleng takedown --data d --config ephemeral.yaml 00112233445566778899aabbccddeeff
   removed 00112233445566778899aabbccddeeff`,
		Flags: commonFlags(
			&cli.BoolFlag{Name: "sample", Usage: "remove from the store of `samleng up --sample`"},
			logFlag("warn"),
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if !cmd.Args().Present() {
				return errors.New("name the posts to remove, by address or id; see `samleng takedown --help`")
			}
			return withStore(ctx, cmd, func(store *app.Store) error {
				var faults []error
				for _, what := range cmd.Args().Slice() {
					ids, err := store.Takedown(ctx, what)
					faults = append(faults, err)
					for _, id := range ids {
						_, err := fmt.Fprintf(cmd.Root().Writer, "removed %s\n", id)
						faults = append(faults, err)
					}
				}
				return errors.Join(faults...)
			})
		},
	}
}
