// Command samleng watches public opinion in Cambodia, in Khmer and English. Every
// subcommand is one file of this package; what they do is in internal/app and the rooms it
// wires. This package owns the command line: flags, standard input and output, exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v3"
)

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and gives the exit code: 0 for success, 1 for an error,
// which is printed as one sentence.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	err := root(in, out, errOut).Run(ctx, args)
	if err == nil {
		return 0
	}
	if !errors.Is(err, errReported) {
		_, _ = fmt.Fprintf(errOut, "samleng: %v\n", err) // there is nobody left to tell
	}
	return 1
}

// root is the whole command line.
func root(in io.Reader, out, errOut io.Writer) *cli.Command {
	return &cli.Command{
		Name:  "samleng",
		Usage: "watch public opinion in Cambodia, in Khmer and English: topics, never people",
		Commands: []*cli.Command{
			upCommand(), doctorCommand(), importCommand(), sqlCommand(), takedownCommand(), migrateCommand(),
			alertsCommand(), classifyCommand(), segmentCommand(), parseCommand(), topicsCommand(), trainCommand(), evalCommand(),
			labelsCommand(), detectCommand(), benchCommand(), versionCommand(),
		},
		Reader: in, Writer: out, ErrWriter: errOut,
		HideVersion:    true,
		Suggest:        true,
		ExitErrHandler: func(context.Context, *cli.Command, error) {},
		OnUsageError: func(_ context.Context, cmd *cli.Command, err error, _ bool) error {
			return fmt.Errorf("%w; see `%s --help`", err, cmd.FullName())
		},
		Action: func(_ context.Context, cmd *cli.Command) error {
			if name := cmd.Args().First(); name != "" {
				return fmt.Errorf("there is no command %q; `samleng --help` lists them", name)
			}
			return cli.ShowAppHelp(cmd)
		},
	}
}

// errReported ends a command with exit code 1 when everything has been said already.
var errReported = errors.New("reported")
