// Command train learns the model of Latin-script languages of package language and says
// how well the whole detector does on development data that it did not see.
//
//	go run ./classifiers/language/train --data DIR --out classifiers/language/latin.bin
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"samleng/classifiers/language"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run() error {
	o := language.DefaultTrainOptions()
	data := flag.String("data", "../shared/data", "the `folder` that holds language/ and sentiment/")
	out := flag.String("out", "", "the `file` to write the model to; without it nothing is written")
	leave := flag.String("leave-out", "", "languages that are not trained on, as `codes` with commas (deu_Latn,nld_Latn), to see what is made of an unknown one")
	each := flag.Bool("leave-each-out", false, "train once without each Latin language, and say only what is made of it then (some minutes)")
	words := flag.Bool("hold-out-words", false, "keep whole words out of the romanised training sentences, not spellings, and test with these words alone")
	lingua := flag.Bool("lingua", true, "ask lingua in the evaluation")
	verbose := flag.Bool("v", false, "print what went wrong")
	flag.Uint64Var(&o.Seed, "seed", o.Seed, "seed of the order of the texts and of the romanisation")
	flag.IntVar(&o.Epochs, "epochs", o.Epochs, "passes over the texts")
	flag.IntVar(&o.MinCount, "min-count", o.MinCount, "smallest count of a feature")
	flag.IntVar(&o.LineBits, "bits", o.LineBits, "log2 of the number of 64-byte lines")
	flag.Float64Var(&o.Fill, "fill", o.Fill, "share of the table to fill")
	flag.Float64Var(&o.Rate, "rate", o.Rate, "learning rate")
	flag.Float64Var(&o.Decay, "decay", o.Decay, "L2 penalty")
	flag.Parse()

	var leftOut []string
	if *leave != "" {
		leftOut = strings.Split(*leave, ",")
	}
	if *each {
		return unseen(*data, o)
	}
	c, err := readCorpus(*data, leftOut, o.Seed, *words)
	if err != nil {
		return err
	}
	started := time.Now()
	model, err := language.Train(c.train, o)
	if err != nil {
		return err
	}
	fmt.Printf("trained on %d texts in %s: %d bytes\n", len(c.train), time.Since(started).Round(time.Second), len(model))
	d, err := language.NewFrom(model, language.Config{Lingua: *lingua})
	if err != nil {
		return err
	}
	for _, s := range c.tests {
		fmt.Println(evaluate(d, s, *verbose))
	}
	if *out == "" {
		return nil
	}
	return os.WriteFile(*out, model, 0o600)
}

// testSet is texts that should all get one of the labels want.
type testSet struct {
	name  string
	want  []string
	texts []string
}

func evaluate(d *language.Detector, s testSet, verbose bool) string {
	right, asked := 0, 0
	wrong := make(map[string]int)
	for _, text := range s.texts {
		r := d.Detect(text)
		if r.Asked {
			asked++
		}
		if slices.Contains(s.want, r.Language) {
			right++
			continue
		}
		wrong[r.Language]++
		if verbose {
			fmt.Printf("  %s as %s (%.2f): %s\n", s.name, r.Language, r.Confidence, text)
		}
	}
	n := float64(max(1, len(s.texts)))
	return fmt.Sprintf("%-22s n=%-5d right %.4f  lingua asked %.4f  wrong %v", s.name, len(s.texts), float64(right)/n, float64(asked)/n, wrong)
}
