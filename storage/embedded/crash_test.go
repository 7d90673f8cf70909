package embedded

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// childVariable makes the test binary a server on the folder it names.
const childVariable = "SAMLENG_TEST_EMBEDDED_DIR"

// childMain serves until it is killed, and prints its address.
func childMain(dir string) {
	library, err := Locate("")
	if err == nil {
		var s *Server
		if s, err = Start(context.Background(), Options{Library: library, Dir: dir, Listen: "127.0.0.1:0", Drain: 100 * time.Millisecond}); err == nil {
			fmt.Println(s.Addr())
			_, _ = io.Copy(io.Discard, os.Stdin) // until the parent ends
			err = s.Close()
		}
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// child starts a server in another process.
func child(t *testing.T, dir string) (cmd *exec.Cmd, address string) {
	t.Helper()
	cmd, address, _ = childWithInput(t, dir)
	return cmd, address
}

// childWithInput is child with the input whose end closes the server.
func childWithInput(t *testing.T, dir string) (*exec.Cmd, string, io.Closer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line), stdin
}

func send(address, statement string) (string, error) {
	response, err := http.Post("http://"+address+"/", "text/plain", strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", b)
	}
	return string(b), err
}

func TestKilledWhileInserting(t *testing.T) {
	server(t)
	dir := t.TempDir()
	acknowledged := 0
	for round := range 4 {
		cmd, address := child(t, dir)
		if strings.HasPrefix(address, "error") {
			t.Fatal(address)
		}
		if _, err := send(address, "CREATE TABLE IF NOT EXISTS t (i UInt64, s String) ENGINE = MergeTree ORDER BY i"); err != nil {
			t.Fatal(err)
		}
		got, err := send(address, "CHECK TABLE t")
		for _, part := range lines(got) { // name of a part, whether it is sound, why not
			if !strings.Contains(part, "\t1\t") {
				t.Errorf("round %d: CHECK TABLE says %q", round, part)
			}
		}
		if err != nil || (got == "") != (acknowledged == 0) {
			t.Fatalf("round %d: CHECK TABLE gives %q, %v", round, got, err)
		}
		if got, err = send(address, "SELECT count() FROM system.detached_parts"); err != nil || got != "0\n" {
			t.Fatalf("round %d: detached parts: %q, %v", round, got, err)
		}
		var rows int
		if got, err = send(address, "SELECT count() FROM t"); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(got, &rows); err != nil || rows < acknowledged || rows > acknowledged+1000 {
			t.Fatalf("round %d: %d rows, acknowledged %d, %v", round, rows, acknowledged, err)
		}
		acknowledged = rows
		if round == 0 {
			if _, again := child(t, dir); !strings.Contains(again, "open in another process") {
				t.Errorf("a second process on the folder says %q", again)
			}
		}
		for i := 0; ; i++ {
			if i == 10+round*7 {
				go func() { _ = cmd.Process.Kill() }() // at some moment of the next inserts
			}
			if _, err := send(address, "INSERT INTO t SELECT number, repeat('ក', 100) FROM numbers(1000)"); err != nil {
				break
			}
			acknowledged += 1000
		}
		_ = cmd.Wait()
	}
}

func TestCloseCancelsWhatRuns(t *testing.T) {
	server(t)
	cmd, address, input := childWithInput(t, t.TempDir())
	done := make(chan error, 1)
	go func() {
		_, err := send(address, "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 7")
		done <- err
	}()
	waitFor(t, func() bool {
		got, err := send(address, "SELECT count() FROM system.processes WHERE query LIKE '%(number) = 7'")
		if err != nil {
			t.Fatal(err)
		}
		return got == "1\n"
	})
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("closing ends with %v", err)
	}
	if err := <-done; err == nil {
		t.Error("the statement ended well")
	}
}

func TestCleanEnd(t *testing.T) {
	server(t)
	cmd, address := child(t, t.TempDir())
	if _, err := send(address, "SELECT 1"); err != nil {
		t.Fatal(err)
	}
	// Go's own handling of signals must still work: the library would swallow it.
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "interrupt") {
		t.Errorf("an interrupted process ends with %v", err)
	}
}
