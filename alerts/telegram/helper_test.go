package telegram

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// httpAnswer is a server that says one thing.
func httpAnswer(t *testing.T, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL
}
