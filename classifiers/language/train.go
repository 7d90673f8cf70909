package language

import (
	"fmt"
	"slices"

	"samleng"
	"samleng/classifiers/language/internal/ngram"
)

// Example is a text in Latin letters whose language is known.
type Example struct {
	Language string // a value of Result.Language
	Text     string
}

// TrainOptions say how Train learns.
type TrainOptions = ngram.Options

// DefaultTrainOptions give a model of 1 MiB.
func DefaultTrainOptions() TrainOptions { return ngram.DefaultOptions() }

// Train learns from examples and gives a model for NewFrom. The same examples and options
// give the same bytes. It can learn 14 languages.
func Train(examples []Example, o TrainOptions) ([]byte, error) {
	classes := []string{samleng.English, samleng.RomanisedKhmer, samleng.Other}
	for _, e := range examples {
		if !slices.Contains(classes, e.Language) {
			classes = append(classes, e.Language)
		}
	}
	slices.Sort(classes[3:])
	train := make([]ngram.Example, 0, len(examples))
	for _, e := range examples {
		train = append(train, ngram.Example{Class: slices.Index(classes, e.Language), Text: Strip(e.Text)})
	}
	model, err := ngram.Train(classes, train, o)
	if err != nil {
		return nil, fmt.Errorf("train language detector: %w", err)
	}
	return model, nil
}
