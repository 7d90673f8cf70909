package endpoint

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"samleng"
)

func TestWait(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "x": 0, "-3": 0, "NaN": 0, "7": 7 * time.Second, " 0.5 ": 500 * time.Millisecond, "1e300": time.Hour, "999999": time.Hour,
		"Sun, 22 Nov 2026 12:01:00 GMT": time.Minute, "Sun, 22 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := Wait(value, now); got != want {
			t.Errorf("Wait(%q) = %s, want %s", value, got, want)
		}
	}
}

// A redirect is an answer, and not followed: it would carry the message, and its secrets, elsewhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	asked := 0
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, s.URL+"/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	a, err := Post(t.Context(), s.Client(), Request{What: "test", URL: s.URL, Body: []byte("x")})
	if err != nil || asked != 1 {
		t.Fatalf("asked %d times, %v", asked, err)
	}
	if err := a.Err("test", "", time.Now()); samleng.ClassOf(err) != samleng.Permanent {
		t.Errorf("a redirect gives %v", err)
	}
}

func TestAddressIsNeverShown(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://127.0.0.1:1/bot123:hidden/x", "::hidden", "hidden://x", "http://[::1]:namedhidden/"} {
		_, err := Post(t.Context(), http.DefaultClient, Request{What: "test", URL: address})
		if err == nil || strings.Contains(err.Error(), "hidden") && !strings.Contains(err.Error(), "protocol scheme") {
			t.Errorf("%s gives %v", address, err)
		}
	}
}

func FuzzShort(f *testing.F) {
	f.Add("a\nb")
	f.Add(strings.Repeat("ក", 100))
	f.Add("\xff\xfe")
	f.Fuzz(func(t *testing.T, text string) {
		got := Short(text)
		if len(got) > maxSaid+3 || strings.ContainsAny(got, "\r\n") || strings.ToValidUTF8(got, "") != got {
			t.Errorf("Short(%q) = %q", text, got)
		}
	})
}
