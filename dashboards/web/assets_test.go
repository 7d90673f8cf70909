package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func embedded(t *testing.T) fs.FS {
	t.Helper()
	root, err := fs.Sub(static, "static")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// own calls f with every embedded file that was written for this project.
func own(t *testing.T, f func(name, text string)) {
	t.Helper()
	root := embedded(t)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(name, "vendor/") {
			return err
		}
		b, err := fs.ReadFile(root, name)
		f(name, string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	page := apiPage(t, newMemory(nil, nil))
	w := get(t, page, "/?period=7d&lang=km", nil)
	body := w.Body.String()
	if w.Code != http.StatusOK || strings.Contains(body, placeholder) {
		t.Fatalf("status %d, or the version is not filled in", w.Code)
	}
	policy := w.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "connect-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q allows something unsafe", policy)
	}
	for _, header := range []string{"X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options"} {
		if w.Header().Get(header) == "" {
			t.Errorf("%s is missing", header)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`).FindAllStringSubmatch(body, -1) {
		if w := get(t, page, m[1], nil); w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, %s", m[1], w.Code, w.Header().Get("Cache-Control"))
		}
	}
	if regexp.MustCompile(`(?i)<script(?:\s+[^>]*)?>[^<]|\son[a-z]+=|\sstyle=`).MatchString(body) {
		t.Error("the page holds an inline script, handler or style, which its policy refuses")
	}
	for _, path := range []string{"/nothing", "/static/x/nothing.js", "/static/x/../../page.go", "/api/v1/nothing", "/api/v2/overview"} {
		if w := get(t, page, path, nil); w.Code == http.StatusOK {
			t.Errorf("%s answers %d", path, w.Code)
		}
	}
	w = httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/overview", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", w.Code)
	}
}

func TestCaching(t *testing.T) {
	t.Parallel()
	page := apiPage(t, newMemory(nil, nil))
	ask := func(path, tag, encoding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", tag)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"/", "/static/" + page.assets.version + "/js/app.js", "/favicon.ico"} {
		plain, zipped := ask(path, "", ""), ask(path, "", "gzip")
		tag, weak := plain.Header().Get("ETag"), zipped.Header().Get("ETag")
		if tag == "" || weak != "W/"+tag || zipped.Header().Get("Content-Encoding") != "gzip" || zipped.Body.Len() >= plain.Body.Len() {
			t.Errorf("%s: tags %s and %s, %d and %d bytes", path, tag, weak, plain.Body.Len(), zipped.Body.Len())
			continue
		}
		z, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(z); err != nil || !bytes.Equal(b, plain.Body.Bytes()) {
			t.Errorf("%s: zipped and plain differ, %v", path, err)
		}
		for _, have := range []string{tag, weak, `"other", ` + weak, "*"} {
			if w := ask(path, have, "gzip"); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
				t.Errorf("%s with %s: status %d", path, have, w.Code)
			}
		}
		if w := ask(path, `"other"`, ""); w.Code != http.StatusOK {
			t.Errorf("%s with another tag: status %d", path, w.Code)
		}
	}
	if w := ask("/static/old/js/app.js", "", ""); w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("of another build: status %d, %s", w.Code, w.Header().Get("Cache-Control"))
	}
}

// TestVendored compares the vendored files with what npm installed; update-vendor.sh copies
// them anew.
func TestVendored(t *testing.T) {
	t.Parallel()
	modules := filepath.Join("..", "..", "node_modules")
	from := map[string]string{"uplot/LICENSE": "uplot/LICENSE", "noto-sans-khmer/LICENSE": "@fontsource/noto-sans-khmer/LICENSE"}
	root := embedded(t)
	err := fs.WalkDir(root, "vendor", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		short := strings.TrimPrefix(name, "vendor/")
		switch path.Ext(name) {
		case ".woff2":
			from[short] = "@fontsource/noto-sans-khmer/files/" + path.Base(name)
		case ".js", ".css":
			from[short] = "uplot/dist/" + path.Base(name)
		default:
			if _, ok := from[short]; !ok {
				t.Errorf("%s comes from nowhere", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(from) < 10 {
		t.Errorf("%d vendored files, want at least uPlot's two, six of the font and two licences", len(from))
	}
	for name, source := range from {
		got, err := fs.ReadFile(root, "vendor/"+name)
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := os.ReadFile(filepath.Join(modules, filepath.FromSlash(source)))
		if os.IsNotExist(err) {
			t.Skipf("node_modules is absent: run npm ci")
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("vendor/%s differs from node_modules/%s, %v", name, source, err)
		}
	}
}

// TestNoAddresses holds that the page needs nothing from anywhere else.
func TestNoAddresses(t *testing.T) {
	t.Parallel()
	address := regexp.MustCompile(`(?i)(?:https?|wss?|ftp):?//[^\s"'<>)]+|(?:src|href|url\(|from)\s*=?\s*["'(]?//`)
	markup := regexp.MustCompile(`innerHTML\s*\+?=[^=]|outerHTML|insertAdjacentHTML|setHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function`)
	own(t, func(name, text string) {
		for _, found := range address.FindAllString(text, -1) {
			if found != "http://www.w3.org/2000/svg" { // the name of a namespace, never fetched
				t.Errorf("%s names %s", name, found)
			}
		}
		if found := markup.FindString(text); found != "" {
			t.Errorf("%s uses %q: text becomes text nodes only", name, found)
		}
	})
}

// book reads the texts of one language of the interface.
func book(t *testing.T, lang string) map[string]string {
	t.Helper()
	b, err := fs.ReadFile(embedded(t), "js/i18n/"+lang+".js")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(b), "export default ")
	if !ok {
		t.Fatalf("%s.js has no export", lang)
	}
	var out map[string]string
	if err := json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimSpace(after), ";")), &out); err != nil {
		t.Fatalf("%s.js: %v", lang, err)
	}
	return out
}

func TestBothLanguages(t *testing.T) {
	t.Parallel()
	en, km := book(t, "en"), book(t, "km")
	name := regexp.MustCompile(`\{(\w+)\}`)
	code := regexp.MustCompile("`[^`]*`")
	khmer := regexp.MustCompile(`\p{Khmer}`)
	same := []string{"notice.kafka", "notice.problem", "figure.of", "step.hours", "step.days", "sources.part", "series.keyword", "series.comma"}
	placeholders := func(s string) []string {
		found := name.FindAllString(s, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	for key, text := range en {
		other, ok := km[key]
		if !ok {
			t.Errorf("%s is not in km.js", key)
			continue
		}
		if !slices.Equal(placeholders(text), placeholders(other)) {
			t.Errorf("%s: placeholders %v in English, %v in Khmer", key, placeholders(text), placeholders(other))
		}
		if !slices.Equal(code.FindAllString(text, -1), code.FindAllString(other, -1)) {
			t.Errorf("%s: commands %v in English, %v in Khmer", key, code.FindAllString(text, -1), code.FindAllString(other, -1))
		}
		if khmer.MatchString(text) {
			t.Errorf("%s: Khmer in the English text", key)
		}
		if !khmer.MatchString(other) && !slices.Contains(same, key) {
			t.Errorf("%s: no Khmer in %q", key, other)
		}
		if regexp.MustCompile(`[0-9]`).MatchString(regexp.MustCompile(`UTC\+7`).ReplaceAllString(other, "")) {
			t.Errorf("%s: digits in %q are not Khmer", key, other)
		}
	}
	for key := range km {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is not in en.js", key)
		}
	}
}

// TestEveryTextExists looks the keys up that the page uses, and finds those it does not.
func TestEveryTextExists(t *testing.T) {
	t.Parallel()
	en := book(t, "en")
	literal := regexp.MustCompile(`\bt\(\s*"([^"]+)"[,)]|data-t(?:-label)?="([^"]+)"`)
	word := regexp.MustCompile(`["'` + "`" + `]([a-z0-9]+(?:[.-][a-z0-9-]+)*)\.?(?:["'` + "`" + `]|\$\{)`)
	used := map[string]bool{}
	own(t, func(name, text string) {
		if strings.Contains(name, "i18n") {
			return
		}
		for _, m := range literal.FindAllStringSubmatch(text, -1) {
			key := m[1] + m[2]
			if _, ok := en[key]; !ok {
				t.Errorf("%s uses %q, which no language has", name, key)
			}
			used[key] = true
		}
		for _, m := range word.FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
		}
	})
	for key := range en {
		found := used[key]
		for i := range key { // a key may be made of a fixed beginning and data
			if key[i] == '.' && used[key[:i]] {
				found = true
			}
		}
		if !found {
			t.Errorf("nothing uses %q", key)
		}
	}
	// Keys made of the domain's values.
	for _, key := range []string{
		"flag.date-missing", "flag.date-future", "flag.date-old", "flag.truncated", "flag.summary", "kind.news", "kind.government", "kind.social", "kind.survey",
		"advice.permanent", "advice.retry-after", "advice.rate-limited", "advice.unauthorised", "advice.bad-input",
	} {
		if en[key] == "" {
			t.Errorf("no text for %q", key)
		}
	}
	for _, code := range correctLanguages() {
		if en["language."+code] == "" {
			t.Errorf("no name for the language %s", code)
		}
	}
	for _, c := range periods {
		for _, prefix := range []string{"period.", "period.words."} {
			if en[prefix+c.name] == "" {
				t.Errorf("no text for %q", prefix+c.name)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := New(Options{})
	if err == nil {
		t.Fatal("a page of nothing was made")
	}
	for _, want := range []string{"no store", "no status", "minimum group of 0 posts and 0 sources"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}
