package all_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samleng/collectors/all"
)

// Every package beneath collectors that exports New is in the list under
// the name of its folder, and nothing else is.
func TestEveryCollectorIsListed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, e := range entries {
		if e.IsDir() && makesCollectors(t, filepath.Join("..", e.Name())) {
			found[e.Name()] = true
		}
	}
	kinds := all.Kinds()
	for name := range found {
		if kinds[name] == nil {
			t.Errorf("collectors/%s is not in Kinds: add its line", name)
		}
	}
	for name := range kinds {
		if !found[name] {
			t.Errorf("Kinds names %q, but collectors/%s exports no New", name, name)
		}
	}
}

// makesCollectors reports whether the package in a folder has
// func New(samleng.Source, collectors.Deps) (collectors.Collector, error), or a New that gives
// such a collectors.New.
func makesCollectors(t *testing.T, folder string) bool {
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
			if !ok || f.Recv != nil || f.Name.Name != "New" || f.Type.Results == nil {
				continue
			}
			if s, ok := f.Type.Results.List[0].Type.(*ast.SelectorExpr); ok && (s.Sel.Name == "Collector" || s.Sel.Name == "New") {
				return true
			}
		}
	}
	return false
}
