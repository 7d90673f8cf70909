package app

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"samleng/classifiers/topic"
	"samleng/internal/dataset"
)

// TestClaimsOfWrittenPosts learns the embedded judge of topics again, as `make train` does, and
// holds what cross-validation says on posts that the list of topics was not tuned on: floors lie
// just below.
func TestClaimsOfWrittenPosts(t *testing.T) {
	if testing.Short() {
		t.Skip("learns for half a minute")
	}
	t.Parallel()
	written := func(name string) string {
		return filepath.Join("..", "..", "classifiers", "testdata", "posts", name+".jsonl")
	}
	trained, err := TrainClaims(ClaimsOptions{
		Files:     []string{written("dev-2"), written("dev-3"), written("dev-4"), written("dev-5"), written("dev-6"), written("dev-7"), written("dev-8"), written("dev-9"), written("dev-10")},
		NGrams:    []string{written("dev"), written("headlines-dev")},
		Labels:    filepath.Join("..", "..", "classifiers", "testdata", "topics", "labels.tsv"),
		Data:      filepath.Dir(dataset.Path(t, "news")),
		Spellings: []string{dataset.Path(t, "language", "romanised_words.tsv"), dataset.Path(t, "language", "romanised_pairs.tsv")},
		Seed:      1,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		name          string
		got           topic.Figures
		precision, f1 float64
	}{{"written posts", trained.Figures, 0.84, 0.76}, {"public texts", trained.Uncounted, 0.78, 0.68}} {
		t.Logf("%d %s: precision %.3f, recall %.3f, F1 %.3f", f.got.Posts, f.name, f.got.Precision(), f.got.Recall(), f.got.F1())
		if f.got.Precision() < f.precision || f.got.F1() < f.f1 {
			t.Errorf("%s: precision %.3f, F1 %.3f: want at least %.2f and %.2f", f.name, f.got.Precision(), f.got.F1(), f.precision, f.f1)
		}
	}
	embedded, err := os.ReadFile(filepath.Join("..", "..", "classifiers", "topic", "models", "claims.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOARCH == "amd64" && !bytes.Equal(trained.Model, embedded) { // other processors round otherwise
		t.Error("the embedded judge is not what is learnt from the posts, the public texts and the list of topics: make train")
	}
}
