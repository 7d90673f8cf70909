package model

import (
	"slices"
	"testing"
)

func TestSoundsOfSpellings(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"phlov", "plov", "plouw", "plouv"},
		{"chhkae", "jkae", "chkai", "jkaa"},
		{"krong", "krung", "kronh"},
		{"thlai", "tlai", "tlay", "thlay"},
		{"bos", "pos", "boh"},
		{"dey", "tei", "dei"},
		{"srolanh", "srolagn", "srolang"},
	} {
		_, first, _ := sounds([]rune(same[0]))
		for _, other := range same[1:] {
			if _, bare, ok := sounds([]rune(other)); !ok || bare != first {
				t.Errorf("%s and %s have other bare sounds", same[0], other)
			}
		}
	}
	for _, pair := range [][2]string{{"phlov", "phloeung"}, {"tuk", "kut"}, {"chor", "mor"}} {
		_, a, _ := sounds([]rune(pair[0]))
		if _, b, _ := sounds([]rune(pair[1])); a == b {
			t.Errorf("%s and %s sound alike", pair[0], pair[1])
		}
	}
	full, _, _ := sounds([]rune("phlov"))
	if other, _, _ := sounds([]rune("phlay")); full == other {
		t.Error("vowels make no difference to all sounds")
	}
	if _, _, ok := sounds([]rune("000")); ok {
		t.Error("digits sound")
	}
	a, b, ok := sounds([]rune("oy"))
	if !ok || a != b {
		t.Error("a word without consonants has other bare sounds")
	}
}

func TestSoundsAreFeatures(t *testing.T) {
	t.Parallel()
	g := Grams{Words: 1, Sounds: 2}
	one, other := g.Append(nil, "phlov louk 2024"), g.Append(nil, "plov luk 2024")
	if len(one) != 3+2*2+2 {
		t.Errorf("%d features of two words that sound and a number, want 9", len(one))
	}
	shared := 0
	for _, f := range one {
		if slices.ContainsFunc(other, func(o Feature) bool { return o.Hash == f.Hash }) {
			shared++
		}
	}
	if shared != 1+6 {
		t.Errorf("%d features in common, want the number and all sounds", shared)
	}
	if lines := g.Append(nil, "phlov\nlouk"); len(lines) != 2+2*2 {
		t.Errorf("%d features of two lines, want none of both", len(lines))
	}
}
