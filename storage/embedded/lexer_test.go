package embedded

import (
	"strings"
	"testing"
)

func TestWhereTheRowsBegin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ input, text, format, rows string }{
		{"INSERT INTO t VALUES (1)", "INSERT INTO t ", "Values", " (1)"},
		{"insert into t (a, b) format CSV\r\n1,2\n", "insert into t (a, b) ", "CSV", "1,2\n"},
		{"INSERT INTO t FORMAT Native\n\n\x00", "INSERT INTO t ", "Native", "\n\x00"},
		{"INSERT INTO d.`format` (`values`, \"x y\") FORMAT JSONEachRow {}", "INSERT INTO d.`format` (`values`, \"x y\") ", "JSONEachRow", "{}"},
		{"INSERT INTO values VALUES (1)", "INSERT INTO values ", "Values", " (1)"},
		{"INSERT INTO d.values FORMAT TSV\n1", "INSERT INTO d.values ", "TSV", "1"},
		{"/* FORMAT x */ INSERT -- VALUES\nINTO t SETTINGS a = 'FORMAT b' FORMAT TSV\n1", "/* FORMAT x */ INSERT -- VALUES\nINTO t SETTINGS a = 'FORMAT b' ", "TSV", "1"},
		{"INSERT INTO t SELECT 1 FORMAT Null", "INSERT INTO t SELECT 1 FORMAT Null", "Null", ""},
		{"INSERT INTO t (SELECT 1)", "INSERT INTO t (SELECT 1)", "", ""},
		{"INSERT INTO t WITH 1 AS a SELECT a", "INSERT INTO t WITH 1 AS a SELECT a", "", ""},
		{"INSERT INTO t (a)", "INSERT INTO t (a)", "", ""},
		{"SELECT 1 FORMAT JSON", "SELECT 1 FORMAT JSON", "JSON", ""},
		{"SELECT format, (SELECT 1 FORMAT x)", "SELECT format, (SELECT 1 FORMAT x)", "", ""},
		{"", "", "", ""},
	} {
		st := parse(c.input)
		rows := ""
		if st.data {
			rows = c.input[st.offset:]
		}
		if st.text != c.text || st.format != c.format || rows != c.rows {
			t.Errorf("%q: %q, %q, %q", c.input, st.text, st.format, rows)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"SELECT 'a''b\\'c', `x`, \"y\" -- c\n FORMAT JSON", "INSERT INTO t (a) FORMAT CSV\n1", "/* x */ # y\n$tag$ ' $tag$", "INSERT INTO t VALUES (", "\x00'", "SELECT \xff(", "ENGINE = ", "USE default",
	} {
		f.Add(s)
	}
	g := newGuard([]string{"file", "url", "numbers"})
	f.Fuzz(func(t *testing.T, s string) {
		st := parse(s)
		if st.offset > len(s) || !strings.HasPrefix(s, st.text) {
			t.Errorf("%q: rows at %d, text %q", s, st.offset, st.text)
		}
		last := 0
		for _, tok := range st.tokens {
			if tok.start < last || tok.end <= tok.start || tok.end > len(s) {
				t.Fatalf("%q: token %+v after %d", s, tok, last)
			}
			last = tok.end
		}
		_ = g.check(st, map[string]string{"x": s})
	})
}
