package model

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// small is a set of texts in two languages with three labels, one of them told by a word.
func small(grams Grams) []Example {
	words := [][]string{{"good", "ល្អណាស់"}, {"table", "តុធំ"}, {"bad", "អាក្រក់"}}
	var examples []Example
	for i := range 60 {
		label := i % 3
		text := fmt.Sprintf("the %s thing %d, ថ្ងៃនេះ%s", words[label][0], i, words[label][1])
		examples = append(examples, Example{Features: grams.Append(nil, text), Labels: []int{label}})
	}
	return examples
}

func smallOptions() Options {
	o := DefaultOptions()
	o.Task, o.Classes, o.Grams = "test", []string{"a", "b", "c"}, Grams{Clusters: 3, Words: 2, CharsMin: 3, CharsMax: 4}
	return o
}

func TestTrainIsReproducibleAndLearns(t *testing.T) {
	t.Parallel()
	o := smallOptions()
	var files [2][]byte
	for i := range files {
		m, err := Train(small(o.Grams), o)
		if err != nil {
			t.Fatal(err)
		}
		if files[i], err = m.Encode(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same examples and seed gave other bytes")
	}
	m, err := Decode(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"a good day": 0, "តុធំ": 1, "really bad": 2} {
		p := m.Classify(text)
		if sum := p[0] + p[1] + p[2]; Best(p) != want || math.Abs(sum-1) > 1e-9 {
			t.Errorf("%q: %v, want class %d and a sum of 1", text, p, want)
		}
	}
}

func TestSeveralLabels(t *testing.T) {
	t.Parallel()
	o := smallOptions()
	o.Multi = true
	examples := small(o.Grams)
	for i := range examples {
		switch examples[i].Labels[0] {
		case 1:
			examples[i].Labels = nil
		case 2:
			examples[i].Labels = []int{1, 2}
		}
	}
	m, err := Train(examples, o)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][3]bool{"the good thing": {true, false, false}, "the table thing": {}, "the bad thing": {false, true, true}} {
		for c, p := range m.Classify(text) {
			if p >= 0.5 != want[c] {
				t.Errorf("%q: class %d has %.2f, want %v", text, c, p, want[c])
			}
		}
	}
}

func TestTrainRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Options, []Example) []Example{
		"no examples":     func(*Options, []Example) []Example { return nil },
		"one class":       func(o *Options, e []Example) []Example { o.Classes = o.Classes[:1]; return e },
		"a label too far": func(_ *Options, e []Example) []Example { e[3].Labels = []int{3}; return e },
		"no label":        func(_ *Options, e []Example) []Example { e[3].Labels = nil; return e },
		"dense inputs":    func(o *Options, e []Example) []Example { o.Dense = []string{"x"}; return e },
		"grams":           func(o *Options, e []Example) []Example { o.Grams.Words = 9; return e },
	} {
		o := smallOptions()
		if _, err := Train(change(&o, small(o.Grams)), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	g := Grams{Clusters: 2, Words: 1}
	hashes := func(text string) []uint64 {
		var h []uint64
		for _, f := range g.Append(nil, text) {
			h = append(h, f.Hash)
		}
		return h
	}
	for _, same := range [][2]string{
		{"GOOOOOD", "good"},
		{"at 5", "at 7"},
		{"https://a.example/x", "www.b.example"},
		{"@one", "@two"},
		{"ឲ្យ", "ឱ្យ"},
		{"ក\u200bខ", "កខ"},
		{"don’t", "don't"},
	} {
		if !slices.Equal(hashes(same[0]), hashes(same[1])) {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	if slices.Equal(hashes("កខ"), hashes("ខក")) || slices.Equal(hashes("bad"), hashes("sad")) {
		t.Error("other texts have the same features")
	}
	// A word of another script ends where Khmer letters begin.
	for _, same := range [][2]string{{"៥០០នាក់", "៥០០ នាក់"}, {"Facebookរបស់", "Facebook របស់"}, {"@pageរបស់", "@page របស់"}, {"7’ក", "7 ’ក"}} {
		if !slices.Equal(hashes(same[0]), hashes(same[1])) {
			t.Errorf("%q loses its Khmer letters", same[0])
		}
	}
	text := "ល្អ nice"
	for _, f := range g.Append(nil, text) {
		if s := text[f.Start:f.End]; s != "ល្" && s != "ល្អ" && s != "អ" && s != "nice" {
			t.Errorf("a feature stands at %q", s)
		}
	}
}

func TestEvaluate(t *testing.T) {
	t.Parallel()
	r := Evaluate([]Prediction{
		{Want: []int{0}, Got: []int{0}, Confidence: 0.95},
		{Want: []int{0}, Got: []int{1}, Confidence: 0.55},
		{Want: []int{1}, Got: []int{1}, Confidence: 0.95},
		{Want: []int{1}, Got: []int{1}, Confidence: 0.55},
	}, []string{"a", "b"}, 1)
	near := func(name string, got, want float64) {
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	near("accuracy", r.Accuracy.Value, 0.75)
	near("macro-F1", r.MacroF1.Value, (2.0/3+4.0/5)/2)
	near("macro recall", r.MacroRecall.Value, 0.75)
	near("ECE", r.ECE.Value, (2*0.05+2*0.05)/4) // bins: .95 against 1, .55 against .5
	near("precision of b", r.Classes[1].Precision, 2.0/3)
	if r.Confusion[0][1] != 1 || r.Accuracy.Low > 0.75 || r.Accuracy.High < 0.75 {
		t.Errorf("got %+v", r)
	}
	several := Evaluate([]Prediction{{Want: []int{0, 1}, Got: []int{0}, Confidence: math.NaN()}, {Confidence: math.NaN()}}, []string{"a", "b"}, 1)
	near("micro precision", several.Precision.Value, 1)
	near("micro recall", several.Recall.Value, 0.5)
	if several.ECE != nil || several.Confusion != nil {
		t.Errorf("got %+v", several)
	}
}

func TestTwins(t *testing.T) {
	t.Parallel()
	twins := NewTwins([]string{"ខ្ញុំមិនចង់ទៅផ្សារទំនើបនៅថ្ងៃនេះទេ", "The quick brown fox jumps over the dog."})
	for text, want := range map[string]int{
		"ខ្ញុំ ចង់ ទៅ ផ្សារទំនើប ថ្ងៃនេះ": 0,
		"quick brown fox jumps dog": 1,
		"ផ្សារទំនើប បិទ នៅ ខេត្ត ឆ្ងាយ": -1,
		"a slow fox": -1,
	} {
		if got := twins.Of(strings.Fields(text)); got != want {
			t.Errorf("%q is a twin of %d, want %d", text, got, want)
		}
	}
}

// FuzzDecode checks that no file makes a model that panics.
func FuzzDecode(f *testing.F) {
	o := smallOptions()
	m, err := Train(small(o.Grams), o)
	if err != nil {
		f.Fatal(err)
	}
	file, err := m.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Fuzz(func(_ *testing.T, file []byte) {
		if m, err := Decode(file); err == nil && len(m.Dense()) == 0 {
			m.Classify("good ល្អ")
		}
	})
}

// FuzzAppend checks that features lie within the text, on any bytes, and are as many as the
// text is long at most, times a constant.
func FuzzAppend(f *testing.F) {
	f.Add("ល្អណាស់ good!!! @me https://x.example 5\xff\xe1\x9e")
	g := Grams{Clusters: 6, Words: 3, CharsMin: 1, CharsMax: 6}
	f.Fuzz(func(t *testing.T, text string) {
		features := g.Append(nil, text)
		if len(features) > 12*len(text)+12 {
			t.Errorf("%d features of %d bytes", len(features), len(text))
		}
		for _, x := range features {
			if x.Start < 0 || x.End <= x.Start || int(x.End) > len(text) {
				t.Fatalf("%+v of %d bytes", x, len(text))
			}
		}
	})
}

func BenchmarkLogits(b *testing.B) {
	o := smallOptions()
	m, err := Train(small(o.Grams), o)
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("ថ្ងៃនេះល្អណាស់ a good thing ", 10)
	features := o.Grams.Append(nil, text)
	var z [3]float64
	b.Run("features", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			features = o.Grams.Append(features[:0], text)
		}
	})
	b.Run("logits", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Logits(z[:], features, nil)
		}
	})
}
