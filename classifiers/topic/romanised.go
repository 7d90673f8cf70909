package topic

import (
	"slices"
	"strings"
)

// romanised gives the spellings under which a term in Latin letters is found, the term
// itself first. There is no rule for writing Khmer in Latin letters; these are the
// differences that people make most. Short words by themselves are found only as written,
// since the neighbours of a short word are often other words.
func romanised(term string) []string {
	words := strings.Fields(strings.ReplaceAll(term, "-", " "))
	all := []string{term}
	letters := 0
	for _, w := range words {
		letters += len(w)
	}
	if len(words) < 2 && letters < 7 || letters < 6 {
		return all
	}
	for i, w := range words {
		for _, other := range respelt(w) {
			changed := slices.Clone(words)
			changed[i] = other
			all = append(all, strings.Join(changed, " "))
		}
	}
	return all
}

// differences are pairs of spellings of one sound.
var differences = [][2]string{
	{"ph", "p"},
	{"kh", "k"},
	{"th", "t"},
	{"chh", "ch"},
	{"ch", "j"},
	{"ou", "u"},
	{"ou", "ov"},
	{"eu", "er"},
	{"ae", "e"},
	{"ie", "ea"},
	{"ey", "ei"},
	{"ay", "ai"},
	{"oeu", "eu"},
	{"aa", "a"},
	{"oo", "o"},
	{"or", "o"},
	{"uo", "ou"},
	{"ao", "av"},
	{"ng", "nh"},
	{"oe", "eu"},
}

// respelt gives the spellings of a word that differ in one sound.
func respelt(word string) []string {
	var all []string
	if len(word) < 3 {
		return nil
	}
	for _, d := range differences {
		for _, swap := range [][2]string{{d[0], d[1]}, {d[1], d[0]}} {
			if len(swap[0]) == 1 && strings.Contains(word, swap[1]) {
				continue // "ph" holds the "p" that would get another h
			}
			i := strings.Index(word, swap[0])
			if i < 0 {
				continue
			}
			if other := word[:i] + swap[1] + word[i+len(swap[0]):]; len(other) > 2 && !slices.Contains(all, other) {
				all = append(all, other)
			}
		}
	}
	switch {
	case strings.HasSuffix(word, "h"):
		all = append(all, word[:len(word)-1]+"s", word[:len(word)-1])
	case strings.HasSuffix(word, "s"):
		all = append(all, word[:len(word)-1]+"h")
	case strings.HasSuffix(word, "v"):
		all = append(all, word[:len(word)-1]+"w")
	}
	return all
}
