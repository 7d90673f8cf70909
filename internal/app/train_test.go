package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeFile(t *testing.T, body string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.tsv")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestLabelledFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, want string }{
		{"empty", "", `x.tsv:1: the header is [""]`},
		{"no label", "name\ttext\n", `want the columns "label" and "text"`},
		{"header only", "label\ttext\n", "no row below the header"},
		{"too few columns", "label\ttext\npositive\tgood\nbad\n", "x.tsv:3: 1 columns, the header has 2"},
		{"no text", "label\ttext\npositive\t \n", "x.tsv:2: the text is empty"},
		{"no label in a row", "label\ttext\n\tgood\n", "x.tsv:2: the label is empty"},
		{"not UTF-8", "label\ttext\npositive\t\xff\n", "x.tsv:2: is not UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := readLabelled("sentiment", writeFile(t, test.body)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	rows, err := readLabelled("sentiment", writeFile(t, "\uFEFFtext\tx\tlabel\r\ndon\\u2019t &amp; go\t1\tpositive\r\n"))
	if err != nil || len(rows) != 1 || rows[0].text != "don’t & go" || rows[0].label != "positive" || rows[0].line != 2 {
		t.Errorf("got %+v, %v", rows, err)
	}
	rows, err = readLabelled("sentiment", writeFile(t, "label\ttokens\npositive\tសេវា ល្អ ណាស់ very good ។\n"))
	if err != nil || len(rows) != 1 || rows[0].text != "សេវាល្អណាស់ very good ។" || len(rows[0].words) != 6 {
		t.Errorf("got %+v, %v", rows, err)
	}
}

func TestTrainAndEvalName(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "label\ttext\npositive\tgood\nhappy\tfine\n")
	for name, err := range map[string]error{
		`no task "taste"`: func() error { _, err := Train(TrainOptions{Task: "taste"}); return err }(),
		`x.tsv:3: the label is "happy"`: func() error {
			_, err := Train(TrainOptions{Task: "sentiment", Files: []string{file}})
			return err
		}(),
		`the label is "happy": want`: func() error { _, err := Eval(EvalOptions{Task: "sentiment", File: file}); return err }(),
		"nothing to learn": func() error {
			_, err := Train(TrainOptions{Task: "language", Files: []string{writeFile(t, "label\ttext\nkm\tដីធ្លី\n")}})
			return err
		}(),
		"is not a model of sentiment": func() error {
			_, err := Eval(EvalOptions{Task: "sentiment", File: file, Model: file})
			return err
		}(),
	} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
}

// TestCorrectionsChangeAModel trains with and without what readers corrected: the corrected label
// wins over the same text in the file, and a correction in another language is left out.
func TestCorrectionsChangeAModel(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	body.WriteString("label\ttext\n")
	for _, place := range []string{"market", "school", "office", "clinic", "road", "bridge", "station", "river"} {
		body.WriteString("positive\tblorp " + place + "\nneutral\t" + place + " opens at nine\nnegative\t" + place + " zonk again today\n")
	}
	const text = "market zonk again today"
	files := []string{writeFile(t, body.String())}
	before, err := Train(TrainOptions{Task: "sentiment", Files: files, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	after, err := Train(TrainOptions{
		Task: "sentiment", Files: files, Seed: 1,
		Corrections: []string{writeFile(t, "task\tlabel\ttext\nsentiment\tneutral\t"+text+"\ntopic\tnone\tx\nsentiment\tpositive\tសេវាល្អណាស់នៅភូមិយើង\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if after.Examples != before.Examples || after.LeftOut != 2 || after.Labels["neutral"] != before.Labels["neutral"]+1 {
		t.Errorf("learnt from %d texts %v and left out %d, before %d texts %v", after.Examples, after.Labels, after.LeftOut, before.Examples, before.Labels)
	}
	if bytes.Equal(before.Model, after.Model) {
		t.Error("a correction changed nothing")
	}
}

// TestPostsChangeAModel trains with and without posts: those in another language are left out, and
// what they say is learnt.
func TestPostsChangeAModel(t *testing.T) {
	t.Parallel()
	files := []string{writeFile(t, "label\ttext\n"+strings.Repeat("positive\tblorp market\nneutral\tmarket opens at nine\nnegative\tzonk again today\n", 6))}
	posts := filepath.Join(t.TempDir(), "posts.jsonl")
	if err := os.WriteFile(posts, []byte(`{"form":"en","title":"Frumble","text":"frumble at the market","sentiment":"negative"}
{"form":"km","text":"សេវាល្អណាស់នៅភូមិយើង","sentiment":"positive"}
{"form":"km-Latn","text":"sevea laor nas","sentiment":"positive"}

{"text":"frumble again","sentiment":"negative"}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := Train(TrainOptions{Task: "sentiment", Files: files, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	after, err := Train(TrainOptions{Task: "sentiment", Files: files, Posts: []string{posts}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if after.Examples != before.Examples+2 || after.LeftOut != before.LeftOut+2 || after.Labels["negative"] != before.Labels["negative"]+2 {
		t.Errorf("learnt from %d texts %v and left out %d, before %d texts %v and %d", after.Examples, after.Labels, after.LeftOut, before.Examples, before.Labels, before.LeftOut)
	}
	if bytes.Equal(before.Model, after.Model) {
		t.Error("two posts changed nothing")
	}
	for body, want := range map[string]string{"{": "posts.jsonl:1: is not a JSON object", "{}": "the text is empty", "\n": "there is no post"} {
		if err := os.WriteFile(posts, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Train(TrainOptions{Task: "sentiment", Files: files, Posts: []string{posts}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", body, err, want)
		}
	}
}

func TestFloors(t *testing.T) {
	t.Parallel()
	found, err := Eval(EvalOptions{Task: "topic", File: writeFile(t, "label\ttext\nland\tដីធ្លី ប្លង់រឹង\nnone\tgood morning\n"), Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := found.CheckFloors([]string{"precision=1", "recall=1"}); err != nil {
		t.Error(err)
	}
	for floor, want := range map[string]string{"micro_f1=1.1": "below the floor of 1.1", "ece=0.1": "no confidence", "x=1": "want FIGURE=VALUE"} {
		if err := found.CheckFloors([]string{floor}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", floor, err, want)
		}
	}
}

// FuzzReadLabelled checks that no file makes the reader panic.
func FuzzReadLabelled(f *testing.F) {
	f.Add([]byte("label\ttext\npositive\tgood \\u2019\n"))
	f.Add([]byte("tokens\tlabel\nក ខ\tx\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := readLabelled("sentiment", writeFile(t, string(body)))
		if err == nil && len(rows) == 0 {
			t.Error("neither rows nor an error")
		}
	})
}
