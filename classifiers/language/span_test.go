package language

import (
	"strings"
	"testing"
)

// FuzzSpans checks that spans cover the text whatever it is.
func FuzzSpans(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s[:min(len(s), 300)]) // the whole is TestHostile's
	}
	d := newDetector(f, false)
	f.Fuzz(func(t *testing.T, s string) {
		at, last := 0, ""
		for _, span := range d.Spans(s) {
			if span.Start != at || span.End <= span.Start || span.End > len(s) || span.Language == "" || span.Language == last {
				t.Fatalf("%+q: %+v after %d, %q", s, span, at, last)
			}
			at, last = span.End, span.Language
		}
		if at != 0 && at != len(s) {
			t.Fatalf("%+q: spans end at %d of %d", s, at, len(s))
		}
	})
}

// hostile are texts that must cost no more than their length.
func hostile() []string {
	return []string{
		strings.Repeat("a", 1<<20), strings.Repeat("ក", 1<<18), strings.Repeat("😀", 10_000), strings.Repeat("\u17D2", 50_000),
		strings.Repeat("\u17B6\u17C6\u17C9", 50_000/3), strings.Repeat("\xe1\x9e", 10_000), strings.Repeat("\xff", 10_000),
		strings.Repeat("שלום עולם ", 5_000), strings.Repeat("\u202e مرحبا \u202c", 5_000), strings.Repeat("not not ", 20_000),
		strings.Repeat("a.b/c@d#e ", 10_000), strings.Repeat("@", 100_000), strings.Repeat("a ក ", 50_000), strings.Repeat("e\u0301", 50_000),
		strings.Repeat("khnhom ot mean luy but the price is high ", 3_000), "", "@a", "#ក", "a'", "'a", "a\u2019\u0301b",
	}
}

// TestHostile holds that every function takes such texts, and finds the same in them again.
func TestHostile(t *testing.T) {
	t.Parallel()
	d := newDetector(t, false)
	for _, s := range hostile() {
		if a, b := d.Detect(s), d.Detect(s); a.Language != b.Language || a.Language == "" {
			t.Errorf("%.20q: %q, then %q", s, a.Language, b.Language)
		}
		at := 0
		for _, span := range d.Spans(s) {
			if span.Start != at {
				t.Fatalf("%.20q: a span begins at %d, want %d", s, span.Start, at)
			}
			at = span.End
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	d := newDetector(t, false)
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"123 😀", ""},
		{"ផ្លូវលិចទឹក ២ ថ្ងៃហើយ", "km:ផ្លូវលិចទឹក ២ ថ្ងៃហើយ"},
		{"ថ្ងៃនេះ traffic jam is bad ខ្លាំងណាស់!", "km:ថ្ងៃនេះ |en:traffic jam is bad |km:ខ្លាំងណាស់!"},
		{"1) the road is flooded, ទឹកលិច", "en:1) the road is flooded, |km:ទឹកលិច"},
		{"ទៅ วันนี้ ไทย", "km:ទៅ |th:วันนี้ ไทย"},
		{"khnhom ot mean luy but the price is high", "km-Latn:khnhom ot mean luy |en:but the price is high"},
		{"The water is cut again today, ot mean tek prae pi bey thngai haey", "en:The water is cut again today, |km-Latn:ot mean tek prae pi bey thngai haey"},
		{"thngai nis kdao klang nas and the power has been off since the morning", "km-Latn:thngai nis kdao klang nas |en:and the power has been off since the morning"},
		{"ទឹកលិច som jouy pong bong srey, my phone was stolen at the market ទឹកលិច", "km:ទឹកលិច |km-Latn:som jouy pong bong srey, |en:my phone was stolen at the market |km:ទឹកលិច"},
		{"we had prahok and num banh chok for lunch today", "en:we had prahok and num banh chok for lunch today"},
		{"មើល https://example.com/watch-this-video ទៀត @some_one ល្អ", "km:មើល https://example.com/watch-this-video ទៀត @some_one ល្អ"},
		{"ល្អណាស់ c’est très bien ici monsieur", "km:ល្អណាស់ |fr:c’est très bien ici monsieur"},
		{"\xff\xe1 the road \xe1\x9e is flooded", "en:\xff\xe1 the road \xe1\x9e is flooded"},
	} {
		var got []string
		at := 0
		for _, s := range d.Spans(c.in) {
			if s.Start != at {
				t.Errorf("%q: span begins at %d, want %d", c.in, s.Start, at)
			}
			got = append(got, s.Language+":"+c.in[s.Start:s.End])
			at = s.End
		}
		if g := strings.Join(got, "|"); g != c.want {
			t.Errorf("got %s, want %s", g, c.want)
		}
	}
}
