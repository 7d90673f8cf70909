package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"samleng"
	"samleng/alerts/rule"
)

// example is the commented samleng.yaml.
func example(t *testing.T) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "configs", "samleng.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestExampleShowsTheDefaults(t *testing.T) {
	t.Parallel()
	var got Settings
	if err := decodeUnchecked(example(t), &got); err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Kafka.Brokers, want.Page.Hosts = []string{}, []string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configs/samleng.yaml (+) and the defaults (-) differ:\n%s", diff)
	}
}

// decodeUnchecked overlays without asking the components.
func decodeUnchecked(body []byte, into *Settings) error {
	d := decoder{file: "samleng.yaml", lines: map[string]int{}}
	var document yaml.Node
	if err := yaml.Unmarshal(body, &document); err != nil {
		return err
	}
	d.overlay(document.Content[0], reflect.ValueOf(into).Elem(), "")
	return d.err()
}

func TestExampleNamesEveryKey(t *testing.T) {
	t.Parallel()
	var keys map[string]any
	if err := yaml.Unmarshal(example(t), &keys); err != nil {
		t.Fatal(err)
	}
	missing(t, reflect.TypeFor[Settings](), keys, "")
}

func missing(t *testing.T, part reflect.Type, example map[string]any, path string) {
	t.Helper()
	for name, index := range fields(part) {
		value, ok := example[name]
		if !ok {
			t.Errorf("configs/samleng.yaml lacks %s", join(path, name))
			continue
		}
		if f := part.FieldByIndex(index).Type; f.Kind() == reflect.Struct && !isText(f) {
			inner, ok := value.(map[string]any)
			if !ok {
				t.Errorf("%s is not a block", join(path, name))
				continue
			}
			missing(t, f, inner, join(path, name))
		}
	}
}

// TestEveryShippedFileLoads loads each YAML file under configs by what it is; a new file
// must be given its loader here.
func TestEveryShippedFileLoads(t *testing.T) {
	t.Parallel()
	loaders := map[string]func(string) error{
		"samleng.yaml":         func(f string) error { _, err := Load(f); return err },
		"compose-samleng.yaml": func(f string) error { _, err := Load(f); return err },
		"sources.yaml":         func(f string) error { _, err := Sources(f); return err },
		"alerts.yaml":          func(f string) error { _, err := LoadAlerts(f, &rule.Known{}); return err },
		"topics.yaml":          func(f string) error { _, err := Topics(f); return err },
		"compose.yaml":         wellFormed,
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "configs", "*.yaml"))
	if err != nil || len(files) < len(loaders) {
		t.Fatalf("%d files found: %v", len(files), err)
	}
	for _, file := range files {
		load := loaders[filepath.Base(file)]
		if load == nil {
			t.Errorf("no loader for %s", file)
			continue
		}
		if err := load(file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// wellFormed is for files that belong to other programs.
func wellFormed(file string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var content map[string]any
	return yaml.Unmarshal(body, &content)
}

func TestShippedTopics(t *testing.T) {
	t.Parallel()
	topics, err := Topics("")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"public-order", "land", "roads-traffic", "water-electricity", "prices-markets", "jobs-labour", "public-services", "health", "education",
		"social-protection", "economy-business", "agriculture", "environment", "disasters", "governance-corruption", "elections-parties",
		"border-diplomacy", "technology-digital", "culture-sport", "migration",
	}
	var got []string
	for _, d := range topics {
		got = append(got, d.ID)
		if km, en := len(d.Terms.Khmer), len(d.Terms.English); km < 15 || en < 15 {
			t.Errorf("%s has %d Khmer and %d English terms, at least 15 each are promised", d.ID, km, en)
		}
		if len(d.Terms.Romanised)+len(d.Weak.Romanised) == 0 {
			t.Errorf("%s has no romanised terms", d.ID)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestShippedSources(t *testing.T) {
	t.Parallel()
	sources, err := Sources("")
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 10 {
		t.Errorf("only %d sources", len(sources))
	}
	for _, s := range sources {
		if s.Local || s.Kind == samleng.KindSocial || !strings.HasPrefix(s.URL, "https://") || s.Language == "" {
			t.Errorf("source %s: local %v, kind %s, url %s, language %q", s.ID, s.Local, s.Kind, s.URL, s.Language)
		}
	}
}

var recipe = regexp.MustCompile("(?s)<!-- test: (source|topic) -->\n```yaml\n(.*?)```")

// TestRecipesInContributing loads what CONTRIBUTING.md tells people to write.
func TestRecipesInContributing(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, m := range recipe.FindAllStringSubmatch(string(text), -1) {
		file := filepath.Join(t.TempDir(), "recipe.yaml")
		if err := os.WriteFile(file, []byte(m[2]), 0o600); err != nil {
			t.Fatal(err)
		}
		found[m[1]] = true
		switch m[1] {
		case "source":
			if s, err := Sources(file); err != nil || len(s) != 1 {
				t.Errorf("source: %d, %v", len(s), err)
			}
		case "topic":
			if d, err := Topics(file); err != nil || len(d) != 1 {
				t.Errorf("topic: %d, %v", len(d), err)
			}
		}
	}
	if !found["source"] || !found["topic"] {
		t.Errorf("CONTRIBUTING.md has the recipes %v", found)
	}
}

func TestFilesAreRelativeToTheConfiguration(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "samleng.yaml")
	if err := os.WriteFile(file, []byte("sources: my/sources.yaml\ntopics: /etc/topics.yaml\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if s.SourcesFile != filepath.Join(folder, "my", "sources.yaml") || s.TopicsFile != "/etc/topics.yaml" {
		t.Errorf("sources %s, topics %s", s.SourcesFile, s.TopicsFile)
	}
}
