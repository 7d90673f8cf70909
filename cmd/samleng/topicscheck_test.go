package main

import (
	"fmt"
	"strings"
	"testing"

	"samleng/classifiers/topic"
	"samleng/internal/app"
)

// TestWriteProblems puts what matters first, counts what it leaves out, and never leaves out a fault.
func TestWriteProblems(t *testing.T) {
	t.Parallel()
	var problems []app.TopicProblem
	for i := range 25 {
		for _, kind := range []topic.Kind{topic.Form, topic.Everywhere, topic.Shared} {
			problems = append(problems, app.TopicProblem{Where: fmt.Sprint("t:", i), Problem: topic.Problem{
				Kind: kind, Fault: kind == topic.Everywhere, Text: string(kind),
			}})
		}
	}
	for all, want := range map[bool]int{false: 25 + 2*(mostWarnings+1), true: 75} {
		var text strings.Builder
		writeProblems(&text, problems, all)
		lines := strings.Split(strings.TrimSpace(text.String()), "\n")
		if len(lines) != want || strings.Count(text.String(), "fault: everywhere") != 25 {
			t.Errorf("all %v: %d lines, want %d, every fault among them:\n%s", all, len(lines), want, text.String())
		}
		if !strings.HasSuffix(lines[0], "everywhere") || !strings.HasSuffix(lines[25], "shared") {
			t.Errorf("all %v: what matters does not come first:\n%s", all, text.String())
		}
		if left := fmt.Sprintf("... and %d more terms under two topics", 25-mostWarnings); strings.Contains(text.String(), left) == all {
			t.Errorf("all %v: want a line %q only without all:\n%s", all, left, text.String())
		}
	}
}
