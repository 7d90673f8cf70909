package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// Options say how to open a store. Library and Dir are required.
type Options struct {
	Library string // path from Locate
	Dir     string // folder of the store; made when missing
	Listen  string // loopback "host:port", port 0 for any; empty for "127.0.0.1:8123"

	Database    string        // made when missing, and used where a request names none; empty for "samleng"
	MaxMemory   int64         // bytes the engine may use in all; 0 for 2 GiB
	Connections int           // statements that may run at once, others wait; 0 for 8
	MaxBody     int64         // bytes of one request, before and after decompression; 0 for 2 GiB
	Drain       time.Duration // how long Close lets statements run before it cancels them; 0 for 5 s
	Logger      *slog.Logger  // nil: nothing is logged
}

// DefaultListen is where ClickHouse's HTTP protocol is looked for.
const DefaultListen = "127.0.0.1:8123"

// cancelTime is how long closing waits for statements to end after it cancelled them.
const cancelTime = 2 * time.Second

// Server is an open store and its listener.
type Server struct {
	options  Options
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	served   chan struct{} // closed when the listener's goroutine has ended
	lock     *os.File
	pool     *pool
	guard    *guard
	version  string
	revision uint64
	server   *column.ServerContext

	adminMu sync.Mutex
	admin   *connection // kept for cancelling the statements of the others

	stop    context.CancelFunc // cancels what runs
	running context.Context
	closing sync.Once
	closed  error
}

// Start opens the store, and makes it when the folder is empty, and serves it until Close.
// Every error is one sentence for the person who started the program. The context bounds
// the start only.
func Start(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	if err := checkLoopback(o.Listen); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("start the embedded ClickHouse: %w", err)
	}
	s := &Server{options: o, log: o.Logger, served: make(chan struct{})}
	ok := false
	defer func() {
		if !ok {
			s.abandon()
		}
	}()
	var err error
	if s.lock, err = lockFolder(o.Dir); err != nil {
		return nil, err
	}
	if s.listener, err = listen(o.Listen); err != nil {
		return nil, err
	}
	if err = s.open(); err != nil {
		return nil, err
	}
	s.running, s.stop = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    1 << 20, // a whole query can stand in the URL
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return s.running },
	}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the embedded ClickHouse stopped listening", "err", err)
		}
	}()
	ok = true
	s.log.Info("embedded ClickHouse is open", "address", s.Addr(), "dir", o.Dir, "version", s.version)
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Database == "" {
		o.Database = "samleng"
	}
	if o.MaxMemory == 0 {
		o.MaxMemory = 2 << 30
	}
	if o.Connections == 0 {
		o.Connections = 8
	}
	if o.MaxBody == 0 {
		o.MaxBody = 2 << 30
	}
	if o.Drain == 0 {
		o.Drain = 5 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// open loads the library and makes the first connection, which stays the administrator's.
func (s *Server) open() error {
	lib, err := load(s.options.Library)
	if err != nil {
		return err
	}
	// A statement may take most of the memory, never all: then the engine itself would fail.
	base := map[string]string{
		"max_memory_usage":              strconv.FormatInt(s.options.MaxMemory/4*3, 10),
		"implicit_select":               "0", // "SELEC" is a fault, not an expression
		"allow_introspection_functions": "0",
		"async_insert":                  "0", // an insert that is answered is stored
		// The form of JSON and Dynamic columns that the driver reads.
		"output_format_native_use_flattened_dynamic_and_json_serialization": "1", //nolint:misspell // ClickHouse's name
	}
	args := []string{
		"clickhouse", "--path=" + filepath.Join(s.options.Dir, "store"),
		"--max_server_memory_usage=" + strconv.FormatInt(s.options.MaxMemory, 10),
	}
	for name, value := range base {
		args = append(args, "--"+name+"="+value)
	}
	open := func() (*connection, error) { return connect(lib, args) }
	if s.admin, err = open(); err != nil {
		return fmt.Errorf("open the store in %s: %w", s.options.Dir, err)
	}
	s.pool = newPool(s.options.Connections, base, open)
	return s.learn()
}

// learn asks the engine about itself and makes the database.
func (s *Server) learn() error {
	hello, err := s.admin.text("SELECT version() || '\\n' || toString(revision())", "TSVRaw")
	if err != nil {
		return fmt.Errorf("ask the engine for its version: %w", err)
	}
	var revision uint64
	if _, err := fmt.Sscan(hello, &s.version, &revision); err != nil {
		return fmt.Errorf("read the engine's version: %w", err)
	}
	s.revision = revision
	s.server = serverContext(revision, proto.ParseVersion(s.version))
	functions, err := s.admin.text("SELECT name FROM system.table_functions", "TSVRaw")
	if err != nil {
		return fmt.Errorf("ask the engine for its table functions: %w", err)
	}
	s.guard = newGuard(lines(functions))
	if err := s.admin.exec("CREATE DATABASE IF NOT EXISTS " + quoteName(s.options.Database) + " ENGINE = Atomic"); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return nil
}

// Addr is the host and port that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// DSN is what clickhouse-go opens to reach the server.
func (s *Server) DSN() string { return "http://" + s.Addr() + "/" + s.options.Database }

// Version is the engine's, such as "26.7.2.1".
func (s *Server) Version() string { return s.version }

// Close takes no more requests, waits for running statements as long as Options.Drain says,
// cancels those that are left and closes the store, within Drain and four seconds. It may be
// called more than once; later calls wait for the first and give its error.
func (s *Server) Close() error {
	s.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.options.Drain)
		defer cancel()
		err := s.http.Shutdown(ctx)
		s.stop()
		if err != nil {
			ctx, cancel := context.WithTimeout(context.Background(), cancelTime)
			defer cancel()
			if s.http.Shutdown(ctx) != nil {
				_ = s.http.Close()
			}
		}
		<-s.served
		ctx, cancel = context.WithTimeout(context.Background(), cancelTime)
		defer cancel()
		s.closed = s.pool.close(ctx)
		s.adminMu.Lock()
		s.admin.close()
		s.admin = nil
		s.adminMu.Unlock()
		_ = s.lock.Close()
		s.log.Info("embedded ClickHouse is closed")
	})
	return s.closed
}

// abandon undoes a start that did not succeed.
func (s *Server) abandon() {
	if s.admin != nil {
		s.admin.close()
	}
	if s.listener != nil {
		_ = s.listener.Close()
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
}

// kill cancels the statements that carry the tag.
func (s *Server) kill(tag string) {
	s.adminMu.Lock()
	defer s.adminMu.Unlock()
	if s.admin == nil {
		return
	}
	if err := s.admin.exec("KILL QUERY WHERE Settings['log_comment'] = " + quoteText(tag) + " ASYNC"); err != nil {
		s.log.Debug("a statement was not cancelled", "err", err)
	}
}

// checkLoopback refuses to listen where another machine could connect.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("the address %q of the embedded ClickHouse is not of the form host:port: %w", address, err)
	}
	if !loopbackHost(host) {
		return fmt.Errorf("the embedded ClickHouse has no passwords and listens on 127.0.0.1 or ::1 only, not on %q: use a ClickHouse server instead", host)
	}
	return nil
}

// loopbackHost reports whether host means this machine and nothing else.
func loopbackHost(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address) //nolint:noctx // binding does not wait
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is taken by another program: stop it, or choose another address for the embedded ClickHouse: %w", address, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// lockFolder makes the folder and keeps other processes out of it until the file is closed,
// which the end of the process does too.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder %s of the embedded ClickHouse cannot be made: %w", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the folder %s of the embedded ClickHouse cannot be written: %w", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil { //nolint:gosec // a descriptor fits
		_ = f.Close()
		return nil, fmt.Errorf("the store in %s is open in another process: stop that one first: %w", dir, err)
	}
	return f, nil
}
