package webhook

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

func documentation(t *testing.T) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "docs", "alerts.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

var (
	vector  = regexp.MustCompile("(?s)secret `([^`]+)`, the timestamp `([0-9]+)` and the body.*?<!-- test: vector -->\n```json\n(.*?)\n```.*?signature is `([^`]+)`")
	snippet = regexp.MustCompile("(?s)<!-- test: verify -->\n```python\n(.*?)```")
)

func TestVectorOfTheDocumentation(t *testing.T) {
	t.Parallel()
	found := vector.FindStringSubmatch(documentation(t))
	if found == nil {
		t.Fatal("docs/alerts.md has no vector")
	}
	seconds, err := strconv.ParseInt(found[2], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if got := Sign([]byte(found[1]), time.Unix(seconds, 0), []byte(found[3])); got != found[4] {
		t.Errorf("the signature is %s, and docs/alerts.md says %s", got, found[4])
	}
}

// driver asks the function of the documentation about each request on its input.
const driver = `
import json, sys
for r in json.load(sys.stdin):
    print(signed_by_samleng(r["secret"].encode(), r["headers"], r["body"].encode()))
`

func TestPythonOfTheDocumentation(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	found := snippet.FindStringSubmatch(documentation(t))
	if found == nil {
		t.Fatal("docs/alerts.md has no code that verifies")
	}
	type request struct {
		Secret  string            `json:"secret"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	}
	signed := func(at time.Time, signedBody, body string) request {
		return request{secret, map[string]string{
			HeaderTimestamp: strconv.FormatInt(at.Unix(), 10), HeaderSignature: Sign([]byte(secret), at, []byte(signedBody)),
		}, body}
	}
	now := time.Now()
	input, err := json.Marshal([]request{
		signed(now, "ដីធ្លី", "ដីធ្លី"), signed(now, "a", "b"), signed(now.Add(-time.Hour), "a", "a"),
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", found[1]+driver)
	cmd.Stdin = strings.NewReader(string(input))
	out, err := cmd.CombinedOutput()
	if want := "True\nFalse\nFalse\n"; err != nil || string(out) != want {
		t.Errorf("it says\n%s%v, want\n%s", out, err, want)
	}
	// The same by Verify, so that both mean the same.
	header := http.Header{HeaderTimestamp: {"x"}}
	if Verify([]byte(secret), header, nil, now) == nil {
		t.Error("a timestamp that is no number is taken")
	}
}
