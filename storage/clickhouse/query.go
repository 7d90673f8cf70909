package clickhouse

import (
	"context"
	"fmt"
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Column is one column of a Result.
type Column struct {
	Name string
	Type string // as ClickHouse writes it: "UInt64", "LowCardinality(String)", ...
}

// Result is the answer to a statement, read row by row. Close it.
type Result struct {
	rows    driver.Rows
	columns []Column
	cancel  context.CancelFunc
}

// Query runs a statement that a person typed. A statement that gives no rows has a Result
// without columns. It has no time limit but the context's.
func (s *Store) Query(ctx context.Context, statement string) (*Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	rows, err := s.conn.Query(ctx, statement)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("query ClickHouse: %w", classify(err))
	}
	r := &Result{rows: rows, cancel: cancel}
	types := rows.ColumnTypes()
	for i, name := range rows.Columns() {
		c := Column{Name: name}
		if i < len(types) {
			c.Type = types[i].DatabaseTypeName()
		}
		r.columns = append(r.columns, c)
	}
	return r, nil
}

// Columns are the same for every row.
func (r *Result) Columns() []Column { return r.columns }

// Next goes to the next row, and reports whether there is one.
func (r *Result) Next() bool { return len(r.columns) > 0 && r.rows.Next() }

// Values gives the row: nil, bool, the integer and float types, string, time.Time, *big.Int,
// net.IP, and slices and maps of them; other types of ClickHouse as the driver makes them, which
// are fmt.Stringers.
func (r *Result) Values() ([]any, error) {
	types := r.rows.ColumnTypes()
	targets := make([]any, len(types))
	for i, t := range types {
		targets[i] = reflect.New(t.ScanType()).Interface()
	}
	if err := r.rows.Scan(targets...); err != nil {
		return nil, fmt.Errorf("read row: %w", classify(err))
	}
	values := make([]any, len(targets))
	for i, target := range targets {
		v := reflect.ValueOf(target).Elem()
		for v.Kind() == reflect.Pointer && !v.IsNil() && !v.Type().Implements(stringer) {
			v = v.Elem()
		}
		if v.Kind() == reflect.Pointer && v.IsNil() {
			continue
		}
		values[i] = v.Interface()
	}
	return values, nil
}

// stringer is the type of values that are left as the driver makes them.
var stringer = reflect.TypeFor[fmt.Stringer]()

// Err is why Next gave no further row, or nil at the end.
func (r *Result) Err() error {
	if err := r.rows.Err(); err != nil {
		return fmt.Errorf("query ClickHouse: %w", classify(err))
	}
	return nil
}

// Close ends the statement, also when rows are left.
func (r *Result) Close() error {
	r.cancel()
	if err := r.rows.Close(); err != nil {
		return fmt.Errorf("close query: %w", err)
	}
	return nil
}
