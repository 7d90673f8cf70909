package embedded

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

func ptr[T any](v T) *T { return &v }

func TestTypesRoundTrip(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 11, 22, 3, 4, 5, 678_000_000, time.UTC)
	for _, c := range []struct {
		kind string
		rows any // a slice of what is written and must be read
	}{
		{"UInt8", []uint8{0, 255}},
		{"Int64", []int64{-1 << 63, 1<<63 - 1}},
		{"UInt64", []uint64{0, 1<<64 - 1}},
		{"Int256", []*big.Int{big.NewInt(-5), new(big.Int).Lsh(big.NewInt(1), 200)}},
		{"Float32", []float32{-1.5, 3e30}},
		{"Float64", []float64{-1.5, 3e300}},
		{"Bool", []bool{true, false}},
		{"String", []string{"", "ប្រទេសកម្ពុជា", "a\x00b\n\t\\'", strings.Repeat("ខ្មែរ", 50_000)}},
		{"FixedString(4)", []string{"abcd", "\x00\xff\x01z"}},
		{"UUID", []uuid.UUID{uuid.MustParse("a6a0c2c8-0d6a-4b41-8f7e-0123456789ab"), {}}},
		{"Date", []time.Time{time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}},
		{"Date32", []time.Time{time.Date(1925, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"DateTime('UTC')", []time.Time{when.Truncate(time.Second)}},
		{"DateTime64(3, 'UTC')", []time.Time{when, time.Date(1994, 1, 1, 0, 0, 0, 1_000_000, time.UTC)}},
		{"DateTime64(9, 'UTC')", []time.Time{when.Add(9)}},
		{"Enum8('positive' = 1, 'negative' = -1)", []string{"positive", "negative"}},
		{"Decimal(18, 4)", []decimal.Decimal{decimal.RequireFromString("-12345.6789")}},
		{"IPv4", []net.IP{net.ParseIP("10.1.2.3").To4()}},
		{"IPv6", []net.IP{net.ParseIP("fe80::1")}},
		{"Nullable(Int32)", []*int32{ptr[int32](7), nil}},
		{"Nullable(String)", []*string{ptr("x"), nil, ptr("")}},
		{"LowCardinality(String)", []string{"km", "en", "km", ""}},
		{"LowCardinality(Nullable(String))", []*string{ptr("km"), nil}},
		{"Array(String)", [][]string{{}, {"a", ""}, {"ក"}}},
		{"Array(LowCardinality(String))", [][]string{{"health", "land"}, {}, {"land"}}},
		{"Array(Array(Nullable(Float64)))", [][][]*float64{{}, {{}, {ptr(1.5), nil}}}},
		{"Map(String, Float64)", []map[string]float64{{}, {"km": 0.8, "en": 0.2}}},
		{"Map(LowCardinality(String), Array(UInt8))", []map[string][]uint8{{"a": {1, 2}}, {}}},
		{"Array(Tuple(code String, score Float64))", [][]map[string]any{{{"code": "12", "score": 0.5}}, {}}},
		{"Array(DateTime64(3, 'UTC'))", [][]time.Time{{when, when}, {}}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			for _, method := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4} {
				roundTrip(t, c.kind, c.rows, method)
			}
		})
	}
}

// roundTrip writes values with one batch and reads them back.
func roundTrip(t *testing.T, kind string, values any, method clickhouse.CompressionMethod) {
	t.Helper()
	ctx := t.Context()
	conn := open(t, func(o *clickhouse.Options) { o.Compression = &clickhouse.Compression{Method: method} })
	if err := conn.Exec(ctx, "CREATE TABLE t (i UInt32, v "+kind+") ENGINE = MergeTree ORDER BY i"); err != nil {
		t.Fatal(err)
	}
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO t (i, v)")
	if err != nil {
		t.Fatal(err)
	}
	all := reflect.ValueOf(values)
	for i := range all.Len() {
		if err := batch.Append(uint32(i), all.Index(i).Interface()); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(ctx, "SELECT i, v FROM t ORDER BY i")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read only
	n := 0
	for rows.Next() {
		var i uint32
		got := reflect.New(all.Type().Elem())
		if err := rows.Scan(&i, got.Interface()); err != nil {
			t.Fatal(err)
		}
		want := all.Index(int(i)).Interface()
		if fmt.Sprint(deref(want)) != fmt.Sprint(deref(got.Elem().Interface())) {
			t.Errorf("row %d: got %v, want %v", i, deref(got.Elem().Interface()), deref(want))
		}
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if n != all.Len() {
		t.Errorf("got %d rows, want %d", n, all.Len())
	}
}

// deref makes pointers comparable as text.
func deref(v any) any {
	r := reflect.ValueOf(v)
	switch {
	case !r.IsValid():
		return nil
	case r.Kind() == reflect.Pointer && !r.IsNil():
		if _, ok := v.(fmt.Stringer); ok {
			return v
		}
		return r.Elem().Interface()
	case r.Kind() == reflect.Slice:
		var all []any
		for i := range r.Len() {
			all = append(all, deref(r.Index(i).Interface()))
		}
		return all
	}
	return v
}

func TestJSONColumn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	conn := open(t, nil)
	if err := conn.Exec(ctx, "CREATE TABLE t (j JSON) ENGINE = MergeTree ORDER BY tuple()"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Exec(ctx, `INSERT INTO t VALUES ('{"a": {"b": 1}, "c": "ក"}')`); err != nil {
		t.Fatal(err)
	}
	var c string
	if err := conn.QueryRow(ctx, "SELECT j.c::String FROM t").Scan(&c); err != nil || c != "ក" {
		t.Errorf("got %q, %v", c, err)
	}
	var j clickhouse.JSON
	if err := conn.QueryRow(ctx, "SELECT j FROM t").Scan(&j); err != nil {
		t.Fatal(err)
	}
	if v, ok := j.ValueAtPath("a.b"); !ok || fmt.Sprint(v) == "" {
		t.Errorf("a.b is %v, %v", v, ok)
	}
}

func TestEmptyResultKeepsItsColumns(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	rows, err := conn.Query(t.Context(), "SELECT toLowCardinality('x') AS language, toUInt64(1) AS posts WHERE 0")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read only
	if got := strings.Join(rows.Columns(), ","); got != "language,posts" {
		t.Errorf("columns are %q", got)
	}
	if rows.Next() {
		t.Error("there is a row")
	}
}

func TestErrorsSettingsAndParameters(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	conn := open(t, nil)

	_, err := conn.Query(ctx, "SELECT * FROM nosuch")
	if e, ok := errors.AsType[*clickhouse.Exception](err); !ok || e.Code != 60 {
		t.Errorf("an unknown table gives %v", err)
	}
	var threads string
	with := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_threads": 1, "log_comment": "it's \\ here"}))
	if err := conn.QueryRow(with, "SELECT toString(getSetting('max_threads')) || getSetting('log_comment')").Scan(&threads); err != nil || threads != `1it's \ here` {
		t.Errorf("settings arrive as %q, %v", threads, err)
	}
	// They end with their request, whichever connection serves the next ones.
	for range 20 {
		if err := conn.QueryRow(ctx, "SELECT toString(getSetting('max_threads')) || getSetting('log_comment')").Scan(&threads); err != nil || strings.HasPrefix(threads, "1it") {
			t.Fatalf("settings stay behind: %q, %v", threads, err)
		}
	}
	if err := conn.Exec(clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"nosuch_setting": 1})), "SELECT 1"); err == nil {
		t.Error("an unknown setting is accepted")
	}
	var text string
	var n uint64
	hostile := "ក'\\\n\t; DROP TABLE x -- {y:String}"
	if err := conn.QueryRow(ctx, "SELECT {a:String}, {b:UInt64}", clickhouse.Named("a", hostile), clickhouse.Named("b", "7")).Scan(&text, &n); err != nil || text != hostile || n != 7 {
		t.Errorf("parameters arrive as %q, %d, %v", text, n, err)
	}
	if err := conn.QueryRow(ctx, "SELECT ?, $1", hostile).Scan(&text, &text); err == nil {
		t.Error("two styles of parameters are accepted")
	}
}

func TestBatchOfManyRows(t *testing.T) {
	t.Parallel()
	const n = 100_000
	ctx := t.Context()
	conn := open(t, nil)
	if err := conn.Exec(ctx, "CREATE TABLE t (i UInt64, s String, a Array(LowCardinality(String))) ENGINE = MergeTree ORDER BY i"); err != nil {
		t.Fatal(err)
	}
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO t (i, s, a)")
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(n) {
		if err := batch.Append(i, fmt.Sprintf("អត្ថបទ %d", i), []string{"a", "b"}[:i%3]); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(ctx, "SELECT i, s, length(a) FROM t ORDER BY i")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close() //nolint:errcheck // read only
	next := uint64(0)
	for rows.Next() {
		var i, l uint64
		var s string
		if err := rows.Scan(&i, &s, &l); err != nil {
			t.Fatal(err)
		}
		if i != next || s != fmt.Sprintf("អត្ថបទ %d", i) || l != i%3 {
			t.Fatalf("row %d is %d, %q, %d", next, i, s, l)
		}
		next++
	}
	if err := rows.Err(); err != nil || next != n {
		t.Errorf("got %d rows, %v", next, err)
	}
}

func TestDeduplicationToken(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	conn := open(t, nil)
	if err := conn.Exec(ctx, "CREATE TABLE t (i UInt64) ENGINE = MergeTree ORDER BY i SETTINGS non_replicated_deduplication_window = 100"); err != nil {
		t.Fatal(err)
	}
	send := func(token string, values ...uint64) {
		t.Helper()
		with := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token, "async_insert": 0}))
		batch, err := conn.PrepareBatch(with, "INSERT INTO t (i)")
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if err := batch.Append(v); err != nil {
				t.Fatal(err)
			}
		}
		if err := batch.Send(); err != nil {
			t.Fatal(err)
		}
	}
	send("a", 1, 2)
	send("a", 1, 2)
	send("b", 1, 2)
	var n uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM t").Scan(&n); err != nil || n != 4 {
		t.Errorf("there are %d rows, %v; want 4", n, err)
	}
}

func TestConcurrentQueries(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	conn := open(t, func(o *clickhouse.Options) { o.MaxOpenConns = 30 })
	if err := conn.Exec(ctx, "CREATE TABLE t (i UInt64) ENGINE = MergeTree ORDER BY i"); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range uint64(30) {
		wg.Go(func() {
			for range 5 {
				var sum uint64
				if err := conn.QueryRow(ctx, "SELECT sum(number) FROM numbers({n:UInt64})", clickhouse.Named("n", fmt.Sprint(w+1))).Scan(&sum); err != nil || sum != w*(w+1)/2 {
					t.Errorf("sum to %d is %d, %v", w, sum, err)
				}
				if err := conn.Exec(ctx, "INSERT INTO t VALUES (?)", w); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var n uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM t").Scan(&n); err != nil || n != 150 {
		t.Errorf("there are %d rows, %v; want 150", n, err)
	}
}

func TestCancelledQueryEnds(t *testing.T) {
	t.Parallel()
	conn := open(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		var n uint64
		done <- conn.QueryRow(ctx, "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 7").Scan(&n)
	}()
	running := "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number) = 7%' AND query NOT LIKE '%processes%'"
	waitFor(t, func() bool { return count(t, conn, running) == 1 })
	cancel()
	if err := <-done; err == nil {
		t.Error("a cancelled query gives no error")
	}
	waitFor(t, func() bool { return count(t, conn, running) == 0 })
}

func count(t *testing.T, conn driver.Conn, query string) (n uint64) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// waitFor waits until the condition holds; the test's own time limit ends it.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for !condition() {
		time.Sleep(5 * time.Millisecond)
	}
}
