package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"samleng"

	"samleng/classifiers/language"
)

// unseen trains once for each Latin language of the corpus but English, without it, and says
// what its sentences are then taken for: what happens to a language that nobody thought of.
func unseen(dir string, o language.TrainOptions) error {
	left := 0
	total := make(map[string]int)
	for _, code := range slices.Sorted(maps.Keys(labels)) {
		if !strings.HasSuffix(code, "_Latn") || code == "eng_Latn" {
			continue
		}
		c, err := readCorpus(dir, []string{code}, o.Seed, false)
		if err != nil {
			return err
		}
		model, err := language.Train(c.train, o)
		if err != nil {
			return err
		}
		for _, lingua := range []bool{true, false} {
			d, err := language.NewFrom(model, language.Config{Lingua: lingua})
			if err != nil {
				return err
			}
			for _, s := range c.tests {
				if s.name != "unknown "+code {
					continue
				}
				got := make(map[string]int)
				for _, text := range s.texts {
					got[d.Detect(text).Language]++
				}
				fmt.Printf("%s lingua=%-5v n=%d en %.3f km-Latn %.3f %v\n", s.name, lingua, len(s.texts),
					float64(got[samleng.English])/float64(len(s.texts)), float64(got[samleng.RomanisedKhmer])/float64(len(s.texts)), got)
				for _, l := range []string{samleng.English, samleng.RomanisedKhmer} {
					total[fmt.Sprint(l, lingua)] += got[l]
				}
				if lingua {
					left += len(s.texts)
				}
			}
		}
	}
	for _, lingua := range []bool{true, false} {
		fmt.Printf("all lingua=%-5v n=%d", lingua, left)
		for _, l := range []string{samleng.English, samleng.RomanisedKhmer} {
			fmt.Printf(" %s %.4f", l, float64(total[fmt.Sprint(l, lingua)])/float64(max(1, left)))
		}
		fmt.Println()
	}
	return nil
}
