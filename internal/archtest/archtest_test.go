package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "samleng"

// rooms are the top-level folders that never import one another: they meet in internal/app.
var rooms = []string{"collectors", "pipeline", "classifiers", "storage", "alerts", "dashboards", "configs"}

// within lists the arrows allowed inside a room beside a child's to its room's own package.
// A key ending in /... stands for every package below it.
var within = map[string][]string{
	"classifiers":         {"classifiers/internal/slab", "classifiers/khmer", "classifiers/phrase", "classifiers/language", "classifiers/topic", "classifiers/sentiment", "classifiers/place"},
	"classifiers/...":     {"classifiers/khmer", "classifiers/romanise", "classifiers/phrase", "classifiers/model", "classifiers/internal/frequent", "classifiers/internal/slab"},
	"alerts/...":          {"alerts/calendar", "alerts/endpoint"},
	"alerts/watch":        {"alerts/calendar", "alerts/rule", "alerts/spike"},
	"alerts/all":          {"alerts/telegram", "alerts/slack", "alerts/mail", "alerts/webhook", "alerts/shoutrrr"},
	"collectors":          {"collectors/fetch", "collectors/mask"},
	"collectors/...":      {"collectors/fetch", "collectors/mask", "collectors/date", "collectors/plaintext"},
	"collectors/all":      {"collectors/feed", "collectors/site"},
	"collectors/importer": {"collectors/feed", "collectors/site"},
}

// vendors names the only package that may import each library, so that leaving a library
// is a change in one folder.
var vendors = map[string][]string{
	"github.com/segmentio/kafka-go":              {"pipeline/kafka"},
	"github.com/twmb/franz-go":                   {"pipeline/embedded"},
	"github.com/ClickHouse/clickhouse-go":        {"storage/clickhouse"},
	"github.com/ClickHouse/clickhouse-go/v2/lib": {"storage/embedded", "storage/clickhouse"},
	"github.com/pressly/goose":                   {"storage/clickhouse"},
	"github.com/ebitengine/purego":               {"storage/embedded"},
	"github.com/pemistahl/lingua-go":             {"classifiers/language"},
	"github.com/gocolly/colly":                   {"collectors/site"},
	"github.com/markusmobius/go-trafilatura":     {"collectors/site"},
	"github.com/mmcdole/gofeed":                  {"collectors/feed"},
	"github.com/temoto/robotstxt":                {"collectors/fetch"},
	"github.com/wneessen/go-mail":                {"alerts/mail"},
	"github.com/nicholas-fedor/shoutrrr":         {"alerts/shoutrrr"},
	"go.yaml.in/yaml":                            {"internal/config"},
	"github.com/urfave/cli":                      {"cmd/samleng"},
	"github.com/kljensen/snowball":               {"classifiers/topic"},
	"golang.org/x/image":                         {"alerts/card"},
}

type listed struct {
	ImportPath string
	Doc        string
	Imports    []string
	GoFiles    []string
	Standard   bool
}

// packages lists every package of the module that has non-test Go files.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,GoFiles,Standard", "./...")
	cmd.Dir = filepath.Join("..", "..")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages: the rules below would hold of nothing", len(all))
	}
	return all
}

func TestImportDirections(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from := relative(p.ImportPath)
		for _, path := range p.Imports {
			if !ours(path) {
				if from == "" && strings.Contains(path, ".") {
					t.Errorf("package samleng imports %s: the domain knows the standard library only", path)
				}
				continue
			}
			if to := relative(path); !allowed(from, to) {
				t.Errorf("%s imports %s: arrows point inward, and siblings meet in internal/app", p.ImportPath, path)
			}
		}
	}
}

func TestOneImporterPerLibrary(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, p := range packages(t) {
		for _, path := range p.Imports {
			library := libraryOf(path)
			if library == "" {
				continue
			}
			used[library] = true
			if from := relative(p.ImportPath); !slices.Contains(vendors[library], from) {
				t.Errorf("%s imports %s: only %v may", p.ImportPath, path, vendors[library])
			}
		}
	}
	for library := range vendors {
		if !used[library] {
			t.Errorf("no package imports %s: take it off the list", library)
		}
	}
}

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if len(p.Doc) < 40 {
			t.Errorf("%s: the package comment is missing or says nothing: %q", p.ImportPath, p.Doc)
		}
	}
}

// allowed reports whether package from may import package to, both relative to the module.
func allowed(from, to string) bool {
	switch {
	case strings.HasPrefix(from, "cmd/"):
		return true
	case from == "internal/app" || from == "internal/config":
		return !strings.HasPrefix(to, "cmd/")
	case to == "":
		return true
	case from == "":
		return false
	}
	room, _, _ := strings.Cut(from, "/")
	target, _, _ := strings.Cut(to, "/")
	if !slices.Contains(rooms, room) || room != target {
		return false
	}
	if strings.HasPrefix(from, to+"/") || (from != room && strings.HasPrefix(to, from+"/")) {
		return true // a child its parents, a part its own parts
	}
	if slices.Contains(within[from], to) {
		return true
	}
	return from != room && slices.Contains(within[room+"/..."], to)
}

// libraryOf gives the longest entry of vendors that path lies under, or "".
func libraryOf(path string) string {
	best := ""
	for library := range vendors {
		if (path == library || strings.HasPrefix(path, library+"/")) && len(library) > len(best) {
			best = library
		}
	}
	return best
}

func ours(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

func relative(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}
