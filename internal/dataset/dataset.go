// Package dataset finds the public data sets that some tests measure on. They are not part
// of the project: a test without them is skipped and says so. It owns the place, not what
// is in the files.
package dataset

import (
	"os"
	"path/filepath"
	"testing"
)

// Path gives the path of a file or folder of the data sets: in $SAMLENG_DATA, else in
// ../shared/data beside the folder of go.mod. The test is skipped where it is absent.
func Path(tb testing.TB, elements ...string) string {
	tb.Helper()
	root := os.Getenv("SAMLENG_DATA")
	if root == "" {
		root = filepath.Join(moduleFolder(tb), "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root}, elements...)...)
	if _, err := os.Stat(path); err != nil { //nolint:gosec // whoever runs the tests names the folder
		tb.Skipf("the data set %s is not here: set SAMLENG_DATA to the folder that holds it", filepath.Join(elements...))
	}
	return path
}

func moduleFolder(tb testing.TB) string {
	tb.Helper()
	folder, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		if folder == filepath.Dir(folder) {
			tb.Fatal("no go.mod above the test")
		}
		folder = filepath.Dir(folder)
	}
}
