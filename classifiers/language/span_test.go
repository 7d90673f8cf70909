package language

import (
	"strings"
	"testing"
)

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
