package all_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"samleng/alerts"
	"samleng/alerts/all"
	"samleng/alerts/mail"
	"samleng/alerts/telegram"
)

// Every package beneath alerts whose Config opens an alerts.Channel is in the list under the name
// of its folder, and nothing else is.
func TestEveryKindIsListed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for f := range reflect.TypeFor[all.Channel]().Fields() {
		if f.Type.Implements(reflect.TypeFor[alerts.Settings]()) {
			listed[f.Tag.Get("yaml")] = true
		}
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "all" || !opensChannels(t, filepath.Join("..", e.Name())) {
			continue
		}
		if !listed[e.Name()] {
			t.Errorf("alerts/%s is not in Channel: add its line", e.Name())
		}
		delete(listed, e.Name())
	}
	for name := range listed {
		t.Errorf("Channel names %q, but the Config of alerts/%s opens no channel", name, name)
	}
}

// opensChannels reports whether the package in a folder has
// func (*Config) Open(alerts.Deps) (alerts.Channel, error).
func opensChannels(t *testing.T, folder string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Open" || f.Type.Results == nil {
				continue
			}
			if s, ok := f.Type.Results.List[0].Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Channel" {
				return true
			}
		}
	}
	return false
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]all.Channel{
		"":                         {ID: "team", Telegram: &telegram.Config{}},
		"id: \"The Team\"":         {ID: "The Team", Telegram: &telegram.Config{}},
		"language: \"fr\"":         {ID: "team", Language: "fr", Telegram: &telegram.Config{}},
		"says not what kind it is": {ID: "team"},
		"mail: a channel is of on": {ID: "team", Telegram: &telegram.Config{}, Mail: &mail.Config{}},
	} {
		err := c.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	c := all.Channel{ID: "team", Telegram: &telegram.Config{Token: "123456:AAAAAAAAAAAAAAAAAAAA", Chat: "-100123"}}
	if c.Kind() != "telegram" || c.Speaks() != all.Both {
		t.Errorf("kind %q, language %q", c.Kind(), c.Speaks())
	}
	opened, err := c.Open(alerts.Deps{})
	if err != nil || opened.Traits().Format != alerts.FormatTelegram {
		t.Errorf("opened %v, %v", opened, err)
	}
	c.Telegram = &telegram.Config{TokenFile: filepath.Join(t.TempDir(), "none"), Chat: "-100123"}
	if _, err := c.Open(alerts.Deps{}); err == nil || !strings.Contains(err.Error(), "channel team: telegram: token:") {
		t.Errorf("gives %v", err)
	}
}
