package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/rivo/uniseg"
	"github.com/urfave/cli/v3"

	"samleng/internal/app"
	"samleng/storage/clickhouse"
)

func sqlCommand() *cli.Command {
	return &cli.Command{
		Name:      "sql",
		Usage:     "ask the store in SQL",
		ArgsUsage: "'SELECT ...'",
		Description: `Reads one statement of ClickHouse SQL, the argument or standard input, runs it, and writes
the rows: as a table, as CSV with a header, or as JSON with one object a line. Tables
to ask are current_posts, current_rollups, coverage and corrections; the columns are described in
system.columns. Works beside a running samleng and without one.

Exits with 1 when the statement fails or the store cannot be reached.

Example:
   $ samleng sql --data "$(mktemp -d)" --config ephemeral.yaml --format csv "SELECT 1 AS one, 'ពីរ' AS two"
   one,two
   1,ពីរ`,
		Flags: commonFlags(
			&cli.StringFlag{Name: "format", Value: "table", Usage: "write rows as `FORMAT`: table, csv or json"},
			&cli.BoolFlag{Name: "sample", Usage: "ask the store of `samleng up --sample`"},
			logFlag("warn"),
		),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			statement, err := statement(cmd)
			if err != nil {
				return err
			}
			write, ok := writers[cmd.String("format")]
			if !ok {
				return fmt.Errorf("--format %q: want table, csv or json", cmd.String("format"))
			}
			return withStore(ctx, cmd, func(store *app.Store) error {
				rows, err := store.Query(ctx, statement)
				if err != nil {
					return err
				}
				out := bufio.NewWriter(cmd.Root().Writer)
				if err := write(out, rows); err != nil {
					_ = rows.Close()
					return err
				}
				if err := rows.Close(); err != nil {
					return err
				}
				return out.Flush()
			})
		},
	}
}

func statement(cmd *cli.Command) (string, error) {
	text := cmd.Args().First()
	switch cmd.Args().Len() {
	case 0:
		body, err := io.ReadAll(io.LimitReader(cmd.Root().Reader, 1<<20))
		if err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		text = string(body)
	case 1:
	default:
		return "", fmt.Errorf("sql takes one statement: put it into quotes")
	}
	text = strings.TrimRight(strings.TrimSpace(text), ";")
	if text == "" {
		return "", fmt.Errorf("there is no statement; try `samleng sql 'SELECT count() FROM current_posts'`")
	}
	return text, nil
}

// writers are the formats of --format.
var writers = map[string]func(io.Writer, *clickhouse.Result) error{"table": writeTable, "csv": writeCSV, "json": writeJSON}

// each calls use for every row, with its values as text.
func each(rows *clickhouse.Result, use func([]string) error) error {
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = plain(v)
		}
		if err := use(cells); err != nil {
			return fmt.Errorf("write row: %w", err)
		}
	}
	return rows.Err()
}

func header(rows *clickhouse.Result) []string {
	names := make([]string, len(rows.Columns()))
	for i, c := range rows.Columns() {
		names[i] = c.Name
	}
	return names
}

func writeCSV(w io.Writer, rows *clickhouse.Result) error {
	if len(rows.Columns()) == 0 {
		return nil
	}
	out := csv.NewWriter(w)
	if err := out.Write(header(rows)); err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	if err := each(rows, out.Write); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// writeJSON writes one object a line, with the columns in their order.
func writeJSON(w io.Writer, rows *clickhouse.Result) error {
	names := header(rows)
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		line := []byte("{")
		for i, v := range values {
			if i > 0 {
				line = append(line, ',')
			}
			name, err := encode(names[i])
			if err != nil {
				return err
			}
			value, err := encode(jsonable(v))
			if err != nil {
				return fmt.Errorf("column %s: %w", names[i], err)
			}
			line = append(append(append(line, name...), ':'), value...)
		}
		if _, err := w.Write(append(line, '}', '\n')); err != nil {
			return fmt.Errorf("write row: %w", err)
		}
	}
	return rows.Err()
}

// Limits of a table on a terminal: a cell is cut at maxCell columns, and the widths are
// those of the first maxMeasured rows.
const (
	maxCell     = 60
	maxMeasured = 1000
)

func writeTable(w io.Writer, rows *clickhouse.Result) error {
	names := header(rows)
	if len(names) == 0 {
		_, err := fmt.Fprintln(w, "done")
		return err
	}
	widths := make([]int, len(names))
	measure := func(cells []string) {
		for i, c := range cells {
			widths[i] = max(widths[i], uniseg.StringWidth(c))
		}
	}
	measure(names)
	var held [][]string
	count, headed := 0, false
	flush := func() error {
		if headed {
			return nil
		}
		headed = true
		rule := make([]string, len(widths))
		for i, n := range widths {
			rule[i] = strings.Repeat("─", n)
		}
		for _, cells := range append([][]string{names, rule}, held...) {
			if err := writeRow(w, cells, widths); err != nil {
				return err
			}
		}
		held = nil
		return nil
	}
	err := each(rows, func(cells []string) error {
		count++
		for i, c := range cells {
			cells[i] = cut(c)
		}
		if !headed {
			measure(cells)
			held = append(held, cells)
			if len(held) < maxMeasured {
				return nil
			}
			return flush()
		}
		return writeRow(w, cells, widths)
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	_, err = fmt.Fprintf(w, "(%d rows)\n", count)
	return err
}

func writeRow(w io.Writer, cells []string, widths []int) error {
	var line strings.Builder
	for i, c := range cells {
		if i > 0 {
			line.WriteString("  ")
		}
		line.WriteString(c)
		if i < len(cells)-1 {
			line.WriteString(strings.Repeat(" ", max(0, widths[i]-uniseg.StringWidth(c))))
		}
	}
	_, err := fmt.Fprintln(w, line.String())
	return err
}

// cut keeps a cell on one line and within maxCell columns, whole graphemes only.
func cut(s string) string {
	s = strings.NewReplacer("\n", " ", "\t", " ", "\r", " ").Replace(s)
	if uniseg.StringWidth(s) <= maxCell {
		return s
	}
	var out strings.Builder
	width := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if width += g.Width(); width > maxCell-1 {
			break
		}
		out.WriteString(g.Str())
	}
	return out.String() + "…"
}

// plain gives a value as text: times in UTC, lists and maps as JSON.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999")
	}
	switch reflect.ValueOf(v).Kind() {
	case reflect.Slice, reflect.Map, reflect.Array, reflect.Struct:
		if s, ok := v.(fmt.Stringer); ok {
			return s.String()
		}
		if b, err := encode(v); err == nil {
			return string(b)
		}
	}
	return fmt.Sprint(v)
}

// jsonable replaces what JSON has no form for: numbers that are not finite become null.
func jsonable(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case float32:
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
	case json.Marshaler:
		return v
	case fmt.Stringer:
		return v.String()
	}
	return v
}
