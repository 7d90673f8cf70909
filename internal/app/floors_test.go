package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samleng/internal/dataset"
)

// TestEvalFloors holds the quality of the classifiers that are built in, and of the learner, on
// public sets: it does what `make eval` does, by the lines of the Makefile.
func TestEvalFloors(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	variables := strings.NewReplacer("$(DATA)", filepath.Dir(dataset.Path(t, "sentiment")), "$(EVAL)", folder, "$(POSTS)", filepath.Join("classifiers", "testdata", "posts"))
	commands := evalCommands(t, variables)
	if len(commands) < 10 {
		t.Fatalf("%d commands in the Makefile's target eval, want 10", len(commands))
	}
	for _, command := range commands {
		if err := run(command); err != nil {
			t.Errorf("%s: %v", strings.Join(command, " "), err)
		}
	}
}

// evalCommands gives the words after $(BIN) of each line of the target.
func evalCommands(t *testing.T, variables *strings.Replacer) [][]string {
	body, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(body), "\neval: build")
	if !found {
		t.Fatal("the Makefile has no target eval")
	}
	var commands [][]string
	for line := range strings.SplitSeq(rest[strings.Index(rest, "\n")+1:], "\n") {
		line, found := strings.CutPrefix(line, "\t$(BIN) ")
		if !found {
			break
		}
		commands = append(commands, strings.Fields(variables.Replace(line)))
	}
	return commands
}

// run does what one command of the target does.
func run(words []string) error {
	var files, floors, without []string
	var model, out string
	for i := 2; i < len(words); i++ {
		if !strings.HasPrefix(words[i], "--") {
			if !filepath.IsAbs(words[i]) { // of the project
				words[i] = filepath.Join("..", "..", words[i])
			}
			files = append(files, words[i])
			continue
		}
		if i++; i == len(words) {
			return fmt.Errorf("nothing follows %s", words[i-1])
		}
		switch words[i-1] {
		case "--floor":
			floors = append(floors, words[i])
		case "--without":
			without = append(without, words[i])
		case "--model":
			model = words[i]
		case "--out":
			out = words[i]
		default:
			return fmt.Errorf("the test does not know %s", words[i-1])
		}
	}
	if words[0] == "train" {
		trained, err := Train(TrainOptions{Task: words[1], Files: files, Seed: 1})
		if err != nil {
			return err
		}
		return os.WriteFile(out, trained.Model, 0o600)
	}
	found, err := Eval(EvalOptions{Task: words[1], File: files[0], Model: model, Without: without, Seed: 1})
	if err != nil {
		return err
	}
	return found.CheckFloors(floors)
}
