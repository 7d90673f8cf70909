package embedded

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// database makes a database for the test.
func database(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	if status, body := post(t, server(t), "", "CREATE DATABASE "+name); status != http.StatusOK {
		t.Fatal(body)
	}
	return name
}

func TestAsCurlAsks(t *testing.T) {
	t.Parallel()
	s := server(t)
	db := database(t)
	for _, c := range []struct {
		name, method, parameters, body string
		status                         int
		want                           string // the answer, or its beginning when it ends in "..."
	}{
		{"table", "POST", "", "CREATE TABLE t (i UInt32, s String) ENGINE = MergeTree ORDER BY i", 200, ""},
		{"values in the body", "POST", "", "INSERT INTO t VALUES (1, 'it''s'), (2, 'ក;(')", 200, ""},
		{"values with an end", "POST", "", "INSERT INTO t (i, s) VALUES (3, 'c');", 200, ""},
		{"rows in the body", "POST", "query=INSERT+INTO+t+FORMAT+JSONEachRow", `{"i": 4, "s": "d"}` + "\n" + `{"i": 5, "s": "e"}`, 200, ""},
		{"rows after the statement", "POST", "", "INSERT INTO t FORMAT CSV\n6,\"f\"\n7,\"g, h\"\n", 200, ""},
		{"rows after settings", "POST", "", "INSERT INTO t (i, s) SETTINGS max_threads = 1 FORMAT TabSeparated\n8\th\n", 200, ""},
		{"a table called like a keyword", "POST", "", "CREATE TABLE values (format UInt8) ENGINE = Memory", 200, ""},
		{"insert into it", "POST", "", "INSERT INTO values (format) VALUES (1)", 200, ""},
		{"insert from a query", "POST", "", "INSERT INTO t SELECT i + 100, s FROM t WHERE i = 1", 200, ""},
		{"default format", "POST", "", "SELECT i, s FROM t ORDER BY i", 200, "1\tit\\'s\n2\tក;(\n3\tc\n4\td\n5\te\n6\tf\n7\tg, h\n8\th\n101\tit\\'s\n"},
		{"query in the URL", "GET", "query=SELECT+count()+FROM+t", "", 200, "9\n"},
		{"half in the URL", "POST", "query=SELECT+1", "+ 1", 200, "2\n"},
		{"default_format", "GET", "default_format=CSV&query=SELECT+1,'a'", "", 200, "1,\"a\"\n"},
		{"FORMAT wins", "GET", "default_format=CSV&query=SELECT+1,'a'+FORMAT+JSONEachRow", "", 200, `{"1":1,"'a'":"a"}` + "\n"},
		{"pretty", "GET", "query=SELECT+1+AS+a+FORMAT+PrettyCompact", "", 200, "..."},
		{"parameter", "GET", "param_x=it%27s&query=SELECT+{x:String}", "", 200, "it\\'s\n"},
		{"setting", "GET", "max_threads=3&query=SELECT+getSetting('max_threads')", "", 200, "3\n"},
		{"comment", "POST", "", "-- SELECT 1; FORMAT x\nSELECT /* ' */ 2 # \n", 200, "2\n"},
		{"no query", "POST", "", "", 400, "Code: 62. DB::Exception: Empty query..."},
		{"syntax", "POST", "", "SELEC 1", 400, "Code: 62. DB::Exception: Syntax error..."},
		{"unknown table", "GET", "query=SELECT+*+FROM+nosuch", "", 404, "Code: 60. DB::Exception: ..."},
		{"unknown database", "GET", "database=nosuch&query=SELECT+1", "", 404, "Code: 81. DB::Exception: ..."},
		{"unknown setting", "GET", "nosuch=1&query=SELECT+1", "", 400, "Code: 115. DB::Exception: ..."},
		{"setting that is none", "GET", "a%3D1,b=1&query=SELECT+1", "", 400, "Code: 115. DB::Exception: ..."},
		{"bad rows", "POST", "query=INSERT+INTO+t+FORMAT+JSONEachRow", `{"i": "x"`, 400, "Code: ..."},
		{"two statements", "POST", "", "SELECT 1; SELECT 2", 400, "Code: 62. DB::Exception: Multi-statements..."},
		{"writing with GET", "GET", "query=DROP+TABLE+t", "", 403, "Code: 164. DB::Exception: ..."},
		{"inserting with GET", "GET", "query=INSERT+INTO+t+VALUES+(1,'')", "", 403, "Code: 164. DB::Exception: ..."},
		{"writing when readonly", "POST", "readonly=1", "DROP TABLE t", 403, "Code: 164. DB::Exception: ..."},
		{"session", "POST", "session_id=a", "SELECT 1", 501, "Code: 48. DB::Exception: ..."},
		{"USE does not stay", "POST", "", "USE system", 200, ""},
		{"in the database", "POST", "", "SELECT currentDatabase() = '" + db + "'", 200, "1\n"},
		{"failing late", "POST", "", "SELECT throwIf(number = 500000) FROM numbers(1000000) FORMAT Null", 500, "Code: 395. DB::Exception: ..."},
	} {
		request, err := http.NewRequest(c.method, "http://"+s.Addr()+"/?"+withDatabase(c.parameters, db), strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, response)
		start, open := strings.CutSuffix(c.want, "...")
		if response.StatusCode != c.status || open && !strings.HasPrefix(got, start) || !open && got != c.want {
			t.Errorf("%s: %d %q, want %d %q", c.name, response.StatusCode, got, c.status, c.want)
		}
		code := response.Header.Get("X-ClickHouse-Exception-Code")
		if (response.StatusCode == http.StatusOK) != (code == "") {
			t.Errorf("%s: exception code %q", c.name, code)
		}
	}
}

func withDatabase(parameters, db string) string {
	if strings.Contains(parameters, "database=") {
		return parameters
	}
	return strings.TrimPrefix(parameters+"&database="+db, "&")
}

func TestHeadersOfAnAnswer(t *testing.T) {
	t.Parallel()
	s := server(t)
	response, err := http.Get("http://" + s.Addr() + "/?query_id=mine&wait_end_of_query=1&query=" + url.QueryEscape("SELECT * FROM numbers(10) FORMAT JSON"))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Rows int }
	if err := json.Unmarshal([]byte(read(t, response)), &answer); err != nil || answer.Rows != 10 {
		t.Errorf("answer %+v, %v", answer, err)
	}
	for name, want := range map[string]string{
		"X-ClickHouse-Query-Id": "mine", "X-ClickHouse-Format": "JSON", "Content-Type": "application/json; charset=UTF-8",
		"X-ClickHouse-Server-Display-Name": "samleng", "X-ClickHouse-Timezone": "UTC",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	var summary map[string]string
	if err := json.Unmarshal([]byte(response.Header.Get("X-ClickHouse-Summary")), &summary); err != nil || summary["read_rows"] != "10" {
		t.Errorf("summary %v, %v", summary, err)
	}
	for _, path := range []string{"/ping", "/", "/replicas_status"} {
		response, err := http.Get("http://" + s.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, response); got != "Ok.\n" {
			t.Errorf("%s answers %q", path, got)
		}
	}
	response, err = http.Head("http://" + s.Addr() + "/?query=SELECT+1")
	if err != nil || response.StatusCode != http.StatusOK || read(t, response) != "" {
		t.Errorf("HEAD: %v, %v", response, err)
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	s := server(t)
	const rows = 300_000
	query := "/?enable_http_compression=1&query=" + url.QueryEscape(fmt.Sprintf("SELECT number FROM numbers(%d)", rows))
	var want strings.Builder
	for i := range rows {
		fmt.Fprintln(&want, i)
	}
	readers := map[string]func(io.Reader) (io.Reader, error){
		"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"deflate": func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
		"zstd":    func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
		"":        func(r io.Reader) (io.Reader, error) { return r, nil },
	}
	for encoding, reader := range readers {
		request, err := http.NewRequest(http.MethodGet, "http://"+s.Addr()+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", encoding+", x;q=0")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if got := response.Header.Get("Content-Encoding"); got != encoding {
			t.Errorf("encoding is %q, want %q", got, encoding)
		}
		plain, err := reader(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(plain)
		_ = response.Body.Close()
		if err != nil || string(got) != want.String() {
			t.Errorf("%s: %d bytes, %v; want %d", encoding, len(got), err, want.Len())
		}
	}
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	_, _ = z.Write([]byte("SELECT 7"))
	_ = z.Close()
	request, err := http.NewRequest(http.MethodPost, "http://"+s.Addr()+"/", &body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Encoding", "gzip")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, response); got != "7\n" {
		t.Errorf("a compressed statement gives %q", got)
	}
}

func TestAnErrorAfterTheFirstRows(t *testing.T) {
	t.Parallel()
	_, got := post(t, server(t), "max_threads=1&max_block_size=1000", "SELECT throwIf(number = 900000, 'too late') FROM numbers(1000000)")
	if !strings.HasPrefix(got, "0\n0\n") || !strings.Contains(got, "\r\n__exception__\r\n") || !strings.Contains(got, "too late") {
		t.Errorf("the answer ends in %q", got[max(0, len(got)-300):])
	}
}

func TestWebPagesAreRefused(t *testing.T) {
	t.Parallel()
	s := server(t)
	for _, c := range []struct {
		host, origin string
		status       int
	}{
		{"", "", 200},
		{"localhost", "", 200},
		{"LOCALHOST.evil.example:8123", "", 403},
		{"evil.example", "", 403},
		{"127.0.0.1.evil.example", "", 403},
		{"[::1]:8123", "", 200},
		{"", "http://localhost:3000", 403},
		{"", "null", 403},
	} {
		request, err := http.NewRequest(http.MethodGet, "http://"+s.Addr()+"/?query=SELECT+1", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = c.host
		if c.origin != "" {
			request.Header.Set("Origin", c.origin)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = read(t, response)
		if response.StatusCode != c.status {
			t.Errorf("host %q, origin %q: %d, want %d", c.host, c.origin, response.StatusCode, c.status)
		}
	}
}

func TestNothingOutsideTheStore(t *testing.T) {
	t.Parallel()
	s := server(t)
	db := database(t)
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("tell-nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"SELECT * FROM file('%s', 'LineAsString')",
		"SELECT * FROM FiLe ( '%s', 'LineAsString')",
		"SELECT * FROM `file`('%s', 'LineAsString')",
		"SELECT * FROM \"file\"/**/('%s', 'LineAsString')",
		"SELECT file('%s')",
		"INSERT INTO x VALUES (file('%s'))",
		"SELECT * FROM '%s'",
		"SELECT * FROM `%s`",
		"SELECT 1 FROM system.one AS a, '%s' AS b",
		"SELECT 1 FROM system.one AS a, default.`%s` AS b",
		"SELECT * FROM default.`%s`",
		"SELECT * FROM `default` . \"%s\"",
		"USE default",
		"SELECT * FROM merge('default', '%s')",
		"SELECT * FROM loop(default, `%s`)",
		"CREATE TABLE y (s String) ENGINE = Buffer('default', '%s', 1, 1, 1, 1, 1, 1, 1)",
		"CREATE TABLE y AS default.`%s`",
		"DESCRIBE TABLE default.`%s`",
		"SELECT * FROM url('http://127.0.0.1:1/%s', 'LineAsString')",
		"SELECT * FROM s3('http://127.0.0.1:1/%s')",
		"SELECT * FROM remote('127.0.0.1:9000', system.one)",
		"SELECT * FROM executable('cat %s', 'LineAsString', 's String')",
		"SELECT * FROM sqlite('%s', 't')",
		"SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
		"INSERT INTO FUNCTION file('%s.out', 'CSV') SELECT 1",
		"SELECT 1 INTO OUTFILE '%s.out'",
		"INSERT INTO x FROM INFILE '%s' FORMAT CSV",
		"CREATE TABLE y (s String) ENGINE = File(CSV, '%s')",
		"CREATE TABLE y (s String) ENGINE File(CSV, '%s')",
		"CREATE TABLE y (s String) ENGINE = `File`(CSV, '%s')",
		"CREATE TABLE y (s String) ENGINE = URL('http://127.0.0.1:1/%s')",
		"CREATE DATABASE y ENGINE = Filesystem('%s')",
		"CREATE TABLE y (s String) ENGINE = MergeTree ORDER BY s SETTINGS disk = disk(type = local, path = '%s/')",
		"CREATE DICTIONARY y (s String) PRIMARY KEY s SOURCE(FILE(path '%s' format 'CSV')) LAYOUT(FLAT())",
		"BACKUP TABLE x TO File('%s.out')",
		"ATTACH TABLE y FROM '%s' (s String) ENGINE = MergeTree ORDER BY s",
		"EXPLAIN SELECT * FROM file('%s', 'LineAsString')",
		"CREATE VIEW y AS SELECT * FROM file('%s', 'LineAsString')",
		"SYSTEM SHUTDOWN",
		`SELECT * FROM "\x66ile"('%s', 'LineAsString')`,
		"SELECT * FROM `\\x66ile`('%s', 'LineAsString')",
		"SELECT * FROM “file”('%s', 'LineAsString')",
		"SELECT * FROM file\u200b('%s', 'LineAsString')",
		"SELECT * FROM file\u2060('%s', 'LineAsString')",
		"SELECT * FROM file(‘%s’, ‘LineAsString’)",
		`SELECT * FROM "\x64efault"."%s"`,
		"SELECT * FROM “default”.“%s”",
		"SELECT * FROM ‘%s’",
		"SELECT * FROM “url”('http://127.0.0.1:1/%s', 'LineAsString')",
		`SELECT * FROM "\x75rl"('http://127.0.0.1:1/%s', 'LineAsString')`,
		"CREATE TABLE x2 (s String) ENGINE = “File”('LineAsString', '%s')",
		"SELECT 1 AS a$$, b.* FROM file('%s', 'LineAsString') AS b$$",
		"SELECT $'\"$ x $'\"$, b.* FROM file('%s', 'LineAsString') AS b --\"",
		"SELECT 1 AS a FORMAT Template SETTINGS format_template_row = '%s'",
		"SELECT 1 AS a FORMAT CSV SETTINGS \"format_template_row\" = '%s'",
		"SELECT 1 AS a FORMAT Template",
		"SET format_template_resultset = '%s'",
		"SELECT 1 AS a FORMAT Protobuf SETTINGS format_schema = '%s:M'",
		"SELECT 1 SETTINGS additional_result_filter = 'length(file(\\'%s\\')) > 0'",
		"SELECT * FROM format(Values, 's String', '(file(\\'%s\\'))')",
		"SELECT * FROM loop('def\\x61ult', '%s')",
		"SELECT * FROM merge('def' || 'ault', '%s')",
		"SELECT * FROM merge(concat('def', 'ault'), '%s')",
	} {
		if strings.Contains(statement, "%s") {
			statement = fmt.Sprintf(statement, secret)
		}
		status, got := post(t, s, "database="+db, statement)
		if status == http.StatusOK || strings.Contains(got, "tell-nobody") {
			t.Errorf("%s: %d %q", statement, status, got)
		}
		if _, err := os.Stat(secret + ".out"); err == nil {
			t.Fatalf("%s wrote a file", statement)
		}
	}
	for _, c := range [][2]string{
		{"param_t=default." + url.QueryEscape("`"+secret+"`"), "SELECT * FROM {t:Identifier}"},
		{"param_d=default&param_t=" + url.QueryEscape(secret), "SELECT * FROM {d:Identifier}.{t:Identifier}"},
		{"database=default", "SELECT * FROM `" + secret + "`"},
		{"format_schema=" + url.QueryEscape(secret), "SELECT 1"},
		{"format_template_row=" + url.QueryEscape(secret), "SELECT 1"},
		{"default_format=Template", "SELECT 1"},
		{"param_t=" + url.QueryEscape("`def\\x61ult`.`"+secret+"`"), "SELECT * FROM {t:Identifier}"},
		{"param_t=" + url.QueryEscape("“default”.“"+secret+"”"), "SELECT * FROM {t:Identifier}"},
	} {
		if status, got := post(t, s, c[0], c[1]); status == http.StatusOK || strings.Contains(got, "tell-nobody") {
			t.Errorf("%s %s: %d %q", c[0], c[1], status, got)
		}
	}
	// Rows are never expressions where the guard does not see them.
	if status, got := post(t, s, "database="+db, "CREATE TABLE leak (s String) ENGINE = Memory"); status != http.StatusOK {
		t.Fatal(got)
	}
	for _, head := range []string{"VALUES", "FORMAT values", "FORMAT Values"} {
		for _, pad := range []string{" ", strings.Repeat(" ", headSize)} {
			status, got := post(t, s, "database="+db, "INSERT INTO leak "+head+pad+"(file('"+secret+"'))")
			_, stored := post(t, s, "database="+db, "SELECT * FROM leak")
			if status == http.StatusOK || strings.Contains(got+stored, "tell-nobody") {
				t.Errorf("%s, padded with %d: %d %q %q", head, len(pad), status, got, stored)
			}
		}
	}
	// What only looks like it runs.
	for _, statement := range []string{
		"SELECT 'file(' || 'default' || 'url('",
		"SELECT format('{}', 'file(x)') -- file('x')",
		"SELECT engine FROM system.tables WHERE engine = 'File'",
		"SELECT engine, name FROM system.tables ORDER BY engine",
		"CREATE TABLE z (i UInt8 DEFAULT 1, url String) ENGINE = MergeTree ORDER BY i",
		"INSERT INTO z (i, url) VALUES (1, 'http://x')",
		"SELECT url FROM z WHERE url IN ('http://x')",
		"CREATE MATERIALIZED VIEW v ENGINE = ReplacingMergeTree ORDER BY i AS SELECT i FROM z", //nolint:misspell // SQL
		"CREATE TABLE m ENGINE = Memory AS SELECT 1",
		"SELECT count() FROM merge(currentDatabase(), '^z$')",
		"SELECT default FROM (SELECT 1 AS default)",
		"SELECT 'ភ្នំពេញ “file”(x) ‘y’ $ \\x41' AS `ខ្មែរ` -- “file”('x') $",
		"INSERT INTO z (i, url) VALUES (2, 'ភ្នំពេញ “សួស្តី” ‘x’ $1')",
	} {
		if status, got := post(t, s, "database="+db, statement); status != http.StatusOK {
			t.Errorf("%s: %d %q", statement, status, got)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	s := server(t)
	db := database(t)
	limited := &Server{options: s.options, log: s.log, pool: s.pool, guard: s.guard, version: s.version, server: s.server}
	limited.options.MaxBody = 1 << 20
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &http.Server{Handler: limited} //nolint:gosec // a test
	go func() { _ = h.Serve(l) }()
	defer h.Close() //nolint:errcheck // a test
	if status, got := post(t, s, "database="+db, "CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s"); status != http.StatusOK {
		t.Fatal(got)
	}
	bomb := func(encoding string, body io.Reader) int {
		request, err := http.NewRequest(http.MethodPost, "http://"+l.Addr().String()+"/?database="+db+"&query=INSERT+INTO+t+FORMAT+TSV", body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Encoding", encoding)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close() //nolint:errcheck // a test
		return response.StatusCode
	}
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	_, _ = z.Write(bytes.Repeat([]byte("aaaaaaaaaaaaaaa\n"), 1<<20))
	_ = z.Close()
	if got := bomb("gzip", &small); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a small body that grows gives %d", got)
	}
	if got := bomb("", strings.NewReader(strings.Repeat("a\n", 1<<20))); got != http.StatusRequestEntityTooLarge {
		t.Errorf("a large body gives %d", got)
	}
	if _, got := post(t, s, "database="+db, "SELECT count() FROM t"); got != "0\n" {
		t.Errorf("%s rows of a refused body are stored", got)
	}
}

func TestAbandonedInsertStoresNothing(t *testing.T) {
	t.Parallel()
	s := server(t)
	db := database(t)
	if status, got := post(t, s, "database="+db, "CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s"); status != http.StatusOK {
		t.Fatal(got)
	}
	reader, writer := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Addr()+"/?database="+db+"&query=INSERT+INTO+t+FORMAT+TSV", reader)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(request) //nolint:bodyclose // there is none
		done <- err
	}()
	_, _ = writer.Write(bytes.Repeat([]byte("row\n"), 100_000))
	cancel()
	_ = writer.CloseWithError(context.Canceled) // the client waits for what it reads
	if err := <-done; err == nil {
		t.Error("an abandoned insert gives no error")
	}
	waitFor(t, func() bool {
		_, got := post(t, s, "", "SELECT count() FROM system.processes WHERE query LIKE '%INTO t %' AND query NOT LIKE '%processes%' AND current_database = '"+db+"'")
		return got == "0\n"
	})
	if _, got := post(t, s, "database="+db, "SELECT count() FROM t"); got != "0\n" {
		t.Errorf("%s rows of it are stored", got)
	}
}
