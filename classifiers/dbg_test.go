package classifiers_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"samleng/classifiers/sentiment"
	"samleng/classifiers/topic"
	"samleng/classifiers/khmer"
	"samleng/configs/sample"
)

func TestDbgSample(t *testing.T) {
	seg := segmenter(t)
	c, err := topic.New(topics(t), seg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sentiment.New(seg)
	if err != nil {
		t.Fatal(err)
	}
	posts, err := sample.Posts(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	labels, _ := sample.Labels()
	type st struct{ right, found, wanted, first, n, sok int }
	by := map[string]*st{}
	conf := map[string]int{}
	for _, p := range posts {
		l := labels[p.ID]
		odd := p.ID[3]%2 == 1
		title, text := khmer.Normalise(p.Title), khmer.Normalise(p.Text)
		res := c.Classify(title, text)
		var got []string
		for _, x := range res {
			got = append(got, x.ID)
		}
		key := fmt.Sprintf("%s odd=%v", l.Language, odd)
		b := by[key]
		if b == nil {
			b = &st{}
			by[key] = b
		}
		b.n++
		for _, id := range got {
			if slices.Contains(l.Topics, id) {
				b.right++
			}
		}
		if len(got) > 0 && len(l.Topics) > 0 && got[0] == l.Topics[0] || len(got)+len(l.Topics) == 0 {
			b.first++
		}
		b.found += len(got)
		b.wanted += len(l.Topics)
		x := slices.Clone(got)
		slices.Sort(x)
		if !odd && !slices.Equal(x, slices.Sorted(slices.Values(l.Topics))) {
			fmt.Printf("T %s want %v got", l.Language, l.Topics)
			for _, r := range res {
				fmt.Printf(" %s(", r.ID)
				for _, e := range r.Evidence {
					fmt.Printf("%s ", e.Text)
				}
				fmt.Printf(")")
			}
			fmt.Printf("\n    %s | %s\n", title, text)
		}
		ss := s.Classify(title, text, l.Language)
		conf[fmt.Sprintf("%s want %s got %s", l.Language, l.Sentiment, ss.Label)]++
		if ss.Label == l.Sentiment {
			b.sok++
		} else if !odd {
			fmt.Printf("S %s want %s got %s %.2f", l.Language, l.Sentiment, ss.Label, ss.Score)
			for _, e := range ss.Evidence {
				fmt.Printf(" [%s %.2f %s]", e.Text, e.Weight, e.Reason)
			}
			fmt.Printf("\n    %s | %s\n", title, text)
		}
	}
	for k, b := range by {
		fmt.Printf("X %s n %d topics P %.3f R %.3f first %.3f sentiment %.3f\n", k, b.n, float64(b.right)/float64(b.found), float64(b.right)/float64(b.wanted), float64(b.first)/float64(b.n), float64(b.sok)/float64(b.n))
	}
	fmt.Println("X", conf)
}
