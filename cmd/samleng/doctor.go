package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"samleng/internal/app"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "say what is missing and the command that mends it",
		Description: `Reads the configuration and looks at the data folder, the engine library, the ports and,
where servers are configured, at Kafka and ClickHouse. Prints one line for each, "ok" or
"no", and changes nothing.

Exits with 1 when something is missing.

Example:
   $ samleng doctor --data "$(mktemp -d)" --config ephemeral.yaml | grep -c '^ok'
   7`,
		Flags: commonFlags(
			&cli.StringFlag{Name: "listen", Usage: "`ADDR` the page would be served at"},
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return fmt.Errorf("doctor takes no arguments, got %q", cmd.Args().First())
			}
			out := cmd.Root().Writer
			s, err := settings(cmd)
			if err != nil {
				fmt.Fprintf(out, "no  configuration: %v\n", err)
				return errReported
			}
			fmt.Fprintln(out, "ok  configuration")
			missing := 0
			for _, c := range app.Doctor(ctx, s) {
				if c.Err != nil {
					missing++
					fmt.Fprintf(out, "no  %s: %v\n", c.Name, c.Err)
					continue
				}
				fmt.Fprintf(out, "ok  %s: %s\n", c.Name, c.Good)
			}
			if missing > 0 {
				return errReported
			}
			return nil
		},
	}
}
