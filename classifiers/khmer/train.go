package khmer

import (
	"strings"

	"samleng/classifiers/khmer/internal/boundary"
)

// TrainOptions say how TrainSegmenter learns.
type TrainOptions = boundary.Options

// DefaultTrainOptions are those of the embedded model.
func DefaultTrainOptions() TrainOptions { return boundary.DefaultOptions() }

// TrainSegmenter learns from sentences that are cut into words, and gives a model for
// NewSegmenterFrom. The same sentences and options give the same bytes.
func TrainSegmenter(sentences [][]string, o TrainOptions) []byte {
	var runs []boundary.Run
	for _, words := range sentences {
		runs = appendRuns(runs, words)
	}
	return boundary.Train(runs, o)
}

// appendRuns appends the runs of Khmer letters of one sentence.
func appendRuns(dst []boundary.Run, words []string) []boundary.Run {
	text := strings.Join(words, "")
	begins := make([]bool, len(text)+1)
	at := 0
	for _, w := range words {
		begins[at] = true
		at += len(w)
	}
	begins[at] = true
	run := boundary.Run{Clusters: []uint64{edgeUnit}, Begins: []bool{false}, Fixed: []bool{true}}
	end := func(after uint64) {
		if len(run.Clusters) > 2 {
			run.Clusters = append(run.Clusters, after)
			run.Begins = append(run.Begins, false)
			run.Fixed = append(run.Fixed, true)
			dst = append(dst, run)
		}
	}
	for i := 0; i < len(text); {
		next, k, unit := nextCluster(text, i)
		if k == letter {
			run.Begins = append(run.Begins, begins[i])
			run.Fixed = append(run.Fixed, len(run.Clusters) == 1)
			run.Clusters = append(run.Clusters, unit)
			i = next
			continue
		}
		end(sentinel(k))
		i = wordEnd(text, i, next, k)
		run = boundary.Run{Clusters: []uint64{sentinel(k)}, Begins: []bool{false}, Fixed: []bool{true}}
	}
	end(edgeUnit)
	return dst
}
