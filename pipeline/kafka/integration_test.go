//go:build integration

package kafka_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samleng/pipeline/kafka"
)

// TestApacheKafka runs the path of a post against Apache Kafka itself: topics, produce,
// a consumer that is replaced while it works, dead letters, and a broker killed with
// SIGKILL and started again. It needs Java 17 and Maven:
//
//	go test -tags integration -run ApacheKafka ./pipeline/kafka
func TestApacheKafka(t *testing.T) {
	for _, tool := range []string{"java", "mvn"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	broker := newApache(t)
	g := &rig{t: t, config: kafka.DefaultConfig(), log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	g.config.Brokers = []string{broker.addr}
	g.config.BatchInterval = 50 * time.Millisecond
	g.config.SessionTimeout = 6 * time.Second
	broker.start()
	if err := kafka.EnsureTopics(t.Context(), g.config, g.log); err != nil {
		t.Fatal(err)
	}
	p, store := g.producer(), newLedger()
	send := func(first, n int) {
		t.Helper()
		if err := p.Send(t.Context(), posts(first, n)); err != nil {
			t.Fatal(err)
		}
	}
	stored := func(n int) {
		t.Helper()
		eventually(t, "the posts are stored", func() bool { got, _ := store.count(); return got == n })
	}
	_, stopFirst := g.consume(store, p)
	send(0, 2_000)
	stored(2_000)

	_, stopSecond := g.consume(store, p)
	send(2_000, 1_000)
	stopFirst()
	send(3_000, 1_000)
	stored(4_000)

	broker.kill()
	sent := make(chan error, 1)
	go func() { sent <- p.Send(t.Context(), posts(4_000, 1_000)) }()
	eventually(t, "the producer waits", func() bool { return strings.Contains(p.Status().String(), "waiting for Kafka") })
	broker.start()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	stored(5_000)

	hostile := posts(5_000, 1)
	hostile[0].Title = "panic"
	if err := p.Send(t.Context(), hostile); err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is committed", func() bool { return g.lag(t) == 0 })
	stopSecond()
	if _, doubled := store.count(); doubled != 0 {
		t.Errorf("%d records were kept more than once", doubled)
	}
	if letters := g.read(t, "posts.dead", 1); header(letters[0], "class") != "permanent" {
		t.Errorf("dead letter %v", letters[0].Headers)
	}
}

// apache is one Apache Kafka broker that is its own controller.
type apache struct {
	t          *testing.T
	addr       string
	jars       string
	properties string
	process    *exec.Cmd
}

func newApache(t *testing.T) *apache {
	t.Helper()
	a := &apache{t: t, jars: filepath.Join(t.TempDir(), "jars")}
	run(t, "mvn", "-q", "-B", "-f", filepath.Join("testdata", "broker", "pom.xml"),
		"dependency:copy-dependencies", "-DoutputDirectory="+a.jars)
	data, controller := filepath.Join(t.TempDir(), "data"), free(t)
	a.addr = free(t)
	a.properties = filepath.Join(t.TempDir(), "server.properties")
	text := fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@%[2]s
listeners=PLAINTEXT://%[1]s,CONTROLLER://%[2]s
advertised.listeners=PLAINTEXT://%[1]s
controller.listener.names=CONTROLLER
log.dirs=%[3]s
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
`, a.addr, controller, data)
	if err := os.WriteFile(a.properties, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "java", "-cp", filepath.Join(a.jars, "*"), "kafka.tools.StorageTool",
		"format", "-t", "c2FtbGVuZ3Rlc3RjbHVzdA", "-c", a.properties)
	t.Cleanup(a.kill)
	return a
}

func (a *apache) start() {
	a.t.Helper()
	a.process = exec.Command("java", "-Xmx400m", "-cp", filepath.Join(a.jars, "*"), "kafka.Kafka", a.properties)
	if err := a.process.Start(); err != nil {
		a.t.Fatal(err)
	}
}

func (a *apache) kill() {
	if a.process != nil {
		_ = a.process.Process.Kill()
		_ = a.process.Wait()
		a.process = nil
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	var output bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, output.String())
	}
}

// free finds an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
