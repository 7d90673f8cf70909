package sample

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want time.Duration // 0: an error
	}{
		{"42m", 42 * time.Minute},
		{"3h5m", 3*time.Hour + 5*time.Minute},
		{"2d", 48 * time.Hour},
		{"13d4h12m", 13*24*time.Hour + 4*time.Hour + 12*time.Minute},
		{"", 0},
		{"d", 0},
		{"-1h", 0},
		{"1d-1h", 0},
		{"1d24h", 0},
		{"-1d2h", 0},
		{"0m", 0},
		{"14d", 0},
		{"999d", 0},
		{"4", 0},
		{"1d2d", 0},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			var a age
			err := a.UnmarshalText([]byte(test.text))
			if (err != nil) != (test.want == 0) {
				t.Fatalf("error %v, want one: %t", err, test.want == 0)
			}
			if time.Duration(a) != test.want {
				t.Fatalf("got %v, want %v", time.Duration(a), test.want)
			}
		})
	}
}

func FuzzAge(f *testing.F) {
	f.Add("13d4h12m")
	f.Add("1d24h")
	f.Add("d")
	f.Add("1h9223372036854775807ns")
	f.Fuzz(func(t *testing.T, text string) {
		var a age
		if err := a.UnmarshalText([]byte(text)); err != nil {
			return
		}
		if d := time.Duration(a); d <= 0 || d >= MaxAge {
			t.Fatalf("%q became %v, outside 0 to %v", text, d, MaxAge)
		}
	})
}
