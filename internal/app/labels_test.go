package app

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"samleng"
	"samleng/classifiers/khmer"
)

// exported gives the rows of posts and what became of their corrections.
func exported(t *testing.T, o LabelsOptions, posts ...samleng.CorrectedPost) (string, Exported) {
	t.Helper()
	var out bytes.Buffer
	e := exporter{o: o, out: bufio.NewWriter(&out), result: Exported{Rows: map[samleng.Task]int{}, Lost: map[samleng.Loss]int{}}}
	for _, p := range posts {
		if err := e.post(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.out.Flush(); err != nil {
		t.Fatal(err)
	}
	return out.String(), e.result
}

func corrected(text string, said ...samleng.Said) samleng.CorrectedPost {
	var p samleng.CorrectedPost
	p.Post.Text, p.Analysis.Language, p.Said = text, "km", said
	p.Analysis.Topics = []samleng.Topic{{ID: "land"}, {ID: "health"}}
	p.Analysis.Sentiment.Label = samleng.Neutral
	return p
}

func TestExportedRows(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	tuesday := monday.AddDate(0, 0, 1)
	tone := func(label string, votes int, last time.Time) samleng.Said {
		return samleng.Said{Task: samleng.TaskSentiment, Label: label, Votes: votes, Last: last}
	}
	topic := func(id string, not bool, votes int) samleng.Said {
		return samleng.Said{Task: samleng.TaskTopic, Label: id, Not: not, Votes: votes, Last: monday}
	}
	language := samleng.Said{Task: samleng.TaskLanguage, Label: "en", Votes: 1, Last: monday}
	for _, test := range []struct {
		name string
		o    LabelsOptions
		said []samleng.Said
		rows string
		want Exported
	}{
		{"one", LabelsOptions{Task: samleng.TaskSentiment}, []samleng.Said{tone("positive", 1, monday)}, "positive\tx\n", Exported{Corrections: 1}},
		{"the majority", LabelsOptions{}, []samleng.Said{tone("negative", 1, tuesday), tone("positive", 2, monday)}, "sentiment\tpositive\tx\n", Exported{Corrections: 3, Conflicts: 1}},
		{"the later day", LabelsOptions{}, []samleng.Said{tone("negative", 2, tuesday), tone("positive", 2, monday)}, "sentiment\tnegative\tx\n", Exported{Corrections: 4, Conflicts: 1}},
		{"undecided", LabelsOptions{}, []samleng.Said{tone("negative", 2, monday), tone("positive", 2, monday)}, "", Exported{Corrections: 4, Conflicts: 1, Undecided: 1}},
		{"undecided, then decided", LabelsOptions{}, []samleng.Said{tone("negative", 1, monday), tone("neutral", 1, monday), tone("positive", 2, monday)}, "sentiment\tpositive\tx\n", Exported{Corrections: 4, Conflicts: 1}},
		{"too few", LabelsOptions{MinVotes: 2}, []samleng.Said{tone("positive", 1, monday)}, "", Exported{Corrections: 1, Few: 1}},
		{"found meanwhile", LabelsOptions{}, []samleng.Said{tone("neutral", 1, monday)}, "sentiment\tneutral\tx\n", Exported{Corrections: 1}},
		{"lost", LabelsOptions{}, []samleng.Said{{Task: samleng.TaskSentiment, Label: "positive", Votes: 2, Loss: samleng.LossExpired}}, "", Exported{Corrections: 2, Lost: map[samleng.Loss]int{"expired": 2}}},
		{"another task", LabelsOptions{Task: samleng.TaskTopic}, []samleng.Said{tone("positive", 1, monday)}, "", Exported{}},
		{"topics", LabelsOptions{Task: samleng.TaskTopic}, []samleng.Said{topic("education", false, 1), topic("land", true, 1)}, "education,health\tx\n", Exported{Corrections: 2}},
		{"a topic that is there", LabelsOptions{Task: samleng.TaskTopic}, []samleng.Said{topic("land", false, 1)}, "health,land\tx\n", Exported{Corrections: 1}},
		{"no topic left", LabelsOptions{Task: samleng.TaskTopic}, []samleng.Said{topic("health", true, 1), topic("land", true, 1)}, "none\tx\n", Exported{Corrections: 2}},
		{"a topic, yes and no", LabelsOptions{Task: samleng.TaskTopic}, []samleng.Said{topic("land", false, 1), topic("land", true, 2)}, "health\tx\n", Exported{Corrections: 3, Conflicts: 1}},
		{"a topic undecided, another not", LabelsOptions{Task: samleng.TaskTopic}, []samleng.Said{topic("health", true, 1), topic("land", false, 1), topic("land", true, 1)}, "land\tx\n", Exported{Corrections: 3, Conflicts: 1, Undecided: 1}},
		{"by the language that was found", LabelsOptions{Languages: []string{"km"}, Task: samleng.TaskSentiment}, []samleng.Said{tone("positive", 1, monday)}, "positive\tx\n", Exported{Corrections: 1}},
		{"by the language that readers say", LabelsOptions{Languages: []string{"km"}, Task: samleng.TaskSentiment}, []samleng.Said{language, tone("positive", 1, monday)}, "", Exported{Corrections: 1}},
		{"every task", LabelsOptions{}, []samleng.Said{language, tone("positive", 1, monday), topic("land", true, 1)}, "language\ten\tx\nsentiment\tpositive\tx\ntopic\thealth\tx\n", Exported{Corrections: 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.o.MinVotes == 0 {
				test.o.MinVotes = 1
			}
			rows, got := exported(t, test.o, corrected("x", test.said...))
			if rows != test.rows {
				t.Errorf("got %q, want %q", rows, test.rows)
			}
			got.Rows = nil
			if test.want.Lost == nil {
				test.want.Lost = map[samleng.Loss]int{}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want (-) got (+):\n%s", diff)
			}
		})
	}
}

func TestRowsOfOneTask(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "task\tlabel\ttext\nsentiment\tpositive\tgood\ntopic\tland\tfield\nlanguage\tvi\tđất\n")
	for _, task := range tasks {
		rows, err := readLabelled(task, file)
		if err != nil || len(rows) != 1 {
			t.Errorf("%s: %d rows, %v", task, len(rows), err)
		}
	}
	for body, want := range map[string]string{
		"task\tlabel\ttext\ntaste\tsweet\tx\n": `x.tsv:2: there is no task "taste"`,
		"task\tlabel\ttext\ntopic\tland\tx\n":  "there is no row of the task sentiment",
	} {
		if _, err := readLabelled("sentiment", writeFile(t, body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestLanguagesToldByScript(t *testing.T) {
	t.Parallel()
	rows, err := readLabelled("language", writeFile(t, "label\ttext\nkm\tដីធ្លី\nmixed\tok ok ok ដី\nnone\thaha\nth\tประเทศ\nkm-Latn\tsok sabay\nvi_Latn\tđất nước\nkhm_Khmr\tlatin\n"))
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, r := range inLatin(rows) {
		labels = append(labels, r.label)
	}
	if diff := cmp.Diff([]string{"km-Latn", "vi_Latn"}, labels); diff != "" {
		t.Errorf("want (-) got (+):\n%s", diff)
	}
}

// FuzzOneLine checks that any text is read back from the exported row as it was.
func FuzzOneLine(f *testing.F) {
	f.Add("ចំណងជើង", "អត្ថបទ\twith\r\nlines &amp; \\u2019 \\\\u0041")
	f.Add("", "&lt;b&gt; \u2028 \x00 \u0085")
	f.Add("\xff", "\\u005cu2019")
	f.Fuzz(func(t *testing.T, title, text string) {
		line := oneLine(title, text)
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Fatalf("%q is not one column", line)
		}
		if strings.TrimSpace(khmer.Normalise(unescape(line))) == "" {
			return // such a post is not stored
		}
		rows, err := readLabelled("sentiment", writeFile(t, "label\ttext\npositive\t"+line+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, strings.ToValidUTF8(strings.TrimSpace(title+" "+text), "\uFFFD"))
		if want := khmer.Normalise(plain); rows[0].text != want {
			t.Errorf("got %q, want %q", rows[0].text, want)
		}
	})
}
