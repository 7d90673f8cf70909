package embedded

import (
	"net/http"
	"strings"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// headless are the formats whose pieces may be put one after the other. The library ends every
// piece of a stream as if it were a whole result, so formats with a head or an end cannot be
// streamed.
var headless = words(`Native TabSeparated TSV TabSeparatedRaw TSVRaw Raw CSV JSONEachRow JSONLines NDJSON
	JSONStringsEachRow JSONCompactEachRow JSONCompactStringsEachRow RowBinary LineAsString`)

// streamable reports whether the answer may be sent in pieces while the statement runs.
func streamable(q *request, st statement) bool {
	if q.whole || !headless[strings.ToLower(q.outputFormat(st))] {
		return false
	}
	switch st.keyword(0) {
	case "SELECT", "WITH":
		return true
	}
	return false
}

// outputFormat is the format the statement is answered in.
func (q *request) outputFormat(st statement) string {
	if st.format != "" {
		return st.format
	}
	return q.format
}

// stream answers while the statement runs, a block at a time, so that a large result never
// stands in memory as a whole.
func (a *answer) stream(c *connection, q *request, st statement) error {
	rows, err := c.open(st.text, q.format, q.params)
	if err != nil {
		return err
	}
	defer rows.close()
	format := q.outputFormat(st)
	native := strings.EqualFold(format, "Native") && q.revision > 0
	buffer := &chproto.Buffer{}

	piece, err := rows.next()
	if err != nil {
		return err
	}
	defer func() { piece.free() }()
	if native && len(piece.bytes()) == 0 {
		a.columns(c, q, st, buffer)
	}
	a.begin(q, format, piece.stats())
	w, err := a.writer(q)
	if err != nil {
		return err
	}
	defer w.Close() //nolint:errcheck // the client is gone
	if len(buffer.Buf) > 0 {
		_, _ = w.Write(buffer.Buf)
	}
	controller := http.NewResponseController(a.w)
	for len(piece.bytes()) > 0 {
		out := piece.bytes()
		if native {
			buffer.Reset()
			if err := reencode(buffer, out, q.revision, a.server.server); err != nil {
				return err
			}
			out = buffer.Buf
		}
		if _, err := w.Write(out); err != nil {
			return nil //nolint:nilerr // the client is gone
		}
		if q.encoding == "" {
			_ = controller.Flush()
		}
		following, err := rows.next()
		if err != nil {
			return err
		}
		piece.free()
		piece = following
	}
	return nil
}

// columns appends a block without rows, for a result that has none: the library writes
// nothing at all then, and a client would not learn the names and types of the columns.
func (a *answer) columns(c *connection, q *request, st statement, buffer *chproto.Buffer) {
	switch st.keyword(0) {
	case "SELECT", "WITH":
	default:
		return
	}
	text := strings.TrimRight(strings.TrimSpace(st.text), ";")
	res, err := c.run("DESCRIBE TABLE ("+withoutFormat(text, st)+"\n)", "TSVRaw", q.params)
	if err != nil {
		return // the result is empty all the same
	}
	defer res.free()
	block := proto.Block{ServerContext: a.server.server}
	for _, line := range lines(string(res.bytes())) {
		fields := strings.Split(line, "\t")
		if len(fields) < 2 || block.AddColumn(fields[0], column.Type(fields[1])) != nil {
			return
		}
	}
	_ = emptyBlock(buffer, &block, q.revision)
}

// withoutFormat cuts the statement before its FORMAT clause.
func withoutFormat(text string, st statement) string {
	for i, t := range st.tokens {
		if t.is("FORMAT") && t.depth == 0 && i+1 < len(st.tokens) && st.tokens[i+1].kind == word {
			return st.text[:t.start]
		}
	}
	return text
}

func lines(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == '\n' })
}

// contentType is what a ClickHouse server says of a format.
func contentType(format string) string {
	switch f := strings.ToLower(format); {
	case strings.HasPrefix(f, "json") && strings.HasSuffix(f, "eachrow"), f == "jsonlines", f == "ndjson":
		return "application/x-ndjson; charset=UTF-8"
	case strings.HasPrefix(f, "json"):
		return "application/json; charset=UTF-8"
	case strings.HasPrefix(f, "csv"):
		return "text/csv; charset=UTF-8; header=absent"
	case strings.HasPrefix(f, "tabseparated"), strings.HasPrefix(f, "tsv"):
		return "text/tab-separated-values; charset=UTF-8"
	case f == "native", strings.HasPrefix(f, "rowbinary"), f == "parquet", strings.HasPrefix(f, "arrow"):
		return "application/octet-stream"
	default:
		return "text/plain; charset=UTF-8"
	}
}
