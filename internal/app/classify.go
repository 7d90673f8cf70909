package app

import (
	"fmt"

	"samleng"
	"samleng/classifiers"
	"samleng/classifiers/khmer"
	"samleng/classifiers/language"
	"samleng/classifiers/topic"
	"samleng/internal/config"
)

// Classifier is what the commands need of the classifiers.
type Classifier interface {
	// Classify normalises the post's title and text, in place, and gives what is found.
	Classify(post *samleng.Post) samleng.Analysis
	// Model names the versions of everything that findings depend on.
	Model() string
}

// NewClassifiers loads the classifiers with the topics of a file, or the built-in ones when
// topicsFile is empty.
func NewClassifiers(topicsFile string) (Classifier, error) {
	topics, err := config.Topics(topicsFile)
	if err != nil {
		return nil, err
	}
	chain, err := newChain(topics, language.DefaultConfig())
	if err != nil {
		return nil, err
	}
	return normalising{chain}, nil
}

func newChain(topics []topic.Definition, languages language.Config) (*classifiers.Chain, error) {
	chain, err := classifiers.New(classifiers.Options{Topics: topics, Language: languages})
	if err != nil {
		return nil, fmt.Errorf("load classifiers: %w", err)
	}
	return chain, nil
}

// normalising does to a post what the pipeline does before it classifies one.
type normalising struct{ chain *classifiers.Chain }

// Model implements Classifier.
func (n normalising) Model() string { return n.chain.Model() }

// Classify implements Classifier.
func (n normalising) Classify(post *samleng.Post) samleng.Analysis {
	post.Title, post.Text = khmer.Normalise(post.Title), khmer.Normalise(post.Text)
	return n.chain.Classify(post)
}

// NewSegmenter loads the Khmer word segmenter.
func NewSegmenter() (*khmer.Segmenter, error) {
	segmenter, err := khmer.NewSegmenter()
	if err != nil {
		return nil, fmt.Errorf("load segmenter: %w", err)
	}
	return segmenter, nil
}
