// Command train learns the word segmenter of package khmer from the manually segmented
// corpus and says how well it does on the tenth of the sentences that it did not see.
//
//	go run ./classifiers/khmer/train --data DIR --out classifiers/khmer/segmenter.bin
package main

import (
	"bufio"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"time"

	"samleng/classifiers/khmer"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run() error {
	o := khmer.DefaultTrainOptions()
	data := flag.String("data", "../shared/data", "the `folder` that holds segmentation/train.tsv")
	out := flag.String("out", "", "the `file` to write the model to; without it nothing is written")
	flag.Uint64Var(&o.Seed, "seed", o.Seed, "seed of the order of the sentences")
	flag.IntVar(&o.Epochs, "epochs", o.Epochs, "passes over the sentences")
	flag.IntVar(&o.MinCount, "min-count", o.MinCount, "smallest count of an n-gram")
	flag.Float64Var(&o.Rate, "rate", o.Rate, "learning rate")
	flag.Float64Var(&o.Decay, "decay", o.Decay, "L2 penalty")
	flag.Parse()

	train, heldOut, err := read(filepath.Join(*data, "segmentation", "train.tsv"))
	if err != nil {
		return err
	}
	started := time.Now()
	model := khmer.TrainSegmenter(train, o)
	fmt.Printf("trained on %d sentences in %s: %d bytes\n", len(train), time.Since(started).Round(time.Second), len(model))
	s, err := khmer.NewSegmenterFrom(model)
	if err != nil {
		return err
	}
	fmt.Println("train   ", evaluate(s, train[:len(heldOut)]))
	fmt.Println("held out", evaluate(s, heldOut))
	if *out == "" {
		return nil
	}
	return os.WriteFile(*out, model, 0o600)
}

// joined removes the marks of the corpus: a compound (_), prefix (~) or suffix (^) is part
// of its word.
var joined = strings.NewReplacer("_", "", "~", "", "^", "")

// read gives the sentences as words. A tenth of them, chosen by a hash of the sentence, is
// held out.
func read(path string) (train, heldOut [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read sentences: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	lines.Scan() // the header
	for lines.Scan() {
		_, tokens, _ := strings.Cut(lines.Text(), "\t")
		words := strings.Fields(joined.Replace(tokens))
		h := fnv.New32a()
		_, _ = h.Write([]byte(strings.Join(words, "")))
		if h.Sum32()%10 == 0 {
			heldOut = append(heldOut, words)
		} else {
			train = append(train, words)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("read sentences: %w", err)
	}
	return train, heldOut, nil
}

// figures are the outcome of a comparison with gold words.
type figures struct {
	sentences, gold, found, right              int // words
	boundaryGold, boundaryFound, boundaryRight int // between words, without the ends of the sentence
	perfect                                    int
}

func (f figures) String() string {
	return fmt.Sprintf("%d sentences, %d words: word F1 %.4f, boundary F1 %.4f, sentences without a fault %.4f",
		f.sentences, f.gold, f1(f.right, f.gold, f.found), f1(f.boundaryRight, f.boundaryGold, f.boundaryFound), float64(f.perfect)/float64(f.sentences))
}

func f1(right, gold, found int) float64 { return 2 * float64(right) / float64(gold+found) }

func evaluate(s *khmer.Segmenter, sentences [][]string) figures {
	var f figures
	for _, words := range sentences {
		ends := s.AppendWords(nil, strings.Join(words, ""))
		gold := make(map[[2]int]bool)
		goldEnds := make(map[int]bool)
		at := 0
		for _, w := range words {
			gold[[2]int{at, at + len(w)}] = true
			at += len(w)
			goldEnds[at] = true
		}
		f.sentences++
		f.gold += len(words)
		f.found += len(ends)
		f.boundaryGold += len(words) - 1
		f.boundaryFound += len(ends) - 1
		start, right := 0, 0
		for _, end := range ends {
			if gold[[2]int{start, end}] {
				right++
			}
			if goldEnds[end] && end != at {
				f.boundaryRight++
			}
			start = end
		}
		f.right += right
		if right == len(words) && len(ends) == len(words) {
			f.perfect++
		}
	}
	return f
}
