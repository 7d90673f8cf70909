package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/urfave/cli/v3"
)

// TestMain lets the test binary stand in for samleng, for scripts and for tests that kill
// a real process.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"samleng": asProgram})
}

func asProgram() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// ephemeral is a configuration whose ports collide with nothing.
const ephemeral = "listen: 127.0.0.1:0\nembedded:\n  clickhouse_listen: 127.0.0.1:0\n"

// repository is the folder of go.mod.
func repository(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if folder == filepath.Dir(folder) {
			t.Fatal("no go.mod above the test")
		}
		folder = filepath.Dir(folder)
	}
}

// engineEnvironment lets a process in another folder find the engine library.
func engineEnvironment(t *testing.T) string {
	t.Helper()
	matches, err := filepath.Glob(filepath.Join(repository(t), "node_modules", "@chdb", "*", "libchdb.*"))
	if err != nil || len(matches) == 0 {
		t.Fatal("the ClickHouse engine library is missing: run `make engine`")
	}
	return "SAMLENG_ENGINE=" + matches[0]
}

func TestScripts(t *testing.T) {
	t.Parallel()
	engine := engineEnvironment(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, engine)
			return os.WriteFile(filepath.Join(env.WorkDir, "ephemeral.yaml"), []byte(ephemeral), 0o600)
		},
	})
}

// commands gives every command below c that does something.
func commands(c *cli.Command, path string) map[string]*cli.Command {
	found := map[string]*cli.Command{}
	for _, sub := range c.Commands {
		name := path + " " + sub.Name
		if len(sub.Commands) > 0 {
			for n, s := range commands(sub, name) {
				found[n] = s
			}
			continue
		}
		found[name] = sub
	}
	return found
}

var example = regexp.MustCompile(`(?s)\nExample:\n(.*)$`)

// TestExamples runs the example in the help of every command and compares its output.
func TestExamples(t *testing.T) {
	t.Parallel()
	all := commands(root(nil, nil, nil), "samleng")
	if len(all) < 10 {
		t.Fatalf("only %d commands found", len(all))
	}
	for name, command := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := example.FindStringSubmatch(command.Description)
			if found == nil {
				t.Fatal("its help has no example")
			}
			for _, said := range []string{"read", "exits with"} {
				if !strings.Contains(strings.Join(strings.Fields(strings.ToLower(command.Description)), " "), said) {
					t.Errorf("its help does not say what it %s", said)
				}
			}
			var line string
			var want []string
			for text := range strings.Lines(found[1]) {
				text = strings.TrimSuffix(strings.TrimPrefix(text, "   "), "\n")
				if shell, ok := strings.CutPrefix(text, "$ "); ok {
					line = shell
				} else {
					want = append(want, text)
				}
			}
			if got := inShell(t, line); got != strings.Join(want, "\n") {
				t.Errorf("%s\n got %s\nwant %s", line, got, strings.Join(want, "\n"))
			}
		})
	}
}

// inShell runs a line in a new folder with samleng in PATH.
func inShell(t *testing.T, line string) string {
	t.Helper()
	folder, bin := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "ephemeral.yaml"), []byte(ephemeral), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "samleng")); err != nil {
		t.Fatal(err)
	}
	var out, errOut strings.Builder
	cmd := exec.CommandContext(t.Context(), "bash", "-o", "pipefail", "-c", line)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), engineEnvironment(t))
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Logf("%v; standard error:\n%s", err, errOut.String())
	}
	return strings.TrimRight(out.String(), "\n")
}
