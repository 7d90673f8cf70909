package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	chproto "github.com/ClickHouse/ch-go/proto"
)

// ServeHTTP answers one request as a ClickHouse server would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := foreign(r); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	w.Header().Set("X-ClickHouse-Server-Display-Name", "samleng")
	w.Header().Set("X-ClickHouse-Timezone", "UTC")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodPost:
		http.Error(w, "only GET, HEAD and POST are answered here", http.StatusMethodNotAllowed)
	case r.URL.Path == "/ping", r.URL.Path == "/replicas_status",
		r.Method != http.MethodPost && r.URL.Path == "/" && !r.URL.Query().Has("query"):
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = io.WriteString(w, "Ok.\n")
	case r.URL.Path != "/" && r.URL.Path != "/"+s.options.Database:
		http.Error(w, "There is no handle "+r.URL.Path+"; queries go to /, and /ping answers Ok.", http.StatusNotFound)
	default:
		a := &answer{server: s, w: w, started: time.Now(), head: r.Method == http.MethodHead}
		if err := a.serve(r); err != nil {
			a.fail(err)
		}
	}
}

// foreign refuses what a web page could have sent: a page's scripts always carry an Origin
// when they post, and reach loopback under a name of their own (DNS rebinding) when they read.
func foreign(r *http.Request) error {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if !loopbackHost(strings.Trim(host, "[]")) {
		return fmt.Errorf("the embedded ClickHouse answers to localhost, 127.0.0.1 and ::1, not to %q", host)
	}
	if r.Header.Get("Origin") != "" {
		return errors.New("the embedded ClickHouse does not answer web pages")
	}
	return nil
}

// answer is one request on its way through the engine.
type answer struct {
	server  *Server
	w       http.ResponseWriter
	started time.Time
	head    bool
	begun   bool // the status is sent
	tag     string
}

// serve runs the request. An error has not been told to the client yet.
func (a *answer) serve(r *http.Request) error {
	q, err := parseRequest(r)
	if err != nil {
		return err
	}
	a.tag = rand.Text()
	if q.id == "" {
		q.id = a.tag
	}
	a.w.Header().Set("X-ClickHouse-Query-Id", q.id)
	body, err := requestBody(a.w, r, q.decompress, a.server.options.MaxBody)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // nothing is left to lose
	q.input = body
	if text := r.URL.Query().Get("query"); text != "" {
		q.input = io.MultiReader(strings.NewReader(text+"\n"), body)
	}
	st, rows, err := q.statement()
	if err != nil {
		return err
	}
	if err := a.server.guard.check(st, q.params); err != nil {
		return err
	}
	if q.database == "" || q.database == filesDatabase {
		q.database = a.server.options.Database
	}
	return a.run(r.Context(), q, st, rows)
}

// run gives the statement a connection and sees that it ends when the client goes away.
func (a *answer) run(ctx context.Context, q *request, st statement, rows io.Reader) error {
	c, err := a.server.pool.get(ctx)
	if err != nil {
		return err
	}
	sound := false
	defer func() { a.server.pool.put(c, sound) }()
	if rows == nil {
		if err := allowed(c, q, st); err != nil {
			sound = true
			return err
		}
	} else if q.readOnly {
		sound = true
		return errReadOnly
	}
	if _, own := q.settings["log_comment"]; !own {
		q.settings["log_comment"] = a.tag
		defer a.killWhenDone(ctx)()
	}
	if rows != nil && st.format == "Values" {
		// Expressions among the values would not have passed the guard.
		q.settings["input_format_values_interpret_expressions"] = "0"
	}
	if err = c.use(q.database, q.settings); err == nil {
		switch {
		case rows != nil:
			err = a.insert(c, q, st, rows)
		case streamable(q, st):
			err = a.stream(c, q, st)
		default:
			err = a.query(c, q, st)
		}
	}
	sound = c.reset(q.settings, a.server.pool.base) && !st.session()
	return err
}

// errReadOnly is what a server answers to a GET that would change something.
var errReadOnly = errors.New("Code: 164. DB::Exception: Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries. (READONLY)") //nolint:staticcheck // ClickHouse's wording

// allowed refuses several statements in one request, and changes where only reading is allowed.
func allowed(c *connection, q *request, st statement) error {
	if len(st.tokens) == 0 {
		return errors.New("Code: 62. DB::Exception: Empty query. (SYNTAX_ERROR)") //nolint:staticcheck // ClickHouse's wording
	}
	kind, n, err := c.classify(st.text)
	if err != nil {
		return err
	}
	if n > 1 {
		return errors.New("Code: 62. DB::Exception: Multi-statements are not allowed. (SYNTAX_ERROR)") //nolint:staticcheck // ClickHouse's wording
	}
	if q.readOnly && kind != readOnly && kind != unknown {
		return errReadOnly
	}
	return nil
}

// killWhenDone cancels the statement when ctx ends, again and again until the function it
// gives is called: a statement that has not begun yet cannot be cancelled.
func (a *answer) killWhenDone(ctx context.Context) func() {
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		for {
			a.server.kill(a.tag)
			select {
			case <-over:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	return func() {
		stop()
		close(over)
	}
}

// insert streams rows into the engine as they arrive.
func (a *answer) insert(c *connection, q *request, st statement, rows io.Reader) error {
	in, err := c.beginInsert(st.text, st.format, q.params)
	if err != nil {
		return err
	}
	defer in.close()
	// ReaderFrom and WriterTo would defeat the fixed buffer.
	_, err = io.CopyBuffer(struct{ io.Writer }{in}, struct{ io.Reader }{rows}, make([]byte, headSize))
	if err != nil && !errors.Is(err, errInsertEnded) {
		if _, ok := errors.AsType[*engineError](err); !ok {
			in.cancel()
			return fmt.Errorf("read rows: %w", err)
		}
	}
	done, doneErr := in.done()
	if doneErr != nil {
		return doneErr
	}
	if err != nil {
		return err
	}
	a.begin(q, st.format, done)
	return nil
}

// query runs a statement to its end and then answers.
func (a *answer) query(c *connection, q *request, st statement) error {
	res, err := c.run(st.text, q.format, q.params)
	if err != nil {
		return err
	}
	defer res.free()
	format := q.outputFormat(st)
	out := res.bytes()
	if format == "Native" && q.revision > 0 {
		buffer := &chproto.Buffer{}
		if len(out) == 0 {
			a.columns(c, q, st, buffer)
		} else if err := reencode(buffer, out, q.revision, a.server.server); err != nil {
			return err
		}
		out = buffer.Buf
	}
	a.begin(q, format, res.stats())
	w, err := a.writer(q)
	if err != nil {
		return err
	}
	if _, err := w.Write(out); err != nil {
		return nil //nolint:nilerr // the client is gone
	}
	_ = w.Close()
	return nil
}

// begin sends the status and the headers.
func (a *answer) begin(q *request, format string, st stats) {
	h := a.w.Header()
	h.Set("Content-Type", contentType(format))
	h.Set("X-ClickHouse-Format", format)
	h.Set("X-ClickHouse-Summary", fmt.Sprintf(
		`{"read_rows":"%d","read_bytes":"%d","written_rows":"%d","written_bytes":"%d","total_rows_to_read":"0","result_rows":"%d","result_bytes":"0","elapsed_ns":"%d"}`,
		st.readRows, st.readBytes, st.writtenRows, st.writtenBytes, st.resultRows, time.Since(a.started).Nanoseconds()))
	h.Set("X-ClickHouse-Exception-Tag", a.tag[:16])
	if q.encoding != "" {
		h.Set("Content-Encoding", q.encoding)
	}
	a.begun = true
	a.w.WriteHeader(http.StatusOK)
}

// writer encodes the answer as the client asked for. Close flushes it.
func (a *answer) writer(q *request) (io.WriteCloser, error) {
	if a.head {
		return nopCloser{io.Discard}, nil
	}
	encoded, err := responseWriter(a.w, q.encoding)
	if err != nil {
		return nil, fmt.Errorf("compress response: %w", err)
	}
	if q.compress == "" {
		return encoded, nil
	}
	return struct {
		io.Writer
		io.Closer
	}{newBlockWriter(encoded, q.compress), encoded}, nil
}

// fail answers with an error. When part of a result is out already, the error follows it in
// the frame that ClickHouse puts around it, and the connection is not used again.
func (a *answer) fail(err error) {
	text := exceptionText(err, a.server.version)
	if a.begun {
		frame := fmt.Sprintf("\r\n__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n", a.tag[:16], text, len(text)+1, a.tag[:16])
		_, _ = io.WriteString(a.w, frame) //nolint:gosec // plain text, and not for pages
		return
	}
	h := a.w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("X-ClickHouse-Exception-Code", strconv.Itoa(codeOf(text)))
	a.w.WriteHeader(statusOf(err))
	_, _ = io.WriteString(a.w, text+"\n") //nolint:gosec // plain text, and not for pages
}
