package embedded

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// elf makes the head of a library for the machine of that number (see elf.h).
func elf(machine uint16) []byte {
	b := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57)...)
	binary.LittleEndian.PutUint16(b[18:], machine)
	return b
}

// machO makes the head of a library for macOS.
func machO(cpu uint32) []byte {
	b := make([]byte, 64)
	binary.LittleEndian.PutUint32(b, 0xfeedfacf)
	binary.LittleEndian.PutUint32(b[4:], cpu)
	return b
}

func TestCheckLibrary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		head         []byte
		goos, goarch string
		want         string
	}{
		{"right", elf(62), "linux", "amd64", ""},
		{"right on arm", elf(183), "linux", "arm64", ""},
		{"right on a Mac", machO(0x0100000c), "darwin", "arm64", ""},
		{"other processor", elf(183), "linux", "amd64", "is for linux/arm64 and this machine is linux/amd64: install it with `make engine`"},
		{"other system", machO(0x01000007), "linux", "amd64", "is for darwin/amd64 and this machine is linux/amd64"},
		{"strange processor", elf(8), "linux", "amd64", "another processor"},
		{"text", []byte(strings.Repeat("version https://git-lfs\n", 10)), "linux", "amd64", "is no shared library: install it with `make engine` again"},
		{"cut off", []byte("\x7fELF"), "linux", "amd64", "is no shared library"},
	} {
		path := filepath.Join(t.TempDir(), "libchdb.so")
		if err := os.WriteFile(path, c.head, 0o600); err != nil {
			t.Fatal(err)
		}
		err := checkLibrary(path, c.goos, c.goarch)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	machine := map[string][]byte{"linux/amd64": elf(62), "linux/arm64": elf(183), "darwin/amd64": machO(0x01000007), "darwin/arm64": machO(0x0100000c)}[runtime.GOOS+"/"+runtime.GOARCH]
	if machine == nil {
		t.Skip("there is no engine for " + runtime.GOOS + "/" + runtime.GOARCH)
	}
	root := t.TempDir()
	put := func(path string) string {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, machine, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wd, executable := filepath.Join(root, "project", "deep", "er"), filepath.Join(root, "opt", "bin", "samleng")
	find := func(explicit, variable, want string) {
		t.Helper()
		got, err := locate(explicit, variable, executable, wd)
		if err != nil || got != want {
			t.Errorf("found %q, %v; want %q", got, err, want)
		}
	}
	if _, err := locate("", "", executable, wd); err == nil || !strings.HasSuffix(err.Error(), "is not installed: install it with `make engine`") {
		t.Errorf("nowhere: %v", err)
	}
	module := filepath.Join("node_modules", "@chdb", filepath.Base(filepath.Dir(candidates("", root)[0])))
	find("", "", put(filepath.Join("project", module, "libchdb.so")))
	find("", "", put(filepath.Join("opt", "lib", "libchdb.so")))
	find("", "", put(filepath.Join("opt", "bin", "libchdb.so")))
	named, set := put("named.so"), put("set.so")
	find("", set, set)
	find(named, set, named)
	if _, err := locate(filepath.Join(root, "gone.so"), set, executable, wd); err == nil || !strings.Contains(err.Error(), "gone.so") {
		t.Errorf("an explicit path that is wrong: %v", err)
	}
}

func TestStartRefuses(t *testing.T) {
	s := server(t)
	library, err := Locate("")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // a test
	for _, c := range []struct {
		name string
		o    Options
		want string
	}{
		{"every address", Options{Dir: t.TempDir(), Listen: "0.0.0.0:0"}, "127.0.0.1 or ::1 only"},
		{"all addresses", Options{Dir: t.TempDir(), Listen: ":0"}, "127.0.0.1 or ::1 only"},
		{"no port", Options{Dir: t.TempDir(), Listen: "127.0.0.1"}, "host:port"},
		{"taken", Options{Dir: t.TempDir(), Listen: taken.Addr().String()}, "is taken by another program"},
		{"a file as a folder", Options{Dir: file, Listen: "127.0.0.1:0"}, "cannot be made"},
		{"the same folder", Options{Dir: s.options.Dir, Listen: "127.0.0.1:0"}, "is open in another process"},
		{"second store", Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"}, "open the store in"},
	} {
		c.o.Library = library
		second, err := Start(t.Context(), c.o)
		if err == nil {
			_ = second.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
