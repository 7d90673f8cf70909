package sentiment

import (
	"math"
	"slices"
	"strings"
	"testing"

	"samleng"
	"samleng/classifiers/khmer"
)

func classifier(t testing.TB) *Classifier {
	t.Helper()
	seg, err := khmer.NewSegmenter()
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(seg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLabels(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	for _, test := range []struct {
		name, language, text string
		want                 samleng.Label
	}{
		{"km plain", "km", "សេវាល្អ", samleng.Positive},
		{"km negated", "km", "សេវាមិនល្អទេ", samleng.Negative},
		{"km negated with words between", "km", "សេវាមិនសូវល្អ", samleng.Negative},
		{"km negation ends at the particle", "km", "មិនទៅទេល្អហើយ", samleng.Positive},
		{"km nothing bad", "km", "ភូមិយើងគ្មានបញ្ហា", samleng.Positive},
		{"km patience is no negation", "km", "គាត់អត់ធ្មត់ល្អ", samleng.Positive},
		{"km it does not matter", "km", "មិនអីទេ", samleng.Positive},
		{"km innocent", "km", "តុលាការថាគាត់គ្មានទោស", samleng.Positive},
		{"km second spelling", "km", "គួរអោយបារម្ភ", samleng.Negative},
		{"km direction is no sinking", "km", "ផ្ទះនៅខាងលិចភូមិ", samleng.Neutral},
		{"km neutral", "km", "ថ្ងៃស្អែកជួបគ្នាម៉ោងប្រាំ", samleng.Neutral},
		{"km contrast", "km", "ផ្លូវល្អ ប៉ុន្តែគ្រោះថ្នាក់", samleng.Negative},
		{"en plain", "en", "The service is good", samleng.Positive},
		{"en negated", "en", "The service is not good", samleng.Negative},
		{"en contraction", "en", "I don’t trust them", samleng.Negative},
		{"en without", "en", "A day without problems", samleng.Positive},
		{"en not bad", "en", "Not bad", samleng.Positive},
		{"en negation stops at a comma", "en", "No, good", samleng.Positive},
		{"en contrast", "en", "The road is nice but dangerous", samleng.Negative},
		{"en inflected", "en", "They complained loudly", samleng.Negative},
		{"en neutral", "en", "The meeting is at nine", samleng.Neutral},
		{"en preposition like", "en", "It looks like rain", samleng.Neutral},
		{"mixed", "mixed", "service ល្អណាស់ thank you", samleng.Positive},
		{"romanised", "km-Latn", "la'or nas", samleng.Positive},
		{"romanised negated", "km-Latn", "min la'or te", samleng.Negative},
		{"romanised word that English has too", "km-Latn", "mean sala", samleng.Neutral},
		{"english keeps its word", "en", "He is mean", samleng.Negative},
		{"emoji", "none", "😍👏", samleng.Positive},
		{"emoji in khmer", "km", "ទៀតហើយ 😡", samleng.Negative},
		{"no words and no emoji", "none", "123", samleng.Unscored},
		{"unknown language", "other", "good", samleng.Unscored},
		{"another language", "fr", "good", samleng.Unscored},
		{"empty", "km", "", samleng.Neutral},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := c.Classify("", test.text, test.language)
			if got.Label != test.want {
				t.Errorf("%q: got %+v, want %s", test.text, got, test.want)
			}
			if got.Evidence == nil {
				t.Error("evidence is nil")
			}
			if got.Label == samleng.Unscored && (got.Score != 0 || got.Confidence != 0) {
				t.Errorf("unscored with score %v and confidence %v", got.Score, got.Confidence)
			}
		})
	}
}

// TestRulesOrderScores holds what makes a text more negative or positive than another.
func TestRulesOrderScores(t *testing.T) {
	t.Parallel()
	c, err := NewRules(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, language, lower, higher string }{
		{"km intensifier after", "km", "ស្អាត", "ស្អាតខ្លាំងណាស់"},
		{"km diminisher after", "km", "ស្អាតបន្តិច", "ស្អាត"},
		{"en intensifier", "en", "good", "very good"},
		{"en diminisher", "en", "slightly good", "good"},
		{"exclamation", "en", "good", "good!!"},
		{"question", "en", "is it good?", "it is good"},
		{"khmer question", "km", "តើស្អាត", "ស្អាត"},
		{"stretched", "en", "good", "goooood"},
		{"capitals among small letters", "en", "this is good", "this is GOOD"},
		{"a negation is weaker than the opposite", "en", "bad", "not good"},
		{"title counts more", "en", "good", "good\x00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			score := func(text string) float64 {
				if title, ok := strings.CutSuffix(text, "\x00"); ok {
					return c.Classify(title, "", test.language).Score
				}
				return c.Classify("", text, test.language).Score
			}
			if low, high := score(test.lower), score(test.higher); low >= high {
				t.Errorf("%q has %v, %q has %v: want less", test.lower, low, test.higher, high)
			}
		})
	}
	if a, b := c.Classify("", "THIS IS GOOD", "en").Score, c.Classify("", "this is good", "en").Score; a != b {
		t.Errorf("a text all in capitals has %v, in small letters %v", a, b)
	}
}

func TestFormulaAndEvidence(t *testing.T) {
	t.Parallel()
	title, text := "Good", "It is not good."
	c, err := NewRules(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Classify(title, text, "en")
	sum := 2*titleFactor + 2*negation
	norm := math.Sqrt(sum*sum + alpha)
	if math.Abs(got.Score-sum/norm) > 1e-9 {
		t.Errorf("score %v, want %v", got.Score, sum/norm)
	}
	want := []samleng.Evidence{
		{Text: "Good", Field: "title", Start: 0, End: 4, Weight: 2 * titleFactor / norm},
		{Text: "good", Field: "text", Start: 10, End: 14, Weight: 2 * negation / norm, Reason: "negated"},
	}
	if !slices.Equal(got.Evidence, want) {
		t.Errorf("evidence %+v, want %+v", got.Evidence, want)
	}
	if want := (3 - 1.48) / (3 + 1.48) * 0.75; math.Abs(got.Confidence-want) > 1e-9 {
		t.Errorf("confidence %v, want %v", got.Confidence, want)
	}
}

func TestLongTextsAreBounded(t *testing.T) {
	t.Parallel()
	c := classifier(t)
	padding := strings.Repeat("ក ", MaxBytes/4)
	alone, got := c.Classify("", padding, samleng.Khmer), c.Classify("", padding+"ល្អណាស់", samleng.Khmer)
	if got.Label != alone.Label || got.Score != alone.Score || len(got.Evidence) != len(alone.Evidence) {
		t.Errorf("read past MaxBytes: %+v, without what stands there %+v", got, alone)
	}
	got = c.Classify("", strings.Repeat("ល្អ ", MaxBytes), samleng.Khmer)
	if len(got.Evidence) != MaxEvidence {
		t.Errorf("%d pieces of evidence, want %d", len(got.Evidence), MaxEvidence)
	}
}

// FuzzClassify checks ranges, and that evidence is what stands at its offsets.
func FuzzClassify(f *testing.F) {
	f.Add("ល្អណាស់", "not good, but VERY bad!!! :)", "km")
	f.Add("", "min la'or te 😍 \xff ៗ។?", "km-Latn")
	c := classifier(f)
	f.Fuzz(func(t *testing.T, title, text, language string) {
		got := c.Classify(title, text, language)
		if !(got.Score >= -1 && got.Score <= 1) || !(got.Confidence >= 0 && got.Confidence <= 1) {
			t.Errorf("score %v, confidence %v", got.Score, got.Confidence)
		}
		for _, e := range got.Evidence {
			if of := map[string]string{"title": title, "text": text}[e.Field]; of[e.Start:e.End] != e.Text {
				t.Errorf("%+v is not what stands there", e)
			}
		}
	})
}
