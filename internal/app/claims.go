package app

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"samleng"
	"samleng/classifiers/khmer"
	"samleng/classifiers/language"
	"samleng/classifiers/romanise"
	"samleng/classifiers/topic"
	"samleng/internal/config"
)

// TrainedClaims is a judge of topics with what cross-validation says of it.
type TrainedClaims struct {
	Model []byte
	topic.JudgeReport
}

// ClaimsOptions say what TrainClaims learns from.
type ClaimsOptions struct {
	Files  []string // of labelled posts: see ReadTopicPosts
	NGrams []string // of such posts that teach n-grams only: the topics were tuned on them
	// Labels is a file of the topics of lines of files in the folder Data; empty for none.
	Labels, Data string
	// Spellings are files of Khmer words and how they are written in Latin letters: posts in Khmer
	// then teach romanised Khmer too.
	Spellings []string
	Seed      uint64
}

// TrainClaims learns how far to believe the built-in topics. The same files and seed give the
// same bytes.
func TrainClaims(o ClaimsOptions) (TrainedClaims, error) {
	definitions, err := config.Topics("")
	if err != nil {
		return TrainedClaims{}, err
	}
	seg, err := NewSegmenter()
	if err != nil {
		return TrainedClaims{}, err
	}
	rules, err := topic.NewRules(definitions, seg)
	if err != nil {
		return TrainedClaims{}, err
	}
	posts, err := labelledPosts(nil, o.Files, false)
	if err == nil {
		posts, err = labelledPosts(posts, o.NGrams, true)
	}
	if err == nil && o.Labels != "" {
		posts, err = publicTexts(posts, o.Labels, o.Data, len(o.Files) > 0)
	}
	if err != nil {
		return TrainedClaims{}, err
	}
	if err := tellLanguages(posts); err != nil {
		return TrainedClaims{}, err
	}
	if posts, err = addSpelt(posts, o.Spellings, seg, o.Seed); err != nil {
		return TrainedClaims{}, err
	}
	how := topic.DefaultJudgeOptions()
	how.Grams.Seed, how.Claims.Seed, how.Romanised.Seed = o.Seed, o.Seed, o.Seed
	var t TrainedClaims
	t.Model, t.JudgeReport, err = rules.TrainJudge(posts, how)
	return t, err
}

// tellLanguages finds the language of each post as it is found when posts are classified.
func tellLanguages(posts []topic.Labelled) error {
	d, err := language.New(language.DefaultConfig())
	if err != nil {
		return fmt.Errorf("load language model: %w", err)
	}
	for i := range posts {
		posts[i].Language = d.Detect(posts[i].Title + "\n" + posts[i].Text).Language
	}
	return nil
}

// speltWeight is how much a post teaches in the spelling of a program beside one as people spell.
const speltWeight = 0.5

// addSpelt appends the posts in Khmer once more, in Latin letters.
func addSpelt(posts []topic.Labelled, files []string, seg *khmer.Segmenter, seed uint64) ([]topic.Labelled, error) {
	if len(files) == 0 {
		return posts, nil
	}
	speller := romanise.New()
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read spellings: %w", err)
		}
		for i, row := range strings.Split(strings.TrimSpace(string(body)), "\n") {
			word, spellings, ok := strings.Cut(row, "\t")
			if !ok {
				return nil, fmt.Errorf("%s:%d: want a word, a tab and its spellings", name, i+1)
			}
			for roman := range strings.SplitSeq(spellings, ",") {
				speller.Add(khmer.Normalise(strings.Trim(word, "\u200b ")), strings.TrimSpace(roman))
			}
		}
	}
	rnd := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // the same spellings every time are what is wanted
	for i := range posts {
		p := posts[i]
		if p.Language != samleng.Khmer && p.Language != samleng.Mixed {
			continue
		}
		p.Title, p.Text = speller.Text(rnd, seg.Words(p.Title)), speller.Text(rnd, seg.Words(p.Text))
		p.Language, p.Spelt, p.Weight = samleng.RomanisedKhmer, true, speltWeight*cmp.Or(p.Weight, 1)
		posts = append(posts, p)
	}
	return posts, nil
}

func labelledPosts(dst []topic.Labelled, files []string, gramsOnly bool) ([]topic.Labelled, error) {
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read labelled posts: %w", err)
		}
		posts, err := ReadTopicPosts(name, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, fmt.Errorf("read labelled posts: %w", err)
		}
		for i, p := range posts {
			if p.Topics == nil {
				return nil, fmt.Errorf("%s: post %d has no topics: want [] where it is about none", name, i+1)
			}
			l := topic.Labelled{Title: p.Title, Text: p.Text, GramsOnly: gramsOnly}
			for _, id := range *p.Topics {
				if id != topic.None {
					l.Topics = append(l.Topics, id)
				}
			}
			dst = append(dst, l)
		}
	}
	return dst, nil
}

// How texts of public sets are learnt from beside posts: they are sentences of news and tales
// rather than posts, so each teaches less; and most were labelled by their beginning.
const (
	publicWeight = 0.3
	publicRunes  = 240
)

// publicTexts appends the texts that the labels name by file and line. Beside posts they are not
// counted in the report, and weigh less.
func publicTexts(dst []topic.Labelled, labels, folder string, beside bool) ([]topic.Labelled, error) {
	body, err := os.ReadFile(labels)
	if err != nil {
		return nil, fmt.Errorf("read labels of public texts: %w", err)
	}
	read := map[string][]topic.Labelled{} // by file
	for i, row := range strings.Split(strings.TrimSpace(string(body)), "\n") {
		columns := strings.Split(row, "\t")
		if i == 0 && slices.Equal(columns, []string{"file", "line", "topics"}) {
			continue
		}
		if len(columns) != 3 || !filepath.IsLocal(columns[0]) {
			return nil, fmt.Errorf("%s:%d: want a file of the folder, a line in it and topics, separated by tabs", labels, i+1)
		}
		if _, known := read[columns[0]]; !known {
			if read[columns[0]], err = publicFile(filepath.Join(folder, columns[0])); err != nil {
				return nil, fmt.Errorf("read public texts: %w", err)
			}
		}
		line, err := strconv.Atoi(columns[1])
		if err != nil || line < 1 || line > len(read[columns[0]]) {
			return nil, fmt.Errorf("%s:%d: %s has no line %s", labels, i+1, columns[0], columns[1])
		}
		text := read[columns[0]][line-1]
		if columns[2] != topic.None {
			text.Topics = strings.Split(columns[2], ",")
		}
		if beside {
			text.Uncounted, text.Weight = true, publicWeight
		}
		dst = append(dst, text)
	}
	return dst, nil
}

// publicFile gives the texts of a file by line, normalised and cut: lines of JSON with title and
// text, or columns with a header that names "text" or "tokens". Signs within tokens say what words
// are made of.
func publicFile(name string) ([]topic.Labelled, error) {
	body, err := os.ReadFile(name) //nolint:gosec // of the folder that the caller names: publicTexts checks it
	if err != nil {
		return nil, err
	}
	var texts []topic.Labelled
	text, tokens := -1, -1
	for i, line := range strings.Split(strings.TrimSuffix(string(body), "\n"), "\n") {
		var l topic.Labelled
		columns := strings.Split(line, "\t")
		switch {
		case strings.HasSuffix(name, ".jsonl"):
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
		case i == 0:
			text, tokens = slices.Index(columns, "text"), slices.Index(columns, "tokens")
		case text >= 0 && text < len(columns):
			l.Text = unescape(columns[text])
		case tokens >= 0 && tokens < len(columns):
			l.Text = join(strings.Fields(strings.NewReplacer("_", "", "~", "", "^", "").Replace(columns[tokens])))
		default:
			return nil, fmt.Errorf(`%s:%d: has no column "text" or "tokens"`, name, i+1)
		}
		if runes := []rune(l.Text); len(runes) > publicRunes {
			l.Text = string(runes[:publicRunes])
		}
		l.Title, l.Text = khmer.Normalise(l.Title), khmer.Normalise(l.Text)
		texts = append(texts, l)
	}
	return texts, nil
}
