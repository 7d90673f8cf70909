package app

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"samleng"
	"samleng/internal/dataset"
)

// TestParseEveryFixtureFeed sends all 2,411 files of the feed fixtures through what
// `samleng parse feed` does: none panics, none hangs, and every line that comes out is a
// post that the pipeline takes. Which of them must be read, package feed tests.
func TestParseEveryFixtureFeed(t *testing.T) {
	t.Parallel()
	files, lines := 0, 0
	err := filepath.WalkDir(dataset.Path(t, "feeds"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".tsv" {
			return err
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		began := time.Now()
		parsed, _, _ := ParseFeed(body, "https://example.org/"+entry.Name(), time.Now()) // most faults are meant
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s took %s", path, took)
		}
		for _, line := range parsed {
			lines++
			var post samleng.Post
			if err := json.Unmarshal(line, &post); err != nil {
				t.Errorf("%s: %v", path, err)
			} else if err := post.Validate(); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files != 2411 || lines < 900 {
		t.Errorf("%d files gave %d posts; the fixtures are 2411 files", files, lines)
	}
}
