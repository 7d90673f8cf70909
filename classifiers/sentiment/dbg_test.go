package sentiment

import (
	"fmt"
	"testing"

	"samleng/classifiers/khmer"
	"samleng"
)

func TestDbg(t *testing.T) {
	seg, _ := khmer.NewSegmenter()
	c, _ := New(seg)
	for _, f := range []string{"km_train", "en_train"} {
		lang := f[:2]
		rows := readLabelled(t, "sentiment/"+f+".tsv")
		type st struct{ pos, neu, neg int }
		m := map[string]*st{}
		n := 0
		for _, r := range rows {
			s := c.Classify("", r.text, lang)
			for _, e := range s.Evidence {
				k := fmt.Sprintf("%s|%v", e.Text, e.Weight > 0)
				if m[k] == nil {
					m[k] = &st{}
				}
				switch r.want {
				case samleng.Positive:
					m[k].pos++
				case samleng.Negative:
					m[k].neg++
				default:
					m[k].neu++
				}
			}
			if s.Label != r.want && s.Label != samleng.Neutral && r.want != samleng.Neutral && n < 45 {
				n++
				fmt.Printf("W want %s got %s %.2f:", r.want, s.Label, s.Score)
				for _, e := range s.Evidence {
					fmt.Printf(" [%s %.2f %s]", e.Text, e.Weight, e.Reason)
				}
				x := []rune(r.text)
				fmt.Println("\n   ", string(x[:min(len(x), 220)]))
			}
		}
		for k, v := range m {
			wrong := v.pos
			right := v.neg
			if k[len(k)-4:] == "true" {
				wrong, right = v.neg, v.pos
			}
			if wrong >= 4 && wrong >= right {
				fmt.Println("BAD", lang, k, *v)
			}
		}
	}
}
