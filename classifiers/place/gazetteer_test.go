package place_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"samleng/internal/dataset"
)

// gazetteer gives the rows of the committed table: code, kind, Khmer, English, ...
func gazetteer(tb testing.TB) [][]string {
	tb.Helper()
	raw, err := os.ReadFile("gazetteer.tsv")
	if err != nil {
		tb.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(raw)) {
		if line[0] >= '0' && line[0] <= '9' {
			rows = append(rows, strings.Split(strings.TrimRight(line, "\n"), "\t"))
		}
	}
	return rows
}

func TestGazetteerIsWhole(t *testing.T) {
	t.Parallel()
	provinces, districts := 0, 0
	for _, row := range gazetteer(t) {
		switch len(row[0]) {
		case 2:
			provinces++
		case 4:
			districts++
		}
	}
	if provinces != 25 || districts != 210 {
		t.Errorf("%d provinces, %d districts; want 25, 210", provinces, districts)
	}
}

// TestGazetteerIsGenerated holds the committed table to what its generator makes of the data.
func TestGazetteerIsGenerated(t *testing.T) {
	t.Parallel()
	data, err := filepath.Abs(filepath.Dir(dataset.Path(t, "places")))
	if err != nil {
		t.Fatal(err)
	}
	made, err := exec.Command("go", "run", "./generate", "--data", data).Output() //nolint:gosec // our own generator
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile("gazetteer.tsv")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, committed) {
		t.Error("gazetteer.tsv is not what generate makes of the data")
	}
}
