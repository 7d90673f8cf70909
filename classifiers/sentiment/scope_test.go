package sentiment

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samleng"
	"samleng/classifiers/khmer"
)

// TestScope holds what the rules alone say of the sentences of testdata/scope.tsv.
func TestScope(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile(filepath.Join("testdata", "scope.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	c := rulesOnly(t)
	sentences := 0
	for n, line := range strings.Split(strings.TrimSuffix(string(body), "\n"), "\n") {
		if line == "#" || strings.HasPrefix(line, "# ") {
			continue
		}
		columns := strings.Split(line, "\t")
		if len(columns) != 3 {
			t.Fatalf("scope.tsv:%d: %d columns, want 3", n+1, len(columns))
		}
		sentences++
		if got := c.Classify("", khmer.Normalise(columns[2]), columns[0]); got.Label != samleng.Label(columns[1]) {
			t.Errorf("scope.tsv:%d: %q is %s (%.2f, %v), want %s", n+1, columns[2], got.Label, got.Score, got.Evidence, columns[1])
		}
	}
	if sentences < 80 {
		t.Errorf("%d sentences, want 80", sentences)
	}
}
