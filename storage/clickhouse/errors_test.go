package clickhouse

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"samleng"
)

func TestClassOfAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want samleng.Class
	}{
		{&clickhouse.Exception{Code: 252}, samleng.RetryAfter},
		{fmt.Errorf("send: %w", &clickhouse.HTTPError{StatusCode: 500, Err: &clickhouse.Exception{Code: 243}}), samleng.RetryAfter},
		{&clickhouse.Exception{Code: 516}, samleng.Unauthorised},
		{&clickhouse.Exception{Code: 60}, samleng.Permanent},
		{&clickhouse.HTTPError{StatusCode: 502, Err: fmt.Errorf("bad gateway")}, samleng.RetryAfter},
		{&clickhouse.HTTPError{StatusCode: 401, Err: fmt.Errorf("no")}, samleng.Unauthorised},
		{&net.OpError{Op: "dial", Err: fmt.Errorf("refused")}, samleng.RetryAfter},
		{context.DeadlineExceeded, samleng.RetryAfter},
		{fmt.Errorf("send: %w", context.Canceled), samleng.RetryAfter},
		{clickhouse.ErrBatchInvalid, samleng.BadInput},
		{fmt.Errorf("post x: %w", &proto.BlockError{Op: "AppendRow", Err: fmt.Errorf("date")}), samleng.BadInput},
		{&clickhouse.Exception{Code: 117}, samleng.BadInput},
		{fmt.Errorf("send: %w", &clickhouse.HTTPError{StatusCode: 400, Err: &clickhouse.Exception{Code: 321}}), samleng.BadInput},
		{&clickhouse.Exception{Code: 691}, samleng.BadInput},
		{&clickhouse.Exception{Code: 16}, samleng.Permanent},
		{nil, ""},
	} {
		if got := samleng.ClassOf(classify(c.err)); got != c.want {
			t.Errorf("%v is %q, want %q", c.err, got, c.want)
		}
	}
}

func TestErrorsOfTheEngine(t *testing.T) {
	t.Parallel()
	s := empty(t) // no tables
	err := s.Insert(t.Context(), "c", "posts", "t", []samleng.Row{post(1, nil)})
	if samleng.ClassOf(err) != samleng.Permanent {
		t.Errorf("without tables: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"http", "clickhouse"} {
		c := DefaultConfig()
		c.DSN = scheme + "://" + address + "/samleng"
		s, err := Open(c, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = s.Ping(t.Context())
		if samleng.ClassOf(err) != samleng.RetryAfter || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: a server that is away gives %v", scheme, err)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "password")
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   []string // parts of the error; none for a good one
	}{
		{"default", func(*Config) {}, nil},
		{"native", func(c *Config) { c.DSN = "clickhouse://u@db.example:9000,db2.example:9000/samleng?dial_timeout=1s" }, nil},
		{"native with TLS", func(c *Config) { c.DSN = "clickhouses://db.example:9440/samleng" }, nil},
		{"https", func(c *Config) { c.DSN = "https://db.example:8443/samleng" }, nil},
		{"everything wrong", func(c *Config) {
			c.DSN, c.Password, c.PasswordFile, c.Timeout = "db.example", "secret-word", missing, 0
		}, []string{"dsn: ", "password: ", "timeout: "}},
		{"scheme", func(c *Config) { c.DSN = "mysql://u:secret-word@x/y" }, []string{"dsn: ", `"mysql"`}},
		{"unreadable", func(c *Config) { c.DSN = "http://u:secret-word@ho st:1/y?dial_timeout=x" }, []string{"dsn: "}},
	} {
		config := DefaultConfig()
		c.change(&config)
		err := config.Validate()
		if (err == nil) != (len(c.want) == 0) {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, part := range c.want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: %v has no %q", c.name, err, part)
			}
		}
		if err != nil && strings.Contains(err.Error(), "secret-word") {
			t.Errorf("%s: the password is printed: %v", c.name, err)
		}
	}
	config := DefaultConfig()
	config.DSN = "clickhouses://db.example:9440/samleng"
	if o, err := config.options(); err != nil || o.TLS == nil {
		t.Errorf("clickhouses:// has no TLS: %v", err)
	}
	config.PasswordFile = missing
	if _, err := config.options(); err == nil || !strings.Contains(err.Error(), "password_file") {
		t.Errorf("a missing password file gives %v", err)
	}
}

func TestQuery(t *testing.T) {
	t.Parallel()
	s := empty(t)
	r, err := s.Query(t.Context(), `SELECT 1::UInt8 AS a, 'ក' AS b, NULL::Nullable(Int32) AS c, [1, 2]::Array(UInt8) AS d, map('x', 0.5) AS e,
		toDateTime64('2026-11-22 12:00:00', 3, 'UTC') AS f, toLowCardinality('z') AS g, tuple(1, 'b') AS h, toDecimal64(1.5, 2) AS i, 7::Nullable(Int32) AS j`)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range r.Columns() {
		names = append(names, c.Name+" "+c.Type)
	}
	if got := strings.Join(names[:4], ", "); got != "a UInt8, b String, c Nullable(Int32), d Array(UInt8)" {
		t.Errorf("columns are %s", got)
	}
	for r.Next() {
		values, err := r.Values()
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(values); got != "[1 ក <nil> [1 2] map[x:0.5] 2026-11-22 12:00:00 +0000 UTC z [1 b] 1.5 7]" {
			t.Errorf("values are %s", got)
		}
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		statement string
		columns   int
		failure   string
	}{
		{"CREATE TABLE x (i Int8) ENGINE = Memory", 0, ""},
		{"SELECT i FROM x", 1, ""},
		{"SELEC 1", 0, "SYNTAX_ERROR"},
		{"SELECT throwIf(number > 100000) FROM numbers(1000000)", 0, "throwIf"},
	} {
		err := func() error {
			r, err := s.Query(t.Context(), c.statement)
			if err != nil {
				return err
			}
			defer r.Close() //nolint:errcheck // read only
			if c.failure == "" && len(r.Columns()) != c.columns {
				t.Errorf("%s: columns %v", c.statement, r.Columns())
			}
			for r.Next() {
			}
			return r.Err()
		}()
		if (err == nil) != (c.failure == "") || err != nil && !strings.Contains(err.Error(), c.failure) {
			t.Errorf("%s: %v", c.statement, err)
		}
	}
}

func TestCancelledQuestion(t *testing.T) {
	t.Parallel()
	s := migrated(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Insert(ctx, "c", "posts", "t", []samleng.Row{post(1, nil)}); err == nil {
		t.Error("a cancelled insert gives no error")
	}
}
