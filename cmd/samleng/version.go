package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/urfave/cli/v3"

	"samleng"
	"samleng/internal/app"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "print the versions of the program, its models and its schemas",
		Description: `Writes one "name value" pair a line: program, go, models (the rules, topics and
lexicons in use), post schema (on Kafka) and table schema (in ClickHouse).

Exits with 1 when the topics cannot be read.

Example:
   $ samleng version | grep '^post schema'
   post schema  1`,
		Flags: []cli.Flag{topicsFlag()},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if err := noArguments(cmd); err != nil {
				return err
			}
			chain, err := app.NewClassifiers(cmd.String("topics"))
			if err != nil {
				return err
			}
			tables, err := app.TableSchema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.Root().Writer, "program      %s\ngo           %s %s/%s\nmodels       %s\npost schema  %d\ntable schema %d\n",
				version, runtime.Version(), runtime.GOOS, runtime.GOARCH, chain.Model(), samleng.PostSchema, tables)
			return err
		},
	}
}
