package app

import (
	"errors"
	"fmt"
	"os"

	"samleng/classifiers/topic"
	"samleng/internal/config"
)

// TrainedClaims is a judge of topics with what cross-validation says of it.
type TrainedClaims struct {
	Model []byte
	topic.JudgeReport
}

// TrainClaims learns from labelled posts (see ReadTopicPosts) how far to believe the built-in
// topics. ngrams are further files, which teach n-grams only: the topics were tuned on them. The
// same files and seed give the same bytes.
func TrainClaims(files, ngrams []string, seed uint64) (TrainedClaims, error) {
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
	posts, err := labelledPosts(nil, files, false)
	if err == nil {
		posts, err = labelledPosts(posts, ngrams, true)
	}
	if err != nil {
		return TrainedClaims{}, err
	}
	o := topic.DefaultJudgeOptions()
	o.Grams.Seed, o.Claims.Seed = seed, seed
	var t TrainedClaims
	t.Model, t.JudgeReport, err = rules.TrainJudge(posts, o)
	return t, err
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
