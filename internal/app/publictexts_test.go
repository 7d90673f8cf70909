package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPublicTexts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, body := range map[string]string{
		"a.jsonl":    `{"title":"T","text":"one"}` + "\n" + `{"text":"` + strings.Repeat("x", 300) + `"}` + "\n",
		"b.tsv":      "label\ttext\nn\ttwo \\u2019\n",
		"c.tsv":      "domain\ttokens\nlaw\tការ~ងារ ធ្វើ_ការ abc\n",
		"d.tsv":      "label\tother\nn\tthree\n",
		"labels.tsv": "file\tline\ttopics\na.jsonl\t1\thealth,land\na.jsonl\t2\tnone\nb.tsv\t2\tland\nc.tsv\t2\tnone\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, beside := range []bool{false, true} {
		got, err := publicTexts(nil, filepath.Join(folder, "labels.tsv"), folder, beside)
		if err != nil || len(got) != 4 {
			t.Fatalf("%d texts, %v", len(got), err)
		}
		for i, want := range []struct {
			title, text string
			topics      []string
		}{
			{"T", "one", []string{"health", "land"}},
			{"", strings.Repeat("x", publicRunes), nil},
			{"", "two ’", []string{"land"}},
			{"", "ការងារធ្វើការ abc", nil},
		} {
			if g := got[i]; g.Title != want.title || g.Text != want.text || !slices.Equal(g.Topics, want.topics) || g.Uncounted != beside || (g.Weight != 0) != beside {
				t.Errorf("text %d: got %+v, want %+v, beside posts %v", i+1, g, want, beside)
			}
		}
	}
	for row, want := range map[string]string{
		"a.jsonl\t3\tland":     "has no line 3",
		"a.jsonl\t0\tland":     "has no line 0",
		"a.jsonl\tland":        "want a file of the folder",
		"../a.jsonl\t1\tland":  "want a file of the folder",
		"missing.tsv\t1\tland": "missing.tsv",
		"d.tsv\t2\tland":       `no column "text" or "tokens"`,
	} {
		name := filepath.Join(folder, "bad.tsv")
		if err := os.WriteFile(name, []byte(row+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := publicTexts(nil, name, folder, true); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", row, err, want)
		}
	}
}

// TestEvalOfPosts gives title and text of a post to the rules, as the pipeline does.
func TestEvalOfPosts(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "posts.jsonl")
	posts := `{"title":"ដាច់ភ្លើង","text":"នៅភូមិយើង","topics":["water-electricity"]}` + "\n" + `{"text":"អរុណសួស្តី","topics":[]}` + "\n"
	if err := os.WriteFile(name, []byte(posts), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Eval(EvalOptions{Task: "topic", File: name, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got.N != 2 || got.MicroF1.Value != 1 || got.Recall.Value != 1 {
		t.Errorf("%d posts, F1 %v, recall %v: want 2, 1, 1", got.N, got.MicroF1.Value, got.Recall.Value)
	}
}
