package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Variable names the environment variable that says where the engine library is.
const Variable = "SAMLENG_ENGINE"

// mend is how a newcomer gets the library.
const mend = "install it with `make engine`"

// Locate finds the engine library: at explicit, else where $SAMLENG_ENGINE says, else beside
// the executable (or in ../lib), else in a node_modules folder of the working directory, the
// executable's directory or any directory above the two. It checks that the file is a library
// for this system. Its errors are one sentence that names the command that mends it.
func Locate(explicit string) (string, error) {
	executable, err := os.Executable()
	if err != nil {
		executable = ""
	}
	if resolved, err := filepath.EvalSymlinks(executable); err == nil {
		executable = resolved
	}
	wd, err := os.Getwd()
	if err != nil {
		wd = ""
	}
	return locate(explicit, os.Getenv(Variable), executable, wd)
}

func locate(explicit, variable, executable, wd string) (string, error) {
	for _, asked := range []string{explicit, variable} {
		if asked == "" {
			continue
		}
		if err := checkLibrary(asked, runtime.GOOS, runtime.GOARCH); err != nil {
			return "", err
		}
		return asked, nil
	}
	for _, path := range candidates(executable, wd) {
		err := checkLibrary(path, runtime.GOOS, runtime.GOARCH)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		return path, nil
	}
	return "", fmt.Errorf("the ClickHouse engine library for %s/%s is not installed: %s", runtime.GOOS, runtime.GOARCH, mend)
}

// candidates lists the places to look at, best first.
func candidates(executable, wd string) []string {
	name, pkg := "libchdb.so", "lib-linux-"+npmArch(runtime.GOARCH)+"-gnu"
	if runtime.GOOS == "darwin" {
		name, pkg = "libchdb.dylib", "lib-darwin-"+npmArch(runtime.GOARCH)
	}
	var all []string
	starts := []string{wd}
	if executable != "" {
		dir := filepath.Dir(executable)
		// The npm package for macOS also calls its library libchdb.so.
		for _, n := range []string{name, "libchdb.so"} {
			all = append(all, filepath.Join(dir, n), filepath.Join(dir, "..", "lib", n))
		}
		starts = append(starts, dir)
	}
	for _, dir := range starts {
		for dir != "" {
			for _, n := range []string{name, "libchdb.so"} {
				all = append(all, filepath.Join(dir, "node_modules", "@chdb", pkg, n))
			}
			parent := filepath.Dir(dir)
			if parent == dir {
				break
			}
			dir = parent
		}
	}
	return all
}

// npmArch is how npm calls a Go architecture.
func npmArch(goarch string) string {
	if goarch == "amd64" {
		return "x64"
	}
	return goarch
}

// checkLibrary reads the head of the file and says whether it is a shared library for the
// system, before the dynamic loader sees it: the loader's own errors help nobody.
func checkLibrary(path, goos, goarch string) error {
	f, err := os.Open(path) //nolint:gosec // a path that the user or the program names
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no ClickHouse engine library at %s: %s: %w", path, mend, fs.ErrNotExist)
	}
	if err != nil {
		return fmt.Errorf("the ClickHouse engine library cannot be read: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	head := make([]byte, 20)
	if _, err := io.ReadFull(f, head); err != nil {
		return fmt.Errorf("%s is no shared library: %s again", path, mend)
	}
	system, arch := platformOf(head)
	if system == "" {
		return fmt.Errorf("%s is no shared library: %s again", path, mend)
	}
	if system != goos || arch != goarch {
		return fmt.Errorf("the ClickHouse engine library at %s is for %s/%s and this machine is %s/%s: %s here", path, system, arch, goos, goarch, mend)
	}
	return nil
}

// platformOf reads the head of an ELF or Mach-O file in Go's names; system is empty for
// anything else. Field offsets and machine numbers are those of elf.h and mach/machine.h.
func platformOf(head []byte) (system, arch string) {
	switch {
	case bytes.HasPrefix(head, []byte("\x7fELF")):
		system = "linux"
		switch binary.LittleEndian.Uint16(head[18:]) {
		case 62:
			arch = "amd64"
		case 183:
			arch = "arm64"
		default:
			arch = "another processor"
		}
	case binary.LittleEndian.Uint32(head) == 0xfeedfacf: // 64-bit Mach-O
		system = "darwin"
		switch binary.LittleEndian.Uint32(head[4:]) {
		case 0x01000007:
			arch = "amd64"
		case 0x0100000c:
			arch = "arm64"
		default:
			arch = "another processor"
		}
	}
	return system, arch
}
