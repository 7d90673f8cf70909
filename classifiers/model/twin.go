package model

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Twins finds the segmented texts that are whole texts over again, as where a set is
// published twice, once as it is and once cut into words without stop words. A set with
// twins in it measures memory: whoever trains on one and tests on the other is told .90
// where .75 is true.
type Twins struct {
	texts []string           // folded
	index map[uint64][]int32 // shingles to texts
}

const (
	shingle     = 6   // runes
	twinShare   = 0.8 // of the letters of a twin's words that the whole text holds; others hold less than .6
	candidates  = 8
	commonplace = 200 // texts that hold a shingle which tells nothing
)

// NewTwins makes a finder of twins of the given whole texts.
func NewTwins(texts []string) *Twins {
	t := &Twins{index: map[uint64][]int32{}}
	for i, text := range texts {
		t.texts = append(t.texts, foldTwin(text))
		for _, h := range shingles(nil, t.texts[i]) {
			if list := t.index[h]; len(list) == 0 || list[len(list)-1] != int32(i) {
				t.index[h] = append(list, int32(i))
			}
		}
	}
	return t
}

// Of gives the index of the whole text that the words come from, or -1.
func (t *Twins) Of(words []string) int {
	weight := map[int32]float64{}
	letters := 0
	folded := make([]string, len(words))
	for i, w := range words {
		folded[i] = foldTwin(w)
		letters += len(folded[i])
	}
	hashes := shingles(nil, strings.Join(folded, ""))
	slices.Sort(hashes)
	for _, h := range slices.Compact(hashes) {
		if list := t.index[h]; len(list) <= commonplace {
			for _, i := range list {
				weight[i] += 1 / float64(len(list))
			}
		}
	}
	likely := make([]int32, 0, len(weight))
	for i := range weight {
		likely = append(likely, i)
	}
	slices.SortFunc(likely, func(a, b int32) int {
		return cmp.Or(cmp.Compare(weight[b], weight[a]), cmp.Compare(a, b))
	})
	for _, i := range likely[:min(len(likely), candidates)] {
		found := 0
		for _, w := range folded {
			if strings.Contains(t.texts[i], w) {
				found += len(w)
			}
		}
		if float64(found) >= twinShare*float64(letters) {
			return int(i)
		}
	}
	return -1
}

// foldTwin keeps the letters and digits, in lower case.
func foldTwin(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

func shingles(dst []uint64, text string) []uint64 {
	runes := []rune(text)
	for i := 0; i+shingle <= len(runes); i++ {
		h := seedChars
		for _, r := range runes[i : i+shingle] {
			h = mix(h, uint64(r))
		}
		dst = append(dst, h)
	}
	return dst
}
