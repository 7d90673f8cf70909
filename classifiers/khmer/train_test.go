package khmer

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestTrainSegmenterIsReproducibleAndLearns(t *testing.T) {
	t.Parallel()
	var sentences [][]string
	for range 5 {
		for _, s := range []string{"ខ្ញុំ ទៅ ផ្សារ", "គាត់ ទៅ សាលារៀន", "ខ្ញុំ រៀន នៅ សាលារៀន", "ផ្សារ នៅ ជិត ផ្លូវ", "គាត់ នៅ ផ្សារ ។"} {
			sentences = append(sentences, strings.Fields(s))
		}
	}
	o := DefaultTrainOptions()
	model := TrainSegmenter(sentences, o)
	if !bytes.Equal(model, TrainSegmenter(sentences, o)) {
		t.Error("two trainings differ")
	}
	s, err := NewSegmenterFrom(model)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields("គាត់ នៅ ជិត សាលារៀន")
	if got := s.Words(strings.Join(want, "")); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if v := s.Version(); len(v) != 12 || v == newSegmenter(t).Version() {
		t.Errorf("version %q", v)
	}
}
