package language

import (
	"bytes"
	"testing"

	"samleng"
)

func TestTrainIsReproducibleAndLearns(t *testing.T) {
	t.Parallel()
	var examples []Example
	for range 10 {
		examples = append(
			examples,
			Example{"en", "the road is under water again and nobody comes to help us"},
			Example{"en", "we have been waiting for the bus since this morning"},
			Example{"fr", "la route est encore sous l'eau et personne ne vient nous aider"},
			Example{"fr", "nous attendons le bus depuis ce matin dans la rue"},
			Example{samleng.RomanisedKhmer, "knhom ot mean luy tinh sang te bong ban cham lan yu haey"},
		)
	}
	o := DefaultTrainOptions()
	o.LineBits = 8
	model, err := Train(examples, o)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Train(examples, o)
	if err != nil || !bytes.Equal(model, again) {
		t.Errorf("two trainings differ (%v)", err)
	}
	d, err := NewFrom(model, Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples[:5] {
		if got := d.Detect(e.Text); got.Language != e.Language {
			t.Errorf("%q is %+v", e.Text, got)
		}
	}
	if v := d.Version(); len(v) != 12 {
		t.Errorf("version %q", v)
	}
}

func TestTrainRefusesTooManyLanguages(t *testing.T) {
	t.Parallel()
	var examples []Example
	for i := range 20 {
		examples = append(examples, Example{Language: string(rune('a' + i)), Text: "text"})
	}
	if _, err := Train(examples, DefaultTrainOptions()); err == nil {
		t.Error("no error")
	}
}
