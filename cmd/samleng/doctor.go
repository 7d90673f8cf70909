package main

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"samleng/internal/app"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "say what is missing and the command that mends it",
		Description: `Reads the configuration and looks at the data folder, the engine library, the ports and,
where servers are configured, at Kafka and ClickHouse. Prints one line for each, "ok" or
"no", and changes nothing but to make the data folder.

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
			s, err := settings(cmd)
			checks := []app.Check{{Name: "configuration", Good: "understood", Err: err}}
			if err == nil {
				checks = append(checks, app.Doctor(ctx, s)...)
			}
			missing := 0
			for _, c := range checks {
				line := fmt.Sprintf("ok  %s: %s\n", c.Name, c.Good)
				if c.Err != nil {
					missing++
					line = fmt.Sprintf("no  %s: %v\n", c.Name, c.Err)
				}
				if _, err := io.WriteString(cmd.Root().Writer, line); err != nil {
					return fmt.Errorf("write findings: %w", err)
				}
			}
			if missing > 0 {
				return errReported
			}
			return nil
		},
	}
}
