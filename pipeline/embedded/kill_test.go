package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"samleng"
	"samleng/pipeline"
	"samleng/pipeline/kafka"
)

// The test binary is also the program that is killed: roleVariable says which part it plays.
const (
	roleVariable   = "SAMLENG_TEST_ROLE"   // "broker" or "worker"
	dirVariable    = "SAMLENG_TEST_DIR"    // of the broker
	addrVariable   = "SAMLENG_TEST_ADDR"   // of the broker
	storeVariable  = "SAMLENG_TEST_STORE"  // address of the store
	roundsVariable = "SAMLENG_TEST_ROUNDS" // how often to kill; default 8
)

// shortSession makes dead workers noticed soon.
const shortSession = time.Second

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "broker":
		brokerRole()
	case "worker":
		workerRole()
	default:
		goleak.VerifyTestMain(m)
	}
}

func brokerRole() {
	b, err := Start(context.Background(), Options{
		Dir: os.Getenv(dirVariable), Listen: os.Getenv(addrVariable), minSession: shortSession,
		Topics: []Topic{{Name: "posts", Partitions: 4, Group: "samleng-workers"}},
	})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(b.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
}

func workerRole() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	config := killConfig(os.Getenv(addrVariable))
	dead, err := kafka.NewProducer(kafka.ProducerOptions{Config: config, Logger: log})
	if err != nil {
		panic(err)
	}
	w, err := pipeline.NewWorker(pipeline.Options{
		Classifier: noLabels{}, Store: remoteStore(os.Getenv(storeVariable)), DeadLetters: dead, Logger: log,
	})
	if err != nil {
		panic(err)
	}
	c, err := kafka.NewConsumer(kafka.ConsumerOptions{Config: config, Handler: w, Logger: log})
	if err != nil {
		panic(err)
	}
	ctx, end := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end()
	}()
	if err := c.Run(ctx); err != nil {
		panic(err)
	}
}

func killConfig(addr string) kafka.Config {
	c := kafka.DefaultConfig()
	c.Brokers = []string{addr}
	c.SessionTimeout = shortSession
	c.BatchPosts, c.BatchInterval = 200, 20*time.Millisecond
	return c
}

type noLabels struct{}

func (noLabels) Classify(*samleng.Post) samleng.Analysis { return samleng.Analysis{} }

// batch is what travels from a worker to the store.
type batch struct {
	Token string
	Rows  []samleng.Row
}

// remoteStore sends rows to the store in the parent process.
type remoteStore string

func (s remoteStore) Insert(ctx context.Context, _, _, token string, rows []samleng.Row) error {
	body, err := json.Marshal(batch{token, rows})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, string(s), strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}

// countingStore keeps the rows of a token once and counts how often every row was kept. One
// insert in twenty is kept without an answer, one in twenty is refused before it is kept.
type countingStore struct {
	mu      sync.Mutex
	dice    *rand.Rand
	tokens  map[string]bool
	kept    map[string]int // partition/offset to the number of times
	posts   map[samleng.PostID]bool
	repeats int // inserts whose token was known
}

func (s *countingStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var b batch
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fate := s.dice.IntN(20)
	if fate == 0 {
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	if s.tokens[b.Token] {
		s.repeats++
	} else {
		s.tokens[b.Token] = true
		for _, row := range b.Rows {
			s.kept[strconv.Itoa(int(row.Partition))+"/"+strconv.FormatInt(row.Offset, 10)]++
			s.posts[row.Post.ID] = true
		}
	}
	if fate == 1 {
		panic(http.ErrAbortHandler) // kept, but the worker does not hear of it
	}
}

func (s *countingStore) stored() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.posts)
}

// child is a process that plays a role.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	first string // what it printed first
}

func start(t *testing.T, wantLine bool, env ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, stdin: stdin}
	t.Cleanup(c.kill)
	if wantLine {
		line, err := bufio.NewReader(stdout).ReadString('\n')
		c.first = strings.TrimSpace(line)
		if err != nil || strings.HasPrefix(c.first, "error:") {
			t.Fatalf("the child did not start: %s %v", c.first, err)
		}
	}
	return c
}

// kill is SIGKILL: the process gets no chance to put anything in order.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	_ = c.stdin.Close()
}

// TestKilledProcesses kills three workers and the broker again and again while posts are
// sent, and then counts: nothing lost, nothing doubled.
func TestKilledProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	rounds := 8
	if v := os.Getenv(roundsVariable); v != "" {
		var err error
		if rounds, err = strconv.Atoi(v); err != nil {
			t.Fatal(err)
		}
	}
	const seed = 7
	dice := rand.New(rand.NewPCG(seed, seed))
	store := &countingStore{
		dice:   rand.New(rand.NewPCG(seed, seed+1)),
		tokens: map[string]bool{}, kept: map[string]int{}, posts: map[samleng.PostID]bool{},
	}
	server := httptest.NewServer(store)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	defer server.Close()

	dir := t.TempDir()
	broker := start(t, true, roleVariable+"=broker", dirVariable+"="+dir, addrVariable+"=127.0.0.1:0")
	addr := broker.first
	config := killConfig(addr)
	log := slog.New(slog.DiscardHandler)
	if err := kafka.EnsureTopics(t.Context(), config, log); err != nil {
		t.Fatal(err)
	}
	producer, err := kafka.NewProducer(kafka.ProducerOptions{Config: config, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = producer.Close() }()

	newWorker := func() *child {
		return start(t, false, roleVariable+"=worker", addrVariable+"="+addr, storeVariable+"="+server.URL)
	}
	workers := []*child{newWorker(), newWorker(), newWorker()}

	sending, stopSending := context.WithCancel(t.Context())
	defer stopSending()
	acknowledged := make(chan int)
	go func() {
		n := 0
		for sending.Err() == nil {
			if err := producer.Send(t.Context(), numbered(n, 100)); err != nil {
				t.Error(err)
				break
			}
			n += 100
		}
		acknowledged <- n
	}()

	workerKills, brokerKills := 0, 0
	for round := range rounds {
		time.Sleep(time.Duration(100+dice.IntN(900)) * time.Millisecond)
		i := dice.IntN(len(workers))
		workers[i].kill()
		workerKills++
		if round%4 == 2 {
			broker.kill()
			brokerKills++
			time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond)
			broker = start(t, true, roleVariable+"=broker", dirVariable+"="+dir, addrVariable+"="+addr)
		}
		workers[i] = newWorker()
	}
	stopSending()
	sent := <-acknowledged
	for store.stored() < sent {
		select {
		case <-t.Context().Done():
			t.Fatalf("%d of %d posts are stored", store.stored(), sent)
		case <-time.After(20 * time.Millisecond):
		}
	}
	store.mu.Lock()
	defer store.mu.Unlock()
	for _, post := range numbered(0, sent) {
		if !store.posts[post.ID] {
			t.Errorf("post %s was acknowledged and is lost", post.ID)
		}
	}
	doubled := 0
	for _, times := range store.kept {
		if times > 1 {
			doubled++
		}
	}
	if doubled > 0 {
		t.Errorf("%d records were kept more than once", doubled)
	}
	t.Logf("%d posts, %d rows, %d worker kills, %d broker kills, %d repeated inserts, seed %d",
		sent, len(store.kept), workerKills, brokerKills, store.repeats, seed)
}

func numbered(first, n int) []samleng.Post {
	all := make([]samleng.Post, n)
	seen := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for i := range all {
		all[i] = samleng.Post{
			Schema: samleng.PostSchema, ID: samleng.NewPostID("test", strconv.Itoa(first+i)),
			Source: "test", Kind: samleng.KindNews, Title: "ព័ត៌មាន " + strconv.Itoa(first+i),
			Published: seen, SeenAt: seen,
		}
	}
	return all
}
