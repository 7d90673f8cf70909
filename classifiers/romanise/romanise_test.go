package romanise_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"samleng/classifiers/romanise"
)

func TestText(t *testing.T) {
	t.Parallel()
	s := romanise.New()
	s.Add("ទឹក", "tuk")
	s.Add("ភ្លើង", "pleung")
	s.Add("ដាច់", "dach")
	s.Add("", "x")
	s.Add("ភ្លើង", "")
	rnd := rand.New(rand.NewPCG(1, 1))
	got := s.Text(rnd, []string{"ដាច់ភ្លើង", " ", "CCTV", "ឃ្លេង", "២", "ទឹក"})
	words := strings.Fields(got)
	if len(words) != 3 || !strings.HasPrefix(words[0], "da") || words[1] != "CCTV" || !strings.HasPrefix(words[2], "t") {
		t.Errorf("got %q, want a spelling of the compound, CCTV, a spelling of the last word", got)
	}
	varied := map[string]bool{}
	for range 200 {
		varied[s.Vary(rnd, "ដាច់")] = true
	}
	if len(varied) < 2 || !varied["dach"] || !varied["daj"] {
		t.Errorf("spellings drawn: %v, want dach and daj", varied)
	}
	if s.Spell(rnd, "ទឹក") != "tuk" || s.Knows("x") || !s.Knows("ទឹក") {
		t.Error("known spellings")
	}
}
