package classifiers_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"samleng/classifiers/khmer"
	"samleng/classifiers/topic"
)

// TestClaimsOfWrittenPosts learns the embedded judge of topics again, and holds what
// cross-validation says on posts that the list of topics was not tuned on: floors lie just below.
func TestClaimsOfWrittenPosts(t *testing.T) {
	if testing.Short() {
		t.Skip("learns for a quarter of a minute")
	}
	t.Parallel()
	rules, err := topic.NewRules(topics(t), segmenter(t))
	if err != nil {
		t.Fatal(err)
	}
	var posts []topic.Labelled
	for _, file := range []string{"dev-2.jsonl", "dev-3.jsonl", "dev.jsonl", "headlines-dev.jsonl"} {
		for _, p := range readWrittenPosts(t, file) {
			posts = append(posts, topic.Labelled{
				Title: khmer.Normalise(p.Title), Text: khmer.Normalise(p.Text), Topics: p.Topics,
				GramsOnly: file == "dev.jsonl" || file == "headlines-dev.jsonl",
			})
		}
	}
	file, report, err := rules.TrainJudge(posts, topic.DefaultJudgeOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d posts: precision %.3f, recall %.3f, F1 %.3f", report.Posts, report.Precision(), report.Recall(), report.F1())
	if report.Precision() < 0.84 || report.F1() < 0.69 {
		t.Errorf("precision %.3f, F1 %.3f: want at least .84 and .69", report.Precision(), report.F1())
	}
	embedded, err := os.ReadFile(filepath.Join("topic", "models", "claims.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOARCH == "amd64" && !bytes.Equal(file, embedded) { // other processors round otherwise
		t.Error("the embedded judge is not what is learnt from the written posts and the list of topics: make train")
	}
}
