package embedded

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// The tests of this package share one server, because a process can hold one store open at a
// time, and use a database each. It is nil when the library is not installed.
var shared *Server

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		childMain(dir)
		return
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	flag.Parse()
	if f := flag.Lookup("test.fuzzworker"); f != nil && f.Value.String() == "true" {
		return m.Run() // what is fuzzed needs no engine
	}
	library, err := Locate("")
	if err != nil {
		fmt.Fprintln(os.Stderr, "without the engine:", err)
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "samleng-embedded-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
	shared, err = Start(context.Background(), Options{Library: library, Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if _, err := send(shared.Addr(), "CREATE TABLE kept ENGINE = MergeTree ORDER BY i AS SELECT 42 AS i"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := shared.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := reopen(library, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// reopen opens the store again in the same process after the tests, and reads what was there
// before them.
func reopen(library, dir string) error {
	s, err := Start(context.Background(), Options{Library: library, Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		return fmt.Errorf("reopen: %w", err)
	}
	defer s.Close() //nolint:errcheck // checked below
	got, err := send(s.Addr(), "SELECT i FROM kept")
	if err != nil || got != "42\n" {
		return fmt.Errorf("reopen: the table holds %q: %w", got, err)
	}
	return s.Close()
}

var databases atomic.Int64

// server gives the shared server, and skips the test without the library.
func server(t testing.TB) *Server {
	t.Helper()
	if shared == nil {
		t.Skip("the ClickHouse engine library is not installed: make engine")
	}
	return shared
}

// open gives a driver connection to a database of the test's own.
func open(t testing.TB, change func(*clickhouse.Options)) driver.Conn {
	t.Helper()
	s := server(t)
	name := fmt.Sprintf("test%d", databases.Add(1))
	if status, body := post(t, s, "", "CREATE DATABASE "+name); status != http.StatusOK {
		t.Fatal(body)
	}
	options, err := clickhouse.ParseDSN("http://" + s.Addr() + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	options.ReadTimeout = time.Minute
	if change != nil {
		change(options)
	}
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// post sends a statement as curl would, with parameters such as "a=1&b=2".
func post(t testing.TB, s *Server, parameters, body string) (status int, answer string) {
	t.Helper()
	response, err := http.Post("http://"+s.Addr()+"/?"+parameters, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, read(t, response)
}

func read(t testing.TB, response *http.Response) string {
	t.Helper()
	defer response.Body.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
